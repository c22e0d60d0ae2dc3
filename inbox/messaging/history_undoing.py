"""An import of texts of before from a file is taken back: what it brought goes, with whom nobody knew before.

What somebody has touched since stays: a conversation in which anything else is, a candidate of whom more is known. So
does a text in which somebody opted out, as it holds.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Table, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.candidates import removing
from inbox.messaging import history_rows, lines, media, searchable
from inbox.messaging.history_imports import HistoryImport
from inbox.messaging.history_rows import StoredRow
from inbox.messaging.media_kinds import kind_of
from inbox.storage import events
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import (
    candidate_documents,
    candidate_numbers,
    candidates,
    conversations,
    message_media,
    messages,
    metadata,
    notifications,
    report_losses,
    report_moves,
    search_documents,
)

_QUARTER = timedelta(minutes=15)
_FACTS = ("email", "stage", "job", "city", "consent", "owner_id", "hold")


async def take_back(tenant: Tenant, file: HistoryImport, rows: Sequence[StoredRow]) -> None:
    """Undo these rows. In a transaction; locks are taken as everywhere: conversations by their ids, then messages."""
    held = await _hold(tenant, rows)
    gone = await _untouched(tenant, [row.message_id for row in rows if row.message_id], held)
    await _tell_reports(tenant, gone.values(), held)
    await tenant.execute(
        delete(messages).where(messages.c.organisation_id == tenant.organisation_id, messages.c.id.in_(sorted(gone)))
    )
    for conversation_id in sorted({text.conversation_id for text in gone.values()}):
        theirs = [text for text in gone.values() if text.conversation_id == conversation_id]
        await _move_top(tenant, conversation_id, theirs)
    taken = {row.line for row in rows if row.message_id in gone}
    await history_rows.settle(tenant, file.id, sorted(taken), "removed")
    await history_rows.settle(tenant, file.id, [row.line for row in rows if row.line not in taken], "kept")
    emptied = [held[text.conversation_id] for text in gone.values()]
    await _remove_people(tenant, file, rows, {row.id: row for row in emptied})
    told = sorted({text.conversation_id for text in gone.values()})
    if told:
        await events.record_many(tenant, EventKind.CONVERSATION_CHANGED, [(one, None) for one in told])


async def _hold(tenant: Tenant, rows: Sequence[StoredRow]) -> Mapping[str, Any]:
    """The conversations that the rows are in, by their ids, kept until the transaction ends."""
    row = conversations.c
    same = [and_(row.company_number_id == one.number_id, row.candidate_number == one.number) for one in rows]
    found = await tenant.fetch_all(
        select(conversations)
        .where(row.organisation_id == tenant.organisation_id, or_(*same))
        .order_by(row.id)
        .with_for_update()
    )
    return {one.id: one for one in found}


async def _untouched(tenant: Tenant, ids: Sequence[str], held: Mapping[str, Any]) -> Mapping[str, Any]:
    """The messages that are as the import left them, by their ids."""
    noticed = exists().where(
        notifications.c.organisation_id == messages.c.organisation_id, notifications.c.message_id == messages.c.id
    )
    rows = await tenant.fetch_all(
        select(messages)
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.id.in_(ids),
            messages.c.conversation_id.in_(sorted(held)),
            messages.c.event.is_(None),
            messages.c.erased.is_(False),
            ~noticed,
            *(_no(table, messages, messages.c.id) for table in _naming(messages)),
        )
        .order_by(messages.c.id)
        .with_for_update()
    )
    return {row.id: row for row in rows}


async def _tell_reports(tenant: Tenant, texts: Iterable[Any], held: Mapping[str, Any]) -> None:
    """The days of these texts are counted anew, and those of what stands beside them, which may have answered them."""
    whose = {"organisation_id": tenant.organisation_id}
    quarters = {(text.company_id, _quarter(text.at)) for text in texts}
    if not quarters:
        return
    lost = [{**whose, "id": new_id(), "company_id": company_id, "at": at} for company_id, at in sorted(quarters)]
    await tenant.execute(insert(report_losses).values(lost))
    moved = [{**whose, "id": new_id(), "conversation_id": one} for one in sorted(held)]
    await tenant.execute(insert(report_moves).values(moved))


def _quarter(at: datetime) -> datetime:
    return at - (at - at.replace(minute=0, second=0, microsecond=0)) % _QUARTER


async def _move_top(tenant: Tenant, conversation_id: str, gone: Sequence[Any]) -> None:
    """The list shows the newest text that is left, and the search finds what is gone no more."""
    mine = messages.c.organisation_id == tenant.organisation_id, messages.c.conversation_id == conversation_id
    last = await tenant.fetch_one(
        select(messages).where(*mine).order_by(messages.c.at.desc(), messages.c.id.desc()).limit(1)
    )
    first_at = await tenant.fetch_val(select(func.min(messages.c.at)).where(*mine))
    top: dict[str, Any] = dict.fromkeys(("last_message_at", "last_message_id", "last_author")) | {"last_text": ""}
    if last is not None and _newest(gone) < last.at:
        top = {}
    elif last is not None:
        top = {
            "last_message_at": last.at,
            "last_message_id": last.id,
            "last_text": "" if last.erased else lines.shown(await _shown(tenant, last)),
            "last_author": last.author if last.direction == "out" else None,
        }
    await tenant.execute(
        update(conversations)
        .where(conversations.c.organisation_id == tenant.organisation_id, conversations.c.id == conversation_id)
        .values(first_message_at=first_at, **top)
    )
    days = await _days_left(tenant, conversation_id, [text.at for text in gone])
    texts = [(text.body, text.at) for text in gone]
    await searchable.forgot(tenant, conversation_id, texts, days=days, last_at=last.at if last else None)


async def _shown(tenant: Tenant, text: Any) -> str:
    """What stands for a text in the list."""
    rows = await tenant.fetch_all(
        select(message_media.c.content_type, message_media.c.declared_type).where(
            message_media.c.organisation_id == tenant.organisation_id, message_media.c.message_id == text.id
        )
    )
    return str(text.body).strip() or media.words([kind_of(row.content_type or row.declared_type) for row in rows])


def _newest(gone: Sequence[Any]) -> datetime:
    """The moment of the newest of some texts."""
    newest: datetime = max(text.at for text in gone)
    return newest


async def _days_left(tenant: Tenant, conversation_id: str, moments: Sequence[datetime]) -> Collection[datetime]:
    """Those of the days (UTC, their midnights) on which something else is written in the conversation."""
    days = {at.replace(hour=0, minute=0, second=0, microsecond=0) for at in moments}
    return [day for day in sorted(days) if await _is_written(tenant, conversation_id, day)]


async def _is_written(tenant: Tenant, conversation_id: str, day: datetime) -> bool:
    return bool(
        await tenant.fetch_val(
            select(
                exists().where(
                    messages.c.organisation_id == tenant.organisation_id,
                    messages.c.conversation_id == conversation_id,
                    messages.c.at >= day,
                    messages.c.at < day + timedelta(days=1),
                )
            )
        )
    )


async def _remove_people(
    tenant: Tenant, file: HistoryImport, rows: Sequence[StoredRow], emptied: Mapping[str, Any]
) -> None:
    """Conversations that are empty now, and candidates whom only the import had brought, as it had."""
    gone = await tenant.fetch_all(
        select(conversations.c.id, conversations.c.candidate_id, conversations.c.candidate_number).where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.id.in_(sorted(emptied)),
            conversations.c.last_message_at.is_(None),
            conversations.c.assignee_id.is_(None),
            conversations.c.opted_out_at.is_(None),
            conversations.c.created_at >= file.created_at,
            *(
                _no(table, conversations, conversations.c.id, "conversation_id")
                for table in _naming(conversations)
                if table not in (search_documents, report_moves)
            ),
        )
    )
    ids = [row.id for row in gone]
    for table in (search_documents, report_moves):
        theirs: Any = table.c.conversation_id.in_(ids)
        await tenant.execute(delete(table).where(table.c.organisation_id == tenant.organisation_id, theirs))
    await tenant.execute(
        delete(conversations).where(
            conversations.c.organisation_id == tenant.organisation_id, conversations.c.id.in_(ids)
        )
    )
    numbers = {row.candidate_id: row.candidate_number for row in gone}
    known = await tenant.fetch_all(
        select(candidates.c.id, candidates.c.name).where(
            candidates.c.organisation_id == tenant.organisation_id,
            candidates.c.id.in_(sorted(numbers)),
            candidates.c.created_at >= file.created_at,
            *(candidates.c[name].is_(None) for name in _FACTS),
            _has_one_number(),
            *(
                _no(table, candidates, candidates.c.id, "candidate_id")
                for table in _naming(candidates)
                if table not in (candidate_documents, candidate_numbers)
            ),
        )
    )
    await removing.remove(tenant, [row.id for row in known if _is_called_so(row.name, numbers[row.id], rows)])


def _is_called_so(name: str | None, number: str, rows: Sequence[StoredRow]) -> bool:
    """Whether nobody has named the candidate otherwise than a row with their number did."""
    marks = {history_rows.name_mark(row.message_id or "", name or "") for row in rows if row.number == number}
    return name is None or bool(marks & {row.name_mark for row in rows})


def _has_one_number() -> ColumnElement[bool]:
    number = (
        select(func.count())
        .where(
            candidate_numbers.c.organisation_id == candidates.c.organisation_id,
            candidate_numbers.c.candidate_id == candidates.c.id,
        )
        .scalar_subquery()
    )
    return number == 1


def _naming(table: Table) -> list[Table]:
    """The tables that have a key to this one's rows."""
    return [other for other in metadata.sorted_tables if any(key.column is table.c.id for key in other.foreign_keys)]


def _no(other: Table, table: Table, identity: ColumnElement[Any], column: str = "message_id") -> ColumnElement[bool]:
    """That no row of the other table names this one's."""
    return ~exists().where(other.c.organisation_id == table.c.organisation_id, other.c[column] == identity)
