"""Reads the event logs of organisations with endpoints and promises what each endpoint is to be told.

How far a log was read is a row that is moved in the transaction that stores the deliveries, so each event is looked at
once, whoever dies when; and nothing is asked of the transaction that records an event.
"""

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from sqlalchemy import Integer, and_, bindparam, select, update

from inbox.errors import Unavailable
from inbox.hooks import deliveries, endpoints
from inbox.hooks.endpoints import Endpoint
from inbox.hooks.kinds import Kind
from inbox.messaging.delivery import OPTED_OUT
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.events import EventKind
from providers.contract import DeliveryStatus

POLL_SECONDS = 5.0
GATHER_SECONDS = 0.2
"""Between two looks at logs that grow, so that what grew meanwhile is read together."""
AT_ONCE = 500

_TOLD = frozenset(DeliveryStatus) - {
    DeliveryStatus.CLAIMED,
    DeliveryStatus.ACCEPTED,
    DeliveryStatus.SENDING,
    DeliveryStatus.UNKNOWN,
}
"""Where a text stands for others; the way in between is ours and Twilio's."""
_OPTED = {"opted_out": "opted_out", "presumed": "presumed", "opted_in": "opted_in"}
_DECIDED = {"confirmed": "opted_out", "opted_out": "opted_out", "cleared": "cleared"}

_log = structlog.stdlib.get_logger(__name__)

_cursors, _counters = tables.webhook_cursors, tables.event_counters
_BEHIND = (
    select(_cursors.c.organisation_id)
    .join(_counters, _counters.c.organisation_id == _cursors.c.organisation_id)
    .where(_counters.c.seq > _cursors.c.seq)
)


class Follower:
    """The reader of one process; several may run at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """A log has grown: look soon instead of at the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Follow until cancelled; a database that is away is waited for."""
        while True:
            try:
                await catch_up(self._database)
            except Unavailable:
                await asyncio.sleep(POLL_SECONDS)
            except Exception:
                _log.exception("webhooks could not be promised")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)
            await asyncio.sleep(GATHER_SECONDS)
            self._woken.clear()


async def catch_up(database: Database) -> None:
    """Promise whatever the logs hold by now."""
    for row in await database.fetch_all(_BEHIND):
        tenant = Tenant(database, row.organisation_id)
        while await _read_some(tenant):
            continue


async def _read_some(tenant: Tenant) -> bool:
    """Look through the next events; whether there may be more."""
    async with tenant.transaction():
        mine = _cursors.c.organisation_id == tenant.organisation_id
        after = await tenant.fetch_val(select(_cursors.c.seq).where(mine).with_for_update())
        if after is None:
            return False
        rows = await tenant.fetch_all(_HAPPENED, {"organisation": tenant.organisation_id, "after": after})
        if not rows:
            return False
        await deliveries.promise(tenant, await _wanted(tenant, rows))
        await tenant.execute(update(_cursors).where(mine).values(seq=rows[-1].seq))
    return len(rows) == AT_ONCE


@dataclass(frozen=True, slots=True)
class _News:
    """One thing to tell; `told` is the same whenever it is the same."""

    kind: Kind
    told: str
    row: Any
    facts: dict[str, Any] = field(default_factory=dict)


async def _wanted(tenant: Tenant, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """The deliveries that are new, for each endpoint that is told of such things."""
    news = list({one.told: one for row in rows for one in _news(row)}.values())
    told = [one for one in await endpoints.all_of(tenant) if one.is_on]
    known = await _known(tenant, told, news)
    return [
        _row(endpoint, one)
        for endpoint in told
        for one in news
        if one.kind in endpoint.kinds and (endpoint.id, one.told) not in known
    ]


def _news(row: Any) -> Iterator[_News]:
    """What an event is to others."""
    if row.direction == "in" and row.kind == EventKind.MESSAGE_ADDED:
        # What is older than the account's connection is history, from which nothing follows.
        if row.written_at >= row.connected_at:
            yield _News(Kind.MESSAGE_RECEIVED, f"in:{row.message_id}", row)
        if row.did in _OPTED:
            yield _News(Kind.OPT_OUT, f"opt:{row.seq}", row, {"state": _OPTED[row.did], "by": "candidate"})
    if row.direction == "out" and DeliveryStatus(row.status) in _TOLD:
        facts = {"status": row.status, "error_code": row.error_code, "attempt": row.attempt}
        yield _News(Kind.MESSAGE_STATUS, f"out:{row.message_id}:{row.attempt}:{row.status}", row, facts)
        if row.error_code == OPTED_OUT:
            yield _News(Kind.OPT_OUT, f"stop:{row.message_id}", row, {"state": "opted_out", "by": "carrier"})
    if row.act in _DECIDED:
        yield _News(Kind.OPT_OUT, f"opt:{row.seq}", row, {"state": _DECIDED[row.act], "by": "user"})
    if row.assigned:
        facts = {"assignee_id": row.assignee_id, "previous_assignee_id": row.previous_assignee_id, "by": row.actor_id}
        yield _News(Kind.ASSIGNED, f"assigned:{row.seq}", row, facts)


async def _known(tenant: Tenant, told: Sequence[Endpoint], news: Sequence[_News]) -> set[tuple[str, str]]:
    """What these endpoints have been told of already, or are about to be: each with its id."""
    if not told or not news:
        return set()
    table = tables.webhook_deliveries
    rows = await tenant.fetch_all(
        select(table.c.endpoint_id, table.c.told).where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.endpoint_id.in_([endpoint.id for endpoint in told]),
            table.c.told.in_([one.told for one in news]),
        )
    )
    return {(row.endpoint_id, row.told) for row in rows}


def _row(endpoint: Endpoint, one: _News) -> dict[str, Any]:
    return {
        "id": new_id(),
        "endpoint_id": endpoint.id,
        "kind": one.kind.value,
        "told": one.told,
        "conversation_id": one.row.conversation_id,
        "message_id": one.row.message_id if one.kind is not Kind.ASSIGNED else None,
        "facts": json.dumps(one.facts),
        "at": one.row.at,
    }


def _happened() -> Any:
    """The events of an organisation after a number, with what is asked of their messages and notes."""
    events, messages, notes = tables.events, tables.messages, tables.notes
    conversations, accounts = tables.conversations, tables.provider_accounts

    def same(table: Any, column: Any) -> Any:
        return and_(table.c.organisation_id == events.c.organisation_id, table.c.id == column)

    return (
        select(
            events,
            messages.c.direction,
            messages.c.status,
            messages.c.error_code,
            messages.c.attempt,
            messages.c.event.label("did"),
            messages.c.at.label("written_at"),
            accounts.c.created_at.label("connected_at"),
            notes.c.act,
            conversations.c.assignee_id,
        )
        .outerjoin(messages, same(messages, events.c.message_id))
        .outerjoin(accounts, same(accounts, messages.c.provider_account_id))
        .outerjoin(notes, same(notes, events.c.message_id))
        .outerjoin(conversations, same(conversations, events.c.conversation_id))
        .where(events.c.organisation_id == bindparam("organisation"), events.c.seq > bindparam("after"))
        .order_by(events.c.seq)
        .limit(bindparam("most", AT_ONCE, type_=Integer()))
    )


_HAPPENED = _happened()
