"""What events tell single users: the texts and notifications that are new, and how many they have not read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from inbox.messaging import notifications
from inbox.messaging.conversation_rows import ConversationRow
from inbox.messaging.notifications import Notification
from inbox.storage.database import Tenant
from inbox.storage.events import Event, EventKind


@dataclass(frozen=True, slots=True)
class Notified:
    """The unread notifications of one user, counted up to 100, and those of them that have just come."""

    unread: int
    news: tuple[Notification, ...]


async def by_user(tenant: Tenant, events: Sequence[Event], watching: Mapping[str, bool]) -> Mapping[str, Notified]:
    """For the users among `watching` whom an event is for. Two queries, however many they are; mostly none.

    `watching` says of each whether they see only their own conversations; those are asked for one by one.
    """
    concerning = [event for event in events if event.user_id in watching]
    found = await _of(tenant, [event for event in concerning if not watching[event.user_id or ""]])
    for user_id in {event.user_id for event in concerning if watching[event.user_id or ""]}:
        own = replace(tenant, only_of=user_id)
        found |= await _of(own, [event for event in concerning if event.user_id == user_id])
    return found


async def _of(tenant: Tenant, concerning: Sequence[Event]) -> dict[str, Notified]:
    if not concerning:
        return {}
    unread = await notifications.unread(tenant, {event.user_id for event in concerning if event.user_id})
    news = await notifications.by_ids(tenant, {event.message_id for event in concerning if event.message_id})
    return {
        user_id: Notified(number, tuple(one for one in news if one.user_id == user_id and not one.is_read))
        for user_id, number in unread.items()
    }


def of_texts(events: Sequence[Event], rows: Mapping[str, ConversationRow]) -> list[ConversationRow]:
    """The conversations in which a candidate has the last word, by one of these events."""
    written = {event.conversation_id for event in events if event.kind is EventKind.MESSAGE_ADDED}
    return [row for row in rows.values() if row.id in written and row.unread and row.last_author is None]
