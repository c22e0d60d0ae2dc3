"""The one process of an installation on SQLite is killed while it writes: its file stays whole and complete."""

import random
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import invariant
from tests.faults.caller import Caller, at_once
from tests.faults.conftest import Figure
from tests.faults.installation import Breakable, embedded
from tests.journeys.waiting import until


@pytest.fixture
def caller(small: Breakable) -> Iterator[Caller]:
    """Twilio's calls to it."""
    made = Caller(small)
    yield made
    made.close()


@pytest.mark.parametrize("rounds", [pytest.param(200, marks=[pytest.mark.long, pytest.mark.timeout(3_600)])])
def test_a_file_whose_writer_is_killed_again_and_again_holds_every_acknowledged_text(
    small: Breakable, caller: Caller, figure: Figure, rounds: int
) -> None:
    chance, acknowledged = random.Random(25), list[str]()
    numbers = [small.candidate() for _ in range(4)]

    def texts(number: str) -> None:
        """One after the other, until one is not answered."""
        form = caller.text(number)
        while caller.call(form) == 200:
            acknowledged.append(form["MessageSid"])
            form = caller.text(number)

    for _ in range(rounds):
        killing = threading.Timer(chance.uniform(0.1, 0.4), small.processes.kill, ["web"])
        killing.start()
        at_once(texts, numbers, threads=4)
        killing.join()
        small.start("web")
        assert small.ask("pragma integrity_check") == [("ok",)]

    stored = {sid for (sid,) in small.ask("select provider_message_id from messages where direction = 'in'")}
    assert set(acknowledged) <= stored
    invariant.holds(small)
    figure(f"SQLite's process killed {rounds} times while it writes: acknowledged / lost", f"{len(acknowledged):,} / 0")


@pytest.mark.long
def test_texts_that_went_with_a_deleted_log_of_writes_come_back_from_twilios_list(
    tmp_path: Path, figure: Figure
) -> None:
    with embedded(tmp_path) as installation:
        number = installation.candidate()
        sent = {installation.text_in(number, f"Text {place}")["sid"] for place in range(20)}
        installation.processes.kill("web")
        for name in ("inbox.db-wal", "inbox.db-shm"):
            (tmp_path / name).unlink()
        whole = installation.ask("pragma integrity_check")
        left = {sid for (sid,) in installation.ask("select provider_message_id from messages where direction = 'in'")}

        installation.start("web")

        def stored() -> set[str]:
            rows = installation.ask("select provider_message_id from messages where direction = 'in'")
            return {sid for (sid,) in rows}

        until(lambda: sent <= stored(), seconds=60)
        assert whole == installation.ask("pragma integrity_check") == [("ok",)]
        invariant.holds(installation)
        figure("SQLite's log of writes deleted: texts lost with it / back", f"{len(sent - left)} / {len(sent - left)}")
