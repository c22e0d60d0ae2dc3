"""A view and the address bar say the same, and its days are the days of the organisation's calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inbox.errors import Invalid
from inbox.messaging import views
from inbox.messaging.views import NOBODY, View

JO, ANA = "01a209d6-0000-7000-8000-000000000001", "01a209d6-0000-7000-8000-000000000002"
NURSE = "01a209d6-0000-7000-8000-000000000003"
ZONES = ("Australia/Melbourne", "Pacific/Auckland", "America/Los_Angeles", "UTC", "Australia/Lord_Howe")
NOW = datetime(2026, 3, 11, 3, 2, tzinfo=UTC)

DAYS = st.dates(date(1971, 1, 1), date(9000, 1, 1))
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=200).map(str.strip)


@st.composite
def any_view(draw: st.DrawFn) -> View:
    """Any view that the inbox can show."""
    chosen = draw(st.sampled_from(["today", "7d", "month", "year", "all", "custom"]))
    start = end = None
    if chosen == "custom":
        first, last = sorted([draw(DAYS), draw(DAYS)])
        start, end = draw(st.sampled_from([(first, last), (first, None), (None, last)]))
    user_id = draw(st.sampled_from([None, JO]))
    return View(
        user_id=user_id,
        zone=draw(st.sampled_from(ZONES)),
        range=chosen,  # type: ignore[arg-type]
        start=start,
        end=end,
        unread=draw(st.booleans()),
        failed=draw(st.booleans()),
        waiting=draw(st.booleans()),
        closed=draw(st.booleans()),
        owner=None if user_id else draw(st.sampled_from([None, NOBODY, ANA])),
        tag=draw(st.sampled_from([None, None, NURSE])),
        job=draw(st.one_of(st.just(""), WORDS)),
        q=draw(WORDS),
    )


def read(query: str = "", **parameters: str) -> View:
    """The view that an address asks for."""
    asked = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True)) | parameters
    return views.read(asked, user_id=JO, zone="Australia/Melbourne")


@given(view=any_view())
def test_a_view_read_from_its_own_address_is_the_same_view(view: View) -> None:
    asked = dict(parse_qsl(view.query().removeprefix("?")))
    assert views.read(asked, user_id=JO, zone=view.zone) == view


@given(view=any_view())
def test_an_address_leaves_defaults_out_and_changes_only_what_it_is_told_to(view: View) -> None:
    default = View(user_id=JO, zone=view.zone)
    assert (view.query() == "") == (view == default)
    other_tab = dict(parse_qsl(view.query(tab="mine" if view.tab == "shared" else "shared").removeprefix("?")))
    switched = views.read(other_tab, user_id=JO, zone=view.zone)
    assert switched.on_shared() == replace(view.on_shared(), owner=None)
    assert switched.tab != view.tab


@given(
    parameters=st.dictionaries(
        st.sampled_from(["tab", "range", "from", "to", "owner", "unread", "failed", "waiting", "closed", "q"]),
        st.text(),
    )
)
@example(parameters={"q": "w" * 199 + " words that are cut off"})
def test_no_address_breaks_the_inbox(parameters: dict[str, str]) -> None:
    wrong: dict[str, str] = {}
    try:
        view = read(**parameters)
    except Invalid as error:
        wrong = error.fields
        view = read(**{name: value for name, value in parameters.items() if name not in {"from", "to"}})
    assert wrong.keys() <= {"from", "to"}
    assert read(view.query()) == view
    view.bounds(NOW)


@given(view=any_view(), now=st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)))
def test_the_bounds_of_any_view_are_midnights_of_its_zone(view: View, now: datetime) -> None:
    start, end = view.bounds(now)
    zone = ZoneInfo(view.zone)
    for bound in filter(None, (start, end)):
        assert bound.tzinfo is UTC
        # Where clocks skip midnight the day begins with what they show next.
        assert bound.astimezone(zone).time() <= datetime.min.replace(hour=1).time()
    if start and end:
        days = (end.astimezone(zone).date() - start.astimezone(zone).date()).days
        assert days >= 1
        assert abs(end - start - timedelta(days=days)) <= timedelta(hours=1)


def day(zone: str, on: date) -> tuple[datetime, datetime]:
    """The bounds of one local day."""
    view = View(user_id=None, zone=zone, range="custom", start=on, end=on)
    start, end = view.bounds(NOW)
    assert start is not None
    assert end is not None
    return start, end


@pytest.mark.parametrize(
    ("zone", "on", "hours"),
    [
        ("Australia/Melbourne", date(2026, 4, 5), 25),
        ("Australia/Melbourne", date(2026, 10, 4), 23),
        ("Pacific/Auckland", date(2026, 4, 5), 25),
        ("Pacific/Auckland", date(2026, 9, 27), 23),
        ("America/Los_Angeles", date(2026, 11, 1), 25),
        ("America/Los_Angeles", date(2026, 3, 8), 23),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("UTC", date(2026, 4, 5), 24),
    ],
)
def test_days_on_which_clocks_change_are_longer_or_shorter(zone: str, on: date, hours: float) -> None:
    start, end = day(zone, on)
    assert (end - start) == timedelta(hours=hours)
    assert start.astimezone(ZoneInfo(zone)) == datetime(on.year, on.month, on.day, tzinfo=ZoneInfo(zone))


@given(zone=st.sampled_from(ZONES), on=st.dates(date(2000, 1, 1), date(2040, 1, 1)))
def test_one_day_ends_where_the_next_begins(zone: str, on: date) -> None:
    assert day(zone, on)[1] == day(zone, on + timedelta(days=1))[0]


@pytest.mark.parametrize(
    ("chosen", "first_day"),
    [
        ("today", date(2026, 3, 11)),
        ("7d", date(2026, 3, 5)),
        ("month", date(2026, 2, 11)),
        ("year", date(2025, 3, 11)),
    ],
)
def test_ranges_begin_with_a_local_day_and_have_no_end(chosen: Any, first_day: date) -> None:
    view = View(user_id=None, zone="Australia/Melbourne", range=chosen)
    assert view.bounds(NOW) == (day("Australia/Melbourne", first_day)[0], None)


def test_last_month_begins_on_the_last_day_of_a_shorter_month() -> None:
    view = View(user_id=None, zone="UTC", range="month")
    assert view.bounds(datetime(2026, 3, 31, 12, tzinfo=UTC))[0] == datetime(2026, 2, 28, tzinfo=UTC)
    assert view.bounds(datetime(2026, 1, 31, 12, tzinfo=UTC))[0] == datetime(2025, 12, 31, tzinfo=UTC)


def test_today_is_the_organisations_and_not_the_readers() -> None:
    evening_in_utc = datetime(2026, 3, 10, 20, tzinfo=UTC)
    view = View(user_id=None, zone="Australia/Melbourne", range="today")
    assert view.bounds(evening_in_utc)[0] == datetime(2026, 3, 10, 13, tzinfo=UTC)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "messages"),
        ("range=today", "messages today"),
        ("range=7d&unread=1", "unread messages in the last 7 days"),
        ("range=month&failed=1", "failed messages in the last month"),
        ("waiting=1&range=today", "unanswered messages today"),
        ("closed=1", "closed conversations"),
        ("closed=1&range=today&q=nurse", "messages match “nurse” in closed conversations today"),
        ("tab=shared&owner=nobody", "conversations that nobody has"),
        (f"tab=shared&owner={ANA}&closed=1&unread=1", "unread messages in closed conversations of this colleague"),
        (f"owner={ANA}", "messages"),
        ("tab=shared&owner=somebody", "messages"),
        ("range=year&unread=1&failed=1", "unread failed messages in the last year"),
        ("failed=1&from=2026-03-01&to=2026-03-12", "failed messages between 1 and 12 March"),
        ("from=2026-02-27&to=2026-03-12", "messages between 27 February and 12 March"),
        ("from=2025-03-01&to=2026-03-01", "messages between 1 March 2025 and 1 March 2026"),
        ("from=2026-03-12&to=2026-03-12", "messages on 12 March"),
        ("from=2026-03-12", "messages since 12 March"),
        ("to=2026-03-12", "messages until 12 March"),
        ("q=nurse&range=today", "messages match “nurse” today"),
    ],
)
def test_the_empty_state_says_what_was_looked_for(query: str, words: str) -> None:
    assert read(query).sentence == words


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("from=2026-02-30", "from", "From must be a real date"),
        ("range=custom&to=soon", "to", "To must be a real date"),
        ("from=0001-01-01", "from", "From must be a real date"),
        ("to=9999-12-31", "to", "To must be a real date"),
        ("from=2026-03-12&to=2026-03-11", "to", "To must be the same as or after 12 March 2026"),
    ],
)
def test_a_wrong_day_is_told_beside_its_field(query: str, field: str, sentence: str) -> None:
    with pytest.raises(Invalid) as wrong:
        read(query)
    assert wrong.value.fields == {field: sentence}


def test_old_links_with_unknown_words_still_open() -> None:
    assert read("tab=everybody&range=century&unread=yes&failed=0") == read("")
    assert read("range=custom") == read("")
    assert read("range=today&from=2026-03-01").range == "custom"


def test_two_readers_of_shared_have_one_view_and_of_mine_two() -> None:
    jo, ana = (
        views.read({"tab": tab}, user_id=who, zone="UTC")
        for tab, who in (("shared", JO), ("shared", JO.replace("1", "2")))
    )
    assert jo == ana
    assert read() != views.read({}, user_id=JO.replace("1", "2"), zone="Australia/Melbourne")
