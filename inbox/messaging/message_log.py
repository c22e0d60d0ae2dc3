"""Every message of an organisation in one list: by days, direction and source, and the failures by their reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, case, func, literal, or_, select, text, tuple_
from sqlalchemy.sql.elements import ColumnElement

from inbox.messaging import media, messages, outcomes, reported
from inbox.messaging.conversations import named
from inbox.messaging.media import Media
from inbox.messaging.messages import Message
from inbox.messaging.outcomes import Outcome
from inbox.messaging.places import key_of, place_of
from inbox.messaging.reported import By
from inbox.storage.database import Tenant
from inbox.storage.sight import in_seen, seen
from inbox.storage.tables import FAILED, candidates, conversations
from inbox.storage.tables import messages as table
from providers import phone
from providers.contract import DeliveryStatus
from providers.twilio.errors import Failure

PAGE, MANY = 50, 100

UNCONFIRMED, NO_CODE = "unconfirmed", "none"

Direction = Literal["all", "in", "out"]
Only = Literal["", "stops", "answers", "answered", "counted"]
Source = Literal["all", "person", "campaign", "workflow", "chatbot"]


@dataclass(frozen=True, slots=True)
class Log:
    """What of the log is shown: [start, end) in UTC, None where a side is open."""

    start: datetime | None = None
    end: datetime | None = None
    company_id: str | None = None
    """Whose messages; None: every company's."""
    direction: Direction = "all"
    source: Source = "all"
    by: tuple[By, str] | None = None
    """Only texts of this recruiter, template, campaign, workflow (its id) or job."""
    only: Only = ""
    """Only STOP, by the text before it; answers that somebody waited for; sent texts that were answered; texts whose
    segments count."""
    failed: bool = False
    outcome: Outcome | None = None
    """Of texts of ours only those that came so far."""
    reason: str = ""
    """Of failures only those of these codes, "30005,30006", or UNCONFIRMED; "" for all."""
    template_id: str = ""
    """Only texts that were written with this message template; "" for all."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A message with whom it was from or to."""

    message: Message
    candidate_id: str
    name: str
    number: str
    carries: str
    """What it carries beside its words: "2 pictures"; "" when nothing."""


