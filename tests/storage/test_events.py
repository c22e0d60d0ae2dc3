"""The log has no gap, its order is the order of the commits, and a reader at its tail misses nothing."""

import asyncio
import random
import re
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from inbox.errors import NotFound
from inbox.storage import events, old_events
from inbox.storage.columns import db_later, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.events import Event, EventKind, EventLog
from inbox.storage.tables import events as table
from realtime.cursor import Cursor
from tests.storage.conftest import new_tenant
from tests.storage.notes import note, notes

pytestmark = pytest.mark.anyio


async def test_an_event_is_read_as_it_was_recorded(tenant: Tenant) -> None:
    conversation_id, message_id, actor_id, previous_id = (new_id() for _ in range(4))
    async with tenant.transaction():
        first = await events.record(
            tenant, EventKind.MESSAGE_ADDED, conversation_id=conversation_id, message_id=message_id
        )
        second = await events.record(
            tenant,
            EventKind.CONVERSATION_CHANGED,
            conversation_id=conversation_id,
            actor_id=actor_id,
            previous_assignee_id=previous_id,
        )
    assert (first, second) == (1, 2)
    assert await EventLog(tenant.database).read(tenant.channel, 0, 10) == [
        Event(1, EventKind.MESSAGE_ADDED, conversation_id, message_id, None, None),
        Event(2, EventKind.CONVERSATION_CHANGED, conversation_id, None, actor_id, previous_id),
    ]


async def test_sixteen_writers_and_a_reader_at_the_tail_agree_on_every_number(tenant: Tenant) -> None:
    log, chance = EventLog(tenant.database), random.Random(11)
    each, writers = 20, 16

    async def write(worker: int) -> None:
        for turn in range(each):
            async with tenant.transaction():
                await note(tenant.database, f"{worker}-{turn}")
                for _ in range(chance.randrange(3)):
                    await tenant.fetch_val("select 1")
                await events.record(tenant, EventKind.MESSAGE_ADDED)
                for _ in range(chance.randrange(3)):
                    await tenant.fetch_val("select 1")

    async def tail() -> list[int]:
        seen: list[int] = []
        while len(seen) < each * writers:
            last = seen[-1] if seen else 0
            seen += [event.seq for event in await log.read(tenant.channel, last, 7)]
            assert seen == list(range(1, len(seen) + 1))
        return seen

    async with asyncio.timeout(50):
        tailing = asyncio.create_task(tail())
        await asyncio.gather(*(asyncio.create_task(write(worker)) for worker in range(writers)))
        assert await tailing == list(range(1, each * writers + 1))
    assert len(await notes(tenant.database)) == each * writers


async def test_what_an_event_tells_of_is_there_when_the_event_is(tenant: Tenant) -> None:
    log = EventLog(tenant.database)

    async def write() -> None:
        for turn in range(30):
            async with tenant.transaction():
                await note(tenant.database, str(turn))
                await events.record(tenant, EventKind.MESSAGE_ADDED)

    writing = [asyncio.create_task(write()) for _ in range(4)]
    known = 0
    while known < 120:
        known = (await log.head(tenant.channel)).seq
        assert len(await notes(tenant.database)) >= known
    await asyncio.gather(*writing)


async def test_a_transaction_that_is_undone_leaves_no_gap(tenant: Tenant) -> None:
    async def record_and_fail() -> None:
        async with tenant.transaction():
            await events.record(tenant, EventKind.MESSAGE_ADDED)
            raise LookupError

    with pytest.raises(LookupError):
        await record_and_fail()
    async with tenant.transaction():
        assert await events.record(tenant, EventKind.MESSAGE_ADDED) == 1
    assert await events.head(tenant) == Cursor("0badcafe", 1)


async def test_organisations_count_for_themselves(database: Database) -> None:
    one, other = await new_tenant(database), await new_tenant(database, epoch="feedbeef")
    for tenant, times in ((one, 2), (other, 1)):
        for _ in range(times):
            async with tenant.transaction():
                await events.record(tenant, EventKind.CANDIDATE_CHANGED)
    log = EventLog(database)
    assert await log.heads([one.channel, other.channel, "999"]) == {
        one.channel: Cursor("0badcafe", 2),
        other.channel: Cursor("feedbeef", 1),
    }
    assert await log.heads([]) == {}
    assert [event.seq for event in await log.read(other.channel, 0, 10)] == [1]


async def test_transactions_of_different_organisations_do_not_wait_for_each_other(postgresql_url: str) -> None:
    async with Database(postgresql_url) as database, asyncio.timeout(10):
        one, other = await new_tenant(database), await new_tenant(database)
        inside, leave = asyncio.Event(), asyncio.Event()

        async def stay() -> None:
            async with one.transaction():
                await events.record(one, EventKind.MESSAGE_ADDED)
                inside.set()
                await leave.wait()

        staying = asyncio.create_task(stay())
        await inside.wait()
        async with other.transaction():
            assert await events.record(other, EventKind.MESSAGE_ADDED) == 1
        leave.set()
        await staying


async def test_an_event_outside_a_transaction_is_refused(tenant: Tenant) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        await events.record(tenant, EventKind.MESSAGE_ADDED)
    assert await events.head(tenant) == Cursor("0badcafe", 0)


async def test_an_organisation_that_is_not_there_has_no_log(database: Database) -> None:
    nobody = Tenant(database, 999)
    with pytest.raises(NotFound):
        await events.head(nobody)
    async with database.transaction():
        with pytest.raises(NotFound):
            await events.record(nobody, EventKind.MESSAGE_ADDED)


async def test_a_committed_transaction_names_the_logs_that_grew(tenant: Tenant) -> None:
    told: list[list[str]] = []
    tenant.database.on_commit(lambda marks: told.append(events.channels(marks)))
    async with tenant.transaction():
        for _ in range(2):
            await events.record(tenant, EventKind.MESSAGE_ADDED)
        tenant.database.mark("something else")
        assert told == []
    assert told == [[tenant.channel]]


async def _record(tenant: Tenant, times: int) -> None:
    async with tenant.transaction():
        for _ in range(times):
            await events.record(tenant, EventKind.MESSAGE_ADDED)


async def _age(tenant: Tenant, upto: int, days: float) -> None:
    await tenant.execute(
        update(table)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.seq <= upto)
        .values(at=db_later(-86_400 * days))
    )


async def test_old_events_are_pruned_and_younger_ones_stay(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_events, "_MOST_PRUNED_AT_ONCE", 4)
    one, other, empty = [await new_tenant(database) for _ in range(3)]
    await _record(one, 15)
    await _record(other, 6)
    await _age(one, 11, days=7.1)
    await _age(other, 6, days=30)
    assert await old_events.prune(database, keep_days=7) == 17
    log = EventLog(database)
    assert [event.seq for event in await log.read(one.channel, 0, 100)] == [12, 13, 14, 15]
    assert await log.read(other.channel, 0, 100) == []
    assert await log.head(other.channel) == Cursor("0badcafe", 6)  # numbers go on
    assert await log.head(empty.channel) == Cursor("0badcafe", 0)
    assert await old_events.prune(database, keep_days=7) == 0
    async with other.transaction():
        assert await events.record(other, EventKind.MESSAGE_ADDED) == 7


async def test_an_event_holds_ids_and_no_text(tenant: Tenant) -> None:
    columns: Callable[[str], bool] = re.compile("_id|seq|kind|at|assigned").search  # type: ignore[assignment]
    assert all(columns(column.name) for column in table.columns)
    assert await tenant.fetch_val(select(func.count()).select_from(table)) == 0
