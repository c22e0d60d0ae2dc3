"""The first conversations of a view with words, a tag, a job or past days, however many or few there are.

Neither the list nor the index can answer alone: for a rare word the list would be read to its end, for a common one
the index would name half of all conversations, which then had to be sorted. So the newest conversations of the list
are asked first, and more of them while many are shown. Where few are, the index is asked for those of a stretch of
time before them, as long as the first ones let expect, then of longer ones, at last for all that are older.

Of days that are over, few conversations were written to again much later and most of them never: so the stretches get
shorter towards the end of these days, and from there on the list is asked anew, of which all have a text in them.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, select, tuple_

from inbox.messaging.conditions import asked, documented, marked, of_list, past
from inbox.messaging.views import View
from inbox.storage import search_documents as documents
from inbox.storage import search_terms
from inbox.storage.database import Tenant
from inbox.storage.search_index import All, Either, Question, Word, found
from inbox.storage.tables import conversations, search_documents

Place: TypeAlias = tuple[datetime, str]
"""When the last message was written, and the conversation's id."""

ASKED_FIRST = 200
"""Conversations that are asked before anything is known of how many the view shows."""
OFTEN = 4
"""Found among these, it is faster to ask more of the list: the index reads all places of an unfinished word."""
_STRETCHES = (1, 4, 16)
"""How many times as long as expected; where there are days or words of long ago, they become more frequent."""
AMPLE = 2
_LEAST = timedelta(hours=1)
_CLOSER = 4
"""How many times as near to the end of days that are over the next stretch comes."""
_FEWEST_EXPECTED = 0.25
_BEFORE_ALL_IDS = "00000000-0000-0000-0000-000000000000"


async def first(tenant: Tenant, view: View, now: datetime, most: int, *, before: Place | None = None) -> list[Place]:
    """The places of the view's newest conversations, `most` at most, those after the place `before` if it is given."""
    answers = await tenant.fetch_all(_asked_one_by_one(tenant, view, now, before).limit(ASKED_FIRST))
    places = _shown(answers)
    if len(places) >= most or len(answers) < ASKED_FIRST:
        return places[:most]
    newest, place = answers[0].last_message_at, _place(answers[-1])
    expected = max(len(places), _FEWEST_EXPECTED)
    stretch = max(newest - place[0], _LEAST) * (AMPLE * (most - len(places)) / expected)
    if len(places) >= OFTEN:
        more = AMPLE * ASKED_FIRST * (most - len(places)) // len(places)
        answers = await tenant.fetch_all(_asked_one_by_one(tenant, view, now, place).limit(more))
        places += _shown(answers)
        if len(places) >= most or len(answers) < more:
            return places[:most]
        place = _place(answers[-1])
    end = past(view, now)
    if end is not None and end < place[0]:
        return places + await _written_to_later(tenant, view, now, most - len(places), place, end)
    since = [*(_earlier(place[0], times * stretch) for times in _STRETCHES), None]
    return places + await _named(tenant, view, now, most - len(places), place, since)


async def _written_to_later(
    tenant: Tenant, view: View, now: datetime, most: int, place: Place, end: datetime
) -> list[Place]:
    """Those of days that are over: first what was written to after their `end`, then what was not."""
    places = await _named(tenant, view, now, most, place, _nearer_and_nearer(place[0], end))
    if len(places) < most:
        places += await first(tenant, view, now, most - len(places), before=(end, _BEFORE_ALL_IDS))
    return places


async def _named(
    tenant: Tenant, view: View, now: datetime, most: int, place: Place, stretches: Iterable[datetime | None]
) -> list[Place]:
    """The view's newest conversations behind a place, as the index names them, stretch by stretch of time.

    Each stretch is told by its earliest moment; None: all that are older.
    """
    places: list[Place] = []
    for since in stretches:
        query = _by_index(tenant, view, now, place, since).limit(most - len(places))
        places += [_place(row) for row in await tenant.fetch_all(query)]
        if len(places) >= most or since is None:
            break
        place = (since, _BEFORE_ALL_IDS)
    return places


