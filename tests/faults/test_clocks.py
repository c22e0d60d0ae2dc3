"""Clocks that jump and clocks that are wrong: leases, sessions and the order of a thread go by the database's."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests import services
from tests.faults import invariant
from tests.faults.conftest import Figure
from tests.faults.installation import production
from tests.journeys.installation import JO
from tests.journeys.screen import Screen
from tests.journeys.waiting import until

# An hour ahead, an hour behind (as when somebody sets summer time by hand), and a little off the database.
JUMPS = ("+3600s", "-3600s", "+90s", "-90s", "+0s")


@pytest.mark.long
def test_a_clock_that_jumps_takes_nothing_from_anybody(tmp_path: Path, figure: Figure) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+0s")
    environment = {
        "LD_PRELOAD": services.faketime_path(),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        # asyncio's own clock goes on: a machine whose time is set does not wake every timer either.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    with production(tmp_path, webs=1, workers=2, environment=environment) as installation:
        number, jo = installation.candidate(), installation.sign_in(JO)
        installation.text_in(number, "Hello")
        conversation = installation.conversation(number)
        screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
        words = ["Hello"]
        for jump in JUMPS:
            clock.write_text(jump)
            reply = str(uuid4())
            installation.text_in(number, f"At {jump}")
            assert installation.reply(jo, conversation, f"Reply at {jump}", id=reply).status_code == 200
            words += [f"At {jump}", f"Reply at {jump}"]
            screen.until(lambda screen, reply=reply: _is_delivered(screen, reply), seconds=60)
        assert screen.panes.texts == words
        until(lambda: len(installation.sent_to(number)) == len(JUMPS))
        assert len(installation.asked_to_send(number)) == len(JUMPS)
        invariant.holds(installation, screens=[screen])
        assert jo.get("/inbox").status_code == 200
        installation.close_browsers()
    figure("clock jumps by an hour and by 90 s: texts sent twice / out of order / sessions lost", "0 / 0 / 0")


def _is_delivered(screen: Screen, reply: str) -> bool:
    return reply in screen.bubbles and screen.bubbles[reply].state == "delivered"
