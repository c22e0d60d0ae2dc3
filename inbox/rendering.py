"""Jinja templates: an environment for each language, the filters for times and numbers, and `render`."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_environment
from jinja2.filters import do_truncate

from inbox.languages import catalogues, dates, folding, moments, readers
from inbox.languages.readers import Reader
from inbox.languages.sentences import known, said
from providers import phone

ROOT = Path(__file__).resolve().parent.parent

_globals: dict[str, Any] = {}


def render(name: str, reader: Reader, /, **context: Any) -> str:
    """The template `name` (a path below templates/) filled with `context`, as HTML text in the words of `reader`.

    Templates know the reader as `reader`, the reader's time zone as `zone`.
    """
    with readers.reading(reader):
        return _template(name, reader.language).render({"reader": reader, "zone": reader.zone_info, **context})


@cache
def _template(name: str, language: str) -> Template:
    return _environment(language).get_template(name)


def local_input(at: datetime, zone: ZoneInfo) -> str:
    """A moment for a field of the kind datetime-local, which shows the hands of a clock in `zone`."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


def capped(number: int) -> str:
    """A count for a badge: "99+" above 99."""
    return "99+" if number > 99 else str(number)


def set_global(name: str, value: Any) -> None:
    """Give every template a name, such as the function that finds static files; called once at start."""
    _globals[name] = value
    for language in readers.LANGUAGES:
        _environment(language).globals[name] = value


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalogue = catalogues.of(language)
    environment.extend(catalogue=catalogue)
    environment.policies["ext.i18n.trimmed"] = True
    environment.add_extension(folding.Translated)
    environment.globals.update(folding.callables(catalogue), **_globals)
    environment.filters.update(
        clock=_for_reader(dates.clock_time),
        row_time=_for_reader(dates.row_time),
        day=_for_reader(dates.day),
        full=_for_reader(dates.full),
        moment=_for_reader(dates.moment),
        when=moments.when,
        known=known,
        number=_number,
        hour=_hour,
        local_input=local_input,
        iso=datetime.isoformat,
        readable=phone.readable,
        capped=capped,
        truncate=truncate,
    )
    return environment


def _for_reader(write: Callable[[datetime, ZoneInfo, Reader], str]) -> Callable[[datetime, ZoneInfo], str]:
    """The filter that writes a moment as the present reader does."""

    def filtered(at: datetime, zone: ZoneInfo) -> str:
        return write(at, zone, readers.current())

    return filtered


@pass_environment
def truncate(environment: Environment, text: str, length: int, killwords: bool = False) -> str:
    """Jinja's filter for sentences too, which it would cut in English: first into words, then to the length."""
    return do_truncate(environment, said(text, readers.current()), length, killwords)


def _number(value: int) -> str:
    return dates.number(value, readers.current())


def _hour(value: int) -> str:
    return dates.hour(value, readers.current())