def _shown(answers: Sequence[Any]) -> list[Place]:
    return [_place(row) for row in answers if row.is_shown]


def _place(row: Any) -> Place:
    return row.last_message_at, row.id


def _asked_one_by_one(tenant: Tenant, view: View, now: datetime, before: Place | None) -> Select[Any]:
    """The newest of the list, with whether the view shows each."""
    columns = conversations.c.id, conversations.c.last_message_at, is_shown(view, now)
    query = select(*columns).select_from(conversations)
    return _newest_first(query, tenant, view, now, before)


def _by_index(tenant: Tenant, view: View, now: datetime, before: Place, since: datetime | None) -> Select[Any]:
    """Those of the view before a place and since a moment, among what the index names, by itself and first."""
    query = by_index(tenant, view, now, before[0], since).add_columns(conversations.c.last_message_at)
    if since is not None:
        query = query.where(conversations.c.last_message_at >= since)
    return _newest_first(query, tenant, view, now, before)


def by_index(tenant: Tenant, view: View, now: datetime, until: datetime, since: datetime | None) -> Select[Any]:
    """The ids of what the view shows among what the index names, in no order; `since` None: whenever written to."""
    question = _question(tenant, view, now, until, since)
    named = (
        select(search_documents.c.conversation_id, search_documents.c.words, search_documents.c.marks)
        .where(found(search_documents.c.id, question.written(tenant.database.dialect)))
        .cte("named")
        .prefix_with("MATERIALIZED")
    )
    return (
        select(conversations.c.id)
        .select_from(named)
        .join(conversations, conversations.c.id == named.c.conversation_id)
        .where(asked(view, now, named.c.words, named.c.marks))
    )


def is_shown(view: View, now: datetime) -> ColumnElement[bool]:
    """Whether the view shows a conversation of its list, as a column "is_shown"."""
    # Each document by its key: a join of some hundred with all of them may read all of them.
    words, marks = (
        select(column).where(documented()).correlate(conversations).scalar_subquery()
        for column in (search_documents.c.words, search_documents.c.marks)
    )
    return asked(view, now, words, marks).label("is_shown")


def _question(tenant: Tenant, view: View, now: datetime, until: datetime, since: datetime | None) -> Question:
    """What the index is asked: the words, tag, job and days, and when the last message was written."""
    organisation = tenant.organisation_id
    if since is None:
        parts: list[Question] = [Word(documents.organisation_mark(organisation))]
    else:
        parts = [_one_of(documents.last_between(organisation, since, until))]
    end = past(view, now)
    if end is not None:
        parts.append(_one_of(documents.days_between(view.bounds(now)[0], end)))
    return All([*parts, *marked(view), *search_terms.questions(view.q)])


def _one_of(marks: list[str]) -> Question:
    return Either([Word(mark) for mark in marks])


def _newest_first(query: Select[Any], tenant: Tenant, view: View, now: datetime, before: Place | None) -> Select[Any]:
    query = query.where(
        conversations.c.organisation_id == tenant.organisation_id,
        conversations.c.last_message_at.is_not(None),
        of_list(view, now),
    ).order_by(conversations.c.last_message_at.desc(), conversations.c.id.desc())
    if before is None:
        return query
    return query.where(tuple_(conversations.c.last_message_at, conversations.c.id) < before)


def _nearer_and_nearer(moment: datetime, end: datetime) -> Iterator[datetime]:
    """Moments before `moment`, each so much closer to `end`, and `end` itself."""
    rest = (moment - end) / _CLOSER
    while rest > _LEAST:
        yield end + rest
        rest /= _CLOSER
    yield end


def _earlier(moment: datetime, stretch: timedelta) -> datetime | None:
    """`stretch` before `moment`; None before there were texts at all."""
    return moment - stretch if stretch < moment - datetime(2000, 1, 1, tzinfo=UTC) else None
