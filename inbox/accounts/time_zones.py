"""Time zones by their IANA names."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from inbox.errors import Invalid


def named(name: str) -> ZoneInfo:
    """The zone of a name such as "Australia/Melbourne"; raises Invalid for the field `time_zone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid({"time_zone": f"There is no time zone named {name!r}."}) from error
