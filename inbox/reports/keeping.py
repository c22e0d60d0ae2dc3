"""Counts of days, kept ahead of those who ask, and in step with whatever changes a text of long ago.

Nothing is written for it when a text is sent or received. Each change of a text is an event of the log already, in the
same transaction, with a number in the order of the commits: what happened since the last time is read from there, and
the days of the texts concerned are counted anew. A day is counted whole, so it does not matter if it is counted twice.

The present day is kept by hours that are over. A day in which a text still waits to be sent is not kept, as only what
has been sent once is told of by an event. Where the zone of the organisation or the working hours of a company have
changed, what was counted is no more asked for, and counted anew. Months are summed of days that are kept (`months`).
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, exists, insert, or_, select

from inbox import clock
from inbox.accounts import working_hours
from inbox.messaging import outcomes
from inbox.reports import changes, months, sums, tallies
from inbox.reports.changes import Changes
from inbox.reports.tallies import Span
from inbox.reports.units import WHOLE, Rule, Unit, rules
from inbox.storage.columns import db_later
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import (
    event_counters,
    messages,
    organisations,
    report_cursors,
    report_days,
    report_losses,
    report_months,
    report_moves,
)


async def behind(database: Database) -> Sequence[int]:
    """The organisations in which something happened since they were last counted."""
    rows = await database.fetch_all(
        select(event_counters.c.organisation_id)
        .outerjoin(report_cursors, report_cursors.c.organisation_id == event_counters.c.organisation_id)
        .where(or_(report_cursors.c.seq.is_(None), report_cursors.c.seq < event_counters.c.seq))
    )
    return [row.organisation_id for row in rows]


async def organisations_of(database: Database) -> Sequence[int]:
    """All organisations."""
    return [row.id for row in await database.fetch_all(select(organisations.c.id).order_by(organisations.c.id))]


async def everything(tenant: Tenant) -> None:
    """Count all that there is to count, however long it takes."""
    while not await catch_up(tenant, seconds=60.0):
        pass


async def catch_up(tenant: Tenant, *, seconds: float = 2.0) -> bool:
    """Count what has changed and what has not been counted yet, for so long; False when something is left.

    Several may do it at once: only one moves the cursor on, and what the others counted is thrown away.
    """
    ends, known = time.monotonic() + seconds, await rules(tenant)
    news = await changes.since(tenant)
    if news.is_lost:
        return await _begin_anew(tenant, news)
    kept = await _kept(tenant, known)
    changed = sorted(_units_of(news.quarters, known) & kept)
    if news.is_new and not await _store(tenant, known, changed, news):
        return False
    stands, over = replace(news, after=news.upto, moves=(), losses=(), quarters=frozenset()), await _over(tenant, known)
    for unit in over:
        if unit not in kept and (time.monotonic() > ends or not await _store(tenant, known, [unit], stands)):
            return False
    return await _sum_months(tenant, known, over, stands, ends) and news.is_all


async def _begin_anew(tenant: Tenant, news: Changes) -> bool:
    """Events that were never read are gone: all is counted again."""
    async with tenant.transaction():
        for table in (report_months, report_days, report_cursors):
            await tenant.execute(delete(table).where(table.c.organisation_id == tenant.organisation_id))
        await tenant.execute(insert(report_cursors).values(organisation_id=tenant.organisation_id, seq=news.upto))
    return False


async def _kept(tenant: Tenant, known: dict[str, Rule]) -> set[Unit]:
    rows = await tenant.fetch_all(
        select(report_days.c.company_id, report_days.c.day, report_days.c.hour, report_days.c.counted_by).where(
            report_days.c.organisation_id == tenant.organisation_id
        )
    )
    return {
        Unit(row.company_id, date.fromisoformat(row.day), row.hour)
        for row in rows
        if row.counted_by == known[row.company_id].words
    }


def _units_of(quarters: Iterable[tuple[str, datetime]], known: dict[str, Rule]) -> set[Unit]:
    """Every unit that could have counted what was written in these quarters of an hour."""
    found = set()
    for company_id, at in quarters:
        day, hour = known[company_id].place(at)
        found |= {Unit(company_id, day), Unit(company_id, day, hour)}
    return found


async def _over(tenant: Tenant, known: dict[str, Rule]) -> list[Unit]:
    """What is over since the first text of each company, the newest first."""
    found: list[Unit] = []
    for company_id, rule in known.items():
        first: datetime | None = await tenant.fetch_val(
            select(messages.c.at)
            .where(messages.c.organisation_id == tenant.organisation_id, messages.c.company_id == company_id)
            .order_by(messages.c.at)
            .limit(1)
        )
        if first is not None:
            found += _units_since(company_id, rule, first)
    return sorted(found, key=lambda unit: (unit.day, unit.hour), reverse=True)


def _units_since(company_id: str, rule: Rule, first: datetime) -> Iterator[Unit]:
    today, hour = rule.place(clock.now())
    day = rule.place(first)[0]
    while day < today:
        yield Unit(company_id, day)
        day += timedelta(days=1)
    yield from (Unit(company_id, today, one) for one in range(hour))


async def _sum_months(
    tenant: Tenant, known: dict[str, Rule], over: Iterable[Unit], stands: Changes, ends: float
) -> bool:
    """Sum the months whose days are all kept; False when something is left."""
    wanted = months.over((unit.company_id, unit.day) for unit in over if unit.hour == WHOLE)
    missing = wanted.keys() - await months.kept(tenant, {company_id: rule.words for company_id, rule in known.items()})
    kept = await _kept(tenant, known) if missing else set()
    for month in sorted(missing, reverse=True):
        if not kept.issuperset(Unit(month.company_id, day) for day in wanted[month]):
            continue
        if time.monotonic() > ends:
            return False
        async with tenant.transaction():
            if not await _move_on(tenant, stands):
                return False
            await months.store(tenant, month, known[month.company_id].words, wanted[month])
    return True


async def _store(
    tenant: Tenant,
    known: dict[str, Rule],
    units: Sequence[Unit],
    news: Changes,
) -> bool:
    """Count some units, keep them and move the cursor on; False when another worker was faster."""
    rows = [(unit, await _count(tenant, unit, known[unit.company_id])) for unit in units]
    touched = {*units, *_units_of(news.quarters, known)}
    async with tenant.transaction():
        if not await _move_on(tenant, news):
            return False
        await months.forget(tenant, {months.of(unit.company_id, unit.day) for unit in touched})
        for unit, values in rows:
            await _replace(tenant, unit, values)
        for table, ids in ((report_moves, news.moves), (report_losses, news.losses)):
            if ids:
                mine = table.c.organisation_id == tenant.organisation_id
                await tenant.execute(delete(table).where(mine, table.c.id.in_(ids)))
    return True


async def _move_on(tenant: Tenant, news: Changes) -> bool:
    """Move the cursor, which nobody else does until the transaction ends; False when another worker was faster."""
    stood = and_(report_cursors.c.organisation_id == tenant.organisation_id, report_cursors.c.seq == news.after)
    moved = report_cursors.update().where(stood).values(seq=news.upto)
    return await tenant.fetch_one(moved.returning(report_cursors.c.seq)) is not None


async def _replace(tenant: Tenant, unit: Unit, values: dict[str, Any] | None) -> None:
    key = {"organisation_id": tenant.organisation_id, "company_id": unit.company_id, "day": unit.day.isoformat()}
    same = [report_days.c[name] == value for name, value in key.items()]
    if unit.hour != WHOLE:
        same.append(report_days.c.hour == unit.hour)
    await tenant.execute(delete(report_days).where(*same))
    if values is not None:
        await tenant.execute(insert(report_days).values(**key, hour=unit.hour, **values))


async def _count(tenant: Tenant, unit: Unit, rule: Rule) -> dict[str, Any] | None:
    """The columns of a unit; None while a text of it waits to be sent, or was taken for it a moment ago."""
    span = Span(unit.company_id, *rule.bounds(unit.day, unit.hour))
    waits = or_(outcomes.is_outcome("queued"), messages.c.claimed_at > db_later(-_SETTLES_SECONDS))
    if await tenant.fetch_val(select(exists().where(*tallies.within(tenant, span), waits))):
        return None
    texts = sums.add_texts((await tallies.texts(tenant, span)).values())
    rates = await tallies.rates(tenant, span, working_hours.read(rule.hours), rule.zone)
    return {
        "counted_by": rule.words,
        "texts": sums.pack_texts(texts),
        "people": sums.pack_people(await tallies.people(tenant, span)),
        "rates": sums.pack_rates(rates),
    }


_SETTLES_SECONDS = 300.0
"""Longer than a text is held by a worker: only then all facts of it are there."""
