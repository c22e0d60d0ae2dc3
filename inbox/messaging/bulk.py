"""Many texts at once, promised like single ones: in batches, each a transaction of its own.

Every text carries an id of its own, so a run that died is begun again from the start: what was queued before is left
out. A bulk text is no answer: who waits for one still waits, and nobody takes a conversation over by it.
"""

from collections.abc import AsyncGenerator, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Text, bindparam, select
from sqlalchemy.dialects.postgresql import insert

from inbox.accounts.users import User
from inbox.billing import balance
from inbox.languages import _
from inbox.messaging import conversations, lines, outbound, permission, searchable
from inbox.messaging.blocks import Block
from inbox.messaging.conversations import Conversation
from inbox.storage import events, jobs
from inbox.storage.columns import Id, Utc, db_now, earlier
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations as conversations_table
from inbox.storage.tables import messages
from providers import segments
from providers.contract import DeliveryStatus

Source = Literal["campaign", "workflow"]

BATCH = 200
"""Texts in one transaction: others of the organisation wait for it for some hundredths of a second."""

_WRITTEN = (
    conversations_table.update()
    .where(
        conversations_table.c.organisation_id == bindparam("organisation"),
        conversations_table.c.id == bindparam("conversation", type_=Id()),
    )
    .values(
        first_message_at=earlier(conversations_table.c.first_message_at, bindparam("moment", type_=Utc())),
        last_message_at=bindparam("moment", type_=Utc()),
        last_message_id=bindparam("message", type_=Id()),
        last_text=bindparam("line", type_=Text()),
        last_author=bindparam("author", type_=Text()),
    )
)


@dataclass(frozen=True, slots=True)
class BulkText:
    """A text to somebody whose conversation is there; the same `message_id` (a UUID) again is the same text."""

    message_id: str
    conversation_id: str
    body: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of some texts, by their ids; `refused` says why, as a sentence."""

    queued: tuple[str, ...]
    known: tuple[str, ...]
    """Queued by an earlier run."""
    refused: Mapping[str, str]
    held: Mapping[str, Block] = field(default_factory=dict)
    """Those that may go out later, asked for again."""


async def queue(
    tenant: Tenant,
    user: User,
    texts: Iterable[BulkText],
    *,
    source: Source,
    origin_id: str | None = None,
    template_id: str | None = None,
) -> AsyncGenerator[Batch, None]:
    """Promise texts in the name of `user`: stored as queued with their jobs, some hundred at a time.

    Each batch is committed when it is handed out, and `texts` is read no further than that. Texts to one candidate
    keep their order. `origin_id` is the campaign or workflow, `template_id` what they were written with. Raises Invalid
    for a text that nobody could send; the batches before stay queued.
    """
    for batch in _batches(texts):
        noted = {"source": source, "origin_id": origin_id, "template_id": template_id}
        yield await _queue(tenant, user, batch, noted, path=source)


def _batches(texts: Iterable[BulkText]) -> Iterator[list[BulkText]]:
    """Of each conversation one text in a batch, so that its texts differ in their moments."""
    batch: dict[str, BulkText] = {}
    for one in texts:
        if len(batch) == BATCH or one.conversation_id in batch:
            yield list(batch.values())
            batch = {}
        batch[one.conversation_id] = one
    if batch:
        yield list(batch.values())


async def _queue(
    tenant: Tenant, user: User, texts: Sequence[BulkText], noted: Mapping[str, str | None], *, path: Source
) -> Batch:
    bodies = {one.message_id: outbound.sendable(one.body) for one in texts}
    async with tenant.transaction():
        found = await conversations.by_ids(tenant, {one.conversation_id for one in texts}, lock=True)
        known = await _known(tenant, bodies)
        blocks = await permission.blocks(tenant, user, [*found.values()], path)
        asked = [one for one in texts if one.message_id not in known]
        held = {
            one.message_id: block
            for one in asked
            if (block := blocks.get(one.conversation_id)) is not None and block.until is not None
        }
        asked = [one for one in asked if one.message_id not in held]
        refused = _refused(asked, found, blocks, path)
        new = [one for one in asked if one.message_id not in refused]
        paid = new[: await _pay(tenant, new, bodies)]
        refused |= {one.message_id: balance.NONE_LEFT for one in new[len(paid) :]}
        if paid:
            stored = [(one, found[one.conversation_id], bodies[one.message_id]) for one in paid]
            await _store(tenant, user, stored, noted)
    return Batch(tuple(one.message_id for one in paid), tuple(known), refused, held)


async def _known(tenant: Tenant, ids: Collection[str]) -> set[str]:
    rows = await tenant.fetch_all(
        select(messages.c.id).where(
            messages.c.organisation_id == tenant.organisation_id, messages.c.id.in_(sorted(ids))
        )
    )
    return {row.id for row in rows}


async def _pay(tenant: Tenant, texts: Sequence[BulkText], bodies: Mapping[str, str]) -> int:
    """How many of the first texts there are segments for. Their conversations are held, the counter is not yet."""
    costs = [(one.message_id, segments.measure(bodies[one.message_id]).segments) for one in texts]
    return await balance.spend_many(tenant, costs) if costs else 0


def _refused(
    texts: Sequence[BulkText], found: Mapping[str, Conversation], blocks: Mapping[str, Block], path: Source
) -> dict[str, str]:
    """Why, by the ids of the texts that do not go out; those of a campaign stand in a list of people."""
    refused: dict[str, str] = {}
    for one in texts:
        if one.conversation_id not in found:
            refused[one.message_id] = _("This conversation is not there any more.")
        elif one.conversation_id in blocks:
            block = blocks[one.conversation_id]
            refused[one.message_id] = block.kept if path == "campaign" else block.sentence
    return refused


async def _store(
    tenant: Tenant,
    user: User,
    texts: Sequence[tuple[BulkText, Conversation, str]],
    noted: Mapping[str, str | None],
) -> None:
    """Conversations first, which are held already; then the counter of the events, held until the commit."""
    now: datetime = await tenant.fetch_val(select(db_now()))
    await tenant.execute_many(
        _WRITTEN,
        [
            {
                "organisation": tenant.organisation_id,
                "conversation": conversation.id,
                "moment": now,
                "message": one.message_id,
                "line": lines.shown(body),
                "author": user.first_name,
            }
            for one, conversation, body in texts
        ],
    )
    await searchable.all_written(tenant, [(conversation.id, body) for _, conversation, body in texts], at=now)
    subjects = [(conversation.id, one.message_id) for one, conversation, _ in texts]
    first = await events.record_many(tenant, EventKind.MESSAGE_ADDED, subjects, actor_id=user.id)
    rows = [
        _row(tenant, user, one, conversation, body) | {**noted, "seq": seq, "at": now}
        for seq, (one, conversation, body) in enumerate(texts, first)
    ]
    await tenant.execute_many(insert(messages), rows)
    promises = [(row["id"], row["conversation_id"], row["seq"]) for row in rows]
    await jobs.enqueue_many(tenant, outbound.SEND, promises)


def _row(tenant: Tenant, user: User, one: BulkText, conversation: Conversation, body: str) -> dict[str, Any]:
    return {
        "organisation_id": tenant.organisation_id,
        "id": one.message_id,
        "conversation_id": conversation.id,
        "company_id": conversation.company_id,
        "direction": "out",
        "body": body,
        "author_id": user.id,
        "author": user.name,
        "status": DeliveryStatus.QUEUED,
        "rank": DeliveryStatus.QUEUED.rank,
        "segments": segments.measure(body).segments,
        "provider_account_id": conversation.provider_account_id,
        "attempt": 1,
        "job": conversation.job,
    }
