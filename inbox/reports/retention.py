"""For how long candidates are kept after the last text, by the country of their number, and who is kept in any case."""

import calendar
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from inbox import clock
from inbox.errors import Invalid, NotFound, Refused
from inbox.languages import _
from inbox.reports import erasing
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import candidate_numbers, candidates, conversations, organisations
from inbox.storage.tables import retention_rules as table
from providers import phone

EVERYWHERE = ""
"""The country of the rule for all that have none of their own."""
MOST_MONTHS = 240
MOST_WHY = 200
ACTOR = "Retention rules"
_AT_ONCE = 500


async def rules(tenant: Tenant) -> Mapping[str, int]:
    """Months by country (ISO 3166, lower case).

    A country without a rule of its own follows EVERYWHERE; where that has none, candidates are kept.
    """
    rows = await tenant.fetch_all(
        select(table).where(table.c.organisation_id == tenant.organisation_id).order_by(table.c.country)
    )
    return {row.country: row.months for row in rows}


async def decide(tenant: Tenant, chosen: Mapping[str, int]) -> None:
    """Replace all rules; raises Invalid with a sentence by country."""
    wrong = {
        country: _("Enter a number of months from 1 to %(most)s.", most=MOST_MONTHS)
        for country, months in chosen.items()
        if not 1 <= months <= MOST_MONTHS
    }
    if wrong:
        raise Invalid(wrong)
    async with tenant.transaction():
        await tenant.execute(delete(table).where(table.c.organisation_id == tenant.organisation_id))
        for country, months in chosen.items():
            await tenant.execute(
                insert(table).values(organisation_id=tenant.organisation_id, country=country, months=months)
            )


async def hold(tenant: Tenant, candidate_id: str, why: str | None) -> None:
    """Keep everything of a candidate whatever the rules say, with the reason; None: no longer.

    Raises NotFound, and Invalid with a sentence for "why".
    """
    words = None if why is None else " ".join(why.split())
    if words is not None and not 1 <= len(words) <= MOST_WHY:
        raise Invalid({"why": _("Say why in 1 to %(most)s characters.", most=MOST_WHY)})
    found = await tenant.fetch_val(
        update(candidates)
        .where(candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id)
        .values(hold=words)
        .returning(candidates.c.id)
    )
    if found is None:
        raise NotFound


async def held(tenant: Tenant, candidate_id: str) -> str | None:
    """Why everything of a candidate is kept; None: it is not. Raises NotFound."""
    row = await tenant.fetch_one(
        select(candidates.c.hold).where(
            candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id
        )
    )
    if row is None:
        raise NotFound
    return row.hold  # type: ignore[no-any-return]


async def due(tenant: Tenant) -> AsyncIterator[str]:
    """The ids of the candidates whose time is over, those known longest first."""
    decided = await rules(tenant)
    if not decided:
        return
    now = clock.now()
    newest, after = before(now, min(decided.values())), ""
    while True:
        rows = await tenant.fetch_all(_known_before(tenant, newest, after))
        for row in rows:
            months = decided.get(_country(row.number), decided.get(EVERYWHERE))
            if months is not None and (row.last_at or row.created_at) < before(now, months):
                yield row.id
        if len(rows) < _AT_ONCE:
            return
        after = rows[-1].id


async def purge(tenant: Tenant, *, most: int | None = None) -> int:
    """Erase up to `most` of those whose time is over; how many. Who cannot be erased now stays until the next time."""
    number = 0
    async for candidate_id in due(tenant):
        if most is not None and number >= most:
            break
        try:
            await erasing.erase(tenant, candidate_id, actor=ACTOR, cause="retention")
        except Refused:
            continue
        number += 1
    return number


async def purge_all(database: Database, *, most: int) -> int:
    """`purge` for every organisation; how many in all."""
    rows: Sequence[Any] = await database.fetch_all(select(organisations.c.id).order_by(organisations.c.id))
    return sum([await purge(Tenant(database, row.id), most=most) for row in rows])


def before(moment: datetime, months: int) -> datetime:
    """So many calendar months earlier, at the last day of a month that is shorter (UTC)."""
    there = moment.astimezone(UTC)
    year, month = divmod(there.year * 12 + there.month - 1 - months, 12)
    day = min(there.day, calendar.monthrange(year, month + 1)[1])
    return there.replace(year=year, month=month + 1, day=day)


def _country(number: str | None) -> str:
    return phone.country_of(number).lower() if number else EVERYWHERE


def _known_before(tenant: Tenant, moment: datetime, after: str) -> Any:
    """Candidates in the order of their ids, which is that of their time, with their last text and a number."""
    theirs = and_(
        conversations.c.organisation_id == candidates.c.organisation_id, conversations.c.candidate_id == candidates.c.id
    )
    last_at = select(func.max(conversations.c.last_message_at)).where(theirs).scalar_subquery()
    number = (
        select(func.min(candidate_numbers.c.number))
        .where(
            candidate_numbers.c.organisation_id == candidates.c.organisation_id,
            candidate_numbers.c.candidate_id == candidates.c.id,
        )
        .scalar_subquery()
    )
    query = select(candidates.c.id, candidates.c.created_at, last_at.label("last_at"), number.label("number")).where(
        candidates.c.organisation_id == tenant.organisation_id,
        candidates.c.erased_at.is_(None),
        candidates.c.hold.is_(None),
        candidates.c.created_at < moment,
    )
    if after:
        query = query.where(candidates.c.id > after)
    return query.order_by(candidates.c.id).limit(_AT_ONCE)
