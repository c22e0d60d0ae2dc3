"""The ledger of consents: who agreed to texts to a number, when, where and in which words, and who took it back.

Rows are only ever added, so what was known at any moment can be shown; the newest row of a number holds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, case, exists, func, insert, null, select

from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.storage.sight import with_seen
from inbox.storage.tables import candidate_numbers, candidates
from inbox.storage.tables import consents as table

Source = Literal["profile", "import", "text", "review", "record"]
SOURCES: Mapping[Source, str] = {
    "profile": _("Profile"),
    "import": _("Import"),
    "text": _("Text of the candidate"),
    "review": _("Opt-out that was none"),
    "record": _("Written down"),
}
MOST_WORDS = 500
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Consent:
    """One row of the ledger; `at` is UTC, `author` who wrote it down, "" for the candidate's own text."""

    id: int
    number: str
    given: bool
    source: Source
    words: str
    author: str
    at: datetime
    name: str | None = None
    """Of the candidate who has the number now; None for a number of nobody, or where it was not asked for."""
    candidate_id: str | None = None
    """Of the same, also where the number is shared."""


async def record(
    tenant: Tenant,
    number: str,
    *,
    source: Source,
    words: str,
    author: str = "",
    given: bool = True,
    at: datetime | None = None,
) -> None:
    """Add a row for a number (E.164), in the transaction of what it tells of.

    What was said at `at` (UTC) and is told only now is left out where something newer is known already.
    """
    row = _row(tenant, number, words, source, author) | {"given": given}
    if at is not None:
        newer = and_(table.c.organisation_id == tenant.organisation_id, table.c.number == number, table.c.at > at)
        if await tenant.fetch_val(select(exists().where(newer))):
            return
        row |= {"at": at}
    await tenant.execute(insert(table).values(row))


async def given_before(tenant: Tenant, number: str, moment: datetime) -> bool:
    """Whether a consent stood for this number before a moment (UTC)."""
    row = await tenant.fetch_one(
        _selected(tenant).where(table.c.number == number, table.c.at < moment).order_by(table.c.id.desc()).limit(1)
    )
    return row is not None and bool(row.given)


async def record_many(tenant: Tenant, agreed: Sequence[tuple[str, str]], *, source: Source, author: str) -> None:
    """Add a row for each (number, words) of consents that were given."""
    if agreed:
        rows = [_row(tenant, number, words, source, author) | {"given": True} for number, words in agreed]
        await tenant.execute(insert(table).values(rows))


async def of_candidate(tenant: Tenant, candidate_id: str) -> Sequence[Consent]:
    """The newest rows of all numbers of a candidate, newest first."""
    theirs = select(candidate_numbers.c.number).where(
        candidate_numbers.c.organisation_id == tenant.organisation_id,
        candidate_numbers.c.candidate_id == candidate_id,
        *with_seen(tenant, candidate_numbers.c.candidate_id),
    )
    query = _selected(tenant).where(table.c.number.in_(theirs)).order_by(table.c.id.desc()).limit(MOST_SHOWN)
    return [_read(row) for row in await tenant.fetch_all(query)]


async def standing(tenant: Tenant, numbers: Collection[str]) -> Mapping[str, Consent]:
    """The newest row of each of these numbers that has any."""
    newest = (
        select(func.max(table.c.id))
        .where(table.c.organisation_id == tenant.organisation_id, table.c.number.in_(sorted(numbers)))
        .group_by(table.c.number)
    )
    rows = await tenant.fetch_all(_selected(tenant).where(table.c.id.in_(newest))) if numbers else []
    return {row.number: _read(row) for row in rows}


async def page(tenant: Tenant, *, after: int = 0, most: int) -> Sequence[Consent]:
    """The ledger with the names of today, oldest first, behind the row `after`."""
    holder = and_(
        candidate_numbers.c.organisation_id == table.c.organisation_id,
        candidate_numbers.c.number == table.c.number,
        candidate_numbers.c.is_first,
    )
    others = candidate_numbers.alias("others")
    is_shared = exists().where(
        others.c.organisation_id == table.c.organisation_id, others.c.number == table.c.number, ~others.c.is_first
    )
    person = and_(
        candidates.c.organisation_id == candidate_numbers.c.organisation_id,
        candidates.c.id == candidate_numbers.c.candidate_id,
    )
    query = (
        select(
            table,
            case((is_shared, null()), else_=candidates.c.name).label("name"),
            candidates.c.id.label("candidate_id"),
        )
        .select_from(table.outerjoin(candidate_numbers, holder).outerjoin(candidates, person))
        .where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.id > after,
            *with_seen(tenant, candidate_numbers.c.candidate_id),
        )
        .order_by(table.c.id)
        .limit(most)
    )
    return [_read(row, row.name, row.candidate_id) for row in await tenant.fetch_all(query)]


def _row(tenant: Tenant, number: str, words: str, source: Source, author: str) -> dict[str, Any]:
    return {
        "organisation_id": tenant.organisation_id,
        "number": number,
        "source": source,
        "words": words,
        "author": author,
    }


def _selected(tenant: Tenant) -> Select[Any]:
    return select(table).where(table.c.organisation_id == tenant.organisation_id)


def _read(row: Any, name: str | None = None, candidate_id: str | None = None) -> Consent:
    given = bool(row.given)
    return Consent(row.id, row.number, given, row.source, row.words, row.author, row.at, name, candidate_id)
