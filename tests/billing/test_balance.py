"""The balance is what the log says it is, whatever happens, in whatever order, and however many do it at once."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from inbox.accounts import organisations
from inbox.billing import balance, log
from inbox.errors import Changed, Invalid, Refused
from inbox.messaging import bulk, claims, inbound, messages
from inbox.messaging.bulk import BulkText
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from providers.contract import AcceptedSms, DeliveryStatus
from tests.messaging.scene import MAYA, TOM, Scene, organisation

pytestmark = pytest.mark.anyio

OPENING = organisations.OPENING_SEGMENTS
TWO = "x" * 161


async def rows(tenant: Tenant) -> list[log.Entry]:
    """The whole log, oldest first, found to add up."""
    entries = list((await log.page(tenant, most=1_000)).entries)[::-1]
    assert [later.balance for _, later in pairwise(entries)] == [
        before.balance + later.segments for before, later in pairwise(entries)
    ]
    assert entries[0].balance == entries[0].segments
    assert (await balance.find(tenant)).left == entries[-1].balance
    return entries


async def steps(tenant: Tenant) -> list[tuple[str, int]]:
    """What was written behind the opening."""
    return [(entry.kind, entry.segments) for entry in (await rows(tenant))[1:]]


async def left(scene: Scene, segments: int) -> None:
    """So many segments are left."""
    await scene.tenant.execute(
        update(tables.segment_balances)
        .where(tables.segment_balances.c.organisation_id == scene.tenant.organisation_id)
        .values(balance=segments)
    )
    await scene.tenant.execute(
        update(tables.segment_log)
        .where(tables.segment_log.c.organisation_id == scene.tenant.organisation_id)
        .values(balance=segments, segments=segments)
    )


async def test_every_text_has_a_row_with_its_segments_and_the_balance_after_it(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Hello")
    message = await scene.reply(conversation, TWO)
    entries = (await rows(scene.tenant))[1:]
    assert [(entry.kind, entry.segments, entry.balance) for entry in entries] == [
        ("received", -1, OPENING - 1),
        ("sent", -2, OPENING - 3),
    ]
    assert (entries[1].message_id, entries[1].conversation_id, entries[1].number) == (message.id, conversation, MAYA)


async def test_the_same_send_twice_and_the_same_webhook_twice_cost_once(scene: Scene) -> None:
    text = scene.sms(MAYA, "Hello")
    for _ in range(2):
        await inbound.receive(scene.tenant, scene.account, text)
    conversation, message_id = await scene.conversation(MAYA), new_id()
    for _ in range(2):
        await scene.reply(conversation, id=message_id)
    assert await steps(scene.tenant) == [("received", -1), ("sent", -1)]


async def test_what_twilio_counts_otherwise_is_settled(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    for doubted in (False, True):
        message = await scene.reply(conversation)
        claim = new_id()
        assert await claims.claim(scene.tenant, message.id, claim)
        if doubted:
            await claims.doubt(scene.tenant, message.id, claim)
        accepted = AcceptedSms(f"SM{doubted}", DeliveryStatus.ACCEPTED, 3)
        await claims.accept(scene.tenant, message.id, claim, accepted, promised=message.segments)
        assert (await messages.find(scene.tenant, message.id)).segments == 3
        assert (await steps(scene.tenant))[-2:] == [("sent", -1), ("corrected", -2)]


async def test_what_twilio_refuses_is_given_back_and_costs_again_when_it_is_sent_again(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    message = await scene.reply(conversation, TWO)
    claim = new_id()
    assert await claims.claim(scene.tenant, message.id, claim)
    await claims.fail(scene.tenant, message.id, claim, 21211)
    await claims.fail(scene.tenant, message.id, claim, 21211)
    await scene.retried(conversation, await messages.find(scene.tenant, message.id))
    assert (await steps(scene.tenant))[1:] == [("sent", -2), ("returned", 2), ("sent", -2)]


async def test_a_text_that_was_taken_and_not_delivered_is_paid(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    await scene.failed(conversation)
    assert (await steps(scene.tenant))[1:] == [("sent", -1)]


async def test_at_zero_nothing_is_sent_and_what_comes_in_is_stored(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    failed = await scene.failed(conversation)
    await left(scene, 0)
    for act in (scene.reply(conversation), scene.retried(conversation, failed)):
        with pytest.raises(Refused, match="No segments left"):
            await act
    await scene.text_in(MAYA, "Are you there?")
    assert (await balance.find(scene.tenant)).left == -1
    await balance.top_up(scene.tenant, "Kim Lee", 2, "card")
    await scene.reply(conversation)
    assert (await balance.find(scene.tenant)).left == 0
    assert (await messages.find(scene.tenant, failed.id)).status == DeliveryStatus.UNDELIVERED


async def test_a_bulk_run_stops_where_the_segments_do(scene: Scene) -> None:
    people = [await scene.text_in(number) for number in (MAYA, TOM, "+61491570157")]
    await left(scene, 2)
    texts = [BulkText(new_id(), conversation, TWO) for conversation in people]
    (batch,) = [batch async for batch in bulk.queue(scene.tenant, scene.jo, texts, source="campaign")]
    assert batch.queued == (texts[0].message_id,)
    assert batch.refused == {text.message_id: balance.NONE_LEFT for text in texts[1:]}
    assert (await balance.find(scene.tenant)).left == 0


@pytest.mark.parametrize("segments", [0, -5, balance.MOST_TOP_UP + 1])
async def test_a_top_up_that_makes_no_sense_is_refused(scene: Scene, segments: int) -> None:
    with pytest.raises(Invalid):
        await balance.top_up(scene.tenant, "Kim", segments, "")
    assert await steps(scene.tenant) == []


async def test_many_writers_at_once_leave_one_log_that_adds_up(scene: Scene) -> None:
    people = [await scene.text_in(f"+6149157{number:04d}") for number in range(8)]

    async def talk(conversation: str, number: int) -> None:
        for _ in range(4):
            await scene.text_in(f"+6149157{number:04d}")
            await scene.reply(conversation, TWO)
        await balance.top_up(scene.tenant, "Kim", 3, "")

    await asyncio.gather(*(talk(conversation, number) for number, conversation in enumerate(people)))
    assert len(await rows(scene.tenant)) == 1 + 8 + 8 * 9
    assert (await balance.find(scene.tenant)).left == OPENING - 8 - 8 * 4 * 3 + 8 * 3


async def test_another_organisation_pays_for_itself(scene: Scene, other: Scene) -> None:
    await scene.text_in(MAYA)
    assert await steps(other.tenant) == []


ACTS = st.lists(
    st.tuples(st.sampled_from(["in", "out", "refuse", "count", "again", "top up"]), st.integers(1, 4)), max_size=15
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, opening=st.integers(-1, 6))
async def test_whatever_happens_the_balance_is_the_sum_of_the_log(
    scene: Scene, acts: list[tuple[str, int]], opening: int
) -> None:
    scene = await organisation(scene.tenant.database)
    await left(scene, opening)
    conversation, expected = await scene.text_in(MAYA), opening - 1
    newest: messages.Message | None = None
    for act, number in acts:
        try:
            if act == "in":
                await scene.text_in(MAYA)
                expected -= 1
            elif act == "out":
                newest = await scene.reply(conversation, "x" * 153 * number + "x" * 20)
                expected -= newest.segments
            elif act == "top up":
                await balance.top_up(scene.tenant, "Kim", number, "")
                expected += number
            elif newest is not None:
                newest = await messages.find(scene.tenant, newest.id)
                claim, was = new_id(), newest.segments
                if act == "again":
                    is_paid_for = not newest.status.is_failure
                    newest = await scene.retried(conversation, newest)
                    expected -= 0 if is_paid_for else was
                elif await claims.claim(scene.tenant, newest.id, claim):
                    if act == "refuse":
                        await claims.fail(scene.tenant, newest.id, claim, 21211)
                        expected += was
                    else:
                        accepted = AcceptedSms(f"SM{new_id()}", DeliveryStatus.ACCEPTED, number)
                        await claims.accept(scene.tenant, newest.id, claim, accepted, promised=was)
                        expected += was - number
        except Refused:
            assert expected <= 0
        except Changed:
            assert act == "again"
    assert (await balance.find(scene.tenant)).left == expected
    await rows(scene.tenant)
