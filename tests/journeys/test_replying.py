"""From the composer to a candidate's phone, and back as ticks."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.journeys.elements import parse
from tests.journeys.installation import ANA, JO, Installation
from tests.journeys.waiting import until


def conversation_with(installation: Installation, number: str, text: str = "Hello") -> str:
    """The id of a conversation that the candidate has opened."""
    installation.text_in(number, text)
    return installation.conversation(number)


def test_a_reply_is_queued_then_sent_then_delivered_in_every_open_thread(installation: Installation) -> None:
    number = installation.candidate()
    conversation = conversation_with(installation, number)
    installation.behave(number, "waits")
    screens = [installation.screen(who, f"/inbox/c/{conversation}?tab=shared") for who in (JO, ANA)]
    message = str(uuid4())

    answer = installation.reply(installation.sign_in(JO), conversation, "Thursday at 10?", id=message)
    assert answer.status_code == 200
    assert [bubble.id for bubble in parse(answer.text).all("msg")] == [f"msg-{message}"]
    sent = until(lambda: installation.sent_to(number))[0]
    for status, state in (("queued", "queued"), ("sent", "sent"), ("delivered", "delivered"), ("sent", "delivered")):
        installation.report(sent["sid"], status)
        for screen in screens:
            screen.until(
                lambda screen, state=state: message in screen.bubbles and screen.bubbles[message].state == state
            )
            assert screen.bubbles[message].text == "Thursday at 10?"

    # What comes after the late "sent" shows that nothing was taken back.
    installation.text_in(number, "Fine")
    for screen in screens:
        screen.until(lambda screen: "Fine" in screen.panes.texts)
        assert screen.bubbles[message].state_words == "Delivered"
        assert screen.shows_what_a_fresh_page_shows()
    assert [text["body"] for text in installation.sent_to(number)] == ["Thursday at 10?"]


def test_a_reply_arrives_on_the_phone_once_and_from_the_companys_number(installation: Installation) -> None:
    number = installation.candidate()
    conversation = conversation_with(installation, number)
    screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")

    assert installation.reply(installation.sign_in(JO), conversation, "See you at 9:30 👍").status_code == 200

    screen.until(
        lambda screen: (
            [bubble.state for bubble in screen.bubbles.values() if bubble.state != "act"] == ["received", "delivered"]
        )
    )
    (sent,) = installation.sent_to(number)
    assert (sent["from"], sent["to"], sent["body"]) == (installation.number, number, "See you at 9:30 👍")
    assert screen.rows[conversation].text == "Jo: See you at 9:30 👍"
    assert screen.rows[conversation].unread == 0
    assert screen.shows_what_a_fresh_page_shows()


def test_twenty_sends_with_one_id_at_once_are_one_text(installation: Installation) -> None:
    number, message = installation.candidate(), str(uuid4())
    conversation = conversation_with(installation, number)
    jo = installation.sign_in(JO)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: installation.reply(jo, conversation, "Just this", id=message), range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert {bubble.id for answer in answers for bubble in parse(answer.text).all("msg")} == {f"msg-{message}"}
    screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    screen.until(lambda screen: screen.bubbles[message].state == "delivered")
    assert screen.panes.texts == ["Hello", "Just this"]
    assert len(installation.asked_to_send(number)) == 1


def test_an_id_that_was_used_is_refused_for_other_words(installation: Installation) -> None:
    number, message = installation.candidate(), str(uuid4())
    conversation = conversation_with(installation, number)
    jo = installation.sign_in(JO)
    assert installation.reply(jo, conversation, "At ten", id=message).status_code == 200

    answer = installation.reply(jo, conversation, "At eleven", id=message)

    assert answer.status_code == 422
    assert "with other words" in parse(answer.text).words
    until(lambda: installation.sent_to(number))
    assert [text["body"] for text in installation.sent_to(number)] == ["At ten"]
