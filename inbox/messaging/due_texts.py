"""What becomes of a scheduled text when it is due, and when its author leaves."""

from sqlalchemy import select

from inbox import clock
from inbox.accounts import users
from inbox.accounts.users import User
from inbox.errors import Invalid, NotFound, Refused
from inbox.languages import _
from inbox.messaging import conversations, scheduled_texts
from inbox.messaging.blocks import Held
from inbox.messaging.conversations import Conversation
from inbox.messaging.scheduled_texts import ScheduledText
from inbox.messaging.sending import VALID_SECONDS
from inbox.storage.database import Tenant
from inbox.storage.jobs import Postponed
from inbox.storage.tables import conversations as conversations_table
from inbox.storage.tables import scheduled_texts as table

_WAITS = ("unread", "waiting_since", "overdue_at")
AT_ONCE = 50
"""Texts in one transaction: other writers of the organisation wait for as long."""


async def send_due(tenant: Tenant, text_id: str) -> Postponed | None:
    """Send the text `text_id`, or keep it with the reason; None when there is nothing left to do with it.

    It may be called any number of times, also before the text is due. A text that is sent is one message, promised
    to the provider in the transaction in which it ceases to be scheduled.
    """
    try:
        found = await scheduled_texts.find(tenant, text_id)
    except NotFound:
        return None
    async with tenant.transaction():
        conversation = await conversations.find(tenant, found.conversation_id, lock=True)
        try:
            text = await scheduled_texts.find(tenant, text_id)
        except NotFound:
            return None
        left = (text.send_at - clock.now()).total_seconds()
        if text.stopped_at is not None:
            return None
        if left > 0:
            return Postponed(left)
        if text.is_held:
            await scheduled_texts.stop(tenant, text, None)
        else:
            return await _send(tenant, conversation, text)
    return None


async def hand_over(tenant: Tenant, user_id: str, assignee: User) -> int:
    """Put every scheduled text of `user_id` into the name of `assignee`, to go out at its time; how many there were."""
    given = 0
    while moved := await _give_some(tenant, user_id, assignee):
        given += moved
    return given


async def _send(tenant: Tenant, conversation: Conversation, text: ScheduledText) -> Postponed | None:
    author = await users.find(tenant, text.author_id)
    reason = _objection(conversation, text)
    if reason is None:
        try:
            async with tenant.transaction():
                await _send_unseen(tenant, author, text)
            return None
        except Held as held:
            await scheduled_texts.hold(tenant, text, held.until, held.sentence)
            return Postponed((held.until - clock.now()).total_seconds())
        except (Refused, Invalid) as error:
            reason = error.sentence
    await scheduled_texts.stop(tenant, text, reason)
    return None


def _objection(conversation: Conversation, text: ScheduledText) -> str | None:
    """Why a text that somebody meant to send does not go out by itself; None when it does."""
    if conversation.closed_at is not None and conversation.closed_at > text.written_at:
        return _("%(name)s has closed this conversation meanwhile.", name=conversation.closed_by or _("Somebody"))
    late_seconds = (clock.now() - max(text.send_at, text.held_until or text.send_at)).total_seconds()
    # No outage of a day texts people at night.
    return _("It could not go out when it was due.") if late_seconds > VALID_SECONDS else None


async def _send_unseen(tenant: Tenant, author: User, text: ScheduledText) -> None:
    """Nobody pressed Send: what the candidate wrote meanwhile is as unread and unanswered as before."""
    same = (
        conversations_table.c.organisation_id == tenant.organisation_id,
        conversations_table.c.id == text.conversation_id,
    )
    waits = await tenant.fetch_one(select(*(conversations_table.c[name] for name in _WAITS)).where(*same))
    await scheduled_texts.send(tenant, author, text, "scheduled")
    if text.replied_at is not None and waits is not None:
        await conversations.change(tenant, text.conversation_id, **{name: waits[name] for name in _WAITS})


async def _give_some(tenant: Tenant, user_id: str, assignee: User) -> int:
    theirs = (table.c.organisation_id == tenant.organisation_id, table.c.author_id == user_id)
    async with tenant.transaction():
        rows = await tenant.fetch_all(
            table.update()
            .where(*theirs, table.c.id.in_(select(table.c.id).where(*theirs).limit(AT_ONCE)))
            .values(author_id=assignee.id, author=assignee.name, version=table.c.version + 1)
            .returning(table.c.conversation_id)
        )
        for conversation_id in sorted({row.conversation_id for row in rows}):
            await scheduled_texts.tell(tenant, conversation_id, assignee.id)
    return len(rows)
