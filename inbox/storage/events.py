"""The event log: one dense row of numbers for each organisation, in the order of the commits."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Integer, Text, bindparam, insert, select, update

from inbox.errors import NotFound
from inbox.storage.columns import Id, db_later
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import event_counters, events
from realtime.cursor import Cursor

_MARK = "events:"


class EventKind(StrEnum):
    """What happened. All but those in NOT_IN_LIST may change the conversation's row in the list."""

    MESSAGE_ADDED = "message.added"
    MESSAGE_CHANGED = "message.changed"
    NOTE_ADDED = "note.added"
    CONVERSATION_CHANGED = "conversation.changed"
    CANDIDATE_CHANGED = "candidate.changed"
    BALANCE_CHANGED = "balance.changed"  # sending became impossible, or possible again, in every conversation
    NOTIFICATIONS_CHANGED = "notifications.changed"
    CAMPAIGN_CHANGED = "campaign.changed"  # its state, or how many of its texts are on their way
    OTHER = "other"

    @classmethod
    def _missing_(cls, value: object) -> "EventKind":
        """A kind that a newer build has recorded: this one goes on until it is replaced."""
        return cls.OTHER


NOT_IN_LIST = frozenset(
    {
        EventKind.MESSAGE_CHANGED,
        EventKind.NOTE_ADDED,
        EventKind.BALANCE_CHANGED,
        EventKind.NOTIFICATIONS_CHANGED,
        EventKind.CAMPAIGN_CHANGED,
    }
)


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to these things; what they look like now is read when it is shown."""

    seq: int
    kind: EventKind
    conversation_id: str | None
    message_id: str | None
    """Of a message or a note; of a notification, where those of a user have changed; of a campaign, where that has."""
    actor_id: str | None
    previous_assignee_id: str | None
    user_id: str | None = None
    """Whom alone it concerns; None: everybody."""


_COUNTED = (
    update(event_counters)
    .where(event_counters.c.organisation_id == bindparam("organisation"))
    .values(seq=event_counters.c.seq + 1)
    .returning(event_counters.c.seq)
)
_COUNTED_MANY = (
    update(event_counters)
    .where(event_counters.c.organisation_id == bindparam("organisation"))
    .values(seq=event_counters.c.seq + bindparam("many", type_=BigInteger()))
    .returning(event_counters.c.seq)
)
_EVENT = {
    "organisation_id": bindparam("organisation", type_=BigInteger()),
    "kind": bindparam("new_kind", type_=Text()),
    "conversation_id": bindparam("new_conversation", type_=Id()),
    "message_id": bindparam("new_message", type_=Id()),
    "actor_id": bindparam("new_actor", type_=Id()),
    "previous_assignee_id": bindparam("new_previous", type_=Id()),
    "user_id": bindparam("new_user", type_=Id()),
    "assigned": bindparam("new_assigned", type_=Boolean()),
}
_ADDED = insert(events).values(_EVENT | {"seq": bindparam("new_seq")})
# On PostgreSQL both are one statement, which saves a trip while everybody else waits for the counter.
_COUNTED_NOW = _COUNTED.cte("counted_now")
_COUNTED_AND_ADDED = (
    insert(events).from_select(["seq", *_EVENT], select(_COUNTED_NOW.c.seq, *_EVENT.values())).returning(events.c.seq)
)
_HEADS = select(event_counters).where(event_counters.c.organisation_id.in_(bindparam("organisations", expanding=True)))
_READ = (
    select(events)
    .where(events.c.organisation_id == bindparam("organisation"), events.c.seq > bindparam("after"))
    .order_by(events.c.seq)
    .limit(bindparam("most", type_=Integer()))
)


async def record(
    tenant: Tenant,
    kind: EventKind,
    *,
    conversation_id: str | None = None,
    message_id: str | None = None,
    actor_id: str | None = None,
    previous_assignee_id: str | None = None,
    user_id: str | None = None,
    assigned: bool = False,
) -> int:
    """Add an event and return its number. Call it last in the transaction.

    `assigned`: it gave the conversation to somebody, or took it from `previous_assignee_id`.
    From here to the commit every other transaction of the organisation that records an event waits: that is
    what makes the numbers dense and their order the order of the commits.
    """
    if not tenant.database.in_transaction:
        raise RuntimeError("an event is recorded in the transaction of the change it tells of")
    values = {
        "organisation": tenant.organisation_id,
        "new_kind": str(kind),
        "new_conversation": conversation_id,
        "new_message": message_id,
        "new_actor": actor_id,
        "new_previous": previous_assignee_id,
        "new_user": user_id,
        "new_assigned": assigned or None,
    }
    if tenant.database.dialect == "postgresql":
        seq: int | None = await tenant.fetch_val(_COUNTED_AND_ADDED, values)
    else:
        seq = await tenant.fetch_val(_COUNTED, {"organisation": tenant.organisation_id})
        if seq is not None:
            await tenant.execute(_ADDED, values | {"new_seq": seq})
    if seq is None:
        raise NotFound("There is no such organisation.")
    tenant.database.mark(f"{_MARK}{tenant.channel}")
    return seq


async def record_many(
    tenant: Tenant, kind: EventKind, subjects: Sequence[tuple[str, str | None]], *, actor_id: str | None = None
) -> int:
    """Add an event for each (conversation id, message id or None) and return the first number; the others follow it.

    What `record` says holds here too: it comes last in the transaction.
    """
    if not tenant.database.in_transaction:
        raise RuntimeError("an event is recorded in the transaction of the change it tells of")
    newest = await tenant.fetch_val(_COUNTED_MANY, {"organisation": tenant.organisation_id, "many": len(subjects)})
    if newest is None:
        raise NotFound("There is no such organisation.")
    first: int = newest - len(subjects) + 1
    await tenant.execute_many(
        _ADDED,
        [
            {
                "organisation": tenant.organisation_id,
                "new_seq": seq,
                "new_kind": str(kind),
                "new_conversation": conversation_id,
                "new_message": message_id,
                "new_actor": actor_id,
                "new_previous": None,
                "new_user": None,
                "new_assigned": None,
            }
            for seq, (conversation_id, message_id) in enumerate(subjects, first)
        ],
    )
    mark(tenant.database, {tenant.organisation_id})
    return first


def mark(database: Database, organisation_ids: Collection[int]) -> None:
    """Have it told after the commit that these organisations' logs have grown; by whoever stores events himself."""
    for one in organisation_ids:
        database.mark(f"{_MARK}{one}")


