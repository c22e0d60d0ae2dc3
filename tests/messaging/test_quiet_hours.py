"""Quiet hours are those of the clock where the candidate is, and of all clocks where that is not known."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from inbox.messaging import quiet_hours
from inbox.messaging.quiet_hours import quiet

MELBOURNE, LONDON = ZoneInfo("Australia/Melbourne"), ZoneInfo("Europe/London")
NUMBERS = ("+61491570156", "+12025550123", "+13105550123", "+447700900123", "+4915112345678", "+18005550123")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "city", "setting", "now", "until", "place"),
    [
        ("+61491570156", "Perth", "country", "2026-11-27 22:00", "2026-11-28 01:00", "Perth"),  # 06:00 there
        ("+61491570156", "Perth", "country", "2026-11-28 01:00", None, ""),
        ("+61491570156", "melbourne", "country", "2026-11-27 22:00", None, ""),  # 09:00
        ("+61491570156", "Melbourne", "country", "2026-11-27 21:59", "2026-11-27 22:00", "Melbourne"),
        ("+61491570156", "Melbourne", "country", "2026-11-27 09:00", "2026-11-27 22:00", "Melbourne"),  # 20:00
        ("+61491570156", None, "country", "2026-11-27 22:00", "2026-11-28 01:00", "Perth"),  # it may be Perth
        ("+61491570156", "Nowhere", "country", "2026-11-27 22:00", "2026-11-28 01:00", "Perth"),
        ("+12025550123", None, "country", "2026-11-27 12:59", "2026-11-27 13:00", "New York"),
        ("+12025550123", None, "country", "2026-11-28 01:59", None, ""),  # 20:59
        ("+12025550123", None, "country", "2026-11-28 02:00", "2026-11-28 13:00", "New York"),  # 21:00
        ("+12025550123", "Melbourne", "country", "2026-11-28 02:00", "2026-11-28 13:00", "New York"),
        ("+12025550123", "Chicago", "country", "2026-11-28 02:30", None, ""),
        ("+447700900123", None, "country", "2026-11-27 06:00", "2026-11-27 08:00", "London"),  # nothing is known
        ("+61491570156", "Melbourne", "10:00-11:30", "2026-11-27 00:30", "2026-11-27 23:00", "Melbourne"),
        ("+61491570156", "Melbourne", None, "2026-11-27 15:00", None, ""),
        ("+61491570156", "Melbourne", "country", "2026-10-03 14:00", "2026-10-03 22:00", "Melbourne"),  # clocks change
    ],
)
def test_a_text_waits_until_it_is_day_there(
    number: str, city: str | None, setting: str | None, now: str, until: str | None, place: str
) -> None:
    found = quiet(number, city, setting, at(now), LONDON)
    assert (found.until if found else None, found.place if found else "") == (at(until) if until else None, place)


@given(
    number=some.sampled_from(NUMBERS),
    city=some.sampled_from([None, "Perth", "Denver", "Berlin"]),
    hour=some.integers(0, 24 * 365),
)
@settings(max_examples=60, deadline=None)
def test_what_is_held_goes_out_at_the_hour_that_was_said(number: str, city: str | None, hour: int) -> None:
    now = datetime.fromtimestamp(1_790_000_000 + 3600 * hour, tz=UTC)
    found = quiet(number, city, quiet_hours.BY_COUNTRY, now, MELBOURNE)
    if found is not None:
        assert found.until > now
        # Where no hour suits all places, the organisation's clock alone decides.
        again = quiet(number, city, quiet_hours.BY_COUNTRY, found.until, MELBOURNE)
        assert again is None or MELBOURNE in (again.zone, found.zone)
