"""When a company works: from when until when on each day of the week, on the clocks of its organisation."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from typing import TypeAlias
from zoneinfo import ZoneInfo

Day: TypeAlias = tuple[int, int]
"""The minutes of a day at which work begins and ends; 1440 is midnight."""
Span: TypeAlias = tuple[datetime, datetime]

FURTHEST_DAYS = 400
"""So far back the beginning of a wait is looked for."""
_MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """The hours of each day, Monday first; None: nobody works."""

    days: tuple[Day | None, ...]

    def written(self) -> str:
        """As they are stored."""
        return ",".join(f"{_clock(day[0])}-{_clock(day[1])}" if day else "" for day in self.days)

    def between(self, start: datetime, end: datetime, zone: ZoneInfo) -> timedelta:
        """How much of the time between two moments was worked, by clocks in `zone`; none when `end` is not later.

        Real time, so that a day on which the clocks are put forward or back is as long as it was.
        """
        first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        total = timedelta()
        for day in {first, last}:
            for begins, ends in self.spans(day, zone, days=1):
                total += max(timedelta(), min(end, ends) - max(start, begins))
        return total + self._whole_days(first + timedelta(days=1), last, zone)

    def start_of(self, worked: timedelta, end: datetime, zone: ZoneInfo) -> datetime | None:
        """The latest moment from which on so much was worked until `end`; None when that is too long ago."""
        left, day = worked, end.astimezone(zone).date()
        for back in range(FURTHEST_DAYS):
            for begins, ends in self.spans(day - timedelta(days=back), zone, days=1):
                until = min(ends, end)
                if until - begins >= left:
                    return until - left
                left -= max(timedelta(), until - begins)
        return None

    def next_spans(self, now: datetime, zone: ZoneInfo, *, most: int) -> list[Span]:
        """When work goes on or begins again after `now`: some spans of real time, in their order."""
        return [span for span in _coming(self, now.astimezone(zone).date(), zone) if span[1] > now][:most]

    def _whole_days(self, first: date, last: date, zone: ZoneInfo) -> timedelta:
        """What was worked from the day `first` on and before the day `last`."""
        total = timedelta()
        while first < last:
            until = min(last, date(first.year + 1, 1, 1))
            so_far = _so_far(self, first.year, zone)
            total += so_far[(until - date(first.year, 1, 1)).days] - so_far[first.timetuple().tm_yday - 1]
            first = until
        return total

    def spans(self, first: date, zone: ZoneInfo, *, days: int) -> Iterator[Span]:
        """When work is done on so many days from `first` on."""
        for number in range(days):
            day = first + timedelta(days=number)
            hours = self.days[day.weekday()]
            if hours is not None:
                yield _span(hours, day, zone)


@cache
def read(text: str) -> WorkingHours:
    """What `WorkingHours.written` made; there are as many as companies."""
    return WorkingHours(tuple(_day(part) for part in text.split(",")))


def minutes_of(typed: str) -> int | None:
    """A time of day such as "09:00", in minutes; None for anything else."""
    try:
        at = time.fromisoformat(typed)
    except ValueError:
        return None
    return None if at.tzinfo else at.hour * 60 + at.minute


def _day(part: str) -> Day | None:
    if not part:
        return None
    begins, _, ends = part.partition("-")
    hours = [int(clock[:2]) * 60 + int(clock[3:]) for clock in (begins, ends)]
    return hours[0], hours[1]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@lru_cache(maxsize=4096)
def _span(hours: Day, day: date, zone: ZoneInfo) -> Span:
    """The hours of one day as moments. Where the clocks leave the beginning out, work begins when they go on."""
    begins, ends = (_moment(day, minutes, zone) for minutes in hours)
    return begins, max(begins, ends)


@lru_cache(maxsize=256)
def _coming(week: WorkingHours, day: date, zone: ZoneInfo) -> tuple[Span, ...]:
    return tuple(week.spans(day, zone, days=9))


@lru_cache(maxsize=256)
def _so_far(week: WorkingHours, year: int, zone: ZoneInfo) -> tuple[timedelta, ...]:
    """What was worked of a year before each of its days and at its end: a list of long waits asks for many days."""
    so_far, day = [timedelta()], date(year, 1, 1)
    while day.year == year:
        hours = week.days[day.weekday()]
        begins, ends = _span(hours, day, zone) if hours else (datetime.min, datetime.min)
        so_far.append(so_far[-1] + (ends - begins))
        day += timedelta(days=1)
    return tuple(so_far)


def _moment(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    over, minutes = divmod(minutes, _MIDNIGHT)
    return datetime.combine(day + timedelta(days=over), time(*divmod(minutes, 60)), zone).astimezone(UTC)
