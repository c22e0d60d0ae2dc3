"""Counts of whole months, each the sum of its days, so that a year is a few rows of months and the days at its ends.

A month is summed when it is over and all its days are kept, and goes in the transaction in which one of them changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from sqlalchemy import and_, delete, insert, or_, select

from inbox.reports import sums
from inbox.reports.units import WHOLE
from inbox.storage.database import Tenant
from inbox.storage.tables import report_days
from inbox.storage.tables import report_months as table

Column = Literal["people", "rates"]


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a company, as "2026-04"."""

    company_id: str
    month: str


def of(company_id: str, day: date) -> Month:
    """The month that a day is in."""
    return Month(company_id, f"{day:%Y-%m}")


def over(days: Iterable[tuple[str, date]]) -> Mapping[Month, Sequence[date]]:
    """The months that end in these days of companies, with those of them that they have."""
    found: dict[Month, list[date]] = {}
    for company_id, day in days:
        found.setdefault(of(company_id, day), []).append(day)
    return {month: them for month, them in found.items() if _is_last(max(them))}


async def kept(tenant: Tenant, counted_by: Mapping[str, str]) -> set[Month]:
    """Those that are kept as companies, by their ids, count now."""
    rows = await tenant.fetch_all(
        select(table.c.company_id, table.c.month, table.c.counted_by).where(
            table.c.organisation_id == tenant.organisation_id
        )
    )
    return {Month(row.company_id, row.month) for row in rows if row.counted_by == counted_by[row.company_id]}


async def of_days(
    tenant: Tenant, company_id: str, counted_by: str, start: date | None, last: date, column: Column
) -> Mapping[str, bytes]:
    """A column of those that lie in these days, both included, by month; None: from the beginning."""
    ends = last if _is_last(last) else last.replace(day=1) - timedelta(days=1)
    begins = None if start is None else start if start.day == 1 else _next(start)
    rows = await tenant.fetch_all(
        select(table.c.month, table.c[column]).where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.company_id == company_id,
            table.c.counted_by == counted_by,
            table.c.month <= f"{ends:%Y-%m}",
            *([table.c.month >= f"{begins:%Y-%m}"] if begins else []),
        )
    )
    return {row.month: row[1] for row in rows}


async def store(tenant: Tenant, month: Month, counted_by: str, days: Sequence[date]) -> None:
    """Sum the days of a month and keep it, in a transaction in which nobody changes them; not if one is missing."""
    rows = await tenant.fetch_all(
        select(report_days.c.people, report_days.c.rates).where(
            report_days.c.organisation_id == tenant.organisation_id,
            report_days.c.company_id == month.company_id,
            report_days.c.day.in_([day.isoformat() for day in days]),
            report_days.c.hour == WHOLE,
            report_days.c.counted_by == counted_by,
        )
    )
    if len(rows) < len(days):
        return
    await forget(tenant, [month])
    await tenant.execute(
        insert(table).values(
            organisation_id=tenant.organisation_id,
            company_id=month.company_id,
            month=month.month,
            counted_by=counted_by,
            people=sums.pack_people(sums.add_people(sums.unpack_people(row.people) for row in rows)),
            rates=sums.pack_rates(sums.add_rates(sums.unpack_rates(row.rates) for row in rows)),
        )
    )


async def forget(tenant: Tenant, which: Iterable[Month]) -> None:
    """Keep these no more, in the transaction in which one of their days changes."""
    each = [and_(table.c.company_id == one.company_id, table.c.month == one.month) for one in sorted(set(which))]
    if each:
        await tenant.execute(delete(table).where(table.c.organisation_id == tenant.organisation_id, or_(*each)))


def _is_last(day: date) -> bool:
    return (day + timedelta(days=1)).day == 1


def _next(day: date) -> date:
    """The first day of the month after."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)
