"""Working time between two moments: real hours on local clocks, also in the weeks in which the clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.accounts.working_hours import Day, WorkingHours, read
from inbox.storage.tables import companies

MELBOURNE = ZoneInfo("Australia/Melbourne")
OFFICE = read(companies.c.working_hours.server_default.arg)  # type: ignore[union-attr]
AROUND_THE_CLOCK = WorkingHours(((0, 1440),) * 7)

ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Australia/Melbourne", "Europe/London", "America/New_York", "UTC")]
)
# Two weeks around a change of the clocks in each of the zones, in the north and in the south.
CHANGES = [
    datetime(2026, month, day, tzinfo=UTC) for month, day in ((4, 4), (10, 3), (3, 28), (10, 24), (3, 7), (10, 31))
]
MOMENTS = st.builds(
    lambda change, minutes: change + timedelta(minutes=minutes), st.sampled_from(CHANGES), st.integers(-10_000, 10_000)
)


@st.composite
def hours(draw: st.DrawFn) -> WorkingHours:
    """Any week, with hours in the night too."""
    day = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda day: day[0] < day[1])
    days: list[Day | None] = draw(st.lists(st.none() | day, min_size=7, max_size=7))
    return WorkingHours(tuple(days))


def at(text: str) -> datetime:
    """A moment as a clock in Melbourne shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=MELBOURNE).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "end", "worked"),
    [
        ("2026-03-11T10:00", "2026-03-11T12:00", 2),  # a Wednesday
        ("2026-03-11T16:00", "2026-03-12T10:00", 2),
        ("2026-03-13T16:30", "2026-03-16T09:30", 1),  # over a weekend
        ("2026-03-14T10:00", "2026-03-15T20:00", 0),
        ("2026-03-11T18:00", "2026-03-11T08:00", 0),
        ("2026-10-02T16:00", "2026-10-05T10:00", 2),  # summer time begins on Sunday
        ("2026-03-02T09:00", "2026-04-06T09:00", 5 * 40),  # and ends on 5 April
    ],
)
def test_only_what_lies_within_the_hours_counts(start: str, end: str, worked: float) -> None:
    assert OFFICE.between(at(start), at(end), MELBOURNE) == timedelta(hours=worked)


def test_a_day_of_23_hours_and_one_of_25_are_as_long_as_they_were() -> None:
    for day, length in (("2026-10-04", 23), ("2026-04-05", 25), ("2026-03-11", 24)):
        start = at(f"{day}T00:00")
        tomorrow = at(f"{(datetime.fromisoformat(day) + timedelta(days=1)):%Y-%m-%d}T00:00")
        assert AROUND_THE_CLOCK.between(start, tomorrow, MELBOURNE) == timedelta(hours=length)


@given(week=hours(), one=MOMENTS, other=MOMENTS, third=MOMENTS, zone=ZONES)
def test_a_longer_wait_is_never_a_shorter_one_and_parts_add_up(
    week: WorkingHours, one: datetime, other: datetime, third: datetime, zone: ZoneInfo
) -> None:
    start, middle, end = sorted([one, other, third])
    whole, first, second = (week.between(*pair, zone) for pair in ((start, end), (start, middle), (middle, end)))
    if end - start < timedelta(days=300):
        assert whole == first + second
    assert timedelta() <= whole <= end - start
    assert whole >= second


@given(start=MOMENTS, minutes=st.integers(0, 20_000), zone=ZONES)
def test_around_the_clock_everything_counts(start: datetime, minutes: int, zone: ZoneInfo) -> None:
    end = start + timedelta(minutes=minutes)
    assert AROUND_THE_CLOCK.between(start, end, zone) == end - start


@given(week=hours(), end=MOMENTS, minutes=st.integers(1, 5_000), zone=ZONES)
def test_the_beginning_of_a_wait_of_so_long_is_found_and_is_the_latest(
    week: WorkingHours, end: datetime, minutes: int, zone: ZoneInfo
) -> None:
    worked = timedelta(minutes=minutes)
    start = week.start_of(worked, end, zone)
    if start is None:
        assert week.between(end - timedelta(days=390), end, zone) <= worked
        return
    assert week.between(start, end, zone) == worked
    assert week.between(start + timedelta(minutes=1), end, zone) < worked


@given(week=hours(), now=MOMENTS, zone=ZONES)
def test_the_next_spans_are_what_a_page_counts_on_with(week: WorkingHours, now: datetime, zone: ZoneInfo) -> None:
    spans = week.next_spans(now, zone, most=3)
    later = now + timedelta(hours=60)
    if (len(spans) == 3 and spans[-1][1] >= later) or len(spans) < 3:
        counted = sum((max(timedelta(), min(ends, later) - max(begins, now)) for begins, ends in spans), timedelta())
        assert counted == week.between(now, later, zone)


@given(week=hours())
def test_they_are_read_as_they_were_written(week: WorkingHours) -> None:
    assert read(week.written()) == week


def test_a_company_begins_with_the_office_hours_of_a_week() -> None:
    assert WorkingHours((*((540, 1020),) * 5, None, None)) == OFFICE
