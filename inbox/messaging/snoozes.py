"""The end of a snooze: a conversation that was put away for a time comes back into the open lists."""

from datetime import datetime

from sqlalchemy import case

from inbox import clock
from inbox.errors import NotFound
from inbox.messaging import conversations, notes
from inbox.storage import events, jobs, notifications
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.jobs import Postponed
from inbox.storage.tables import conversations as table

WAKE = "wake"


async def promise_end(tenant: Tenant, conversation_id: str, until: datetime) -> None:
    """Have `end` called at `until` (UTC); in the transaction that snoozes the conversation."""
    delay = (until - clock.now()).total_seconds()
    await jobs.enqueue(tenant, WAKE, conversation_id, delay_seconds=max(0.0, delay))


async def end(tenant: Tenant, conversation_id: str) -> Postponed | None:
    """Bring the conversation back when its time has come; None when there is nothing left to do.

    It comes back unread: whoever put it away asked to be reminded, and it may stand far down in the list.
    """
    async with tenant.transaction():
        try:
            conversation = await conversations.find(tenant, conversation_id, lock=True)
        except NotFound:
            return None
        if conversation.snoozed_until is None:
            return None
        left = (conversation.snoozed_until - clock.now()).total_seconds()
        if left > 0:
            return Postponed(left)
        unread = case((table.c.unread > 0, table.c.unread), else_=1)
        await conversations.change(
            tenant, conversation_id, snoozed_until=None, unread=unread, version=table.c.version + 1
        )
        note_id = new_id()
        seq = await events.record(
            tenant, EventKind.CONVERSATION_CHANGED, conversation_id=conversation_id, message_id=note_id
        )
        await notes.add_act(tenant, None, conversation_id, note_id=note_id, act="woken", subject=None, seq=seq)
        await notifications.notify(
            tenant,
            [conversation.assignee_id] if conversation.assignee_id else [],
            WAKE,
            conversation_id=conversation_id,
            message_id=note_id,
            words="The snooze is over.",
        )
    return None
