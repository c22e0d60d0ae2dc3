"""What came while nobody was there to take it is found by itself."""

import time
from typing import Any

import httpx2

from tests.faults import invariant
from tests.faults.conftest import Figure
from tests.faults.installation import Breakable
from tests.journeys.installation import JO
from tests.journeys.waiting import until

LEASED_SECONDS = 90.0
"""A run that died with its process is another worker's when its lease has ended."""


def lose(installation: Breakable, number: str, body: str) -> dict[str, Any]:
    """A candidate texts, and nobody takes Twilio's call."""
    asked = {"from": number, "to": installation.number, "body": body}
    told: dict[str, Any] = installation.sandbox.post("/sandbox/inbound", json=asked).json()
    assert told["webhook_status"] != 200, told
    return told


def another_second() -> None:
    """Twilio tells whole seconds: what comes now is after everything that was before."""
    second = int(time.time())
    until(lambda: int(time.time()) > second)


def at_second_web(installation: Breakable) -> httpx2.Client:
    """Jo's browser at the process that Twilio does not call."""
    return installation.browser(installation.webs[1], cookies=dict(installation.sign_in(JO).cookies))


def test_texts_sent_while_a_web_process_is_down_appear_live_once_and_in_their_place_after_its_start(
    installation: Breakable, figure: Figure
) -> None:
    number = installation.candidate()
    installation.text_in(number, "Before")
    conversation = installation.conversation(number)
    jo = at_second_web(installation)
    screen = installation.screen(jo, f"/inbox/c/{conversation}?tab=shared")
    installation.processes.kill("web")
    another_second()
    for body in ("First lost", "Second lost"):
        lose(installation, number, body)
    another_second()
    answer = installation.reply(jo, conversation, "Hi")
    assert answer.status_code == 200, answer.text

    began = time.monotonic()
    installation.start("web")

    shown = ["Before", "First lost", "Second lost", "Hi"]
    screen.until(lambda screen: screen.panes.texts == shown, seconds=LEASED_SECONDS)
    figure(
        "two texts lost to a web process that was down: in their place after its start",
        f"{time.monotonic() - began:.1f} s",
    )
    assert screen.rows[conversation].text == "Jo: Hi"
    assert screen.rows[conversation].unread == 2
    installation.text_in(number, "After")
    screen.until(lambda screen: screen.panes.texts == [*shown, "After"])
    invariant.holds(installation, screens=[screen])


def test_texts_sent_while_everything_is_down_are_there_after_the_start(small: Breakable) -> None:
    number, stranger = small.candidate(), small.candidate()
    small.text_in(number, "Before")
    conversation = small.conversation(number)
    small.processes.kill("web")
    another_second()
    lose(small, number, "Lost")
    lose(small, stranger, "STOP")

    small.start("web")

    screen = small.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    screen.until(lambda screen: screen.panes.texts == ["Before", "Lost"], seconds=LEASED_SECONDS)
    until(
        lambda: (
            small.ask(
                f"select unread, opted_out_at is not null from conversations where candidate_number = '{stranger}'"
            )
            == [(0, True)]
        )
    )
    invariant.holds(small, screens=[screen])
