"""What a person does with a conversation: read it, take it, give it to somebody, close it, open it again.

Two people may act on one conversation at the same moment. Each act is one conditional update, so the database decides
who was first; the other one gets Changed with what stands now. An act that finds its work done changes nothing.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.errors import Changed, Invalid, NotFound
from inbox.messaging import conversations, messages
from inbox.messaging.conversations import Conversation
from inbox.storage import events
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations as table


async def mark_read(tenant: Tenant, user: User, conversation_id: str, *, seen: int) -> None:
    """The thread was on screen up to event `seen`. What came after that stays unread; raises NotFound."""
    if (await conversations.find(tenant, conversation_id)).unread == 0:
        return
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        if conversation.unread == 0 or await messages.has_inbound_after(tenant, conversation_id, seen):
            return
        await conversations.change(tenant, conversation_id, unread=0)
        await events.record(tenant, EventKind.CONVERSATION_CHANGED, conversation_id=conversation_id, actor_id=user.id)


async def claim(tenant: Tenant, user: User, conversation_id: str) -> bool:
    """Take a conversation that nobody has; False when `user` has it already.

    Raises Changed when a colleague has it by now, NotFound.
    """
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        if conversation.assignee_id == user.id:
            return False
        await _apply(tenant, user, conversation, when=table.c.assignee_id.is_(None), assignee_id=user.id)
    return True


async def assign(tenant: Tenant, user: User, conversation_id: str, assignee_id: str | None, *, version: int) -> bool:
    """Give a conversation to a colleague, or with None to nobody; False when it is so already.

    `version` is the one that `user` saw. Raises Changed when it was assigned, closed or opened since, Invalid when
    this person cannot be given conversations, NotFound.
    """
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        if conversation.assignee_id == assignee_id:
            return False
        if assignee_id is not None:
            await _check_assignee(tenant, assignee_id)
        await _apply(tenant, user, conversation, when=table.c.version == version, assignee_id=assignee_id)
    return True


async def close(tenant: Tenant, user: User, conversation_id: str, *, version: int, seen: int | None) -> bool:
    """Say that nothing waits here any more, until a new message comes; False when it is closed already.

    `seen` is the last event that was on screen, None when it is not known. Raises Changed when the candidate wrote
    after it, so that no text is put away unread, or when the conversation was assigned or opened since `version`;
    NotFound.
    """
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        if conversation.closed_at is not None:
            return False
        if await _has_unseen(tenant, conversation, seen):
            sentence = "A new message has arrived. Read it, then press Close again."
            raise Changed(sentence, seen=(await events.head(tenant)).seq)
        await _apply(
            tenant,
            user,
            conversation,
            when=table.c.version == version,
            closed_at=db_now(),
            closed_by_id=user.id,
            unread=0,
            waiting_since=None,
        )
    return True


async def reopen(tenant: Tenant, user: User, conversation_id: str, *, version: int) -> bool:
    """Open a closed conversation again; False when it is open already.

    Raises Changed when it was assigned or closed since `version`, NotFound.
    """
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        if conversation.closed_at is None:
            return False
        await _apply(tenant, user, conversation, when=table.c.version == version, closed_at=None, closed_by_id=None)
    return True


async def _apply(
    tenant: Tenant, user: User, conversation: Conversation, *, when: ColumnElement[bool], **values: Any
) -> None:
    """The conditional update and its event; raises Changed when somebody else was faster."""
    changed = await tenant.fetch_one(
        table.update()
        .where(table.c.organisation_id == tenant.organisation_id, table.c.id == conversation.id, when)
        .values(version=table.c.version + 1, **values)
        .returning(table.c.id)
    )
    if changed is None:
        now = await conversations.find(tenant, conversation.id)
        raise Changed(f"{_standing(now, user)} Nothing was changed.", seen=(await events.head(tenant)).seq)
    await events.record(
        tenant,
        EventKind.CONVERSATION_CHANGED,
        conversation_id=conversation.id,
        actor_id=user.id,
        previous_assignee_id=conversation.assignee_id,
    )


def _standing(now: Conversation, reader: User) -> str:
    """Where the conversation stands, to whoever was slower."""
    if now.closed_at is not None:
        return f"{now.closed_by or 'Somebody'} closed this conversation."
    if now.assignee_id is None:
        return "Nobody has this conversation now."
    return f"{'You have' if now.assignee_id == reader.id else f'{now.assignee} has'} this conversation now."


async def _check_assignee(tenant: Tenant, assignee_id: str) -> None:
    try:
        assignee = await users.find(tenant, str(UUID(assignee_id)))
    except (ValueError, NotFound):
        assignee = None
    if assignee is None or assignee.deactivated or not assignee.may(Act.REPLY):
        raise Invalid({"assignee": "This person cannot answer candidates. Choose somebody else."})


async def _has_unseen(tenant: Tenant, conversation: Conversation, seen: int | None) -> bool:
    if seen is None:
        return conversation.unread > 0
    return await messages.has_inbound_after(tenant, conversation.id, seen)
