"""Two recruiters in one conversation: nobody answers what somebody else has answered a moment ago."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.journeys.elements import parse
from tests.journeys.installation import ANA, JO, Installation
from tests.journeys.screen import page
from tests.journeys.waiting import until


def opened(installation: Installation, number: str) -> tuple[str, int]:
    """A conversation, and what somebody who opens it now has seen."""
    installation.text_in(number, "When do I start?")
    conversation = installation.conversation(number)
    return conversation, seen_now(installation, conversation)


def seen_now(installation: Installation, conversation: str) -> int:
    thread = page(installation.sign_in(JO), f"/inbox/c/{conversation}").by_id("thread")
    assert thread is not None
    return int(thread.attributes["data-seen"])


def test_who_writes_second_is_held_once_and_then_let_through(installation: Installation) -> None:
    number, message = installation.candidate(), str(uuid4())
    conversation, seen = opened(installation, number)
    jo, ana = installation.sign_in(JO), installation.sign_in(ANA)
    assert installation.reply(jo, conversation, "On Monday", seen=seen).status_code == 200

    held = installation.reply(ana, conversation, "On Tuesday", id=message, seen=seen)

    assert held.status_code == 409
    assert "A new message arrived while you were writing" in parse(held.text).words
    until(lambda: installation.sent_to(number))
    assert [text["body"] for text in installation.sent_to(number)] == ["On Monday"]

    passed = installation.reply(ana, conversation, "On Tuesday", id=message, seen=int(held.headers["X-Seen"]))

    assert passed.status_code == 200
    until(lambda: len(installation.sent_to(number)) == 2)
    assert [text["body"] for text in installation.sent_to(number)] == ["On Monday", "On Tuesday"]


def test_a_text_of_the_candidate_that_was_not_seen_holds_a_reply_too(installation: Installation) -> None:
    number = installation.candidate()
    conversation, seen = opened(installation, number)
    installation.text_in(number, "Sorry, I meant where")

    held = installation.reply(installation.sign_in(JO), conversation, "On Monday", seen=seen)

    assert held.status_code == 409
    assert installation.sent_to(number) == []


def test_ones_own_last_words_hold_nothing(installation: Installation) -> None:
    number = installation.candidate()
    conversation, seen = opened(installation, number)
    jo = installation.sign_in(JO)

    answers = [installation.reply(jo, conversation, words, seen=seen) for words in ("On Monday", "At nine")]

    assert [answer.status_code for answer in answers] == [200, 200]


def test_of_two_who_press_send_at_once_one_is_held(installation: Installation) -> None:
    number = installation.candidate()
    conversation, _ = opened(installation, number)
    people = {JO: installation.sign_in(JO), ANA: installation.sign_in(ANA)}

    with ThreadPoolExecutor(2) as pool:
        for round_ in range(5):
            seen = seen_now(installation, conversation)

            def send(who: str, round_: int = round_, seen: int = seen) -> int:
                return installation.reply(people[who], conversation, f"{who} {round_}", seen=seen).status_code

            assert sorted(pool.map(send, people)) == [200, 409]

    until(lambda: len(installation.sent_to(number)) == 5)
