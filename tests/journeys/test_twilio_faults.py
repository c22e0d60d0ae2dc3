"""What Twilio does wrong while it is asked to send: no text is lost in silence, none is sent twice."""

from uuid import uuid4

import pytest

from tests.journeys.installation import JO, Installation
from tests.journeys.screen import Screen
from tests.journeys.waiting import until


def reply(installation: Installation, number: str) -> tuple[Screen, str]:
    """Press Send in a conversation with this number; the open thread and the message's id."""
    installation.text_in(number, "Hello")
    conversation, message = installation.conversation(number), str(uuid4())
    screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    assert installation.reply(installation.sign_in(JO), conversation, "Are you free?", id=message).status_code == 200
    screen.until(lambda screen: message in screen.bubbles)
    return screen, message


def test_a_status_that_overtakes_the_answer_settles_the_text(installation: Installation) -> None:
    number = installation.candidate()
    installation.fault("hang_after_accept", number, seconds=4.0)

    screen, message = reply(installation, number)

    until(lambda: installation.sent_to(number))
    screen.until(lambda screen: screen.bubbles[message].state == "delivered", seconds=3.5)
    assert len(installation.asked_to_send(number)) == 1


@pytest.mark.parametrize("fault", ["reset_after_accept", "error_after_accept"])
def test_a_text_whose_answer_got_lost_is_not_confirmed_until_twilio_reports_and_is_never_sent_again(
    installation: Installation, fault: str
) -> None:
    number = installation.candidate()
    installation.fault(fault, number)
    installation.fault("drop_callbacks", number, times=2)
    installation.fault("error", number, on="list", times=9)

    screen, message = reply(installation, number)

    screen.until(lambda screen: screen.bubbles[message].state == "unknown")
    assert screen.bubbles[message].state_words == "Not confirmed"
    assert screen.bubbles[message].failure == "We do not know yet if it went out. Twilio is being asked."
    (sent,) = installation.sent_to(number)
    installation.report(sent["sid"], "delivered")
    screen.until(lambda screen: screen.bubbles[message].state == "delivered")
    assert screen.bubbles[message].failure == ""
    assert len(installation.asked_to_send(number)) == 1
    assert screen.shows_what_a_fresh_page_shows()


def test_a_text_whose_answer_and_reports_got_lost_is_found_on_twilios_list(installation: Installation) -> None:
    number = installation.candidate()
    installation.fault("reset_after_accept", number)
    installation.fault("drop_callbacks", number, times=2)

    screen, message = reply(installation, number)

    screen.until(lambda screen: screen.bubbles[message].state == "delivered", seconds=15)
    assert len(installation.asked_to_send(number)) == 1
    assert screen.shows_what_a_fresh_page_shows()


def test_a_text_that_never_got_to_twilio_is_sent_once_more_by_itself(installation: Installation) -> None:
    number = installation.candidate()
    installation.fault("reset", number)

    screen, message = reply(installation, number)

    screen.until(lambda screen: screen.bubbles[message].state == "delivered", seconds=15)
    assert len(installation.sent_to(number)) == 1
    assert len(installation.asked_to_send(number)) == 2
    assert screen.shows_what_a_fresh_page_shows()


def test_a_text_that_twilio_had_no_time_for_is_sent_a_little_later_and_once(installation: Installation) -> None:
    number = installation.candidate()
    installation.fault("throttle", number, times=2, retry_after=0.1)

    screen, message = reply(installation, number)

    screen.until(lambda screen: screen.bubbles[message].state == "delivered")
    assert len(installation.sent_to(number)) == 1
    assert len(installation.asked_to_send(number)) == 3


def test_statuses_that_come_twice_and_in_the_wrong_order_end_as_delivered(installation: Installation) -> None:
    number = installation.candidate()
    installation.fault("reorder_callbacks", number)
    installation.fault("duplicate_callbacks", number, times=2)

    screen, message = reply(installation, number)

    screen.until(lambda screen: screen.bubbles[message].state == "delivered")
    installation.text_in(number, "Yes")
    screen.until(lambda screen: "Yes" in screen.panes.texts)
    assert screen.bubbles[message].state == "delivered"