@dataclass(frozen=True, slots=True)
class LogPage:
    """Entries newest first; `more` is the key of the next page."""

    entries: tuple[Entry, ...]
    more: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why texts did not arrive, how many, and what a log is narrowed to them by."""

    failure: Failure
    number: int
    key: str
    open: int = 0
    """How many of them somebody may still do something about: those that were not imported."""


async def page(tenant: Tenant, log: Log, *, before: str | None = None, most: int = PAGE) -> LogPage:
    """The newest entries, or those before the key `before`."""
    query = _listed(tenant, log).order_by(table.c.at.desc(), table.c.id.desc()).limit(most + 1)
    place = place_of(before)
    if place is not None:
        query = query.where(tuple_(table.c.at, table.c.id) < place)
    rows = await tenant.fetch_all(query)
    found = [messages.message_of(row) for row in rows[:most]]
    carried = await media.of_messages(tenant, found)
    entries = tuple(
        _entry(row, message, carried.get(message.id, ())) for row, message in zip(rows, found, strict=False)
    )
    last = entries[-1].message if len(rows) > most else None
    return LogPage(entries, key_of(last.at, last.id) if last else None)


async def reasons(tenant: Tenant, log: Log) -> Sequence[Reason]:
    """Why texts failed in these days, the most frequent first. Reads the failures only."""
    rows = await tenant.fetch_all(
        select(
            table.c.status,
            table.c.error_code,
            func.count().label("number"),
            func.sum(case((table.c.source == messages.HISTORY, 0), else_=1)).label("open"),
        )
        .where(
            table.c.organisation_id == tenant.organisation_id,
            text(FAILED),
            *within(log),
            *in_seen(tenant, table.c.conversation_id, of_one_company=log.company_id is not None),
        )
        .group_by(table.c.status, table.c.error_code)
    )
    found: dict[str, Reason] = {}
    for row in rows:
        failure = messages.failure_of(DeliveryStatus(row.status), row.error_code)
        key = UNCONFIRMED if row.status == DeliveryStatus.UNCONFIRMED else str(row.error_code or NO_CODE)
        known = found.get(failure.words, Reason(failure, 0, ""))
        keys = sorted({*filter(None, known.key.split(",")), key})
        found[failure.words] = Reason(failure, known.number + row.number, ",".join(keys), known.open + int(row.open))
    return sorted(found.values(), key=lambda reason: (-reason.number, reason.failure.words))


async def failures(tenant: Tenant, log: Log, *, most: int = MANY) -> int:
    """How many texts failed in these days, counted up to `most`."""
    found = (
        select(table.c.id)
        .where(
            table.c.organisation_id == tenant.organisation_id,
            text(FAILED),
            *within(log),
            *([table.c.source == log.source] if log.source != "all" else ()),
            *in_seen(tenant, table.c.conversation_id, of_one_company=log.company_id is not None),
        )
        .limit(most)
    )
    return int(await tenant.fetch_val(select(func.count()).select_from(found.subquery())))


def _listed(tenant: Tenant, log: Log) -> Select[Any]:
    query = (
        select(table, conversations.c.candidate_id, conversations.c.candidate_number, named.label("name"))
        .select_from(table)
        .join(conversations, _same(conversations, table.c.conversation_id))
        .join(candidates, _same(candidates, conversations.c.candidate_id))
        .where(table.c.organisation_id == tenant.organisation_id, *within(log), *seen(tenant))
    )
    if log.direction != "all":
        query = query.where(table.c.direction == log.direction)
    if log.only == "stops":
        query = query.join(reported.last, reported.IS_LAST).where(reported.IS_STOP)
    elif log.only == "answers":
        query = query.where(reported.IS_ANSWER)
    elif log.only == "answered":
        query = query.where(outcomes.is_outcome("sent"), outcomes.is_answered())
    elif log.only == "counted":
        query = query.where(or_(table.c.direction == "in", outcomes.is_outcome("sent")))
    ours = reported.last if log.only == "stops" else table
    if log.source != "all":
        query = query.where(ours.c.source == log.source)
    if log.template_id:
        query = query.where(table.c.template_id == log.template_id)
    if log.by is not None:
        query = query.where(reported.is_of(*log.by, table=ours))
    if log.outcome:
        query = query.where(outcomes.is_outcome(log.outcome))
    if log.failed:
        query = query.where(text(FAILED))
    if log.reason:
        query = query.where(_has_reason(log.reason))
    return query


def within(log: Log) -> list[ColumnElement[bool]]:
    """The condition of its company and its days on rows of `messages`."""
    days: list[ColumnElement[bool]] = []
    if log.company_id is not None:
        days.append(table.c.company_id == log.company_id)
    if log.start is not None:
        days.append(table.c.at >= log.start)
    if log.end is not None:
        days.append(table.c.at < log.end)
    return days


def _has_reason(key: str) -> ColumnElement[bool]:
    """The condition of a reason's key; what is no key finds nothing."""
    keys = set(key.split(","))
    codes = [int(code) for code in keys if code.isdecimal() and len(code) < 9]
    return or_(
        and_(table.c.status != DeliveryStatus.UNCONFIRMED, table.c.error_code.in_(codes)),
        and_(table.c.status != DeliveryStatus.UNCONFIRMED, table.c.error_code.is_(None), literal(NO_CODE in keys)),
        and_(table.c.status == DeliveryStatus.UNCONFIRMED, literal(UNCONFIRMED in keys)),
    )


def _same(other: Any, key: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(other.c.organisation_id == table.c.organisation_id, other.c.id == key)


def _entry(row: Any, message: Message, carried: Sequence[Media]) -> Entry:
    return Entry(
        message=message,
        candidate_id=row.candidate_id,
        name=row.name or phone.readable(row.candidate_number),
        number=row.candidate_number,
        carries=media.words([one.kind for one in carried]) if carried else "",
    )
