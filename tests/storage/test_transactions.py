"""Transactions end well however they end, and no connection is lost over it."""

import asyncio
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import anyio
import pytest
from sqlalchemy import insert

from inbox.errors import Unavailable
from inbox.storage import transactions
from inbox.storage.database import Database
from inbox.storage.tables import organisations
from tests.storage.notes import DEFERRED, Impatience, assert_whole, kill_backend, note, notes, until

pytestmark = pytest.mark.anyio


async def test_a_transaction_lasts_when_its_block_ends(database: Database) -> None:
    async with database.transaction():
        assert database.in_transaction
        await note(database, "kept")
    assert not database.in_transaction
    assert await notes(database) == ["kept"]


async def test_a_transaction_is_undone_when_its_block_raises(database: Database) -> None:
    with pytest.raises(LookupError):
        await note_and_fail(database)
    assert await notes(database) == []


async def test_a_transaction_inside_another_is_a_savepoint(database: Database) -> None:
    async with database.transaction():
        await note(database, "outer")
        with pytest.raises(LookupError):
            await note_and_fail(database)
        async with database.transaction():
            await note(database, "inner, kept")
        await note(database, "outer again")
    assert await notes(database) == ["outer", "inner, kept", "outer again"]


async def test_a_refused_row_inside_a_savepoint_leaves_the_rest(database: Database) -> None:
    async with database.transaction():
        organisation_id = await database.execute(insert(organisations).values(name="A").returning(organisations.c.id))
        with pytest.raises(Exception, match=r"(?i)unique"):
            async with database.transaction():
                await database.execute(insert(organisations).values(id=organisation_id, name="B"))
        await note(database, "goes on")
    assert await notes(database) == ["goes on"]


async def test_an_outer_rollback_undoes_what_a_savepoint_kept(database: Database) -> None:
    async def fail_after_a_savepoint() -> None:
        async with database.transaction():
            async with database.transaction():
                await note(database, "lost")
            raise LookupError

    with pytest.raises(LookupError):
        await fail_after_a_savepoint()
    assert await notes(database) == []


async def test_a_commit_that_fails_keeps_nothing_and_loses_no_connection(small: Database) -> None:
    async def break_a_key() -> None:
        async with small.transaction():
            await note(small, "lost")
            await small.execute("insert into parts values (1, 2)")

    await small.execute(DEFERRED)
    for _ in range(10):
        with pytest.raises(Exception, match=r"(?i)foreign key"):
            await break_a_key()
        assert not small.in_transaction
    await assert_whole(small)
    assert await notes(small) == ["whole"]


async def test_cancelling_at_random_instants_loses_no_connection_and_halves_no_transaction(small: Database) -> None:
    impatience = Impatience(seed=3)

    async def twice(subject: str) -> None:
        async with small.transaction():
            await note(small, subject)
            async with small.transaction():
                await note(small, subject)

    async def work(worker: int) -> None:
        for turn in range(100):
            await impatience.cut(lambda turn=turn: twice(f"{worker}-{turn}"))

    await asyncio.gather(*(work(worker) for worker in range(4)))
    await assert_whole(small)
    counts = Counter(await notes(small))
    assert counts.pop("whole") == 1
    assert set(counts.values()) == {2}
    assert impatience.finished <= len(counts)  # a cancelled one may have been committed just before
    assert impatience.finished > 20
    assert impatience.cancelled > 20


async def test_cancelling_by_a_scope_loses_no_connection_and_halves_no_transaction(small: Database) -> None:
    impatience = Impatience(seed=5)

    async def twice(subject: str) -> None:
        async with small.transaction():
            await note(small, subject)
            await note(small, subject)

    for turn in range(200):
        with impatience.instant() as seconds:
            with anyio.move_on_after(seconds) as scope:
                await twice(str(turn))
            if scope.cancelled_caught:
                raise asyncio.CancelledError
    await assert_whole(small)
    counts = Counter(await notes(small))
    assert counts.pop("whole") == 1
    assert set(counts.values()) == {2}
    assert impatience.finished > 20
    assert impatience.cancelled > 20


async def test_cancelling_queries_outside_transactions_loses_no_connection(small: Database) -> None:
    impatience = Impatience(seed=7)

    async def work() -> None:
        for _ in range(50):
            await impatience.cut(lambda: note(small, "x"))
            await impatience.cut(small.ping)

    await asyncio.gather(*(work() for _ in range(4)))
    await assert_whole(small)
    assert impatience.finished <= len(await notes(small)) + 200
    assert impatience.cancelled > 20


async def test_cancelling_while_waiting_for_a_turn_leaves_the_others_in_line(small: Database) -> None:
    inside, leave = asyncio.Event(), asyncio.Event()

    async def stay() -> None:
        async with small.transaction():
            inside.set()
            await leave.wait()

    holders = [asyncio.create_task(stay()) for _ in range(3)]
    await inside.wait()
    impatience = Impatience(seed=9)
    for _ in range(20):
        await impatience.cut(lambda: note(small, "impatient"))
    leave.set()
    await asyncio.gather(*holders)
    await assert_whole(small)


