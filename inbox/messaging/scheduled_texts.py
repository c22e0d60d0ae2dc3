"""Texts that go out later: what is kept of them beside their thread until they are due.

A scheduled text and the message that it becomes have one id, and it turns from the one into the other in a single
transaction, so that it goes out once whatever breaks down. People's part is `scheduling`, the clock's `due_texts`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, insert, select

from inbox import clock
from inbox.accounts.users import User
from inbox.errors import NotFound
from inbox.languages import _, gathered, known, stored
from inbox.messaging import conversations, gone_owners, outbound, scheduled_pictures
from inbox.messaging.blocks import Path
from inbox.messaging.conversations import Conversation
from inbox.messaging.media import Media
from inbox.messaging.messages import Message
from inbox.storage import events, jobs, notifications
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations as conversations_table
from inbox.storage.tables import messages, scheduled_texts

SEND_LATER = "send-later"
STOPPED = "not-sent"


@dataclass(frozen=True, slots=True)
class ScheduledText:
    """A text that goes out at `send_at` in the name of `author`; times are UTC."""

    id: str
    conversation_id: str
    author_id: str
    author: str
    body: str
    send_at: datetime
    regardless: bool
    """Whether it goes out also when the candidate writes before."""
    held_until: datetime | None
    """It was due, and waits for a better hour or for fewer texts in a day."""
    held_for: str | None
    """Why, as a sentence."""
    version: int
    """Counts changes."""
    stopped_at: datetime | None
    """When it was due and did not go out."""
    reason: str | None
    """Why it did not, as a sentence; None when the candidate had written."""
    written_at: datetime
    """When it was scheduled, or changed last."""
    replied_at: datetime | None
    """When the candidate first wrote after it was scheduled."""
    media: tuple[Media, ...] = ()
    """Its pictures."""
    template_id: str | None = None
    """The message template that it was written with."""

    @property
    def is_held(self) -> bool:
        """Whether an answer of the candidate keeps it back until somebody decides."""
        return self.replied_at is not None and self.reason is None and not self.regardless


async def of(tenant: Tenant, conversation_ids: Collection[str]) -> list[ScheduledText]:
    """The scheduled texts of these conversations, in the order of their times; none are for a guest."""
    if not conversation_ids or tenant.only_conversation is not None:
        return []
    query = _selected(tenant).where(scheduled_texts.c.conversation_id.in_(sorted(conversation_ids)))
    rows = await tenant.fetch_all(query.order_by(scheduled_texts.c.send_at, scheduled_texts.c.id))
    carried = await scheduled_pictures.of(tenant, conversation_ids)
    return [_text(row, carried.get(row.id, ())) for row in rows]


async def find(tenant: Tenant, text_id: str) -> ScheduledText:
    """One scheduled text; raises NotFound, also for one that is a message by now."""
    row = await tenant.fetch_one(_selected(tenant).where(scheduled_texts.c.id == text_id))
    if row is None:
        raise NotFound
    carried = await scheduled_pictures.of(tenant, [row.conversation_id])
    return _text(row, carried.get(row.id, ()))


async def add(
    tenant: Tenant,
    user: User,
    conversation: Conversation,
    text_id: str,
    *,
    body: str,
    send_at: datetime,
    regardless: bool,
    carried: Sequence[Media] = (),
    template_id: str | None = None,
) -> None:
    """Keep a new one, with its pictures and the job that will send it; in a transaction that holds the conversation."""
    await conversations.change(tenant, conversation.id, scheduled=conversations_table.c.scheduled + 1)
    seq = await tell(tenant, conversation.id, user.id)
    await tenant.execute(
        insert(scheduled_texts).values(
            organisation_id=tenant.organisation_id,
            id=text_id,
            conversation_id=conversation.id,
            author_id=user.id,
            author=user.name,
            body=body,
            template_id=template_id,
            send_at=send_at,
            regardless=regardless,
            seq=seq,
        )
    )
    await scheduled_pictures.keep(tenant, text_id, carried)
    await _promise(tenant, text_id, send_at)


async def rewrite(
    tenant: Tenant, user: User, text: ScheduledText, *, body: str, send_at: datetime, regardless: bool
) -> None:
    """Give it other words or another time, in the name of `user`; it waits again. Inside a transaction as in `add`."""
    await _uncount(tenant, text, is_gone=False)
    seq = await tell(tenant, text.conversation_id, user.id)
    await update(
        tenant,
        text,
        author_id=user.id,
        author=user.name,
        body=body,
        send_at=send_at,
        regardless=regardless,
        version=text.version + 1,
        seq=seq,
        written_at=db_now(),
        stopped_at=None,
        reason=None,
        held_until=None,
        held_for=None,
    )
    await _promise(tenant, text.id, send_at)


async def remove(tenant: Tenant, text: ScheduledText) -> None:
    """Forget it; its job finds nothing. Inside a transaction as in `add`, before the event that tells of it."""
    await _uncount(tenant, text, is_gone=True)
    await tenant.execute(scheduled_texts.delete().where(_is(tenant, text.id)))


async def send(tenant: Tenant, author: User, text: ScheduledText, path: Path, *, reason: str = "") -> Message:
    """Turn it into the message that goes out; raises what `outbound.reply` does. Inside a transaction as in `add`."""
    media_ids = await scheduled_pictures.take_out(tenant, text.id, author.id, text.media)
    await remove(tenant, text)
    return await outbound.reply(
        tenant,
        author,
        text.conversation_id,
        message_id=text.id,
        body=text.body,
        seen=None,
        path=path,
        reason=reason,
        media_ids=media_ids,
        template_id=text.template_id,
    )


async def stop(tenant: Tenant, text: ScheduledText, reason: str | None) -> None:
    """It was due and stays, for somebody to decide; `reason` as in ScheduledText. Inside a transaction as in `add`."""
    failed = conversations_table.c.failed + 1
    # As with a text that failed: whoever closed the conversation did not know.
    await conversations.change(tenant, text.conversation_id, failed=failed, **conversations.AWAKE)
    await update(tenant, text, stopped_at=db_now(), reason=stored(reason) if reason else None)
    gone = await gone_owners.release(tenant, text.conversation_id)
    await tell(tenant, text.conversation_id, None)
    await gone_owners.tell(tenant, text.conversation_id, gone)
    why = reason or _("The candidate wrote before it was due.")
    words = gathered((_("Your scheduled text was not sent."), why))
    await notifications.notify(tenant, [text.author_id], STOPPED, conversation_id=text.conversation_id, words=words)


async def hold(tenant: Tenant, text: ScheduledText, until: datetime, sentence: str) -> None:
    """It was due and waits until `until` (UTC), which open threads show. Inside a transaction as in `add`."""
    if text.held_until != until:
        await update(tenant, text, held_until=until, held_for=str(sentence))
        await tell(tenant, text.conversation_id, None)


async def update(tenant: Tenant, text: ScheduledText, **values: Any) -> None:
    """Set columns of one."""
    await tenant.execute(scheduled_texts.update().where(_is(tenant, text.id)).values(**values))


async def tell(tenant: Tenant, conversation_id: str, actor_id: str | None) -> int:
    """Tell open threads and lists of a change, and the number of its event."""
    return await events.record(
        tenant, EventKind.CONVERSATION_CHANGED, conversation_id=conversation_id, actor_id=actor_id
    )


async def _promise(tenant: Tenant, text_id: str, send_at: datetime) -> None:
    delay = (send_at - clock.now()).total_seconds()
    await jobs.enqueue(tenant, SEND_LATER, text_id, delay_seconds=max(0.0, delay))


async def _uncount(tenant: Tenant, text: ScheduledText, *, is_gone: bool) -> None:
    """Take it out of the counters of its conversation that hold it."""
    names = [*(["scheduled"] if is_gone else []), *(["failed"] if text.stopped_at else [])]
    counters = {name: conversations_table.c[name] for name in names}
    lower = {name: case((counter > 0, counter - 1), else_=0) for name, counter in counters.items()}
    if lower:
        await conversations.change(tenant, text.conversation_id, **lower)


def _is(tenant: Tenant, text_id: str) -> ColumnElement[bool]:
    return (scheduled_texts.c.organisation_id == tenant.organisation_id) & (scheduled_texts.c.id == text_id)


def _selected(tenant: Tenant) -> Select[Any]:
    replied_at = (
        select(func.min(messages.c.at))
        .where(
            messages.c.organisation_id == scheduled_texts.c.organisation_id,
            messages.c.conversation_id == scheduled_texts.c.conversation_id,
            messages.c.direction == "in",
            messages.c.seq > scheduled_texts.c.seq,
        )
        .correlate(scheduled_texts)
        .scalar_subquery()
    )
    return select(scheduled_texts, replied_at.label("replied_at")).where(
        scheduled_texts.c.organisation_id == tenant.organisation_id
    )


def _text(row: Any, carried: tuple[Media, ...]) -> ScheduledText:
    values = {one.name: row[one.name] for one in fields(ScheduledText) if one.name != "media"}
    values["reason"] = known(row.reason) if row.reason else None
    return ScheduledText(**values | {"regardless": bool(row.regardless), "media": carried})
