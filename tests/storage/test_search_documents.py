"""Stretches of time as a handful of marks, of which a moment has one exactly when it lies in the stretch."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from inbox.storage import search_documents as documents

MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))


@given(moments=st.tuples(MOMENTS, MOMENTS).map(sorted), at=MOMENTS)
def test_the_last_text_is_of_a_stretch_of_hours_if_and_only_if_it_has_one_of_its_marks(
    moments: list[datetime], at: datetime
) -> None:
    start, end = moments
    hours = [moment.replace(minute=0, second=0, microsecond=0) for moment in (start, at, end)]
    marks = documents.last_between(7, start, end)
    assert bool(set(marks) & set(documents.recency(7, at).split())) == (hours[0] <= hours[1] <= hours[2])
    assert len(marks) <= 6 * 9
    assert not set(marks) & set(documents.recency(70, at).split())


@given(moments=st.tuples(MOMENTS, MOMENTS).map(sorted), at=MOMENTS)
def test_a_day_of_writing_is_found_by_one_of_the_marks_of_a_stretch(moments: list[datetime], at: datetime) -> None:
    start, end = moments
    has = bool(set(documents.days_between(start, end)) & set(documents.day_marks(at).split()))
    assert has == (start.date() <= at.date() <= end.date())
    assert bool(set(documents.days_between(None, end)) & set(documents.day_marks(at).split())) == (
        at.date() <= end.date()
    )


def test_a_document_holds_the_name_then_every_text_and_marks_each_day_once() -> None:
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    made = documents.document(1, "Maya Chen", "+61491", [(at, "Hello!"), (at + timedelta(hours=1), "Still  there?")])
    assert made.words == " maya chen  hello  still there "
    assert made.marks == f" №61491 №1491 №491 {documents.day_marks(at)}"
    assert made.recency == documents.recency(1, at + timedelta(hours=1))
