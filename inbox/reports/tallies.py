"""What reports count of some texts, in numbers that can be added up: of a day, of an hour, of whatever is asked for.

One place for what is counted. Days are counted ahead by it (`keeping`), the present one when it is asked for, and so is
everything for those who see only their own conversations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy import ColumnElement, and_, case, func, select

from inbox.accounts.working_hours import WorkingHours
from inbox.messaging import outcomes, reported
from inbox.reports import lengths
from inbox.reports.sums import People, Rates, Texts
from inbox.storage.columns import db_quarter
from inbox.storage.database import Tenant
from inbox.storage.sight import in_seen
from inbox.storage.tables import candidate_documents, conversations, messages

EVERY = "all"
"""Stands for no telling apart: all texts of a source."""
IN = "in"
"""Stands for the source of what candidates wrote."""


@dataclass(frozen=True, slots=True)
class Span:
    """Texts of a company, or of all, in [start, end) (UTC); None where a side is open."""

    company_id: str | None
    start: datetime | None
    end: datetime | None


_SENT, _FAILED = outcomes.is_outcome("sent"), outcomes.is_outcome("failed")
_RECEIVED = messages.c.direction == "in"
_NUMBERS = (
    _SENT,
    outcomes.is_outcome("delivered"),
    _FAILED,
    _RECEIVED,
)
_SOURCE = case((_RECEIVED, IN), else_=messages.c.source).label("source")


def within(tenant: Tenant, span: Span, table: Any = messages) -> list[ColumnElement[bool]]:
    """The condition on messages of the span, as far as they may be seen."""
    return [
        table.c.organisation_id == tenant.organisation_id,
        *([table.c.company_id == span.company_id] if span.company_id else []),
        *in_seen(tenant, table.c.conversation_id, of_one_company=span.company_id is not None),
        *([] if span.start is None else [table.c.at >= span.start]),
        *([] if span.end is None else [table.c.at < span.end]),
    ]


async def texts(tenant: Tenant, span: Span) -> dict[int, Texts]:
    """How many texts came how far, by the quarter of an hour (UTC) in which they were written."""
    quarter = db_quarter(messages.c.at).label("quarter")
    counted = _SENT | _RECEIVED
    rows = await tenant.fetch_all(
        select(
            quarter,
            _SOURCE,
            *(func.sum(case((one, 1), else_=0)).label(f"n{place}") for place, one in enumerate(_NUMBERS)),
            func.sum(case((counted, messages.c.segments), else_=0)).label("n4"),
        )
        .where(*within(tenant, span))
        .group_by(quarter, _SOURCE)
    )
    found: dict[int, Texts] = {}
    for row in rows:
        found.setdefault(row.quarter, {})[row.source] = [int(row[place]) for place in range(2, 7)]
    return found


async def people(tenant: Tenant, span: Span) -> People:
    """Which candidates got how far."""
    answered = and_(_SENT, outcomes.is_answered())
    flags = (_SENT, outcomes.is_outcome("delivered"), answered)
    rows = await tenant.fetch_all(
        select(
            messages.c.source,
            candidate_documents.c.id,
            *(func.max(case((one, 1), else_=0)).label(f"n{place}") for place, one in enumerate(flags)),
        )
        .select_from(messages)
        .join(conversations, _same(conversations, conversations.c.id, messages.c.conversation_id))
        .join(
            candidate_documents,
            _same(candidate_documents, candidate_documents.c.candidate_id, conversations.c.candidate_id),
        )
        .where(*within(tenant, span), _SENT)
        .group_by(messages.c.source, candidate_documents.c.id)
    )
    found: dict[str, list[list[int]]] = {}
    for row in rows:
        of_source = found.setdefault(row.source, [[], [], []])
        for place, ids in enumerate(of_source, 2):
            if row[place]:
                ids.append(row.id)
    return {source: [BitMap(ids) for ids in groups] for source, groups in found.items()}


async def rates(tenant: Tenant, span: Span, hours: WorkingHours, zone: ZoneInfo) -> Rates:
    """What became of texts, by who and what sent them, and how long candidates waited for answers."""
    found = Rates({}, {})
    keys = ("source", "author_id", "template_id", "origin_id", "job")
    answered = and_(_SENT, outcomes.is_answered())
    rows = await tenant.fetch_all(
        select(
            *(messages.c[key] for key in keys),
            *(func.sum(case((one, 1), else_=0)) for one in (_SENT, _FAILED, answered)),
        )
        .where(*within(tenant, span), messages.c.direction == "out")
        .group_by(*(messages.c[key] for key in keys))
    )
    for row in rows:
        _add(found, row, [int(row[5]), int(row[6]), int(row[7]), 0])
    for row in await tenant.fetch_all(
        select(*(reported.last.c[key] for key in keys), func.count())
        .select_from(messages)
        .join(reported.last, reported.IS_LAST)
        .where(*within(tenant, span), reported.IS_STOP)
        .group_by(*(reported.last.c[key] for key in keys))
    ):
        _add(found, row, [0, 0, 0, row[5]])
    await _time(tenant, span, hours, zone, found)
    return found


async def _time(tenant: Tenant, span: Span, hours: WorkingHours, zone: ZoneInfo, found: Rates) -> None:
    took: dict[str, tuple[list[float], list[float]]] = {}
    for row in await tenant.fetch_all(
        select(messages.c.author_id, messages.c.waited_since, messages.c.at).where(
            *within(tenant, span), reported.IS_ANSWER
        )
    ):
        every, worked = took.setdefault(row.author_id, ([], []))
        every.append((row.at - row.waited_since).total_seconds())
        worked.append(hours.between(row.waited_since, row.at, zone).total_seconds())
    found.answers |= {author: [lengths.counted(one) for one in both] for author, both in took.items()}


def _add(found: Rates, row: Any, numbers: Sequence[int]) -> None:
    """A row (source, author, template, origin, job) into each of the tables that it belongs to."""
    named: dict[str, str | None] = {EVERY: EVERY, "recruiter": row[1], "template": row[2], "job": row[4]}
    if row[0] in ("campaign", "workflow"):
        named[row[0]] = row[3]
    for by, key in named.items():
        if key:
            at = found.texts.setdefault(by, {}).setdefault(row[0], {}).setdefault(key, [0, 0, 0, 0])
            at[:] = map(sum, zip(at, numbers, strict=True))


def _same(table: Any, column: ColumnElement[Any], other: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(table.c.organisation_id == messages.c.organisation_id, column == other)
