"""Takes everything out of conversations that somebody wrote; that they were, and what they cost, stays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Text, and_, case, cast, delete, func, literal, select, update

from inbox.billing import balance
from inbox.errors import Refused
from inbox.languages import _
from inbox.messaging.media import MediaState
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.search_documents import document
from inbox.storage.tables import (
    chatbot_sessions,
    conversations,
    mails,
    media_contents,
    message_media,
    message_status_log,
    messages,
    note_mentions,
    notes,
    notifications,
    scheduled_texts,
    search_documents,
)
from providers.contract import DeliveryStatus

GONE_NUMBER = "removed-"
"""How the number of a conversation begins that has been emptied; its id follows, as numbers are unique."""


_UNDER_WAY = (DeliveryStatus.CLAIMED, DeliveryStatus.UNKNOWN)
"""A worker holds it, or looks in the provider's list whether it went out: by its number and its words."""


@dataclass(frozen=True, slots=True)
class Emptied:
    """How much there was; `copies` are the provider's, as (account, message id)."""

    texts: int = 0
    files: int = 0
    notes: int = 0
    copies: tuple[tuple[str, str], ...] = ()


async def empty(tenant: Tenant, conversation_ids: Sequence[str]) -> Emptied:
    """Empty conversations that are locked; raises Refused when a worker holds one of their texts at this moment."""
    if not conversation_ids:
        return Emptied()
    await _take_back(tenant, conversation_ids)
    texts, copies = await _empty_messages(tenant, conversation_ids)
    files = await _drop_files(tenant, conversation_ids)
    written = await _drop_notes(tenant, conversation_ids)
    await _drop_what_waits(tenant, conversation_ids)
    await _empty_rows(tenant, conversation_ids)
    return Emptied(texts, files, written, copies)


async def _take_back(tenant: Tenant, ids: Sequence[str]) -> None:
    """Texts that wait to be sent are not sent, and cost nothing."""
    rows = await tenant.fetch_all(
        select(messages.c.id, messages.c.status, messages.c.segments)
        .where(*_in(messages, tenant, ids), messages.c.status.in_([DeliveryStatus.QUEUED, *_UNDER_WAY]))
        .with_for_update()
    )
    if any(row.status in _UNDER_WAY for row in rows):
        raise Refused(_("A text to this candidate is being sent at this moment. Try again in a minute."))
    for row in rows:
        await tenant.execute(
            update(messages)
            .where(messages.c.organisation_id == tenant.organisation_id, messages.c.id == row.id)
            .values(status=DeliveryStatus.CANCELED, rank=DeliveryStatus.CANCELED.rank)
        )
        await balance.give_back(tenant, row.id, row.segments)


async def _empty_messages(tenant: Tenant, ids: Sequence[str]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """The provider's ids stay until it has deleted its copies: by them its list shows nothing new."""
    earlier = await tenant.fetch_all(_earlier_copies(tenant, ids))
    rows = await tenant.fetch_all(
        update(messages)
        .where(*_in(messages, tenant, ids), messages.c.erased.is_(False))
        .values(body="", raw_body=None, override=None, erased=True)
        .returning(messages.c.provider_account_id, messages.c.provider_message_id)
    )
    copies = {
        (row.provider_account_id, row.provider_message_id) for row in (*rows, *earlier) if row.provider_message_id
    }
    return len(rows), tuple(sorted(copies))


def _earlier_copies(tenant: Tenant, ids: Sequence[str]) -> Select[Any]:
    """What the provider keeps of attempts before the last one, of texts that are still there."""
    return (
        select(messages.c.provider_account_id, message_status_log.c.provider_message_id)
        .distinct()
        .join(
            message_status_log,
            and_(
                message_status_log.c.organisation_id == messages.c.organisation_id,
                message_status_log.c.message_id == messages.c.id,
            ),
        )
        .where(
            *_in(messages, tenant, ids),
            messages.c.erased.is_(False),
            message_status_log.c.provider_message_id.is_not(None),
        )
    )


async def _drop_files(tenant: Tenant, ids: Sequence[str]) -> int:
    theirs = select(message_media.c.id).where(*_in(message_media, tenant, ids))
    await tenant.execute(
        delete(media_contents).where(
            media_contents.c.organisation_id == tenant.organisation_id, media_contents.c.media_id.in_(theirs)
        )
    )
    rows = await tenant.fetch_all(
        update(message_media)
        .where(*_in(message_media, tenant, ids), message_media.c.state != MediaState.GONE)
        .values(state=MediaState.GONE, url=None, declared_type="", content_type=None, size=0)
        .returning(message_media.c.id)
    )
    return len(rows)


async def _drop_notes(tenant: Tenant, ids: Sequence[str]) -> int:
    """Words go; that somebody was given the conversation stays."""
    said = select(notes.c.id).where(*_in(notes, tenant, ids), notes.c.act.is_(None))
    await tenant.execute(
        delete(note_mentions).where(
            note_mentions.c.organisation_id == tenant.organisation_id, note_mentions.c.note_id.in_(said)
        )
    )
    await tenant.execute(delete(notifications).where(*_in(notifications, tenant, ids)))
    await tenant.execute(delete(notes).where(*_in(notes, tenant, ids), notes.c.act == "aside"))  # says who did what
    rows = await tenant.fetch_all(
        delete(notes).where(*_in(notes, tenant, ids), notes.c.act.is_(None)).returning(notes.c.id)
    )
    return len(rows)


async def _drop_what_waits(tenant: Tenant, ids: Sequence[str]) -> None:
    await tenant.execute(delete(scheduled_texts).where(*_in(scheduled_texts, tenant, ids)))
    is_open = chatbot_sessions.c.state == "open"
    await tenant.execute(
        update(chatbot_sessions)
        .where(*_in(chatbot_sessions, tenant, ids))
        .values(
            dialogue="{}",
            reason="",
            state=case((is_open, "dropped"), else_=chatbot_sessions.c.state),
            ended_at=func.coalesce(chatbot_sessions.c.ended_at, db_now()),
        )
    )
    for conversation_id in ids:
        await tenant.execute(
            delete(mails).where(
                mails.c.organisation_id == tenant.organisation_id, mails.c.path.contains(conversation_id)
            )
        )


async def _empty_rows(tenant: Tenant, ids: Sequence[str]) -> None:
    number = literal(GONE_NUMBER, Text()) + cast(conversations.c.id, Text())
    nothing: dict[str, Any] = dict.fromkeys(("unread", "failed", "unconfirmed", "scheduled"), 0)
    nothing |= dict.fromkeys(("waiting_since", "overdue_at", "snoozed_until", "last_author", "assignee_id"))
    await tenant.execute(
        update(conversations)
        .where(conversations.c.organisation_id == tenant.organisation_id, conversations.c.id.in_(ids))
        .values(
            candidate_number=number,
            last_text="",
            closed_at=func.coalesce(conversations.c.closed_at, db_now()),
            opted_out_at=func.coalesce(conversations.c.opted_out_at, db_now()),
            opt_out_presumed=False,
            with_chatbot=False,
            erased_at=db_now(),
            version=conversations.c.version + 1,
            **nothing,
        )
    )
    blank = document(tenant.organisation_id, None, "", ())
    await tenant.execute(
        update(search_documents).where(*_in(search_documents, tenant, ids)).values(words=blank.words, marks=blank.marks)
    )


def _in(table: Any, tenant: Tenant, ids: Sequence[str]) -> tuple[Any, Any]:
    return table.c.organisation_id == tenant.organisation_id, table.c.conversation_id.in_(ids)
