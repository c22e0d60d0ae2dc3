"""Many texts are queued in batches, each text as if it had been written alone, and none of them twice."""

from typing import Any

import pytest
from sqlalchemy import func, select

from inbox.errors import Invalid
from inbox.messaging import bulk, opt_outs
from inbox.messaging.bulk import BATCH, Batch, BulkText
from inbox.storage import events, tables
from inbox.storage.columns import new_id
from inbox.storage.events import EventLog
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio

OWN = {"id", "conversation_id", "seq", "at", "source", "waited_since"}


async def queued(scene: Scene, texts: list[BulkText]) -> list[Batch]:
    return [batch async for batch in bulk.queue(scene.tenant, scene.jo, texts, source="campaign")]


async def rows(scene: Scene, table: Any, *order: Any) -> list[Any]:
    return await scene.tenant.fetch_all(select(table).order_by(*order))


async def test_a_bulk_text_differs_from_a_reply_in_its_source_and_in_that_it_answers_nobody(scene: Scene) -> None:
    maya, tom = [await scene.text_in(sender) for sender in (MAYA, TOM)]
    text = BulkText(new_id(), maya, "  Are you free?\r\n")
    (batch,) = await queued(scene, [text])
    assert batch == Batch((text.message_id,), (), {})
    await scene.reply(tom, "Are you free?")
    in_bulk, alone = (dict(row._mapping) for row in (await rows(scene, tables.messages, tables.messages.c.seq))[-2:])
    assert {name for name in alone if alone[name] != in_bulk[name]} == OWN
    assert in_bulk["source"] == "campaign"
    row = await scene.row(maya)
    assert (row.last_message_id, row.last_message_at, row.last_text) == (in_bulk["id"], in_bulk["at"], "Are you free?")
    assert (row.unread, row.assignee_id, row.last_author) == (1, None, "Jo")
    assert row.waiting_since is not None
    first, second = await rows(scene, tables.jobs, tables.jobs.c.place)
    assert (first.subject, first.queue, first.place) == (in_bulk["id"], maya, in_bulk["seq"])
    assert (first.kind, first.state) == (second.kind, second.state)
    log = await EventLog(scene.tenant.database).read(scene.tenant.channel, 0, 10)
    (event,) = [event for event in log if event.message_id == in_bulk["id"]]
    assert (event.message_id, event.actor_id) == (in_bulk["id"], scene.jo.id)
    documents = await rows(scene, tables.search_documents, tables.search_documents.c.id)
    assert all(" are you free " in document.words for document in documents)


async def test_a_run_that_is_begun_again_queues_what_is_left(scene: Scene) -> None:
    conversations = [await scene.text_in(f"+447700900{place:03d}") for place in range(5)]
    texts = [BulkText(new_id(), conversation, f"Text {place}") for place, conversation in enumerate(conversations)]
    await queued(scene, texts[:3])
    (batch,) = await queued(scene, texts)
    assert (set(batch.queued), set(batch.known)) == (
        {text.message_id for text in texts[3:]},
        {text.message_id for text in texts[:3]},
    )
    assert await scene.tenant.fetch_val(select(func.count()).select_from(tables.jobs)) == 5
    assert (await events.head(scene.tenant)).seq == 10


async def test_texts_to_one_candidate_keep_their_order(scene: Scene) -> None:
    maya, tom = [await scene.text_in(sender) for sender in (MAYA, TOM)]
    texts = [BulkText(new_id(), (maya, tom)[place % 2], f"Text {place}") for place in range(6)]
    batches = await queued(scene, texts)
    assert [len(batch.queued) for batch in batches] == [2, 2, 2]
    places = [row.subject for row in await rows(scene, tables.jobs, tables.jobs.c.place)]
    assert places == [text.message_id for text in texts]
    assert (await scene.row(maya)).last_text == "Text 4"


async def test_who_opted_out_and_who_is_gone_are_refused_with_the_reason(scene: Scene) -> None:
    maya, tom = [await scene.text_in(sender) for sender in (MAYA, TOM)]
    await opt_outs.note_stop(scene.tenant, maya, scene.number.id, MAYA, word="STOP")
    texts = [BulkText(new_id(), conversation, "Hello") for conversation in (maya, new_id(), tom)]
    (batch,) = await queued(scene, texts)
    assert batch.queued == (texts[2].message_id,)
    assert set(batch.refused) == {texts[0].message_id, texts[1].message_id}
    assert "Opted out" in batch.refused[texts[0].message_id]


async def test_no_more_is_read_than_a_batch_before_it_is_committed(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    read = 0

    def endless() -> Any:
        nonlocal read
        while True:
            read += 1
            yield BulkText(new_id(), conversation, "Hello")

    batches = bulk.queue(scene.tenant, scene.jo, endless(), source="campaign")
    assert len((await anext(batches)).queued) == 1
    assert read == 2 < BATCH
    await batches.aclose()


async def test_a_text_that_nobody_can_send_stops_the_run_and_leaves_what_was_queued(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    texts = [BulkText(new_id(), conversation, body) for body in ("Hello", " ")]
    with pytest.raises(Invalid):
        await queued(scene, texts)
    assert await scene.tenant.fetch_val(select(func.count()).select_from(tables.jobs)) == 1
