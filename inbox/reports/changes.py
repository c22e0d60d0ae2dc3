"""What happened to texts since their days were counted, from the log of events."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, and_, func, select

from inbox.messaging import reported
from inbox.storage.columns import db_quarter
from inbox.storage.database import Tenant
from inbox.storage.tables import event_counters, events, messages, report_cursors, report_losses, report_moves

AT_ONCE = 5_000
"""Events that are looked at together."""
_QUARTER = 900


@dataclass(frozen=True, slots=True)
class Changes:
    """Quarters of an hour of a company in which a text was written that has changed since event `after`."""

    after: int
    upto: int
    is_all: bool
    """Whether there was no more to read."""
    is_lost: bool
    """Whether events are gone that were not read, or nothing was ever read."""
    quarters: frozenset[tuple[str, datetime]] = frozenset()
    moves: tuple[str, ...] = ()
    """Rows of report_moves that are among them."""
    losses: tuple[str, ...] = ()
    """Rows of report_losses that are."""

    @property
    def is_new(self) -> bool:
        """Whether there is anything to move on for."""
        return self.upto > self.after or bool(self.moves or self.losses)


async def since(tenant: Tenant) -> Changes:
    """What happened since the last time, as far as it is looked at together."""
    mine = events.c.organisation_id == tenant.organisation_id
    newest: int = await tenant.fetch_val(
        select(event_counters.c.seq).where(event_counters.c.organisation_id == tenant.organisation_id)
    )
    after: int | None = await tenant.fetch_val(
        select(report_cursors.c.seq).where(report_cursors.c.organisation_id == tenant.organisation_id)
    )
    first: int | None = await tenant.fetch_val(select(func.min(events.c.seq)).where(mine))
    if after is None or after > newest or (after < newest and (first is None or first > after + 1)):
        return Changes(newest, newest, is_all=False, is_lost=True)
    upto = min(newest, after + AT_ONCE)
    moved = await tenant.fetch_all(
        select(report_moves.c.id, report_moves.c.conversation_id)
        .where(report_moves.c.organisation_id == tenant.organisation_id)
        .limit(AT_ONCE)
    )
    lost = await tenant.fetch_all(
        select(report_losses.c.id, report_losses.c.company_id, report_losses.c.at)
        .where(report_losses.c.organisation_id == tenant.organisation_id)
        .limit(AT_ONCE)
    )
    queries = [one(tenant, after, upto) for one in (_changed, _answered, _stopped)] if upto > after else []
    if moved:
        queries.append(_of_conversations(tenant, [row.conversation_id for row in moved]))
    rows = [row for query in queries for row in await tenant.fetch_all(query)]
    quarters = frozenset((row.company_id, datetime.fromtimestamp(row.quarter * _QUARTER, UTC)) for row in rows)
    quarters |= {(row.company_id, row.at) for row in lost}
    ids = [tuple(row.id for row in rows) for rows in (moved, lost)]
    return Changes(after, upto, upto == newest, is_lost=False, quarters=quarters, moves=ids[0], losses=ids[1])


_quarter = db_quarter(messages.c.at).label("quarter")


def _changed(tenant: Tenant, after: int, upto: int) -> Select[Any]:
    """Texts that are new or stand further."""
    return (
        select(messages.c.company_id, _quarter)
        .distinct()
        .select_from(events)
        .join(
            messages,
            and_(messages.c.organisation_id == events.c.organisation_id, messages.c.id == events.c.message_id),
        )
        .where(*_told(tenant, after, upto))
    )


def _answered(tenant: Tenant, after: int, upto: int) -> Select[Any]:
    """Texts of ours that a new one answers: those since the one that the candidate had written before."""
    new, earlier = messages.alias("new"), messages.alias("earlier")
    before = (
        select(func.max(earlier.c.at))
        .where(
            earlier.c.organisation_id == new.c.organisation_id,
            earlier.c.conversation_id == new.c.conversation_id,
            earlier.c.direction == "in",
            earlier.c.event.is_(None),
            earlier.c.at < new.c.at,
        )
        .correlate(new)
        .scalar_subquery()
    )
    return (
        select(messages.c.company_id, _quarter)
        .distinct()
        .select_from(events)
        .join(new, and_(new.c.organisation_id == events.c.organisation_id, new.c.id == events.c.message_id))
        .join(
            messages,
            and_(
                messages.c.organisation_id == new.c.organisation_id,
                messages.c.conversation_id == new.c.conversation_id,
            ),
        )
        .where(
            *_told(tenant, after, upto),
            new.c.direction == "in",
            new.c.event.is_(None),
            messages.c.direction == "out",
            messages.c.at < new.c.at,
            messages.c.at >= func.coalesce(before, messages.c.at),
        )
    )


def _stopped(tenant: Tenant, after: int, upto: int) -> Select[Any]:
    """STOP that stands behind a new text of ours, as it is counted with the text before it."""
    new = messages.alias("new")
    return (
        select(messages.c.company_id, _quarter)
        .distinct()
        .select_from(events)
        .join(new, and_(new.c.organisation_id == events.c.organisation_id, new.c.id == events.c.message_id))
        .join(
            messages,
            and_(
                messages.c.organisation_id == new.c.organisation_id,
                messages.c.conversation_id == new.c.conversation_id,
                messages.c.at > new.c.at,
            ),
        )
        .where(*_told(tenant, after, upto), new.c.direction == "out", reported.IS_STOP)
    )


def _of_conversations(tenant: Tenant, ids: Sequence[str]) -> Select[Any]:
    return (
        select(messages.c.company_id, _quarter)
        .distinct()
        .where(messages.c.organisation_id == tenant.organisation_id, messages.c.conversation_id.in_(ids))
    )


def _told(tenant: Tenant, after: int, upto: int) -> list[Any]:
    return [events.c.organisation_id == tenant.organisation_id, events.c.seq > after, events.c.seq <= upto]
