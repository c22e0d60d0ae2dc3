"""The numbers of some days: those that were kept, and what has to be counted now, added up.

Now is counted what was written today since the last full hour, hours of today in which something has changed since they
were kept, days that are not kept, and all of it for those who see only a part of a company's conversations.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pyroaring import BitMap
from sqlalchemy import func, select

from inbox import clock
from inbox.accounts import working_hours
from inbox.reports import changes, months, sums, tallies, units
from inbox.reports.sums import People, Rates, Texts
from inbox.reports.tallies import Span
from inbox.reports.units import WHOLE, Rule
from inbox.storage.database import Tenant
from inbox.storage.tables import messages, report_days

Column = Literal["texts", "people", "rates"]
_QUARTER = 900


@dataclass(frozen=True, slots=True)
class Days:
    """[start, end) in UTC, None where a side is open, of a company, or of all."""

    start: datetime | None
    end: datetime | None
    zone: ZoneInfo
    company_id: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    kept: Sequence[tuple[date, bytes]]
    """Hours, days and, of what is not asked for by day, months, each by the day on which it begins."""
    live: Sequence[Span]


async def texts(tenant: Tenant, days: Days) -> dict[date, Texts]:
    """How many texts came how far, by day."""
    found, by_day = await _find(tenant, days, "texts"), dict[date, list[Texts]]()
    for day, stored in found.kept:
        by_day.setdefault(day, []).append(sums.unpack_texts(stored))
    for span in found.live:
        for quarter, counted in (await tallies.texts(tenant, span)).items():
            day = datetime.fromtimestamp(quarter * _QUARTER, UTC).astimezone(days.zone).date()
            by_day.setdefault(day, []).append(counted)
    return {day: total for day, many in by_day.items() if (total := sums.add_texts(many))}


async def people(tenant: Tenant, days: Days) -> People:
    """Which candidates got how far."""
    found = await _find(tenant, days, "people")
    live = [await tallies.people(tenant, span) for span in found.live]
    return sums.add_people([*(sums.unpack_people(stored) for _, stored in found.kept), *live])


async def rates(tenant: Tenant, days: Days) -> Rates:
    """What became of texts, by who and what sent them."""
    found, rule = await _find(tenant, days, "rates"), await _rule(tenant, days)
    hours = working_hours.read(rule.hours)
    live = [await tallies.rates(tenant, span, hours, rule.zone) for span in found.live]
    return sums.add_rates([*(sums.unpack_rates(stored) for _, stored in found.kept), *live])


def of_usage(groups: People, usage: str, place: int) -> BitMap:
    """Those of one usage, or of "all"."""
    chosen = [many[place] for source, many in groups.items() if usage in ("all", source)]
    return BitMap.union(*chosen) if chosen else BitMap()


async def _rule(tenant: Tenant, days: Days) -> Rule:
    known = await units.rules(tenant)
    return known[days.company_id] if days.company_id else next(iter(known.values()))


async def _find(tenant: Tenant, days: Days, column: Column) -> _Found:
    everything = Span(days.company_id, days.start, days.end)
    is_part = tenant.only_of is not None or tenant.only_conversation is not None
    if is_part or days.company_id is None:
        return _Found((), (everything,))
    rule = await _rule(tenant, days)
    first, last = await _first(tenant, rule, days), rule.place(clock.now())[0]
    if days.end is not None:
        last = min(last, rule.place(days.end - timedelta(microseconds=1))[0])
    if first is None or not _is_of_days(rule, days):
        return _Found((), (everything,))
    summed = {} if column == "texts" else await _months(tenant, rule, days, last, column)
    kept = await _kept(tenant, rule, days.company_id, (first, last), column, summed)
    used, spans = [(date.fromisoformat(f"{month}-01"), stored) for month, stored in summed.items()], list[Span]()
    for (day, hour), (begins, ends) in _units(rule, first, last):
        if f"{day:%Y-%m}" in summed:
            continue
        if (day, hour) in kept:
            used.append((day, kept[day, hour]))
        elif spans and spans[-1].end == begins:
            spans[-1] = Span(days.company_id, spans[-1].start, ends)
        else:
            spans.append(Span(days.company_id, begins, ends))
    return _Found(used, _open(spans, days))


def _open(spans: list[Span], days: Days) -> list[Span]:
    """The last span goes on for as long as it is asked for, as the clock of the database may be ahead of ours."""
    if spans and days.end is None:
        spans[-1] = Span(spans[-1].company_id, spans[-1].start, None)
    return spans


def _units(rule: Rule, first: date, last: date) -> Iterator[tuple[tuple[date, int], tuple[datetime, datetime]]]:
    """The days from the first to the last one, and the hours of today."""
    today = rule.place(clock.now())[0]
    day = first
    while day <= last:
        hours = range(_hours(rule, day)) if day == today else (WHOLE,)
        yield from (((day, hour), rule.bounds(day, hour)) for hour in hours)
        day += timedelta(days=1)


def _hours(rule: Rule, day: date) -> int:
    begins, ends = rule.bounds(day, WHOLE)
    return -int((begins - ends).total_seconds() // 3600)


async def _months(
    tenant: Tenant, rule: Rule, days: Days, last: date, column: Literal["people", "rates"]
) -> Mapping[str, bytes]:
    """Those that are kept and wholly asked for; without a company there are none."""
    if days.company_id is None:
        return {}
    start = rule.place(days.start)[0] if days.start else None
    return await months.of_days(tenant, days.company_id, rule.words, start, last, column)


async def _kept(
    tenant: Tenant,
    rule: Rule,
    company_id: str,
    between: tuple[date, date],
    column: Column,
    summed: Collection[str],
) -> dict[tuple[date, int], bytes]:
    """The days of these, and hours of today, by when they begin; without those of the months that are summed."""
    (first, last), today = between, rule.place(clock.now())[0]
    rows = await tenant.fetch_all(
        select(report_days.c.day, report_days.c.hour, report_days.c[column]).where(
            report_days.c.organisation_id == tenant.organisation_id,
            report_days.c.company_id == company_id,
            report_days.c.day >= first.isoformat(),
            report_days.c.day <= last.isoformat(),
            report_days.c.counted_by == rule.words,
            func.substr(report_days.c.day, 1, 7).not_in(sorted(summed)),
        )
    )
    kept = {(date.fromisoformat(row.day), row.hour): row[2] for row in rows}
    if last == today:
        news = await changes.since(tenant)
        stale = {(today, hour) for _, at in news.quarters for day, hour in [rule.place(at)] if day == today}
        if news.is_lost or not news.is_all:
            stale = {key for key in kept if key[0] == today}
        kept = {key: stored for key, stored in kept.items() if key not in stale}
    return kept


async def _first(tenant: Tenant, rule: Rule, days: Days) -> date | None:
    """The first day on which something was written, of those that are asked for; None when nothing ever was."""
    first: datetime | None = await tenant.fetch_val(
        select(messages.c.at)
        .where(messages.c.organisation_id == tenant.organisation_id, messages.c.company_id == days.company_id)
        .order_by(messages.c.at)
        .limit(1)
    )
    if first is None:
        return None
    return rule.place(max(first, days.start) if days.start else first)[0]


def _is_of_days(rule: Rule, days: Days) -> bool:
    """Whether whole days of the organisation are asked for."""
    return days.zone.key == rule.zone.key and all(
        at is None or at == rule.midnight(rule.place(at)[0]) for at in (days.start, days.end)
    )
