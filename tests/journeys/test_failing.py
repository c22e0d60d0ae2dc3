"""A text that does not arrive: the reason beside it, a mark in the list, and the next step."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.journeys.elements import parse
from tests.journeys.installation import ANA, JO, Installation
from tests.journeys.screen import Screen
from tests.journeys.waiting import until


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
        "The carrier says this number is a landline. It cannot receive texts. 30006"
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
        assert screen.bubbles[message].failure == "This is not a number that can receive texts. 21211"
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

    def press(turn: int) -> int:
        return (
            people[turn % 2]
            .post(f"/inbox/c/{conversation}/messages/{message}/retry", headers={"HX-Request": "true"})
            .status_code
        )

    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(press, range(20))) == {200}

    screen.until(lambda screen: screen.bubbles[message].state == "delivered")
    until(lambda: len(installation.sent_to(number)) == 2)
    assert len(installation.asked_to_send(number)) == 2
