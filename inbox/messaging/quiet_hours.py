"""When a candidate may be texted, by the clocks where they are: pure functions of a number, a place and a moment.

Where somebody is is told by the city of their profile, else by the number; a number that may be in several zones is
texted only when all of them allow it. The United States: 47 CFR 64.1200(c)(1), https://www.ecfr.gov/current/title-47/section-64.1200.
Australia: the Telecommunications (Telemarketing and Research Calls) Industry Standard 2017, on weekdays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from providers import phone

BY_COUNTRY = "country"
"""The setting that leaves the hours to the country of the number; other settings are hours, "08:00-21:00"."""

_EVERYWHERE = "08:00-21:00"
_OF_COUNTRY: Mapping[str, str] = {"US": "08:00-21:00", "AU": "09:00-20:00"}
# Where next to nobody lives, and which would leave a country hardly an hour.
_TINY = frozenset({"Australia/Eucla", "Australia/Lord_Howe", "Indian/Christmas", "Indian/Cocos"})
_MOST_DAYS = 3


@dataclass(frozen=True, slots=True)
class Quiet:
    """It is too early or too late there; `until` is UTC, `zone` the place that is waited for."""

    until: datetime
    zone: ZoneInfo

    @property
    def place(self) -> str:
        """The place in words: "Perth"."""
        return self.zone.key.rpartition("/")[2].replace("_", " ")


def quiet(number: str, city: str | None, setting: str | None, now: datetime, home: ZoneInfo) -> Quiet | None:
    """Whether `number` must not be texted at `now` (UTC), and until when; None when it may be, or nothing is set.

    `home` counts for numbers of which nothing is known.
    """
    if not setting:
        return None
    begins, ends = hours(setting, number)
    places = zones(number, city) or (home,)
    if all(_is_open(now, zone, begins, ends) for zone in places):
        return None
    for moment, zone in _openings(now, places, begins):
        if all(_is_open(moment, other, begins, ends) for other in places):
            return Quiet(moment, zone)
    return quiet(number, home.key, setting, now, home) if places != (home,) else None


def hours(setting: str, number: str) -> tuple[time, time]:
    """From when until when a number may be texted under this setting, by the clocks there."""
    if setting == BY_COUNTRY:
        setting = _OF_COUNTRY.get(phone.country_of(number), _EVERYWHERE)
    begins, _, ends = setting.partition("-")
    return time.fromisoformat(begins), time.fromisoformat(ends)


@lru_cache(maxsize=20_000)
def zones(number: str, city: str | None) -> tuple[ZoneInfo, ...]:
    """The zones in which whoever has this number may be; none when nothing is known."""
    possible = [name for name in phone.time_zones(number) if name not in _TINY]
    named = _named(city)
    if named is not None and (not possible or _is_near(named, possible)):
        return (ZoneInfo(named),)
    return tuple(ZoneInfo(name) for name in possible)


def _named(city: str | None) -> str | None:
    """The zone that is called after this city, or that has this name."""
    return _cities().get(city.strip().casefold()) if city else None


@lru_cache(maxsize=1)
def _cities() -> Mapping[str, str]:
    names = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    cities = {name.rpartition("/")[2].replace("_", " ").casefold(): name for name in names}
    return cities | {name.casefold(): name for name in names}


def _is_near(name: str, possible: Sequence[str]) -> bool:
    """Whether a zone is on a continent of the number: Melbourne in Australia, not the one in Florida."""
    return name.split("/", maxsplit=1)[0] in {other.split("/")[0] for other in possible}


def _is_open(moment: datetime, zone: ZoneInfo, begins: time, ends: time) -> bool:
    return begins <= moment.astimezone(zone).time() < ends


def _openings(now: datetime, places: Sequence[ZoneInfo], begins: time) -> list[tuple[datetime, ZoneInfo]]:
    """Every moment of the next days at which the hours begin in one of the places."""
    found = []
    for zone in places:
        today = now.astimezone(zone).date()
        for later in range(_MOST_DAYS):
            moment = datetime.combine(today + timedelta(days=later), begins, zone).astimezone(UTC)
            if moment > now:
                found.append((moment, zone))
    return sorted(found, key=lambda one: one[0])
