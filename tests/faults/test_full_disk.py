"""The disk of a SQLite database fills up: it is said, nothing acknowledged is lost, and it heals."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inbox.storage.columns import new_id
from tests.faults import invariant
from tests.faults.caller import Caller
from tests.faults.conftest import Figure
from tests.faults.disk import Disk, Limit, small_disk
from tests.faults.installation import Breakable, embedded
from tests.journeys.installation import JO
from tests.journeys.waiting import until

FULL = "The disk of the inbox is full, so nothing can be stored. Ask whoever runs it to make room, then try again."
EXPECTED = ("Unavailable", "disk is full", "disk I/O error", "No space left", "File too large")


@pytest.fixture(params=["full", pytest.param("limited", marks=pytest.mark.long)])
def disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Disk]:
    """The disk under the database and the spool."""
    with small_disk(tmp_path / "disk") as mounted:
        yield Limit(mounted.path) if request.param == "limited" else mounted


@pytest.fixture
def on_disk(tmp_path: Path, disk: Disk) -> Iterator[Breakable]:
    """An installation whose database and spool lie on that disk."""
    (tmp_path / "inbox.db").symlink_to(disk.path / "inbox.db")
    with embedded(tmp_path, environment={"INBOX_SPOOL_DIR": str(disk.path / "spool")}) as installation:
        yield installation
        installation.close_browsers()


@pytest.fixture
def caller(on_disk: Breakable) -> Iterator[Caller]:
    """Twilio's calls to it."""
    made = Caller(on_disk)
    yield made
    made.close()


def test_a_full_disk_is_said_loses_nothing_acknowledged_and_heals(
    disk: Disk, on_disk: Breakable, caller: Caller, figure: Figure
) -> None:
    answered: list[int | None] = []

    def text_in(body: str) -> int | None:
        answered.append(caller.call(caller.text("+447700900177", body)))
        return answered[-1]

    assert text_in("Before") == 200
    conversation = on_disk.conversation("+447700900177")
    jo, web = on_disk.sign_in(JO), on_disk.processes.process("web")

    disk.fill(web)
    until(lambda: _refuses(lambda: text_in("Meanwhile"), disk), seconds=60)
    page = jo.get(f"/inbox/c/{conversation}?tab=shared")
    assert (page.status_code, "Before" in page.text) == (200, True)
    fields = {"id": new_id(), "body": "Hello", "seen": "1000000"}
    reply = jo.post(f"/inbox/c/{conversation}/messages", data=fields, headers={"HX-Request": "true"})
    assert reply.status_code == 503
    assert reply.text == FULL or not disk.tells_full

    disk.free(web)
    until(lambda: text_in("After") == 200, seconds=5)
    spool = disk.path / "spool"
    until(lambda: not [*spool.glob("*.call"), *spool.glob("*.unverified")])

    stored = on_disk.ask("select count(*) from messages where direction = 'in' and seq > 0")[0][0]
    assert stored >= answered.count(200)
    assert set(answered) <= {200, 503}
    assert on_disk.ask("pragma integrity_check") == [("ok",)]
    invariant.holds(on_disk, expected=EXPECTED)
    what = "a full disk" if disk.tells_full else "a disk that takes no larger file"
    figure(f"{what}: answered 200 / 503 / stored", f"{answered.count(200)} / {answered.count(503)} / {stored}")


def _refuses(text_in: Callable[[], int | None], disk: Disk) -> bool:
    """Whether there is no room any more: neither for the text nor, on a disk that is full, for the spool."""
    return text_in() == 503 or not disk.tells_full
