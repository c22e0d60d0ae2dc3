"""SQLite takes many writers and readers at once, and forgets no pragma."""

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, union_all

from inbox.errors import Unavailable
from inbox.storage import sqlite_pool
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import companies, event_counters, login_failures
from tests.faults.read_only import allow_writing, forbid_writing
from tests.storage.conftest import new_tenant
from tests.storage.neighbour import count, neighbour
from tests.storage.notes import DEFERRED, note, notes, until

pytestmark = pytest.mark.anyio

ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"


@pytest.fixture
async def database(sqlite_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    async with Database(sqlite_url) as connected:
        yield connected


@pytest.fixture
async def strict(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, anyio_backend: str) -> AsyncIterator[Database]:
    """A database on which whoever meets a locked file fails at once."""
    monkeypatch.setattr(sqlite_pool, "_BUSY_SECONDS", 0)
    async with Database(sqlite_url) as connected:
        yield connected


async def test_transactions_that_read_and_then_write_stand_in_line(strict: Database) -> None:
    await new_tenant(strict)

    async def work() -> None:
        for _ in range(10):
            await count(strict)

    await asyncio.gather(*(asyncio.create_task(work()) for _ in range(20)))
    assert await strict.fetch_val(select(event_counters.c.seq)) == 200


async def test_another_process_may_write_at_the_same_time(database: Database, sqlite_url: str) -> None:
    await new_tenant(database)
    counted = 0

    async def work() -> None:
        nonlocal counted
        while other.returncode is None:
            await count(database)
            counted += 1

    async with neighbour("count", sqlite_url, 25) as other:
        await asyncio.gather(*(asyncio.create_task(work()) for _ in range(5)))
    assert await database.fetch_val(select(event_counters.c.seq)) == counted + 25


async def test_every_connection_has_the_pragmas(database: Database) -> None:
    wanted = {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 10_000}
    meeting = asyncio.Barrier(6)

    async def pragmas() -> dict[str, object]:
        async with database.connection() as connection:
            await meeting.wait()  # six at once are six connections
            return {name: await connection.fetch_val(f"pragma {name}") for name in wanted}

    assert await asyncio.gather(*(asyncio.create_task(pragmas()) for _ in range(6))) == [wanted] * 6


async def test_a_foreign_key_is_enforced(database: Database) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        await database.execute(insert(companies).values(organisation_id=1, id=new_id(), name="Orphan"))


async def test_reads_do_not_wait_for_a_long_transaction(database: Database) -> None:
    await note(database, "before")
    inside, leave = asyncio.Event(), asyncio.Event()

    async def write_slowly() -> None:
        async with database.transaction():
            await note(database, "during")
            inside.set()
            await leave.wait()

    writer = asyncio.create_task(write_slowly())
    await inside.wait()
    async with asyncio.timeout(5):
        assert await asyncio.gather(*(asyncio.create_task(notes(database)) for _ in range(20))) == [["before"]] * 20
    leave.set()
    await writer
    assert await notes(database) == ["before", "during"]


READS = [
    "select 1",
    "\n  SELECT count(*) from login_failures",
    "with n as (select 1) select * from n",
    "values (1)",
    "explain select 1",
    select(login_failures),
    union_all(select(login_failures), select(login_failures)),
]
WRITES = [
    "insert into login_failures (subject) values ('late')",
    "with n(s) as (select 'late')\ninsert into login_failures (subject) select s from n",
    insert(login_failures).values(subject="late"),
    insert(login_failures).values(subject="late").returning(login_failures.c.id),
]


@pytest.mark.parametrize("query", READS, ids=str)
async def test_a_read_passes_an_open_transaction(database: Database, query: object) -> None:
    async def read() -> None:
        await database.fetch_all(query)

    outside = asyncio.Event()

    async def read_when_told() -> None:
        await outside.wait()
        await read()

    reader = asyncio.create_task(read_when_told())
    async with database.transaction(), asyncio.timeout(5):
        await note(database, "open")
        outside.set()
        await reader


@pytest.mark.parametrize("query", WRITES, ids=str)
async def test_a_write_outside_transactions_waits_for_its_turn(strict: Database, query: object) -> None:
    go = asyncio.Event()

    async def write() -> None:
        await go.wait()
        await strict.execute(query)

    writer = asyncio.create_task(write())
    async with strict.transaction():
        go.set()
        for number in range(20):
            await note(strict, str(number))
        assert not writer.done()
    await writer
    assert (await notes(strict))[-2:] == ["19", "late"]


async def test_a_commit_that_fails_leaves_the_file_to_the_next_writer(strict: Database) -> None:
    async def break_a_key() -> None:
        async with strict.transaction():
            await strict.execute("insert into parts values (1, 2)")

    await strict.execute(DEFERRED)
    for _ in range(50):
        with pytest.raises(sqlite3.IntegrityError):
            await break_a_key()
        await note(strict, "next")
    assert len(await notes(strict)) == 50


async def test_queries_reuse_a_connection_and_many_at_once_open_few(database: Database) -> None:
    before = threading.active_count()
    for _ in range(50):
        await database.ping()
    assert threading.active_count() == before + 1
    await asyncio.gather(*(asyncio.create_task(database.ping()) for _ in range(100)))
    assert threading.active_count() <= before + 8
    await database.disconnect()

    async def all_ended() -> bool:
        return threading.active_count() == before

    await until(all_ended)


async def test_a_cancelled_query_does_not_go_on_in_its_thread(database: Database) -> None:
    before = threading.active_count()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await database.fetch_val(ENDLESS)

    async def has_ended() -> bool:
        return threading.active_count() == before

    await until(has_ended)
    await database.ping()


async def test_a_cancelled_query_in_a_transaction_lets_the_next_writer_in(database: Database) -> None:
    async def write_and_calculate() -> None:
        async with database.transaction():
            await note(database, "undone")
            await database.fetch_val(ENDLESS)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await write_and_calculate()
    async with asyncio.timeout(5):
        await note(database, "next")
    assert await notes(database) == ["next"]


async def test_a_full_disk_is_unavailable_keeps_what_was_stored_and_heals(database: Database) -> None:
    async with database.connection():  # the limit belongs to the connection
        limit = 20 + await database.fetch_val("pragma page_count")
        await database.fetch_val(f"pragma max_page_count = {limit}")
        stored = 0

        async def fill() -> None:
            nonlocal stored
            while True:
                async with database.transaction():
                    await note(database, f"{stored:080}")
                stored += 1

        with pytest.raises(Unavailable):
            await fill()
        assert stored > 100
        assert len(await notes(database)) == stored
        assert await database.fetch_val("pragma integrity_check") == "ok"
        await database.fetch_val(f"pragma max_page_count = {10 * limit}")
        await note(database, "more space")
    assert len(await notes(database)) == stored + 1


async def test_a_file_that_could_only_be_read_for_a_while_is_written_again(database: Database, sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    await note(database, "before")
    with contextlib.closing(sqlite3.connect(path)) as other:
        other.execute("select count(*) from companies")  # so that the log of writes is not put away
        await database.disconnect()
        files = [path, path.with_name("inbox.db-wal")]
        forbid_writing(files)
        try:
            await database.connect()
            with pytest.raises(Unavailable, match="can only be read"):
                await note(database, "refused")
            await asyncio.gather(*(notes(database) for _ in range(4)))
        finally:
            allow_writing(files)
    # One connection of those that can only read may still be tried, and none after it.
    with contextlib.suppress(Unavailable):
        await note(database, "perhaps")
    await note(database, "after")
    assert (await notes(database))[-1] == "after"


async def test_a_file_that_another_process_keeps_locked_is_unavailable(database: Database, sqlite_url: str) -> None:
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None) as other:
        async with database.connection():
            await database.fetch_val("pragma busy_timeout = 50")
            other.execute("begin immediate")
            with pytest.raises(Unavailable):
                await note(database, "refused")
            other.execute("rollback")
            await note(database, "taken")
    assert await notes(database) == ["taken"]


async def test_a_file_that_cannot_be_opened_is_unavailable(anyio_backend: str) -> None:
    async with Database("sqlite:////nowhere/inbox.db") as database:
        with pytest.raises(Unavailable):
            await database.ping()


async def test_a_programming_error_stays_one(database: Database) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await database.fetch_all("select * from missing")


async def test_a_process_that_forgets_to_disconnect_ends_all_the_same(database: Database, sqlite_url: str) -> None:
    async with asyncio.timeout(20), neighbour("forget", sqlite_url):
        pass


async def test_a_connected_database_can_be_closed_and_opened_again(database: Database) -> None:
    await note(database, "first")
    await database.disconnect()
    await database.connect()
    assert await notes(database) == ["first"]


async def test_a_tenant_writes_through_its_database(database: Database) -> None:
    tenant: Tenant = await new_tenant(database)
    async with tenant.transaction():
        await tenant.execute(insert(companies).values(organisation_id=tenant.organisation_id, id=new_id(), name="One"))
    assert await tenant.fetch_val(select(companies.c.name)) == "One"