async def test_a_commit_under_way_reaches_its_end_when_its_task_is_cancelled(postgresql_url: str) -> None:
    async with Database(postgresql_url) as database:
        await database.execute(
            "create function slow() returns trigger language plpgsql as 'begin perform pg_sleep(0.3); return null; end'"
        )
        await database.execute(
            "create constraint trigger slow after insert on login_failures deferrable initially deferred"
            " for each row execute function slow()"
        )
        told: list[frozenset[str]] = []
        database.on_commit(told.append)

        async def write() -> None:
            async with database.transaction():
                await note(database, "lasts")
                database.mark("told")

        async def is_committing() -> bool:
            active = "select count(*) from pg_stat_activity where query = 'COMMIT;' and state = 'active'"
            return bool(await database.fetch_val(active))

        task = asyncio.create_task(write())
        await until(is_committing)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await notes(database) == ["lasts"]
        assert told == [frozenset({"told"})]


async def test_a_transaction_that_is_cancelled_while_it_begins_is_undone_at_once(
    small: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish, complaints = transactions.finish, []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))

    async def be_cancelled_meanwhile(work: Coroutine[Any, Any, None]) -> None:
        monkeypatch.setattr(transactions, "finish", finish)
        await work
        raise asyncio.CancelledError

    for _ in range(5):
        monkeypatch.setattr(transactions, "finish", be_cancelled_meanwhile)
        with pytest.raises(asyncio.CancelledError):
            await small.transaction().start()
        assert not small.in_transaction
    await assert_whole(small)
    assert complaints == []  # asyncpg complains when a connection comes back with its transaction open


async def test_marks_are_told_once_a_transaction_has_lasted_and_not_before(database: Database) -> None:
    told: list[frozenset[str]] = []
    database.on_commit(told.append)
    async with database.transaction():
        database.mark("a")
        async with database.transaction():
            database.mark("b")
        assert told == []
    assert told == [frozenset({"a", "b"})]
    with pytest.raises(LookupError):
        await note_and_fail(database)
    async with database.transaction():
        await note(database, "unmarked")
    assert told == [frozenset({"a", "b"})]


async def test_a_task_started_inside_a_transaction_is_refused_instead_of_hanging(small: Database) -> None:
    async def inside_a_child() -> None:
        async with asyncio.timeout(5), small.transaction():
            pass

    async with asyncio.timeout(10), small.transaction():
        await note(small, "parent")
        for child in (small.ping, inside_a_child, lambda: note(small, "child")):
            with pytest.raises(RuntimeError, match="started inside a transaction"):
                await asyncio.create_task(child())
        await note(small, "parent again")
    assert await notes(small) == ["parent", "parent again"]


async def test_a_task_started_inside_a_transaction_may_query_after_its_end(small: Database) -> None:
    ended = asyncio.Event()

    async def late() -> None:
        await ended.wait()
        await note(small, "late")

    async with small.transaction():
        task = asyncio.create_task(late())
    ended.set()
    await task
    assert await notes(small) == ["late"]


async def test_tasks_outside_transactions_query_at_once(small: Database) -> None:
    async with asyncio.timeout(10):
        await asyncio.gather(*(asyncio.create_task(note(small, "x")) for _ in range(30)))
    assert len(await notes(small)) == 30


async def test_a_transaction_object_is_used_once(database: Database) -> None:
    transaction = database.transaction()
    async with transaction:
        with pytest.raises(RuntimeError, match="used once"):
            await transaction.start()
    with pytest.raises(RuntimeError, match="used once"):
        await transaction.start()


async def test_transactions_end_in_the_reverse_order(database: Database) -> None:
    async with database.transaction() as outer:
        async with database.transaction():
            with pytest.raises(RuntimeError, match="reverse order"):
                await outer.commit()
        await note(database, "still open")
    assert await notes(database) == ["still open"]


async def test_iterate_is_closed(database: Database) -> None:
    with pytest.raises(RuntimeError, match="pages"):
        database.iterate("select 1")


@pytest.mark.parametrize("last", ["a query", "commit"])
async def test_a_server_process_killed_in_a_transaction_is_unavailable_and_the_task_goes_on(
    postgresql_url: str, last: str
) -> None:
    async def write_and_die() -> None:
        async with database.transaction():
            await note(database, "lost")
            kill_backend(postgresql_url, await database.fetch_val("select pg_backend_pid()"))
            if last == "a query":
                await database.ping()

    async with Database(f"{postgresql_url}?min_size=1&max_size=3") as database:
        for _ in range(5):
            with pytest.raises(Unavailable):
                await write_and_die()
            assert not database.in_transaction
        await assert_whole(database)
        assert await notes(database) == ["whole"]


async def test_a_server_process_killed_while_the_block_raises_lets_that_error_out(postgresql_url: str) -> None:
    async def die_and_fail() -> None:
        async with database.transaction():
            kill_backend(postgresql_url, await database.fetch_val("select pg_backend_pid()"))
            raise LookupError

    async with Database(postgresql_url) as database:
        with pytest.raises(LookupError):
            await die_and_fail()
        await assert_whole(database)


async def note_and_fail(database: Database) -> None:
    """Write and mark, then raise LookupError: nothing of it must be seen."""
    async with database.transaction():
        await note(database, "lost")
        database.mark("lost")
        raise LookupError
