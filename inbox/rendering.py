"""Jinja templates: the one environment, its filters for times and numbers, and `render`."""

from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from inbox import clock
from providers import phone

ROOT = Path(__file__).resolve().parent.parent

_environment = Environment(
    loader=FileSystemLoader(ROOT / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(name: str, **context: Any) -> str:
    """The template `name` (a path below templates/) filled with `context`, as HTML text."""
    return _template(name).render(context)


@cache
def _template(name: str) -> Template:
    return _environment.get_template(name)


def clock_time(at: datetime, zone: ZoneInfo) -> str:
    """Hours and minutes in the reader's zone: "14:02"."""
    return at.astimezone(zone).strftime("%H:%M")


def row_time(at: datetime, zone: ZoneInfo) -> str:
    """A list row's time: "14:02" today, "Wed" within six days, "3 Mar" this year, "3 Mar 2025" before.

    Absolute, since a relative time goes stale on a page that stays open.
    """
    local, today = at.astimezone(zone), clock.now().astimezone(zone)
    if local.date() == today.date():
        return local.strftime("%H:%M")
    if timedelta(0) <= today.date() - local.date() <= timedelta(days=6):
        return local.strftime("%a")
    if local.year == today.year:
        return f"{local.day} {local:%b}"
    return f"{local.day} {local:%b %Y}"


def day(at: datetime, zone: ZoneInfo) -> str:
    """A day separator's words: "Wed 11 March", with the year when it is not this one."""
    local, today = at.astimezone(zone), clock.now().astimezone(zone)
    words = f"{local:%a} {local.day} {local:%B}"
    return words if local.year == today.year else f"{words} {local.year}"


def full_time(at: datetime, zone: ZoneInfo) -> str:
    """Everything, for details: "Wed 11 March 2026, 14:02"."""
    local = at.astimezone(zone)
    return f"{local:%a} {local.day} {local:%B %Y, %H:%M}"


def moment(at: datetime, zone: ZoneInfo) -> str:
    """A log's time: "14:02:07" today, "11 March, 14:02" before, with the year when it is not this one."""
    local, today = at.astimezone(zone), clock.now().astimezone(zone)
    if local.date() == today.date():
        return local.strftime("%H:%M:%S")
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%B}{year}, {local:%H:%M}"


def when(at: datetime, zone: ZoneInfo) -> str:
    """A moment within a sentence: "at 14:02" today, else "on Wed 11 March at 14:02"."""
    local = at.astimezone(zone)
    if local.date() == clock.now().astimezone(zone).date():
        return f"at {local:%H:%M}"
    return f"on {day(at, zone)} at {local:%H:%M}"


def local_input(at: datetime, zone: ZoneInfo) -> str:
    """A moment for a field of the kind datetime-local, which shows the hands of a clock in `zone`."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def capped(number: int) -> str:
    """A count for a badge: "99+" above 99."""
    return "99+" if number > 99 else str(number)


_environment.filters.update(
    clock=clock_time,
    row_time=row_time,
    day=day,
    full=full_time,
    moment=moment,
    when=when,
    local_input=local_input,
    iso=datetime.isoformat,
    readable=phone.readable,
    capped=capped,
)


def set_global(name: str, value: Any) -> None:
    """Give every template a name, such as the function that finds static files; called once at start."""
    _environment.globals[name] = value
