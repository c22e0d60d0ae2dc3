"""What became of a campaign: numbers, and behind each of them exactly the people that it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import Select, and_, case, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from inbox.automation.campaign_reasons import REASONS
from inbox.languages import _, known
from inbox.messaging import messages as message_rows
from inbox.messaging import outcomes
from inbox.storage.database import Tenant
from inbox.storage.sight import seen, with_seen
from inbox.storage.tables import campaign_recipients as table
from inbox.storage.tables import candidate_numbers, candidates, conversations, messages
from providers import phone
from providers.contract import DeliveryStatus

PAGE = 50

Group = Literal["all", "skipped", "waiting", "refused", "queued", "sent", "delivered", "failed", "replied", "opted_out"]
GROUPS: Sequence[Group] = get_args(Group)
STATE_WORDS: Mapping[str, str] = {
    "waiting": _("Not sent yet"),
    "skipped": _("Left out"),
    "refused": _("Not sent"),
    "queued": _("Queued"),
    "sent": _("Sent"),
}
"""How far somebody has come, whatever became of the text."""


@dataclass(frozen=True, slots=True)
class Results:
    """How many people are in each group; one who replied was also sent a text and maybe got it."""

    counts: Mapping[Group, int]
    skipped: Mapping[str, int]
    """Those who are left out, by the reason's code."""
    forecast: Mapping[str, int]
    """Those who wait and would have been held when they were written down, by the code of what holds them."""
    segments: int
    """Of all who get it, or got it."""

    @property
    def recipients(self) -> int:
        """How many get it, or got it."""
        return self.counts["all"] - self.counts["skipped"]


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody in a group, and how far their text has come."""

    candidate_id: str
    name: str
    number: str | None
    state: str
    words: str
    message_id: str
    conversation_id: str | None
    at: datetime | None


async def of(tenant: Tenant, campaign_id: str) -> Results:
    """The numbers as they are now."""
    columns = [func.sum(case((_is_in(group), 1), else_=0)).label(group) for group in GROUPS]
    in_all = case((table.c.state == "skipped", 0), else_=table.c.segments)
    row = await tenant.fetch_one(_joined(tenant, campaign_id, *columns, func.sum(in_all).label("segments")))
    skipped = await _by(tenant, campaign_id, "skipped", table.c.reason)
    forecast = await _by(tenant, campaign_id, "waiting", table.c.forecast)
    counts: dict[Group, int] = {group: int(getattr(row, group) or 0) for group in GROUPS}
    return Results(counts, skipped, forecast, int(row.segments or 0) if row else 0)


async def _by(tenant: Tenant, campaign_id: str, state: str, column: ColumnElement[Any]) -> dict[str, int]:
    """How many stand in a state for each value of a column, the most first."""
    rows = await tenant.fetch_all(
        select(column.label("value"), func.count().label("number"))
        .where(*_of(tenant, campaign_id), table.c.state == state, column.is_not(None))
        .group_by(column)
        .order_by(func.count().desc())
    )
    return {one.value: one.number for one in rows}


async def page(
    tenant: Tenant, campaign_id: str, group: Group, *, reason: str = "", after: str | None = None, most: int = PAGE
) -> tuple[Sequence[Recipient], str | None]:
    """The people of a group, those behind the candidate `after`; the id to ask the next page with."""
    number = (
        select(candidate_numbers.c.number)
        .where(
            candidate_numbers.c.organisation_id == table.c.organisation_id,
            candidate_numbers.c.candidate_id == table.c.candidate_id,
        )
        .order_by(candidate_numbers.c.created_at.desc(), candidate_numbers.c.number)
        .limit(1)
        .correlate(table)
        .scalar_subquery()
    )
    query = _joined(
        tenant,
        campaign_id,
        table,
        candidates.c.name,
        number.label("number"),
        messages.c.status,
        messages.c.error_code,
        messages.c.conversation_id,
        messages.c.at.label("written_at"),
    ).join(
        candidates,
        and_(candidates.c.organisation_id == table.c.organisation_id, candidates.c.id == table.c.candidate_id),
    )
    query = query.where(_is_in(group)).order_by(table.c.candidate_id).limit(most + 1)
    if reason:
        query = query.where(or_(table.c.reason == reason, table.c.forecast == reason))
    if after is not None:
        query = query.where(table.c.candidate_id > after)
    rows = await tenant.fetch_all(query)
    found = [_recipient(row) for row in rows[:most]]
    return found, found[-1].candidate_id if len(rows) > most else None


def _is_in(group: Group) -> ColumnElement[bool]:
    has_text = messages.c.id.is_not(None)
    match group:
        case "all":
            return table.c.campaign_id.is_not(None)
        case "skipped" | "waiting" | "refused":
            return and_(table.c.state == group, ~has_text)
        case "queued" | "sent" | "delivered" | "failed":
            return and_(has_text, outcomes.is_outcome(group))
        case "replied":
            return and_(has_text, outcomes.is_answered())
        case "opted_out":
            return and_(has_text, conversations.c.opted_out_at >= messages.c.at)


def _joined(tenant: Tenant, campaign_id: str, *columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(table)
        .outerjoin(
            messages,
            and_(messages.c.organisation_id == table.c.organisation_id, messages.c.id == table.c.message_id),
        )
        .outerjoin(
            conversations,
            and_(
                conversations.c.organisation_id == messages.c.organisation_id,
                conversations.c.id == messages.c.conversation_id,
            ),
        )
        .where(*_of(tenant, campaign_id), *(or_(messages.c.id.is_(None), one) for one in seen(tenant)))
    )


def _of(tenant: Tenant, campaign_id: str) -> list[ColumnElement[bool]]:
    return [
        table.c.organisation_id == tenant.organisation_id,
        table.c.campaign_id == campaign_id,
        *with_seen(tenant, table.c.candidate_id),
    ]


def _recipient(row: Any) -> Recipient:
    return Recipient(
        candidate_id=row.candidate_id,
        name=row.name or (phone.readable(row.number) if row.number else _("No name")),
        number=row.number,
        state=row.state,
        words=_reason(row.state, row.reason) if row.status is None else _words(row.status, row.error_code),
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        at=row.written_at,
    )


def _reason(state: str, reason: str | None) -> str:
    """Why somebody has no text yet: those who are left out have a code, others a sentence."""
    return REASONS.get(reason or "", "") if state == "skipped" else known(reason or "")


def _words(status: str, error_code: int | None) -> str:
    if outcomes.has_failed(status):
        return known(message_rows.failure_of(DeliveryStatus(status), error_code).words)
    return outcomes.words(status)