async def newest_actor(tenant: Tenant, message_id: str, *, after: int, within_seconds: float) -> str | None:
    """Who did something with this message last, after event `after` and not longer ago than so many seconds."""
    actor: str | None = await tenant.fetch_val(
        select(events.c.actor_id)
        .where(
            events.c.organisation_id == tenant.organisation_id,
            events.c.seq > after,
            events.c.message_id == message_id,
            events.c.actor_id.is_not(None),
            events.c.at > db_later(-within_seconds),
        )
        .order_by(events.c.seq.desc())
        .limit(1)
    )
    return actor


def channels(marks: Collection[str]) -> list[str]:
    """The channels whose logs have grown, from the marks of a committed transaction."""
    return [mark.removeprefix(_MARK) for mark in marks if mark.startswith(_MARK)]


async def head(tenant: Tenant) -> Cursor:
    """The newest place in the organisation's log. Read it before the state that it shall describe."""
    return await EventLog(tenant.database).head(tenant.channel)


class EventLog:
    """The logs as the hub reads them; a channel is the text of an organisation's id."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def head(self, channel: str) -> Cursor:
        """The newest place in the log. Raises NotFound for an organisation that is not there."""
        heads = await self.heads([channel])
        if channel not in heads:
            raise NotFound("There is no such organisation.")
        return heads[channel]

    async def heads(self, channels: Collection[str]) -> Mapping[str, Cursor]:
        """The newest places of many logs in one query; organisations that are not there are left out."""
        rows = await self._database.fetch_all(_HEADS, {"organisations": [int(one) for one in channels]})
        return {str(row.organisation_id): Cursor(row.epoch, row.seq) for row in rows}

    async def read(self, channel: str, after: int, limit: int) -> Sequence[Event]:
        """The first `limit` events above `after`, ascending and without a gap."""
        values = {"organisation": int(channel), "after": after, "most": limit}
        rows = await self._database.fetch_all(_READ, values)
        return [
            Event(
                seq=row.seq,
                kind=EventKind(row.kind),
                conversation_id=row.conversation_id,
                message_id=row.message_id,
                actor_id=row.actor_id,
                previous_assignee_id=row.previous_assignee_id,
                user_id=row.user_id,
            )
            for row in rows
        ]


async def begin_anew(database: Database) -> None:
    """Tell all readers that the logs are not those they know, so that each of them starts afresh.

    The numbers of a restored copy begin again below those that were given out since it was made.
    """
    await database.execute(update(event_counters).values(epoch=secrets.token_hex(4)))
