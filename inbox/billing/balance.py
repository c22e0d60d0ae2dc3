"""The segment balance of an organisation: every step is one row of the log, written with the balance behind it.

A text costs its segments when it is queued. What Twilio counts otherwise is corrected when it takes the text, and what
it refuses is given back. At zero or below nothing more can be sent; what comes in is stored and costs all the same.

The balance's row is locked from here to the commit, so the order of the rows is the order of the balances. Locks are
taken in one order everywhere: conversation, message, balance, event counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import BigInteger, Integer, Text, bindparam, func, insert, or_, select, update

from inbox.errors import Invalid, NotFound, Refused, too_long
from inbox.languages import _
from inbox.storage import events
from inbox.storage.columns import Id
from inbox.storage.database import Database, Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import segment_balances as table
from inbox.storage.tables import segment_log as log

Kind = Literal["opening", "top_up", "sent", "received", "corrected", "returned"]

NONE_LEFT = _("No segments left. Messages can be read, but not sent.")
MOST_TOP_UP = 100_000_000
MOST_NOTE = 200
WARNED_AT = (0, 10, 25)
"""Percent of the last top-up, at which those who can top up are mailed."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Segments that are left, may be below zero, and how many there were after the last top-up."""

    left: int
    topped_to: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be sent any more."""
        return self.left <= 0

    @property
    def percent(self) -> int:
        """What is left of the last top-up, from 0 to 100, rounded up."""
        return max(0, min(100, -(-100 * self.left // self.topped_to))) if self.topped_to > 0 else 0


@dataclass(frozen=True, slots=True)
class Crossed:
    """A balance that is at or below a mark, in percent, that nobody was told of yet."""

    organisation_id: int
    left: int
    percent: int


def _moved(*, only_if_any: bool) -> Any:
    query = update(table).where(table.c.organisation_id == bindparam("organisation", type_=BigInteger()))
    if only_if_any:
        query = query.where(table.c.balance > 0)
    return query.values(balance=table.c.balance + bindparam("step", type_=Integer())).returning(table.c.balance)


_ROW = {
    "organisation_id": bindparam("organisation", type_=BigInteger()),
    "kind": bindparam("new_kind", type_=Text()),
    "segments": bindparam("step", type_=Integer()),
    "message_id": bindparam("new_message", type_=Id()),
    "author": bindparam("new_author", type_=Text()),
    "note": bindparam("new_note", type_=Text()),
}
_ADDED = insert(log).values(_ROW | {"balance": bindparam("new_balance", type_=BigInteger())})


def _written(moved: Any) -> Any:
    """Both steps as one statement, which saves PostgreSQL a trip while others wait for the balance.

    The time is read when the balance is held, not when the statement began to wait for it.
    """
    now = moved.cte("moved")
    row = select(now.c.balance, func.clock_timestamp(), *_ROW.values())
    return insert(log).from_select(["balance", "at", *_ROW], row).returning(log.c.balance)


# Built once: one of them runs for every text.
_MOVED = {only_if_any: _moved(only_if_any=only_if_any) for only_if_any in (False, True)}
_WRITTEN = {only_if_any: _written(moved) for only_if_any, moved in _MOVED.items()}
_HELD = select(table).where(table.c.organisation_id == bindparam("organisation")).with_for_update()


async def find(tenant: Tenant) -> Balance:
    """The balance as it stands."""
    row = await tenant.fetch_one(select(table).where(table.c.organisation_id == tenant.organisation_id))
    if row is None:
        raise NotFound("There is no such organisation.")
    return Balance(row.balance, row.topped_to)


async def spend(tenant: Tenant, message_id: str, segments: int) -> None:
    """A text is queued. Raises Refused when nothing is left; the last segments may be overdrawn by one text."""
    await _step(tenant, "sent", -segments, message_id=message_id, only_if_any=True)


async def spend_many(tenant: Tenant, texts: Sequence[tuple[str, int]]) -> int:
    """Texts of (message id, segments) are queued, as many of the first ones as there are segments for; their number."""
    row = await tenant.fetch_one(_HELD, {"organisation": tenant.organisation_id})
    left = row.balance if row is not None else 0
    rows = []
    for message_id, segments in texts:
        if left <= 0:
            break
        left -= segments
        rows.append(_values(tenant, "sent", -segments, message_id) | {"new_balance": left})
    if rows:
        await tenant.execute(
            update(table).where(table.c.organisation_id == tenant.organisation_id).values(balance=left)
        )
        await tenant.execute_many(_ADDED, rows)
        await _tell_if_crossed(tenant, row.balance if row is not None else 0, left)
    return len(rows)


async def receive(tenant: Tenant, message_id: str, segments: int) -> None:
    """A text came in, which costs as well."""
    await _step(tenant, "received", -segments, message_id=message_id)


async def correct(tenant: Tenant, message_id: str, *, promised: int, counted: int) -> None:
    """The provider counted other segments than we did when the text was queued."""
    if counted != promised:
        await _step(tenant, "corrected", promised - counted, message_id=message_id)


async def give_back(tenant: Tenant, message_id: str, segments: int) -> None:
    """The provider never took the text."""
    await _step(tenant, "returned", segments, message_id=message_id)


async def top_up(tenant: Tenant, author: str, segments: int, note: str) -> None:
    """Add segments; who did it and why stands in the log. Raises Invalid."""
    wrong: dict[str, str] = {}
    if not 1 <= segments <= MOST_TOP_UP:
        wrong["segments"] = _("Enter a number from 1 to %(most)s.", most=MOST_TOP_UP)
    if len(note) > MOST_NOTE:
        wrong["note"] = too_long(len(note), MOST_NOTE)
    if wrong:
        raise Invalid(wrong)
    async with tenant.transaction():
        left = await _step(tenant, "top_up", segments, author=author, note=note)
        await tenant.execute(
            update(table)
            .where(table.c.organisation_id == tenant.organisation_id)
            .values(topped_to=left, warned_percent=None)
        )


async def crossed(database: Database) -> Sequence[Crossed]:
    """The balances of all organisations that came below a mark which nobody was told of."""
    found = list[Crossed]()
    for percent in WARNED_AT:
        rows = await database.fetch_all(
            select(table.c.organisation_id, table.c.balance).where(
                table.c.topped_to > 0,
                100 * table.c.balance <= percent * table.c.topped_to,
                or_(table.c.warned_percent.is_(None), table.c.warned_percent > percent),
            )
        )
        known = {one.organisation_id for one in found}
        found += [Crossed(row.organisation_id, row.balance, percent) for row in rows if row[0] not in known]
    return found


async def note_warned(tenant: Tenant, percent: int) -> bool:
    """From now on this mark has been told of; False when it had been. In the transaction of what tells of it."""
    noted = await tenant.fetch_val(
        update(table)
        .where(
            table.c.organisation_id == tenant.organisation_id,
            or_(table.c.warned_percent.is_(None), table.c.warned_percent > percent),
        )
        .values(warned_percent=percent)
        .returning(table.c.organisation_id)
    )
    return noted is not None


async def _step(
    tenant: Tenant,
    kind: Kind,
    segments: int,
    *,
    message_id: str | None = None,
    author: str | None = None,
    note: str = "",
    only_if_any: bool = False,
) -> int:
    """Move the balance by so many segments; what is left."""
    if not tenant.database.in_transaction:
        raise RuntimeError("the balance moves in the transaction of what it is moved for")
    values = _values(tenant, kind, segments, message_id, author, note)
    if tenant.database.dialect == "postgresql":
        left: int | None = await tenant.fetch_val(_WRITTEN[only_if_any], values)
    else:
        step = {"organisation": tenant.organisation_id, "step": segments}
        left = await tenant.fetch_val(_MOVED[only_if_any], step)
        if left is not None:
            await tenant.execute(_ADDED, values | {"new_balance": left})
    if left is None:
        raise Refused(NONE_LEFT) if only_if_any else NotFound("There is no such organisation.")
    await _tell_if_crossed(tenant, left - segments, left)
    return left


async def _tell_if_crossed(tenant: Tenant, before: int, after: int) -> None:
    """Open threads close their composers at zero, and open them after a top-up."""
    if (before > 0) != (after > 0):
        await events.record(tenant, EventKind.BALANCE_CHANGED)


def _values(
    tenant: Tenant, kind: Kind, segments: int, message_id: str | None, author: str | None = None, note: str = ""
) -> dict[str, Any]:
    return {
        "organisation": tenant.organisation_id,
        "new_kind": kind,
        "step": segments,
        "new_message": message_id,
        "new_author": author,
        "new_note": note,
    }
