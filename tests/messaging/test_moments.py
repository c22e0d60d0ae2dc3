"""A time that is chosen is the one that the chooser's own clock will show, or a sentence says why it cannot be."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from inbox.errors import Invalid
from inbox.messaging import moments

MELBOURNE = ZoneInfo("Australia/Melbourne")
NOW = datetime(2026, 9, 28, 3, 30, tzinfo=UTC)  # a Monday, 13:30 in Melbourne; summer time begins on 4 October
ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Australia/Melbourne", "Europe/Dublin", "America/St_Johns", "UTC")]
)


def chosen(typed: str = "", word: str = "", zone: ZoneInfo = MELBOURNE) -> datetime:
    with time_machine.travel(NOW, tick=False):
        return moments.chosen("send_at", word=word, typed=typed, zone=zone)


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("hour", "2026-09-28 14:30"),
        ("morning", "2026-09-29 08:00"),
        ("noon", "2026-09-29 13:00"),
        ("monday", "2026-10-05 08:00"),
        ("week", "2026-10-05 08:00"),
    ],
)
def test_a_word_means_what_the_clock_on_the_wall_will_show(word: str, shown: str) -> None:
    moment = chosen(word=word)
    assert moment.tzinfo is UTC
    assert f"{moment.astimezone(MELBOURNE):%Y-%m-%d %H:%M}" == shown


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Choose a day and a time."),
        ("2026-09-31T08:00", "Choose a day and a time."),
        ("2026-09-30T08:00+00:00", "Choose a day and a time."),
        ("0001-01-01T00:00", "Choose a day and a time."),
        ("9999-12-31T23:59", "Choose a day and a time."),
        ("2026-09-28T13:30", "That time is over. It is 13:30 in Melbourne."),
        ("2027-10-28T08:00", "Choose a time within a year."),
        (
            "2026-10-04T02:30",
            "There is no 02:30 on 4 October in Melbourne: the clocks go forward. Choose 03:30 instead.",
        ),
    ],
)
def test_a_time_that_cannot_be_is_answered_with_a_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        chosen(typed)
    assert refused.value.fields == {"send_at": sentence}


@given(minutes=st.integers(1, 365 * 24 * 60), zone=ZONES)
def test_what_is_chosen_is_what_the_chooser_typed_or_does_not_exist(minutes: int, zone: ZoneInfo) -> None:
    hands = (NOW.astimezone(zone) + timedelta(minutes=minutes)).replace(tzinfo=None)
    typed = f"{hands:%Y-%m-%dT%H:%M}"
    exists = hands.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == hands
    if exists:
        moment = chosen(typed, zone=zone)
        assert f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}" == typed
        assert moment > NOW
    else:
        with pytest.raises(Invalid, match="the clocks go forward"):
            chosen(typed, zone=zone)
