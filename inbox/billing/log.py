"""The billing log: what every segment was spent on, with the balance after it, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, case, func, null, select, text, tuple_
from sqlalchemy.sql.elements import ColumnElement

from inbox.storage.columns import db_later
from inbox.storage.database import Tenant
from inbox.storage.tables import candidates, conversations, messages, segment_balances
from inbox.storage.tables import segment_log as table

PAGE = 50
PACE_DAYS = 7

Shown = Literal["all", "sent", "received", "top_ups", "corrections"]
_KINDS: dict[Shown, tuple[str, ...]] = {
    "sent": ("sent",),
    "received": ("received",),
    "top_ups": ("opening", "top_up"),
    "corrections": ("corrected", "returned"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One step of the balance. Names are there as long as the text and its candidate are."""

    id: int
    at: datetime
    kind: str
    segments: int
    balance: int
    author: str | None
    note: str
    message_id: str | None
    conversation_id: str | None
    candidate_id: str | None
    name: str | None
    number: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Entries newest first; `more` is the last one's, when there are older ones."""

    entries: tuple[Entry, ...]
    more: Entry | None


async def page(
    tenant: Tenant,
    *,
    start: datetime | None = None,
    end: datetime | None = None,
    shown: Shown = "all",
    before: tuple[datetime, int] | None = None,
    most: int = PAGE,
) -> Page:
    """The newest entries of [start, end) in UTC, or those before another one's moment and id."""
    query = _listed(tenant).order_by(table.c.at.desc(), table.c.id.desc()).limit(most + 1)
    if start is not None:
        query = query.where(table.c.at >= start)
    if end is not None:
        query = query.where(table.c.at < end)
    if shown in ("top_ups", "corrections"):
        # In these words the index of the rare kinds is known to serve.
        query = query.where(text("segment_log.kind NOT IN ('sent', 'received')"))
    if shown != "all":
        query = query.where(table.c.kind.in_(_KINDS[shown]))
    if before is not None:
        query = query.where(tuple_(table.c.at, table.c.id) < before)
    entries = tuple(_entry(row) for row in await tenant.fetch_all(query))
    return Page(entries[:most], entries[most - 1] if len(entries) > most else None)


async def days_left(tenant: Tenant) -> int | None:
    """How many days the balance lasts at the pace of the last week; None when nothing was spent.

    What was spent is told by two balances and what was added between them, so the texts are not read.
    """
    mine = table.c.organisation_id == tenant.organisation_id
    since = db_later(-PACE_DAYS * 86_400)
    earlier = (
        select(table.c.balance)
        .where(mine, table.c.at < since)
        .order_by(table.c.at.desc(), table.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    added = (
        select(func.coalesce(func.sum(table.c.segments), 0))
        .where(
            mine,
            text("segment_log.kind NOT IN ('sent', 'received')"),
            table.c.kind.in_(_KINDS["top_ups"]),
            table.c.at >= since,
        )
        .scalar_subquery()
    )
    row = await tenant.fetch_one(
        select(segment_balances.c.balance, func.coalesce(earlier, 0).label("earlier"), added.label("added")).where(
            segment_balances.c.organisation_id == tenant.organisation_id
        )
    )
    if row is None:
        return None
    spent = row.earlier + row.added - row.balance
    return max(0, row.balance * PACE_DAYS // spent) if spent > 0 else None


def _listed(tenant: Tenant) -> Select[Any]:
    return (
        select(
            table,
            messages.c.conversation_id,
            messages.c.source,
            conversations.c.candidate_id,
            conversations.c.candidate_number,
            case((conversations.c.undecided, null()), else_=candidates.c.name).label("name"),
        )
        .select_from(table)
        .outerjoin(messages, _same(messages, table.c.message_id))
        .outerjoin(conversations, _same(conversations, messages.c.conversation_id))
        .outerjoin(candidates, _same(candidates, conversations.c.candidate_id))
        .where(table.c.organisation_id == tenant.organisation_id)
    )


def _same(other: Any, key: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(other.c.organisation_id == table.c.organisation_id, other.c.id == key)


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.id,
        at=row.at,
        kind=row.kind,
        segments=row.segments,
        balance=row.balance,
        author=row.author,
        note=row.note,
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        candidate_id=row.candidate_id,
        name=row.name,
        number=row.candidate_number,
        source=row.source,
    )
