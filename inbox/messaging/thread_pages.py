"""Pages of a thread that do not end with its newest message: around one line, and what follows such a page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, tuple_

from inbox.messaging import messages, notes
from inbox.messaging.messages import PAGE, Message, ThreadPage, message_of, selected
from inbox.messaging.notes import Note
from inbox.messaging.places import key_of, place_of
from inbox.storage.database import Tenant
from inbox.storage.tables import messages as table

_KEY = tuple_(table.c.at, table.c.id)


async def around(tenant: Tenant, conversation_id: str, line_id: str) -> ThreadPage | None:
    """The messages before and after a message or a note of a conversation; None when it is not there.

    It reaches to the newest one when that is not far.
    """
    place = await _place(tenant, conversation_id, line_id)
    if place is None:
        return None
    newer = await _some(tenant, conversation_id, place <= _KEY, PAGE)
    room = max(PAGE - len(newer), PAGE // 2)
    older = await _some(tenant, conversation_id, place > _KEY, room, newest_first=True)
    shown = [*older[:room][::-1], *newer[:PAGE]]
    return ThreadPage(
        tuple(shown),
        earlier=_key(shown[0]) if len(older) > room else None,
        later=_key(shown[-1]) if len(newer) > PAGE else None,
    )


async def after(tenant: Tenant, conversation_id: str, key: str) -> ThreadPage:
    """The messages that follow the key `key`, oldest first; none when it is no key."""
    place = place_of(key)
    found = [] if place is None else await _some(tenant, conversation_id, place < _KEY, PAGE)
    return ThreadPage(tuple(found[:PAGE]), None, later=_key(found[PAGE - 1]) if len(found) > PAGE else None)


async def _place(tenant: Tenant, conversation_id: str, line_id: str) -> tuple[datetime, str] | None:
    lines: list[Message | Note] = [*await messages.by_ids(tenant, [line_id]), *await notes.by_ids(tenant, [line_id])]
    return next(((line.at, line.id) for line in lines if line.conversation_id == conversation_id), None)


async def _some(
    tenant: Tenant, conversation_id: str, which: ColumnElement[bool], most: int, *, newest_first: bool = False
) -> Sequence[Message]:
    """These messages in their order, and one more than `most` when there are more."""
    order: list[Any] = [table.c.at, table.c.id]
    rows = await tenant.fetch_all(
        selected(tenant)
        .where(table.c.conversation_id == conversation_id, which)
        .order_by(*(column.desc() if newest_first else column for column in order))
        .limit(most + 1)
    )
    return [message_of(row) for row in rows]


def _key(message: Message) -> str:
    return key_of(message.at, message.id)
