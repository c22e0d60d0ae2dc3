"""Moments within sentences."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from inbox import clock
from inbox.languages import dates
from inbox.languages.sentences import Sentence, _


def clock_time(at: datetime, zone: ZoneInfo) -> Sentence:
    """Hours and minutes: "14:02"."""
    return Sentence(lambda reader: dates.clock_time(at, zone, reader))


def day(at: datetime, zone: ZoneInfo) -> Sentence:
    """A day: "Wed 11 March", with the year when it is not this one."""
    return Sentence(lambda reader: dates.day(at, zone, reader))


def when(at: datetime, zone: ZoneInfo) -> Sentence:
    """A moment: "at 14:02" today, else "on Wed 11 March at 14:02"."""
    if at.astimezone(zone).date() == clock.now().astimezone(zone).date():
        return _("at %(time)s", time=clock_time(at, zone))
    return _("on %(day)s at %(time)s", day=day(at, zone), time=clock_time(at, zone))


def date_words(on: date, *, year: bool = False) -> Sentence:
    """A day without its weekday: "11 March", "11 March 2026"."""
    return Sentence(lambda reader: dates.date_words(on, reader, year=year))


def day_words(on: date) -> Sentence:
    """A day with its weekday: "Wed 11 March"."""
    return Sentence(lambda reader: dates.day_words(on, reader))


def short_words(on: date) -> Sentence:
    """A day where there is little room: "11 Mar"."""
    return Sentence(lambda reader: dates.short_words(on, reader))


def first_words(on: date) -> Sentence:
    """The first day of several in one month, where the last one names it: "1", else "11 March"."""
    return Sentence(lambda reader: dates.first_words(on, reader))


def hands(at: time) -> Sentence:
    """A time of any day: "14:02"."""
    return Sentence(lambda reader: dates.hands(at, reader))
