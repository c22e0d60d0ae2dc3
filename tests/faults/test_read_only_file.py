"""The file of a SQLite database can only be read for a while: it is said, nothing is lost, it goes on by itself."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from inbox.storage.columns import new_id
from inbox.storage.sqlite import READ_ONLY
from tests.faults import invariant
from tests.faults.caller import Caller
from tests.faults.conftest import Figure
from tests.faults.installation import Breakable, embedded
from tests.faults.read_only import STOPS_OPEN_FILES, allow_writing, forbid_writing
from tests.journeys.installation import JO
from tests.journeys.waiting import until

NUMBER, ANOTHER = "+447700900178", "+447700900179"
COUNT = "select count(*) from messages where direction = 'in' and seq > 0"
HEALS_SECONDS = 15


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Breakable]:
    """An installation on SQLite that this test alone may break."""
    with embedded(tmp_path) as installation:
        yield installation
        installation.close_browsers()


@pytest.fixture
def caller(alone: Breakable) -> Iterator[Caller]:
    """Twilio's calls to it."""
    made = Caller(alone)
    yield made
    made.close()


@pytest.fixture
def files(alone: Breakable, tmp_path: Path) -> Iterator[list[Path]]:
    """The database's: itself, and its log of writes."""
    found = [tmp_path / "inbox.db", tmp_path / "inbox.db-wal"]
    yield found
    allow_writing(file for file in found if file.exists())


@pytest.fixture
def spool(alone: Breakable, tmp_path: Path) -> Iterator[Path]:
    """The folder of its spool."""
    folder = tmp_path / "var" / "spool"
    assert folder.is_dir()
    yield folder
    allow_writing([folder])


def reply(jo: httpx2.Client, conversation: str) -> httpx2.Response:
    fields = {"id": new_id(), "body": "Hello", "seen": "1000"}
    return jo.post(f"/inbox/c/{conversation}/messages", data=fields, headers={"HX-Request": "true"})


def stored(installation: Breakable) -> int:
    return int(installation.ask(COUNT)[0][0])


@pytest.mark.parametrize("restarted", [False, pytest.param(True, marks=pytest.mark.long)])
def test_a_file_that_can_only_be_read_is_said_loses_nothing_and_is_written_again_as_soon_as_it_can_be(
    alone: Breakable, caller: Caller, files: list[Path], figure: Figure, restarted: bool
) -> None:
    assert caller.call(caller.text(NUMBER, "Before")) == 200
    conversation, jo = alone.conversation(NUMBER), alone.sign_in(JO)
    if restarted:
        alone.processes.kill("web")
    forbid_writing(files)
    if restarted or not STOPS_OPEN_FILES:
        _start_again(alone)

    answers = [caller.call(caller.text(ANOTHER, f"Meanwhile {place}")) for place in range(20)]
    assert set(answers) == {200}
    assert stored(alone) == 1
    until(lambda: reply(jo, conversation).text == READ_ONLY)
    assert reply(jo, conversation).status_code == 503
    page = jo.get(f"/inbox/c/{conversation}?tab=shared")
    assert (page.status_code, "Before" in page.text) == (200, True)
    assert READ_ONLY in alone.processes.log("web").read_text()

    allow_writing(files)
    until(lambda: stored(alone) == 1 + len(answers), seconds=HEALS_SECONDS)
    until(lambda: reply(jo, conversation).status_code == 200, seconds=HEALS_SECONDS)

    assert alone.ask("pragma integrity_check") == [("ok",)]
    invariant.holds(alone, expected=("Unavailable",))
    how = "from the start" if restarted else "while the process runs"
    figure(f"SQLite's file read-only {how}: answered 200 / stored", f"{1 + len(answers)} / {stored(alone)}")


@pytest.mark.long
def test_what_neither_the_file_nor_the_spool_takes_is_not_acknowledged_and_comes_in_as_soon_as_one_does(
    alone: Breakable, caller: Caller, files: list[Path], figure: Figure, spool: Path
) -> None:
    texts = [caller.text(ANOTHER, f"Meanwhile {place}") for place in range(20)]
    assert caller.call(caller.text(NUMBER, "Before")) == 200
    forbid_writing([*files, spool])
    if not STOPS_OPEN_FILES:
        _start_again(alone)

    refused = [caller.call(text) for text in texts]
    assert set(refused) == {503}
    allow_writing([spool])
    kept = [caller.call(text) for text in texts[:10]]
    assert set(kept) == {200}
    assert stored(alone) == 1

    allow_writing(files)
    until(lambda: caller.call(texts[-1]) == 200, seconds=HEALS_SECONDS)
    until(lambda: stored(alone) == 1 + len(kept) + 1, seconds=HEALS_SECONDS)
    invariant.holds(alone, expected=("Unavailable", "PermissionError"))
    figure(
        "SQLite's file and the spool read-only: answered 503 / 200 / stored", f"20 / {2 + len(kept)} / {stored(alone)}"
    )


def _start_again(installation: Breakable) -> None:
    if installation.processes.is_running("web"):
        installation.processes.kill("web")
    installation.start("web")
