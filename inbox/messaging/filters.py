"""The SQL of a view. The page asks with it and live rows are matched by it, so the two can never disagree."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal_column, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from inbox import clock
from inbox.messaging.conversation_rows import ConversationRow, listed, row_of
from inbox.messaging.places import place_of
from inbox.messaging.views import View
from inbox.storage.database import Tenant
from inbox.storage.tables import candidates, conversations, event_counters, messages

PAGE = 40
MOST_COUNTED = 100

# Literals, so that the planner knows the partial indexes serve them.
_UNREAD = conversations.c.unread > literal_column("0")
_FAILED = conversations.c.failed > literal_column("0")
_OPEN = conversations.c.closed_at.is_(None)
_CLOSED = conversations.c.closed_at.is_not(None)


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page of the list, newest first; `more` is the key of the next page, None on the last."""

    rows: tuple[ConversationRow, ...]
    more: str | None


@dataclass(frozen=True, slots=True)
class TabCounts:
    """Open conversations with unread messages, counted up to 100."""

    mine: int
    shared: int


async def page(tenant: Tenant, view: View, *, before: str | None = None) -> ConversationPage:
    """The conversations of a view, those after the key `before` when it is given."""
    query = (
        listed(tenant)
        .where(matches(view, clock.now()))
        .order_by(conversations.c.last_message_at.desc(), conversations.c.id.desc())
        .limit(PAGE + 1)
    )
    place = place_of(before)
    if place is not None:
        query = query.where(tuple_(conversations.c.last_message_at, conversations.c.id) < place)
    rows = [row_of(row) for row in await tenant.fetch_all(query)]
    return ConversationPage(tuple(rows[:PAGE]), rows[PAGE - 1].key if len(rows) > PAGE else None)


async def matching(tenant: Tenant, views: Collection[View], ids: Collection[str]) -> Mapping[View, frozenset[str]]:
    """Which of these conversations each view shows: one query, one column per view."""
    if not views or not ids:
        return {}
    asked, now = list(views), clock.now()
    columns = [matches(view, now).label(f"v{place}") for place, view in enumerate(asked)]
    rows = await tenant.fetch_all(
        select(conversations.c.id, *columns)
        .select_from(conversations)
        .join(candidates, _their_candidate())
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.id.in_(sorted(ids)),
            conversations.c.last_message_at.is_not(None),
        )
    )
    return {view: frozenset(row["id"] for row in rows if row[f"v{place}"]) for place, view in enumerate(asked)}


async def count_shared(tenant: Tenant) -> int:
    """Open conversations of the organisation with unread messages, up to 100."""
    return await _count(tenant, and_(_UNREAD, _OPEN))


async def count_shared_at(tenant: Tenant) -> tuple[int, int]:
    """`count_shared`, and the event up to which it holds: one statement sees one moment."""
    row = await tenant.fetch_one(
        select(
            _counted(tenant, and_(_UNREAD, _OPEN)).scalar_subquery().label("number"),
            select(event_counters.c.seq)
            .where(event_counters.c.organisation_id == tenant.organisation_id)
            .scalar_subquery()
            .label("at"),
        )
    )
    return (row.number, row.at) if row else (0, 0)


async def count_mine(tenant: Tenant, user_id: str) -> int:
    """Open conversations of this user with unread messages, up to 100."""
    return await _count(tenant, and_(_UNREAD, _OPEN, conversations.c.assignee_id == user_id))


async def counts(tenant: Tenant, user_id: str) -> TabCounts:
    """Both tabs' counts for one user."""
    return TabCounts(mine=await count_mine(tenant, user_id), shared=await count_shared(tenant))


async def how_many(tenant: Tenant, view: View) -> int:
    """How many conversations a view shows, up to 100."""
    return await _count(tenant, matches(view, clock.now()))


async def _count(tenant: Tenant, wanted: ColumnElement[bool]) -> int:
    return int(await tenant.fetch_val(_counted(tenant, wanted)))


def _counted(tenant: Tenant, wanted: ColumnElement[bool]) -> Select[Any]:
    found: Select[Any] = (
        select(literal_column("1"))
        .select_from(conversations)
        .join(candidates, _their_candidate())
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.last_message_at.is_not(None),
            wanted,
        )
        .limit(MOST_COUNTED)
    )
    return select(func.count()).select_from(found.subquery())


def _their_candidate() -> ColumnElement[bool]:
    return and_(
        candidates.c.organisation_id == conversations.c.organisation_id,
        candidates.c.id == conversations.c.candidate_id,
    )


def matches(view: View, now: datetime) -> ColumnElement[bool]:
    """The condition on `conversations` (joined with `candidates`) under which `view` shows one at `now` (UTC)."""
    wanted: list[ColumnElement[bool]] = [_CLOSED if view.closed else _OPEN]
    if view.user_id is not None:
        wanted.append(conversations.c.assignee_id == view.user_id)
    if view.unread:
        wanted.append(_UNREAD)
    if view.failed:
        wanted.append(_FAILED)
    if view.q:
        wanted.append(_holds(view.q))
    wanted.extend(_in_days(view, now))
    return and_(*wanted)


def _in_days(view: View, now: datetime) -> list[ColumnElement[bool]]:
    """One of the conversation's messages lies in the view's days."""
    start, end = view.bounds(now)
    found: list[ColumnElement[bool]] = []
    if start is not None:
        found.append(conversations.c.last_message_at >= start)
    if end is None or end > now:  # the last message decides alone: nothing is newer than now
        return found
    found.append(conversations.c.first_message_at < end)
    written = [
        messages.c.organisation_id == conversations.c.organisation_id,
        messages.c.conversation_id == conversations.c.id,
        messages.c.at < end,
    ]
    if start is not None:
        written.append(messages.c.at >= start)
        found.append(exists().where(*written))
    return found


def _holds(q: str) -> ColumnElement[bool]:
    """The name, the number or the text of a message contains the words."""
    found: list[ColumnElement[bool]] = [
        candidates.c.sort_name.contains(q.casefold(), autoescape=True),
        exists().where(
            messages.c.organisation_id == conversations.c.organisation_id,
            messages.c.conversation_id == conversations.c.id,
            func.lower(messages.c.body).contains(q.lower(), autoescape=True),
        ),
    ]
    digits = "".join(character for character in q if character.isdecimal()).lstrip("0")
    if len(digits) >= 3:
        found.append(conversations.c.candidate_number.contains(digits))
    return or_(*found)
