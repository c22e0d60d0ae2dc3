"""Moments as people type them into a `datetime-local` field, in their own zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from inbox import clock
from inbox.errors import Invalid
from inbox.languages import _

FURTHEST = timedelta(days=366)


def local(text: str, zone: ZoneInfo) -> datetime:
    """The moment (UTC) that was typed for `zone`; raises Invalid with a sentence for `at`.

    Refused are what is no time, what the clocks of the zone leave out in spring, the past, and more than a year away.
    Of two moments of the same name in autumn the first one is meant.
    """
    try:
        named = datetime.fromisoformat(text).replace(tzinfo=zone, fold=0)
    except ValueError:
        raise Invalid({"at": _("Enter a day and a time.")}) from None
    at = named.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != named.replace(tzinfo=None):
        raise Invalid({"at": _("The clocks go forward then, so there is no such time. Choose another one.")})
    if at <= clock.now():
        raise Invalid({"at": _("This time has passed. Choose a later one.")})
    if at - clock.now() > FURTHEST:
        raise Invalid({"at": _("Choose a time within a year from now.")})
    return at


def typed(at: datetime, zone: ZoneInfo) -> str:
    """A moment as the field shows it, to the minute."""
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M")
