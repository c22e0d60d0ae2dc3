"""A text that does not arrive: the reason beside it, a mark in the list, and the next step."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx2
import pytest

from tests.journeys.elements import parse
from tests.journeys.installation import ANA, JO, Installation
from tests.journeys.screen import Screen
from tests.journeys.waiting import until

HTMX = {"HX-Request": "true"}


def test_a_text_to_a_landline_tells_so_in_the_thread_and_in_every_list(installation: Installation) -> None:
    number, message = installation.candidate(), str(uuid4())
    installation.text_in(number, "Hello")
    installation.behave(number, "landline")
    conversation = installation.conversation(number)
    thread = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    failures = installation.screen(ANA, "/inbox?tab=shared&failed=1")
    assert conversation not in failures.rows

    installation.reply(installation.sign_in(JO), conversation, "Are you there?", id=message)

    thread.until(lambda screen: message in screen.bubbles and screen.bubbles[message].state == "failed")
    assert thread.bubbles[message].state_words == "Not delivered"
    assert thread.bubbles[message].failure == (
        "The carrier says this number is a landline. It cannot receive texts. 30006 Change number Mark this number"
    )
    for screen in (thread, failures):
        screen.until(lambda screen: conversation in screen.rows and bool(screen.rows[conversation].flags))
        assert screen.rows[conversation].flags == "Not delivered"
        assert screen.shows_what_a_fresh_page_shows()


def test_a_text_that_twilio_refuses_at_once_fails_in_every_open_thread(installation: Installation) -> None:
    """In production the worker learns of it, and the web processes hear of it from there."""
    number, message = installation.candidate(), str(uuid4())
    installation.text_in(number, "Hello")
    installation.fault("refuse", number, code=21211)
    conversation = installation.conversation(number)
    screens = [installation.screen(who, f"/inbox/c/{conversation}?tab=shared") for who in (JO, ANA)]

    installation.reply(installation.sign_in(JO), conversation, "Are you there?", id=message)

    for screen in screens:
        screen.until(lambda screen: message in screen.bubbles and screen.bubbles[message].state == "failed")
        assert (
            screen.bubbles[message].failure
            == "This is not a number that can receive texts. 21211 Change number Mark this number"
        )
    assert len(installation.asked_to_send(number)) == 1


@pytest.fixture
def failed(installation: Installation) -> tuple[Screen, str, str, str]:
    """A thread with a text that failed as the phone was off; conversation, message and number."""
    number, message = installation.candidate(), str(uuid4())
    installation.text_in(number, "Hello")
    installation.behave(number, "switched_off")
    conversation = installation.conversation(number)
    screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    installation.reply(installation.sign_in(JO), conversation, "Are you there?", id=message)
    screen.until(lambda screen: message in screen.bubbles and screen.bubbles[message].state == "failed")
    assert screen.bubbles[message].failure.endswith("30003 Try again")
    installation.behave(number, "delivers")
    return screen, conversation, message, number


def test_a_failed_text_that_is_sent_again_arrives_whatever_is_said_of_the_first_attempt(
    installation: Installation, failed: tuple[Screen, str, str, str]
) -> None:
    screen, conversation, message, number = failed
    (first,) = installation.sent_to(number)

    answer = installation.sign_in(ANA).post(
        f"/inbox/c/{conversation}/messages/{message}/retry", headers={"HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert parse(answer.text).by_id(f"msg-{message}") is not None
    screen.until(lambda screen: screen.bubbles[message].state == "delivered")
    screen.until(lambda screen: screen.rows[conversation].flags == "")
    for late in ("failed", "undelivered", "delivered"):
        installation.report(first["sid"], late, None if late == "delivered" else 30003)
    installation.text_in(number, "Here I am")
    screen.until(lambda screen: "Here I am" in screen.panes.texts)
    assert screen.bubbles[message].state == "delivered"
    assert screen.rows[conversation].flags == ""
    assert screen.shows_what_a_fresh_page_shows()
    assert [text["body"] for text in installation.sent_to(number)] == ["Are you there?"] * 2


def test_a_retry_pressed_twenty_times_by_two_people_sends_once(
    installation: Installation, failed: tuple[Screen, str, str, str]
) -> None:
    screen, conversation, message, number = failed
    people = [installation.sign_in(JO), installation.sign_in(ANA)]

    def press(turn: int) -> httpx2.Response:
        address = f"/inbox/c/{conversation}/messages/{message}/retry"
        return people[turn % 2].post(address, headers={"HX-Request": "true"})

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(press, range(20)))

    # Who was first sees the text on its way, however often; the other one is told who that was.
    statuses = [{answer.status_code for answer in answers[turn::2]} for turn in (0, 1)]
    assert sorted(statuses, key=min) == [{200}, {409}]
    late = next(parse(answer.text) for answer in answers if answer.status_code == 409)
    assert late.by_id(f"msg-{message}") is not None
    assert late.words.endswith("has already sent this text again.")
    screen.until(lambda screen: screen.bubbles[message].state == "delivered")
    until(lambda: len(installation.sent_to(number)) == 2)
    assert len(installation.asked_to_send(number)) == 2


@pytest.fixture
def unconfirmed(installation: Installation) -> tuple[Screen, str, list[str], str]:
    """A thread with two equal texts of which Twilio cannot tell whether they went out."""
    number, texts = installation.candidate(), [str(uuid4()) for _ in range(2)]
    installation.text_in(number, "Hello")
    installation.fault("reset_after_accept", number, times=2)
    installation.fault("drop_callbacks", number, times=4)
    conversation = installation.conversation(number)
    screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    for message in texts:
        installation.reply(installation.sign_in(JO), conversation, "Yes", id=message)
    for message in texts:
        screen.until(
            lambda screen, id=message: id in screen.bubbles and screen.bubbles[id].state == "unconfirmed", seconds=15
        )
    return screen, conversation, texts, number


def test_what_twilio_cannot_confirm_waits_for_a_person_in_the_thread_and_in_the_list(
    installation: Installation, unconfirmed: tuple[Screen, str, list[str], str]
) -> None:
    screen, conversation, (first, second), number = unconfirmed
    assert screen.bubbles[first].state_words == "Not confirmed"
    assert screen.bubbles[first].failure == (
        "Twilio has not confirmed this text. It may have arrived. Send again Discard"
    )
    screen.until(lambda screen: screen.rows[conversation].flags == "2 not confirmed")
    assert conversation in installation.screen(ANA, "/inbox?tab=shared&failed=1").rows

    ana = installation.sign_in(ANA)
    assert ana.post(f"/inbox/c/{conversation}/messages/{second}/discard", headers=HTMX).status_code == 200
    screen.until(lambda screen: screen.bubbles[second].state == "discarded")
    assert screen.bubbles[second].state_words == "Discarded"
    assert screen.bubbles[second].failure == "It may have arrived."
    screen.until(lambda screen: screen.rows[conversation].flags == "Not confirmed")

    late = installation.sign_in(JO).post(f"/inbox/c/{conversation}/messages/{second}/retry", headers=HTMX)
    assert late.status_code == 409
    assert parse(late.text).words.endswith("Ana has already discarded this text.")

    again = installation.sign_in(JO).post(f"/inbox/c/{conversation}/messages/{first}/retry", headers=HTMX)
    assert again.status_code == 200
    screen.until(lambda screen: screen.bubbles[first].state == "delivered")
    screen.until(lambda screen: screen.rows[conversation].flags == "")
    assert len(installation.asked_to_send(number)) == 3
    assert screen.shows_what_a_fresh_page_shows()


def test_without_scripts_both_decisions_lead_back_to_the_thread(
    installation: Installation, unconfirmed: tuple[Screen, str, list[str], str]
) -> None:
    screen, conversation, (first, second), _ = unconfirmed
    jo, ana = installation.sign_in(JO), installation.sign_in(ANA)

    for message, decision, state in ((first, "retry", "delivered"), (second, "discard", "discarded")):
        answer = jo.post(f"/inbox/c/{conversation}/messages/{message}/{decision}")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/inbox/c/{conversation}")
        screen.until(lambda screen, id=message, state=state: screen.bubbles[id].state == state)

    late = ana.post(f"/inbox/c/{conversation}/messages/{second}/discard")
    assert late.status_code == 409
    assert "Jo has already discarded this text." in parse(late.text).words
