"""Days that were counted ahead say what counting now says, whatever has happened to their texts meanwhile."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select, update

from inbox import clock
from inbox.candidates import people
from inbox.reports import keeping, reading, tallies, units
from inbox.reports.reading import Days
from inbox.storage import tables
from inbox.storage.database import Tenant
from tests.messaging.scene import Scene
from tests.reports.story import LONG_DAY, NUMBERS, SHORT_DAY, Story

pytestmark = pytest.mark.anyio


async def said(tenant: Tenant, days: Days) -> object:
    """All that a report says."""
    counted = await reading.rates(tenant, days)
    return (
        await reading.texts(tenant, days),
        {source: [set(group) for group in many] for source, many in (await reading.people(tenant, days)).items()},
        counted.texts,
        counted.answers,
    )


async def counted_now(tenant: Tenant, days: Days, monkeypatch: pytest.MonkeyPatch) -> object:
    """The same, of nothing that was kept."""
    span = tallies.Span(days.company_id, days.start, days.end)

    async def nothing_kept(*_: object) -> Any:
        return reading._Found((), (span,))

    with monkeypatch.context() as context:
        context.setattr(reading, "_find", nothing_kept)
        return await said(tenant, days)


def ranges(scene: Scene, zone: str, odd_day: datetime) -> list[Days]:
    """All, that day alone, and it with the one after: from midnight to midnight."""
    clocks = ZoneInfo(zone)
    rule = units.Rule(clocks, "")
    day = rule.place(odd_day + timedelta(hours=12))[0]
    ends = [rule.midnight(day + timedelta(days=more)) for more in (1, 2)]
    every = Days(None, None, clocks, scene.company.id)
    return [every, *(replace(every, start=rule.midnight(day), end=end) for end in ends)]


async def summed(tenant: Tenant) -> set[str]:
    """The months that were summed."""
    return {row.month for row in await tenant.fetch_all(select(tables.report_months.c.month))}


async def kept(tenant: Tenant) -> Sequence[Any]:
    """The days and hours that were counted ahead."""
    return await tenant.fetch_all(select(tables.report_days.c.day, tables.report_days.c.hour))


@pytest.mark.parametrize(("odd_day", "hours"), [(LONG_DAY, 25), (SHORT_DAY, 23)])
async def test_what_is_kept_is_what_counting_again_would_say(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, odd_day: datetime, hours: int
) -> None:
    tenant, story = scene.tenant, Story(scene, Random(hours), odd_day)
    now = odd_day + timedelta(hours=43)
    monkeypatch.setattr(clock, "now", lambda: now)

    async def agrees(zone: str = "Australia/Melbourne", *, most: int = 3) -> None:
        for days in ranges(scene, zone, odd_day)[:most]:
            assert await said(tenant, days) == await counted_now(tenant, days, monkeypatch)

    for number in NUMBERS:
        await people.create(tenant, name=None, number=number)
    for turn in range(3):
        for _ in range(12):
            await story.happens()
        if turn == 1:
            await story.is_one()
        await keeping.everything(tenant)
        await agrees(most=1 + turn)
    await story.settles()
    await keeping.everything(tenant)
    await agrees()
    assert {row.hour for row in await kept(tenant)} == {units.WHOLE, *range(43 - hours)}
    await tenant.execute(update(tables.organisations).values(time_zone="America/St_Johns"))
    await agrees("America/St_Johns", most=1)  # counted when it is asked for, then kept by the days of the new zone
    await keeping.everything(tenant)
    await agrees("America/St_Johns")
    await tenant.execute(delete(tables.events))
    await tenant.execute(update(tables.event_counters).values(seq=tables.event_counters.c.seq + 100))
    await tenant.execute(update(tables.messages).values(segments=2))
    await keeping.everything(tenant)  # what was never read is gone, so all of it is counted again
    await agrees("America/St_Johns", most=1)


async def test_a_month_that_is_over_is_the_sum_of_its_days_whatever_happens_to_a_text_of_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd_day = LONG_DAY if scene.tenant.database.dialect == "sqlite" else SHORT_DAY
    tenant, story, melbourne = scene.tenant, Story(scene, Random(7), odd_day), ZoneInfo("Australia/Melbourne")
    rule = units.Rule(melbourne, "")
    first = rule.place(odd_day)[0].replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    month, now = f"{first:%Y-%m}", rule.midnight(after) + timedelta(hours=5)
    monkeypatch.setattr(clock, "now", lambda: now)
    every = Days(None, None, melbourne, scene.company.id)
    ends = [(first, after), (first + timedelta(days=1), after), (first, after - timedelta(days=1))]
    asked = [replace(every, start=rule.midnight(start), end=rule.midnight(end)) for start, end in ends]

    async def agrees() -> None:
        for days in (every, *asked):
            assert await said(tenant, days) == await counted_now(tenant, days, monkeypatch)

    for number in NUMBERS:
        await people.create(tenant, name=None, number=number)
    for turn in range(3):
        for _ in range(10):
            await story.happens()
        if turn == 1:
            await story.is_one()
        await keeping.catch_up(tenant, seconds=0.0)  # it has read what happened, and counted nothing yet
        assert month not in await summed(tenant)
        await agrees()
        await story.settles()
        await keeping.everything(tenant)
        assert month in await summed(tenant)
        await agrees()
    whole = await reading.rates(tenant, asked[0])
    await tenant.execute(delete(tables.report_days))
    await tenant.execute(update(tables.messages).values(source="chatbot"))
    assert await reading.rates(tenant, asked[0]) == whole  # read from the month alone
    await tenant.execute(update(tables.organisations).values(time_zone="America/St_Johns"))
    elsewhere = replace(every, zone=ZoneInfo("America/St_Johns"))
    assert await said(tenant, elsewhere) == await counted_now(tenant, elsewhere, monkeypatch)
