"""The SQL of a view. The page asks with it and live rows are matched by it, so the two can never disagree."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, literal_column, or_, select, tuple_
from sqlalchemy.sql.elements import ColumnElement

from inbox import clock
from inbox.messaging import conversation_rows, finding, finding_waiting, notifications
from inbox.messaging.conditions import OPEN, UNREAD, documented, is_asked, matches, needs_document, of_list
from inbox.messaging.conversation_rows import ConversationRow, listed, row_of
from inbox.messaging.finding import Place
from inbox.messaging.places import place_of, waiting_place_of
from inbox.messaging.views import View
from inbox.storage.database import Tenant
from inbox.storage.sight import seen
from inbox.storage.tables import conversations, event_counters, search_documents

PAGE = 40
MOST_COUNTED = 100


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """One page of the list, in its order; `more` is the key of the next page, None on the last."""

    rows: tuple[ConversationRow, ...]
    more: str | None


@dataclass(frozen=True, slots=True)
class TabCounts:
    """Open conversations with unread messages, and a user's unread notifications, counted up to 100."""

    mine: int
    shared: int
    notifications: int = 0


async def page(tenant: Tenant, view: View, *, before: str | None = None, most: int | None = None) -> ConversationPage:
    """The conversations of a view, `most` or PAGE at most, those after the key `before` when it is given."""
    now, place, most = clock.now(), place_of(before), most or PAGE
    if view.waiting:
        rows = await _waiting(tenant, view, now, waiting_place_of(before), most)
    elif is_asked(view, now):
        places = await finding.first(tenant, view, now, most + 1, before=place)
        found = await conversation_rows.by_ids(tenant, [id for _, id in places])
        rows = sorted(found.values(), key=lambda row: row.key_in(view), reverse=True)
    else:
        query = (
            listed(tenant)
            .where(of_list(view, now))
            .order_by(conversations.c.last_message_at.desc(), conversations.c.id.desc())
            .limit(most + 1)
        )
        if place is not None:
            query = query.where(tuple_(conversations.c.last_message_at, conversations.c.id) < place)
        rows = [row_of(row) for row in await tenant.fetch_all(query)]
    return ConversationPage(tuple(rows[:most]), rows[most - 1].key_in(view) if len(rows) > most else None)


async def _waiting(tenant: Tenant, view: View, now: datetime, after: Place | None, most: int) -> list[ConversationRow]:
    """Those who wait, longest first."""
    # Also in working hours the longest first: of one company a longer wait is never a shorter one of them.
    since, identity = conversations.c.waiting_since, conversations.c.id
    if is_asked(view, now):
        ids = await finding_waiting.first(tenant, view, now, most + 1, after=after)
        found = await conversation_rows.by_ids(tenant, ids)
        return sorted(found.values(), key=lambda row: row.key_in(view), reverse=True)
    query = listed(tenant).where(of_list(view, now)).order_by(since, identity.desc()).limit(most + 1)
    if after is not None:
        query = query.where(since >= after[0], or_(since > after[0], identity < after[1]))
    return [row_of(row) for row in await tenant.fetch_all(query)]


async def matching(tenant: Tenant, views: Collection[View], ids: Collection[str]) -> Mapping[View, frozenset[str]]:
    """Which of these conversations each view shows: one query, one column per view."""
    if not views or not ids:
        return {}
    asked, now = list(views), clock.now()
    columns = [matches(view, now).label(f"v{place}") for place, view in enumerate(asked)]
    query = select(conversations.c.id, *columns).where(
        conversations.c.organisation_id == tenant.organisation_id,
        conversations.c.id.in_(sorted(ids)),
        conversations.c.last_message_at.is_not(None),
    )
    if any(map(needs_document, asked)):
        query = query.join(search_documents, documented())
    rows = await tenant.fetch_all(query)
    return {view: frozenset(row["id"] for row in rows if row[f"v{place}"]) for place, view in enumerate(asked)}


async def count_shared(tenant: Tenant, company_id: str | None = None) -> int:
    """Open conversations of a company, or with None of all, with unread messages, up to 100."""
    return await _count(tenant, _shared(company_id))


async def count_shared_at(tenant: Tenant, company_id: str | None = None) -> tuple[int, int]:
    """`count_shared`, and the event up to which it holds: one statement sees one moment."""
    row = await tenant.fetch_one(
        select(
            _counted(tenant, _shared(company_id)).scalar_subquery().label("number"),
            select(event_counters.c.seq)
            .where(event_counters.c.organisation_id == tenant.organisation_id)
            .scalar_subquery()
            .label("at"),
        )
    )
    return (row.number, row.at) if row else (0, 0)


async def count_mine(tenant: Tenant, user_id: str, company_id: str | None = None) -> int:
    """Open conversations of this user with unread messages, up to 100; of a company, or with None of all."""
    return await _count(tenant, _mine(user_id, company_id))


async def counts(tenant: Tenant, user_id: str, company_id: str | None = None) -> TabCounts:
    """Both tabs' counts in a company, with None in all, and the bell's for one user, by one statement.

    Who sees only their own has no Shared.
    """
    row = await tenant.fetch_one(
        select(
            _counted(tenant, _mine(user_id, company_id)).scalar_subquery().label("mine"),
            _counted(tenant, and_(_shared(company_id), *seen(tenant))).scalar_subquery().label("shared"),
            notifications.unread_of(tenant, user_id).label("notifications"),
        )
    )
    return TabCounts(row.mine, row.shared, row.notifications) if row else TabCounts(0, 0)


async def how_many(tenant: Tenant, view: View, *, most: int = MOST_COUNTED) -> int:
    """How many conversations a view shows, up to 100; with words, a tag or a job up to `most`."""
    now = clock.now()
    if is_asked(view, now):
        return len(await finding.first(tenant, view, now, most))
    return await _count(tenant, of_list(view, now))


def _mine(user_id: str, company_id: str | None) -> ColumnElement[bool]:
    return and_(_shared(company_id), conversations.c.assignee_id == user_id)


def _shared(company_id: str | None) -> ColumnElement[bool]:
    waits = and_(UNREAD, OPEN)
    return waits if company_id is None else and_(waits, conversations.c.company_id == company_id)


async def _count(tenant: Tenant, wanted: ColumnElement[bool]) -> int:
    return int(await tenant.fetch_val(_counted(tenant, wanted)))


def _counted(tenant: Tenant, wanted: ColumnElement[bool]) -> Select[Any]:
    found: Select[Any] = (
        select(literal_column("1"))
        .select_from(conversations)
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.last_message_at.is_not(None),
            wanted,
        )
        .limit(MOST_COUNTED)
    )
    return select(func.count()).select_from(found.subquery())
