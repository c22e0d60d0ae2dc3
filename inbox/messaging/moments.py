"""A moment to come that somebody chose: by a word, or as the hands of their own clock show it."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from inbox import clock
from inbox.errors import Invalid
from inbox.languages import _, moments

FURTHEST = timedelta(days=366)
_MORNING, _NOON = time(8), time(13)


def _on(local: datetime, days: int, hour: time) -> datetime:
    return datetime.combine(local.date() + timedelta(days=days), hour, local.tzinfo)


# Their words stand on the buttons. A word means what it says when the button is pressed, on a page of yesterday too.
_WORDS: Mapping[str, Callable[[datetime], datetime]] = {
    "hour": lambda local: local.astimezone(UTC) + timedelta(hours=1),
    "morning": lambda local: _on(local, 1, _MORNING),
    "noon": lambda local: _on(local, 1, _NOON),
    "monday": lambda local: _on(local, 7 - local.weekday(), _MORNING),
    "week": lambda local: _on(local, 7, _MORNING),
}


def chosen(field: str, *, word: str, typed: str, zone: ZoneInfo) -> datetime:
    """The moment (UTC) that `word` or, without one, `typed` (such as "2026-11-30T08:00") means on a clock in `zone`.

    Raises Invalid for `field` when it is no time, is over, lies more than a year away, or when no clock in `zone`
    shows it because summer time begins. Of a time that comes twice the first one is meant.
    """
    local = clock.now().astimezone(zone)
    if word in _WORDS:
        return _WORDS[word](local).astimezone(UTC)
    moment = _moment(field, typed.strip(), zone)
    if moment <= local:
        raise Invalid(
            {
                field: _(
                    "That time is over. It is %(time)s in %(place)s.",
                    time=moments.clock_time(local, zone),
                    place=place(zone),
                )
            }
        )
    if moment > local + FURTHEST:
        raise Invalid({field: _("Choose a time within a year.")})
    return moment


def place(zone: ZoneInfo) -> str:
    """A zone as people say it: "Melbourne"."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def _moment(field: str, typed: str, zone: ZoneInfo) -> datetime:
    try:
        hands = datetime.fromisoformat(typed)
    except ValueError:
        hands = None
    if hands is None or hands.tzinfo is not None or not 1970 <= hands.year <= 9998:
        raise Invalid({field: _("Choose a day and a time.")})
    moment = hands.replace(tzinfo=zone).astimezone(UTC)
    shown = moment.astimezone(zone).replace(tzinfo=None)
    if shown != hands:
        words = _(
            "There is no %(time)s on %(day)s in %(place)s: the clocks go forward. Choose %(other)s instead.",
            time=moments.hands(hands.time()),
            day=moments.date_words(hands),
            place=place(zone),
            other=moments.hands(shown.time()),
        )
        raise Invalid({field: words})
    return moment
