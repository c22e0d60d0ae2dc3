"""Days, hours and numbers as a reader writes them. Names and orders are CLDR's (through Babel), looked up once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale

from inbox import clock
from inbox.languages.readers import Reader

STYLES = ("words", "month-first", "dots", "iso")
HOURS = (24, 12)

# Whose order of words stands for a style, where it is not the language's own.
_ORDERS = {("en", "words"): "en_AU", ("en", "month-first"): "en_US"}
_DIGITS = {"dots": ("{dd}.{mm}.", "{dd}.{mm}.{y}"), "iso": ("{mm}-{dd}", "{y}-{mm}-{dd}")}
_FIELDS = {"E": "{weekday}", "d": "{d}", "MMM": "{mon}", "MMMM": "{month}", "y": "{y}"}
_FIELD = re.compile(r"([Edy]|M{3,4})")


@dataclass(frozen=True, slots=True)
class _Style:
    """The patterns of one style in one language, for `str.format`, and the names that they need."""

    short: str
    short_with_year: str
    long: str
    long_with_year: str
    day: str
    day_with_year: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    halves: tuple[str, str]

    def write(self, pattern: str, day: date) -> str:
        """A day by one of the patterns."""
        return pattern.format(
            weekday=self.weekdays[day.weekday()],
            d=day.day,
            dd=f"{day.day:02}",
            mm=f"{day.month:02}",
            mon=self.months_short[day.month - 1],
            month=self.months[day.month - 1],
            y=day.year,
        )


def styles(language: str) -> tuple[str, ...]:
    """The styles that people who read `language` may choose from."""
    return STYLES if language == "en" else tuple(style for style in STYLES if style != "month-first")


def example(style: str, reader: Reader) -> str:
    """A day in this style: "12 Mar 2026"."""
    written = _style(reader.language, style)
    return written.write(written.short_with_year, date(2026, 3, 12))


def number(value: int, reader: Reader) -> str:
    """A whole number in groups of three: "12,345"."""
    words = f"{value:,}".replace(",", _group(reader.language)) if abs(value) > 999 else str(value)
    return words.replace("-", "−")


def clock_time(at: datetime, zone: ZoneInfo, reader: Reader) -> str:
    """Hours and minutes: "14:02", "2:02 PM"."""
    return _clock(at.astimezone(zone), reader)


def hour(value: int, reader: Reader) -> str:
    """A full hour of the day: "08:00", "8:00 AM"."""
    return _clock(time(value), reader)


def row_time(at: datetime, zone: ZoneInfo, reader: Reader) -> str:
    """A list row's time: "14:02" today, "Wed" within six days, "3 Mar" this year, "3 Mar 2025" before.

    Absolute, since a relative time goes stale on a page that stays open.
    """
    local, today = at.astimezone(zone), clock.now().astimezone(zone)
    if local.date() == today.date():
        return _clock(local, reader)
    style = _style(reader.language, reader.dates)
    if timedelta(0) <= today.date() - local.date() <= timedelta(days=6):
        return style.weekdays[local.weekday()]
    return style.write(style.short if local.year == today.year else style.short_with_year, local)


def day(at: datetime, zone: ZoneInfo, reader: Reader) -> str:
    """A day separator's words: "Wed 11 March", with the year when it is not this one."""
    local, today = at.astimezone(zone), clock.now().astimezone(zone)
    style = _style(reader.language, reader.dates)
    return style.write(style.day if local.year == today.year else style.day_with_year, local)


def full(at: datetime, zone: ZoneInfo, reader: Reader) -> str:
    """Everything, for details: "Wed 11 March 2026, 14:02"."""
    local, style = at.astimezone(zone), _style(reader.language, reader.dates)
    return f"{style.write(style.day_with_year, local)}, {_clock(local, reader)}"


def moment(at: datetime, zone: ZoneInfo, reader: Reader) -> str:
    """A log's time: "12 March, 14:02:07" today, "11 March, 14:02" before, with the year when it is not this one."""
    local, today = at.astimezone(zone), clock.now().astimezone(zone)
    style = _style(reader.language, reader.dates)
    pattern = style.long if local.year == today.year else style.long_with_year
    return f"{style.write(pattern, local)}, {_clock(local, reader, seconds=local.date() == today.date())}"


def date_words(on: date, reader: Reader, *, year: bool) -> str:
    """A day without its weekday: "11 March", "11 March 2026"."""
    style = _style(reader.language, reader.dates)
    return style.write(style.long_with_year if year else style.long, on)


def short_words(on: date, reader: Reader) -> str:
    """A day where there is little room: "11 Mar"."""
    style = _style(reader.language, reader.dates)
    return style.write(style.short, on)


def day_words(on: date, reader: Reader) -> str:
    """A day with its weekday, without its year: "Wed 11 March"."""
    style = _style(reader.language, reader.dates)
    return style.write(style.day, on)


def first_words(on: date, reader: Reader) -> str:
    """The first of several days in one month whose last one names it: "1", "1.", but "March 1"."""
    style = _style(reader.language, reader.dates)
    before = style.long.partition("{month}")[0].strip() if "{month}" in style.long else ""
    return style.write(before or style.long, on)


def hands(at: time, reader: Reader) -> str:
    """A time of any day: "14:02", "2:02 PM"."""
    return _clock(at, reader)


def _clock(local: datetime | time, reader: Reader, *, seconds: bool = False) -> str:
    rest = f":{local.minute:02}:{local.second:02}" if seconds else f":{local.minute:02}"
    if reader.hours == 24:
        return f"{local.hour:02}{rest}"
    half = _style(reader.language, reader.dates).halves[local.hour >= 12]
    return f"{local.hour % 12 or 12}{rest} {half}"


@cache
def _style(language: str, name: str) -> _Style:
    locale = Locale.parse(language)
    weekdays, months = locale.days["stand-alone"]["abbreviated"], locale.months["format"]
    halves = locale.day_periods["format"]["abbreviated"]
    return _Style(
        **_patterns(language, name),
        weekdays=tuple(weekdays[number] for number in range(7)),
        months=tuple(months["wide"][number] for number in range(1, 13)),
        months_short=tuple(months["abbreviated"][number] for number in range(1, 13)),
        halves=(halves["am"], halves["pm"]),
    )


def _patterns(language: str, name: str) -> Mapping[str, str]:
    if name in _DIGITS:
        short, long = _DIGITS[name]
        day_words = "{weekday} " + long
        return {
            "short": short,
            "short_with_year": long,
            "long": long,
            "long_with_year": long,
            "day": day_words,
            "day_with_year": day_words,
        }
    locale = Locale.parse(_ORDERS.get((language, name), language))
    long, day_words = (str(locale.datetime_skeletons[skeleton]) for skeleton in ("MMMMd", "MMMMEd"))
    with_year = str(locale.date_formats["long"])
    return {
        "short": _fields(str(locale.datetime_skeletons["MMMd"])),
        "short_with_year": _fields(str(locale.datetime_skeletons["yMMMd"])),
        "long": _fields(long),
        "long_with_year": _fields(with_year),
        "day": _fields(day_words),
        "day_with_year": _fields(day_words.replace(long, with_year)),
    }


def _fields(pattern: str) -> str:
    """A pattern of CLDR's as one of Python's; those that are asked for have no quoted text."""
    return _FIELD.sub(lambda match: _FIELDS[match.group()], pattern)


@cache
def _group(language: str) -> str:
    return str(Locale.parse(language).number_symbols["latn"]["group"])
