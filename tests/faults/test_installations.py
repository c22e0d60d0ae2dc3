"""The installations of these tests can be broken in each part, are whole again afterwards, and are judged."""

import sqlite3
from contextlib import closing
from uuid import uuid4

import pytest

from tests.faults import invariant
from tests.faults.installation import Breakable
from tests.journeys.installation import JO
from tests.journeys.waiting import until


def test_everything_is_whole_again_after_everything_broke(installation: Breakable) -> None:
    number = installation.candidate()
    installation.text_in(number, "Hello")
    conversation = installation.conversation(number)
    screen = installation.screen(JO, f"/inbox/c/{conversation}?tab=shared")
    installation.database.crash()
    installation.hints.kill()
    installation.processes.kill("web-2")
    installation.processes.kill("worker")
    installation.processes.freeze("worker-2")
    for line in installation.lines.values():
        line.refuse()

    installation.restore()

    installation.text_in(number, "Still there?")
    assert installation.reply(installation.sign_in(JO), conversation, "Yes", id=str(uuid4())).status_code == 200
    until(lambda: installation.sent_to(number))
    screen.disconnect()
    screen.connect()
    screen.until(lambda screen: screen.panes.texts == ["Hello", "Still there?", "Yes"])
    invariant.holds(installation, screens=[screen], expected=["Unavailable", "Connect"])


def test_an_installation_on_sqlite_is_killed_and_judged(small: Breakable) -> None:
    number = small.candidate()
    small.text_in(number, "Hello")
    small.processes.kill("web")
    small.start("web")
    assert small.reply(small.sign_in(JO), small.conversation(number), "Yes", id=str(uuid4())).status_code == 200
    until(lambda: small.sent_to(number))
    invariant.holds(small)


def test_what_is_lost_and_what_is_missing_from_the_log_is_found(small: Breakable) -> None:
    sid = small.text_in(small.candidate(), "Hello")["sid"]
    # No report may come meanwhile and count on from a wrong number.
    until(lambda: small.ask("select id from messages where direction = 'out' and seq > 0 and rank < 5") == [])
    invariant.holds(small)
    for wrong, right, words in (
        (
            f"update messages set provider_message_id = 'other' where provider_message_id = '{sid}'",
            f"update messages set provider_message_id = '{sid}' where provider_message_id = 'other'",
            "1 acknowledged texts are not stored",
        ),
        ("update event_counters set seq = seq + 1", "update event_counters set seq = seq - 1", "gaps"),
    ):
        with closing(sqlite3.connect(small.processes.folder / "inbox.db", timeout=20)) as file:
            file.execute(wrong)
            file.commit()
            with pytest.raises(AssertionError, match=words):
                invariant.holds(small)
            file.execute(right)
            file.commit()
    invariant.holds(small)
