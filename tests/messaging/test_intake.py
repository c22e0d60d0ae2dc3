"""Texts that come at once are stored together, each as if it had come alone."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import column, func, insert, select, table, update

from inbox import clock
from inbox.accounts import users
from inbox.messaging import handling, inbound
from inbox.messaging.gathering import MOST_AT_ONCE
from inbox.messaging.intake import Intake
from inbox.storage import events, tables
from inbox.storage import search_documents as documents
from inbox.storage.columns import new_id
from inbox.storage.database import Database
from inbox.storage.events import EventKind, EventLog
from providers.contract import IncomingSms, Media
from tests.messaging.scene import MAYA, TOM, Scene, organisation

pytestmark = pytest.mark.anyio

# What two texts with the same words may differ in.
OWN = {"id", "conversation_id", "provider_message_id", "seq", "at", "candidate_id", "candidate_number", "created_at"}
TIMES = {"first_message_at", "last_message_at", "last_message_id", "waiting_since"}


@pytest.fixture
async def database(postgresql_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """A connected PostgreSQL."""
    async with Database(postgresql_url) as connected:
        yield connected


@pytest.fixture
async def intake(scene: Scene) -> Intake:
    """Of a process with this database; Maya and Tom have texted before."""
    for sender in (MAYA, TOM):
        await scene.text_in(sender, "Before")
    return Intake(scene.tenant.database)


async def stored(scene: Scene) -> list[Any]:
    """All messages of the organisation, by their events."""
    table = tables.messages
    return await scene.tenant.fetch_all(
        select(table).where(table.c.organisation_id == scene.tenant.organisation_id).order_by(table.c.seq)
    )


async def found_by(scene: Scene, sender: str) -> tuple[str, str, str]:
    """What the search knows of a conversation, without its number."""
    table = tables.search_documents
    row = await scene.tenant.fetch_one(select(table).where(table.c.conversation_id == await scene.conversation(sender)))
    words = row.words.removeprefix(documents.line(sender))
    return words, row.marks.removeprefix(documents.number_marks(sender)), row.recency


@pytest.mark.parametrize(
    "changes",
    [
        {"body": "Two\nlines  and   blanks"},
        {"body": "x" * 500, "segments": 4},
        {"body": "", "media": (Media("https://api.twilio.com/picture", "image/jpeg"),)},
        {"body": "odd \ufffd", "raw_body": b"odd \xff"},
        {"body": "Stop by at noon?"},
    ],
)
async def test_a_text_is_stored_as_it_is_alone(scene: Scene, intake: Intake, changes: dict[str, Any]) -> None:
    assert await intake.store(scene.account, scene.sms(MAYA, **changes))
    assert await inbound.receive(scene.tenant, scene.account, scene.sms(TOM, **changes))
    together, alone = (dict(message._mapping) for message in (await stored(scene))[-2:])
    assert {name for name in alone if alone[name] != together[name]} <= OWN
    of_maya, of_tom = [dict((await scene.row(await scene.conversation(who)))._mapping) for who in (MAYA, TOM)]
    assert {name for name in of_tom if of_tom[name] != of_maya[name]} <= OWN | TIMES
    assert of_maya["last_message_at"] == together["at"]
    assert await found_by(scene, MAYA) == await found_by(scene, TOM)
    assert of_maya["last_message_id"] == together["id"]
    *_, event, last = await EventLog(scene.tenant.database).read(scene.tenant.channel, 0, 10)
    assert (event.kind, event.conversation_id, event.message_id) == (
        last.kind,
        together["conversation_id"],
        together["id"],
    )
    assert event.seq == together["seq"] == 3


async def test_a_live_text_after_one_whose_clock_was_ahead_is_the_newest_as_it_is_alone(
    scene: Scene, intake: Intake
) -> None:
    ahead = clock.now() + timedelta(seconds=90)
    await scene.tenant.execute(update(tables.conversations).values(last_message_at=ahead))
    assert await intake.store(scene.account, scene.sms(MAYA))
    assert await inbound.receive(scene.tenant, scene.account, scene.sms(TOM))
    for message, who in zip((await stored(scene))[-2:], (MAYA, TOM), strict=True):
        row = await scene.row(await scene.conversation(who))
        assert (row.last_message_id, row.last_message_at) == (message.id, message.at)


@pytest.mark.parametrize(("minutes", "newest"), [(4, 5), (4, 3), (6, 7), (6, 5)])
async def test_a_kept_text_stands_where_it_came_as_it_does_alone(
    scene: Scene, intake: Intake, minutes: int, newest: int
) -> None:
    """So many minutes ago; in half of the cases others have overtaken it."""
    came, before = (clock.now() - timedelta(minutes=ago) for ago in (minutes, newest))
    await scene.tenant.execute(update(tables.messages).values(at=before))
    await scene.tenant.execute(update(tables.conversations).values(last_message_at=before, first_message_at=before))
    account = replace(scene.account, created_at=came - timedelta(hours=1))
    await scene.tenant.execute(update(tables.provider_accounts).values(created_at=account.created_at))

    assert await intake.store(account, scene.sms(MAYA, body="Kept"), kept_since=came)
    assert await inbound.receive(scene.tenant, account, scene.sms(TOM, body="Kept"), received_at=came)

    together, alone = (dict(message._mapping) for message in (await stored(scene))[-2:])
    assert {name for name in alone if alone[name] != together[name]} <= OWN - {"at"} | {"recovered_at"}
    assert (together["at"], bool(together["recovered_at"])) == (came, bool(alone["recovered_at"]))
    of_maya, of_tom = [dict((await scene.row(await scene.conversation(who)))._mapping) for who in (MAYA, TOM)]
    assert {name for name in of_tom if of_tom[name] != of_maya[name]} <= OWN | {"last_message_id", "waiting_since"}
    assert of_maya["last_message_at"] == max(came, before)
    assert (of_maya["last_message_id"] == together["id"]) is (came > before)
    assert await found_by(scene, MAYA) == await found_by(scene, TOM)


async def test_a_kept_text_from_before_the_account_was_ours_is_left_to_the_long_way(
    scene: Scene, intake: Intake
) -> None:
    came = scene.account.created_at - timedelta(seconds=1)
    assert not await intake.store(scene.account, scene.sms(MAYA), kept_since=came)
    assert len(await stored(scene)) == 2


async def test_what_nobody_waits_for_any_more_is_not_stored(scene: Scene, intake: Intake, postgresql_url: str) -> None:
    locked = select(tables.segment_balances).with_for_update()
    waiting = select(column("pid")).select_from(table("pg_locks")).where(column("granted").is_(False))
    async with Database(postgresql_url) as other, other.transaction():
        await other.fetch_all(locked)
        texts = (scene.sms(MAYA, "Nobody waits for this"), scene.sms(TOM, "Hello from Tom"))
        first, second = (asyncio.create_task(intake.store(scene.account, sms)) for sms in texts)
        while not await other.fetch_val(waiting):
            pass
        first.cancel()
    assert await second
    assert await intake.store(scene.account, scene.sms(MAYA, "Again"))
    assert [message.body for message in await stored(scene)][2:] == ["Hello from Tom", "Again"]


async def test_behind_a_stop_nobody_waits_as_it_is_alone(scene: Scene, intake: Intake) -> None:
    for sender in (MAYA, TOM):
        await scene.text_in(sender, "STOP")
    assert await intake.store(scene.account, scene.sms(MAYA, "And never call again"))
    assert await inbound.receive(scene.tenant, scene.account, scene.sms(TOM, "And never call again"))
    rows = [await scene.row(await scene.conversation(who)) for who in (MAYA, TOM)]
    assert [(row.unread, row.waiting_since) for row in rows] == [(2, None), (2, None)]


async def test_a_closed_conversation_opens_again(scene: Scene, intake: Intake) -> None:
    conversation = await scene.conversation(MAYA)
    version = (await scene.row(conversation)).version
    await handling.close(scene.tenant, scene.jo, conversation, version=version, seen=2)
    assert await intake.store(scene.account, scene.sms(MAYA))
    row = await scene.row(conversation)
    assert (row.closed_at, row.version) == (None, version + 2)


async def test_a_snoozed_conversation_comes_back(scene: Scene, intake: Intake) -> None:
    conversation = await scene.conversation(MAYA)
    until = clock.now() + timedelta(days=1)
    await handling.snooze(scene.tenant, scene.jo, conversation, until, version=0, seen=2)
    assert await intake.store(scene.account, scene.sms(MAYA))
    row = await scene.row(conversation)
    assert (row.snoozed_until, row.unread, row.version) == (None, 1, 2)


async def test_a_text_to_an_owner_who_was_shut_out_is_left_to_the_long_way(scene: Scene, intake: Intake) -> None:
    conversation = await scene.conversation(MAYA)
    await handling.claim(scene.tenant, scene.jo, conversation)
    await users.deactivate(scene.tenant, scene.jo.id)
    assert not await intake.store(scene.account, scene.sms(MAYA))
    assert await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA))
    assert (await scene.row(conversation)).assignee_id is None
    assert await intake.store(scene.account, scene.sms(MAYA))


async def test_what_is_not_plain_is_left_to_the_long_way_and_changes_nothing(scene: Scene, intake: Intake) -> None:
    repeat = scene.sms(MAYA)
    assert await intake.store(scene.account, repeat)
    before = await stored(scene)
    for sms in (
        scene.sms("+61491570157", "of a stranger"),
        scene.sms(MAYA, "to a number bought a moment ago", recipient="+61491570007"),
        scene.sms(MAYA, "STOP"),
        scene.sms(MAYA, "start"),
        scene.sms(MAYA, "Leave me alone", opt_out="stop"),
        scene.sms("rcs:" + "x" * 80),
        repeat,
    ):
        assert not await intake.store(scene.account, sms), sms
    workflow = {"id": new_id(), "name": "Jobs", "sender_id": scene.jo.id, "trigger": "keyword", "steps": "[]"}
    whose = {"organisation_id": scene.tenant.organisation_id}
    await scene.tenant.execute(insert(tables.workflows).values(workflow | whose))
    assert not await intake.store(scene.account, scene.sms(MAYA, "a word that a workflow may wait for"))
    await scene.tenant.execute(update(tables.workflows).values(trigger="manual"))
    runs = {"id": new_id(), "workflow_id": workflow["id"], "steps": "[]"}
    candidate = (await scene.row(await scene.conversation(MAYA))).candidate_id
    await scene.tenant.execute(
        insert(tables.workflow_executions).values(runs | whose | {"candidate_id": candidate, "state": "waiting"})
    )
    assert not await intake.store(scene.account, scene.sms(MAYA, "an answer that it may wait for"))
    assert [message.id for message in await stored(scene)] == [message.id for message in before]
    assert (await events.head(scene.tenant)).seq == len(before)


async def test_nothing_is_taken_for_an_account_whose_token_was_changed(scene: Scene, intake: Intake) -> None:
    sealed = scene.vault.seal("another", bound_to="anything")
    await scene.tenant.execute(update(tables.provider_accounts).values(auth_token=sealed))
    assert not await intake.store(scene.account, scene.sms(MAYA))
    assert len(await stored(scene)) == 2


@pytest.mark.parametrize("table", ["conversations", "search_documents"])
async def test_a_conversation_that_somebody_holds_makes_nobody_else_wait(
    scene: Scene, intake: Intake, table: str
) -> None:
    held = await scene.conversation(MAYA)
    column = {"conversations": tables.conversations.c.id, "search_documents": tables.search_documents.c.conversation_id}
    async with scene.tenant.transaction():
        await scene.tenant.fetch_one(select(column[table]).where(column[table] == held).with_for_update())
        # Callers are tasks of their own, begun outside of the transaction.
        outcomes = await _outside(intake, scene, [scene.sms(MAYA), scene.sms(TOM)])
    assert outcomes == [False, True]


async def _outside(intake: Intake, scene: Scene, texts: list[IncomingSms]) -> list[bool]:
    loop = asyncio.get_running_loop()
    calls = [loop.create_task(intake.store(scene.account, sms), context=Context()) for sms in texts]
    return list(await asyncio.gather(*calls))


async def test_one_text_that_cannot_be_stored_holds_up_none_of_the_others(scene: Scene, intake: Intake) -> None:
    twice = scene.sms(MAYA, "by two senders")
    impostor = scene.sms(TOM, "by two senders", provider_message_id=twice.provider_message_id)
    texts = [scene.sms(MAYA, "One"), twice, impostor]
    outcomes = await asyncio.gather(*(intake.store(scene.account, sms) for sms in texts))
    for sms, is_stored in zip(texts, outcomes, strict=True):
        if not is_stored:
            await inbound.store(scene.tenant, scene.account, sms)
    bodies = [message.body for message in await stored(scene)]
    assert sorted(bodies) == ["Before", "Before", "One", "by two senders"]
    assert (await events.head(scene.tenant)).seq == 4


async def test_the_logs_that_have_grown_are_announced_after_the_commit(scene: Scene, intake: Intake) -> None:
    told: list[frozenset[str]] = []
    scene.tenant.database.on_commit(told.append)
    assert await intake.store(scene.account, scene.sms(MAYA))
    assert events.channels(told[0]) == [scene.tenant.channel]


async def test_two_processes_two_organisations_and_replies_at_once_leave_logs_without_a_gap(
    scene: Scene, other: Scene, postgresql_url: str
) -> None:
    senders = [f"+447700900{place:03d}" for place in range(12)]
    for one in (scene, other):
        for sender in senders:
            await one.text_in(sender, "First")
    async with Database(postgresql_url) as second:
        intakes = [Intake(scene.tenant.database), Intake(second)]
        # A page whose turn at a connection comes too late is told so; here everybody shall have one.
        answerers = asyncio.Semaphore(4)

        async def text(place: int) -> None:
            one = (scene, other)[place % 2]
            sms = one.sms(senders[place % len(senders)], f"Text {place}")
            if not await intakes[place % 5 % 2].store(one.account, sms):
                assert await inbound.receive(one.tenant, one.account, sms)

        async def answer(place: int) -> None:
            one = (scene, other)[place % 2]
            async with answerers:
                await one.reply(await one.conversation(senders[place % len(senders)]), f"Answer {place}")

        await asyncio.gather(*(text(place) for place in range(6 * MOST_AT_ONCE)), *(answer(at) for at in range(60)))
    for one in (scene, other):
        await _agrees(one)


async def _agrees(one: Scene) -> None:
    found = await stored(one)
    assert len(found) == 12 + 3 * MOST_AT_ONCE + 30
    # Beside the texts it tells who took a conversation by the first answer.
    log = await EventLog(one.tenant.database).read(one.tenant.channel, 0, 2 * len(found))
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    texts = [(event.seq, event.message_id) for event in log if event.kind is EventKind.MESSAGE_ADDED]
    assert texts == [(message.seq, message.id) for message in found]
    for conversation in {message.conversation_id for message in found}:
        thread = [message for message in found if message.conversation_id == conversation]
        assert [message.at for message in thread] == sorted(message.at for message in thread)
        row = await one.row(conversation)
        assert (row.last_message_id, row.last_message_at) == (thread[-1].id, thread[-1].at)
        since_answer = [message.direction for message in reversed(thread)]
        assert row.unread == (since_answer.index("out") if "out" in since_answer else len(since_answer))


async def test_on_sqlite_each_text_goes_the_long_way(sqlite_url: str) -> None:
    async with Database(sqlite_url) as database:
        scene = await organisation(database)
        await scene.text_in(MAYA)
        assert not await Intake(database).store(scene.account, scene.sms(MAYA))
        assert await scene.tenant.fetch_val(select(func.count()).select_from(tables.messages)) == 1
