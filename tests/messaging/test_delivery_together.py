"""Reports of the same moment are taken together, each as if it had come alone."""

import asyncio
from collections.abc import AsyncIterator
from contextvars import Context
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox.messaging import delivery
from inbox.messaging.intake import Intake
from inbox.messaging.messages import Message
from inbox.storage import events, tables
from inbox.storage.columns import new_id
from inbox.storage.database import Database
from inbox.storage.events import EventLog
from providers.contract import DeliveryReport, DeliveryStatus
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio

# What two texts with the same way behind them may differ in.
OWN = {"id", "conversation_id", "provider_message_id", "seq", "at", "queued_at", "waited_since"}
TIMES = {"sent_at", "delivered_at"}


@pytest.fixture
async def database(postgresql_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """A connected PostgreSQL."""
    async with Database(postgresql_url) as connected:
        yield connected


@pytest.fixture
def intake(scene: Scene) -> Intake:
    """Of a process with this database."""
    return Intake(scene.tenant.database)


async def replied(scene: Scene, sender: str) -> Message:
    """A text to somebody, which Twilio has not taken yet."""
    return await scene.reply(await scene.text_in(sender))


def report(
    scene: Scene, message_id: str | None, word: str, sid: str = "SMone", code: int | None = None
) -> DeliveryReport:
    """As the webhook hands it on."""
    status = DeliveryStatus.ACCEPTED if word == "queued" else DeliveryStatus(word) if word != "odd" else None
    return DeliveryReport(sid, scene.account.account_sid, status, word, message_id, code)


async def row(scene: Scene, message: Message) -> dict[str, Any]:
    table = tables.messages
    found = await scene.tenant.fetch_one(select(table).where(table.c.id == message.id))
    assert found is not None
    return dict(found._mapping)


async def log(scene: Scene, message: Message) -> list[tuple[object, ...]]:
    """Every word on a text, in the order they are kept."""
    table = tables.message_status_log
    columns = table.c.status, table.c.error_code, table.c.applied
    rows = await scene.tenant.fetch_all(select(*columns).where(table.c.message_id == message.id).order_by(table.c.id))
    return [tuple(found) for found in rows]


async def events_of(scene: Scene, message: Message) -> list[tuple[str, str | None]]:
    """What was told of a text."""
    read = await EventLog(scene.tenant.database).read(scene.tenant.channel, 0, 100)
    return [(event.kind, event.actor_id) for event in read if event.message_id == message.id]


@pytest.mark.parametrize("words", [*permutations(("queued", "sending", "sent", "delivered"), 3)], ids=" ".join)
async def test_reports_end_where_they_end_alone(scene: Scene, intake: Intake, words: tuple[str, ...]) -> None:
    of_maya, of_tom = [await replied(scene, who) for who in (MAYA, TOM)]
    for word in (*words, words[0]):
        assert await intake.record(scene.account, report(scene, of_maya.id, word, "SMmaya"), attempt=1)
        await delivery.record(scene.tenant, scene.account, report(scene, of_tom.id, word, "SMtom"))

    together, alone = [await row(scene, message) for message in (of_maya, of_tom)]
    assert {name for name in alone if alone[name] != together[name]} <= OWN | TIMES
    assert [together[name] is None for name in sorted(TIMES)] == [alone[name] is None for name in sorted(TIMES)]
    assert together["provider_message_id"] == "SMmaya"
    assert await log(scene, of_maya) == await log(scene, of_tom)
    assert await events_of(scene, of_maya) == await events_of(scene, of_tom)


async def test_a_report_on_an_earlier_attempt_is_logged_and_changes_nothing(scene: Scene, intake: Intake) -> None:
    conversation = await scene.text_in()
    message = await scene.retried(conversation, await scene.failed(conversation))
    before, head = await row(scene, message), await events.head(scene.tenant)
    sid = before["provider_message_id"] or "SMother"
    assert await intake.record(scene.account, report(scene, message.id, "sent", sid), attempt=1)
    assert await row(scene, message) == before
    assert await events.head(scene.tenant) == head
    assert (await log(scene, message))[-1] == ("sent", 0, False)


async def test_what_is_not_plain_is_left_to_the_long_way_and_changes_nothing(
    scene: Scene, other: Scene, intake: Intake
) -> None:
    message = await replied(scene, MAYA)
    (received,) = await scene.tenant.fetch_all(select(tables.messages).where(tables.messages.c.direction == "in"))
    foreign = await other.reply(await other.text_in())
    sid = await scene.accepted(message)
    unconfirmed, erased = [await replied(scene, who) for who in ("+61491570157", "+61491570158")]
    texts = tables.messages
    await scene.tenant.execute(update(texts).where(texts.c.id == unconfirmed.id).values(status="unconfirmed", rank=1))
    await scene.tenant.execute(update(texts).where(texts.c.id == erased.id).values(erased=True))
    query = select(texts).order_by(texts.c.id)
    before = [tuple(found) for found in await scene.tenant.fetch_all(query)]
    for one in (
        report(scene, message.id, "undelivered", sid, 30003),
        report(scene, message.id, "sent", sid, 30003),
        report(scene, message.id, "odd", sid),
        report(scene, message.id, "read", sid),
        report(scene, None, "delivered", sid),
        report(scene, message.id, "delivered", "SManother"),
        report(scene, new_id(), "delivered"),
        report(scene, received.id, "delivered"),
        report(scene, foreign.id, "delivered"),
        report(scene, unconfirmed.id, "delivered"),
        report(scene, erased.id, "delivered"),
    ):
        assert not await intake.record(scene.account, one, attempt=1), one
    assert [tuple(found) for found in await scene.tenant.fetch_all(query)] == before
    assert await scene.tenant.fetch_all(select(tables.message_status_log)) == []


async def test_nothing_is_taken_for_an_account_whose_token_was_changed(scene: Scene, intake: Intake) -> None:
    message = await replied(scene, MAYA)
    sealed = scene.vault.seal("another", bound_to="anything")
    await scene.tenant.execute(update(tables.provider_accounts).values(auth_token=sealed))
    assert not await intake.record(scene.account, report(scene, message.id, "sent"), attempt=1)


async def test_a_conversation_that_somebody_holds_makes_nobody_else_wait(scene: Scene, intake: Intake) -> None:
    of_maya, of_tom = [await replied(scene, who) for who in (MAYA, TOM)]
    table, loop = tables.conversations, asyncio.get_running_loop()
    async with scene.tenant.transaction():
        held = select(table.c.id).where(table.c.id == of_maya.conversation_id).with_for_update()
        await scene.tenant.fetch_one(held)
        # Callers are tasks of their own, begun outside of the transaction.
        calls = [
            loop.create_task(
                intake.record(scene.account, report(scene, message.id, "sent", f"SM{message.id}"), attempt=1),
                context=Context(),
            )
            for message in (of_maya, of_tom)
        ]
        assert await asyncio.gather(*calls) == [False, True]


async def test_many_reports_at_once_leave_a_log_without_a_gap_and_every_text_delivered(
    scene: Scene, other: Scene, intake: Intake
) -> None:
    """Of two organisations, through two processes."""
    texts = [(house, await replied(house, f"+6149157015{number}")) for house in (scene, other) for number in range(8)]
    second = Intake(scene.tenant.database)

    async def reported(place: int, house: Scene, message: Message) -> None:
        for word in ("sending", "sent", "delivered"):
            one = report(house, message.id, word, f"SM{message.id}")
            if not await (intake, second)[place % 2].record(house.account, one, attempt=1):
                await delivery.record(house.tenant, house.account, one)

    await asyncio.gather(*(reported(place, *one) for place, one in enumerate(texts)))
    for house in (scene, other):
        read = await EventLog(house.tenant.database).read(house.tenant.channel, 0, 200)
        assert [event.seq for event in read] == list(range(1, len(read) + 1))
        assert len(read) == 8 * (3 + 3), "a text, an answer, who took it by that, and three reports"
    assert {(await row(house, message))["status"] for house, message in texts} == {"delivered"}
