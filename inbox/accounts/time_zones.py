"""Time zones by their IANA names."""

from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from inbox.errors import Invalid
from inbox.languages import _


def named(name: str) -> ZoneInfo:
    """The zone of a name such as "Australia/Melbourne"; raises Invalid for the field `time_zone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid({"time_zone": _("There is no time zone named “%(name)s”.", name=name)}) from error


@cache
def names() -> tuple[str, ...]:
    """What people choose from: the zones of places, by name."""
    continents = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
    return ("UTC", *sorted(name for name in available_timezones() if name.split("/")[0] in continents))
