"""Who reads: a language, a time zone, and a way to write days and hours. Never a global: a rendering has one."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from zoneinfo import ZoneInfo

# In their own words, as a reader looks for them; each but English has a catalogue in `inbox/locale`.
LANGUAGES = {"en": "English", "de": "Deutsch"}


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom something is rendered. Equal readers share every rendering."""

    zone: str = "UTC"
    language: str = "en"
    dates: str = "words"
    """One of `dates.STYLES`."""
    hours: int = 24
    """24, or 12 with AM and PM."""

    @property
    def zone_info(self) -> ZoneInfo:
        """The time zone itself."""
        return ZoneInfo(self.zone)

    @property
    def place(self) -> str:
        """The time zone as people say it: "Melbourne"."""
        return self.zone.rpartition("/")[2].replace("_", " ")


ENGLISH = Reader()
_current = ContextVar("reader", default=ENGLISH)


def current() -> Reader:
    """The reader of what is being rendered."""
    return _current.get()


@contextmanager
def reading(reader: Reader) -> Iterator[None]:
    """Put sentences into words for `reader` within; nothing may be awaited there."""
    token = _current.set(reader)
    try:
        yield
    finally:
        _current.reset(token)


def preferred(accepted: str, default: str = "en") -> str:
    """The language of ours that a browser's Accept-Language asks for first (RFC 9110, 12.5.4), else `default`."""
    wanted = []
    for place, part in enumerate(accepted[:500].split(",")):
        tag, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        wanted.append((-quality, place, tag.strip().lower().partition("-")[0]))
    return next((tag for quality, _, tag in sorted(wanted) if quality < 0 and tag in LANGUAGES), default)
