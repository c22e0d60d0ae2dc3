"""What people do with a conversation: read it, mark it unread, take it, give it, close it, snooze it, open it again.

Two people may act on one conversation at the same moment. Each act is one conditional update, so the database decides
who was first; the other one gets Changed with what stands now. An act that finds its work done changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_

from inbox.accounts import users
from inbox.accounts.users import User
from inbox.errors import Changed, Invalid
from inbox.languages import _, gathered
from inbox.messaging import chatbot_hold, company_conversations, conversations, gone_owners, messages, notes, snoozes
from inbox.messaging.acts import Act
from inbox.messaging.conversations import Conversation
from inbox.storage import events, notifications
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.notifications import ASSIGNED
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


async def mark_unread(tenant: Tenant, user: User, conversation_id: str) -> bool:
    """Let it wait as if nobody had read it; False when it does so already.

    Raises Invalid when there is nothing that could wait: it is closed or snoozed, or the candidate never wrote.
    NotFound.
    """
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        if conversation.unread:
            return False
        if conversation.closed_at is not None:
            raise Invalid({"unread": _("This conversation is closed. Reopen it first.")})
        if conversation.snoozed_until is not None:
            raise Invalid({"unread": _("This conversation is snoozed. Bring it back first.")})
        if not await messages.has_inbound_after(tenant, conversation_id, -1):
            raise Invalid({"unread": _("%(first_name)s has not written yet.", first_name=conversation.first_name)})
        await conversations.change(tenant, conversation_id, unread=1)
        await events.record(tenant, EventKind.CONVERSATION_CHANGED, conversation_id=conversation_id, actor_id=user.id)
        return True


async def claim(tenant: Tenant, user: User, conversation_id: str) -> bool:
    """Take a conversation that nobody has; False when `user` has it already.

    Raises Changed when a colleague has it by now, NotFound.
    """
    act = _Act(
        table.c.assignee_id.is_(None), {"assignee_id": user.id}, lambda now: now.assignee_id == user.id, "assigned"
    )
    return await _do(tenant, user, conversation_id, act)


async def assign(tenant: Tenant, user: User, conversation_id: str, assignee_id: str | None, *, version: int) -> bool:
    """Give a conversation to a colleague, or with None to nobody; False when it is so already.

    `version` is the one that `user` saw. Raises Changed when it was assigned, closed or opened since, Invalid when
    this person cannot be given conversations, NotFound.
    """
    if assignee_id is not None:
        company_id = await company_conversations.company_of(tenant, conversation_id)
        await check_assignee(tenant, assignee_id, in_company=company_id)
    act = _Act(
        table.c.version == version,
        {"assignee_id": assignee_id},
        lambda now: now.assignee_id == assignee_id,
        "assigned" if assignee_id else "released",
    )
    return await _do(tenant, user, conversation_id, act)


async def close(tenant: Tenant, user: User, conversation_id: str, *, version: int, seen: int) -> bool:
    """Say that nothing waits here any more, until a new message comes; False when it is closed already.

    `seen` is the last event that was on screen. Raises Changed when the candidate wrote after it, so that no text is
    put away unread, or when the conversation was assigned or opened since `version`; NotFound.
    """
    values = {
        "closed_at": db_now(),
        "closed_by_id": user.id,
        "snoozed_until": None,
        "unread": 0,
        "waiting_since": None,
        "overdue_at": None,
    }
    act = _Act(table.c.version == version, values, lambda now: now.closed_at is not None, "closed", seen=seen)
    return await _do(tenant, user, conversation_id, act)


async def reopen(tenant: Tenant, user: User, conversation_id: str, *, version: int) -> bool:
    """Open a closed conversation again; False when it is open already.

    Raises Changed when it was assigned or closed since `version`, NotFound.
    """
    values = {"closed_at": None, "closed_by_id": None}
    act = _Act(table.c.version == version, values, lambda now: now.closed_at is None, "reopened")
    return await _do(tenant, user, conversation_id, act)


async def snooze(tenant: Tenant, user: User, conversation_id: str, until: datetime, *, version: int, seen: int) -> bool:
    """Put it away until `until` (UTC), or until the candidate writes; False when it is put away so already.

    Raises Invalid when it is closed, and Changed as `close` does; NotFound.
    """
    if (await conversations.find(tenant, conversation_id)).closed_at is not None:
        raise Invalid({"until": _("This conversation is closed. Reopen it first.")})
    values = {"snoozed_until": until, "unread": 0}
    act = _Act(
        and_(table.c.version == version, table.c.closed_at.is_(None)),
        values,
        lambda now: now.snoozed_until == until,
        "snoozed",
        seen=seen,
        until=until,
    )
    return await _do(tenant, user, conversation_id, act)


async def wake(tenant: Tenant, user: User, conversation_id: str, *, version: int) -> bool:
    """End a snooze now; False when there is none. Raises Changed when it was assigned or closed since, NotFound."""
    act = _Act(table.c.version == version, {"snoozed_until": None}, lambda now: now.snoozed_until is None, "woken")
    return await _do(tenant, user, conversation_id, act)


@dataclass(frozen=True, slots=True)
class _Act:
    """What is to be written, and as long as what holds."""

    when: ColumnElement[bool]
    values: Mapping[str, Any]
    is_done: Callable[[Conversation], bool]
    """Whether a conversation is already as it shall be."""
    name: Act
    seen: int | None = None
    """The event after which the candidate may not have written."""
    until: datetime | None = None
    """When it ends by itself."""


async def _do(tenant: Tenant, user: User, conversation_id: str, act: _Act) -> bool:
    """The conditional update and its event; raises Changed when somebody else was faster.

    Nothing is locked before the update: whoever is late only waits for the one who was first.
    """
    before = await conversations.find(tenant, conversation_id)
    if act.is_done(before):
        return False
    async with tenant.transaction():
        if await _updated(tenant, conversation_id, act):
            if act.seen is not None and await messages.has_inbound_after(tenant, conversation_id, act.seen):
                raise await _late(
                    tenant, _("A new message has arrived. Read it, then press %(act)s again.", act=_PRESSED[act.name])
                )
            if act.until is not None:
                await snoozes.promise_end(tenant, conversation_id, act.until)
            gone = await gone_owners.release(tenant, conversation_id) if act.name == "reopened" else None
            await _tell(tenant, user, before, act)
            await gone_owners.tell(tenant, conversation_id, gone)
            return True
    now = await conversations.find(tenant, conversation_id)
    if act.is_done(now):
        return False
    raise await _late(tenant, gathered((_standing(now, user), _("Nothing was changed."))))


_PRESSED: Mapping[Act, str] = {"closed": _("Close"), "snoozed": _("Snooze")}


async def _tell(tenant: Tenant, user: User, before: Conversation, act: _Act) -> None:
    """Record the act as an event, and beside the thread for those who read it later."""
    note_id = new_id()
    seq = await events.record(
        tenant,
        EventKind.CONVERSATION_CHANGED,
        conversation_id=before.id,
        message_id=note_id,
        actor_id=user.id,
        previous_assignee_id=before.assignee_id,
        assigned="assignee_id" in act.values,
    )
    # Who gives it away may not see it any more.
    now = await conversations.find(tenant.whole, before.id)
    subject = act.until.isoformat() if act.until else now.assignee
    await notes.add_act(tenant, user, before.id, note_id=note_id, act=act.name, subject=subject, seq=seq)
    if act.name == "assigned":
        await chatbot_hold.step_aside(tenant, user, now, "took over")
    if act.name == "assigned" and now.assignee_id is not None:
        await notifications.notify(
            tenant, {now.assignee_id}, ASSIGNED, conversation_id=before.id, message_id=note_id, actor_id=user.id
        )


async def _updated(tenant: Tenant, conversation_id: str, act: _Act) -> bool:
    row = await tenant.fetch_one(
        table.update()
        .where(table.c.organisation_id == tenant.organisation_id, table.c.id == conversation_id, act.when)
        .values(version=table.c.version + 1, **act.values)
        .returning(table.c.id)
    )
    return row is not None


async def _late(tenant: Tenant, sentence: str) -> Changed:
    return Changed(sentence, seen=(await events.head(tenant)).seq)


def _standing(now: Conversation, reader: User) -> str:
    """Where the conversation stands, to whoever was late."""
    if now.closed_at is not None:
        return _("%(name)s closed this conversation.", name=now.closed_by or _("Somebody"))
    if now.snoozed_until is not None:
        return _("This conversation is snoozed now.")
    if now.assignee_id is None:
        return _("Nobody has this conversation now.")
    if now.assignee_id == reader.id:
        return _("You have this conversation now.")
    return _("%(name)s has this conversation now.", name=now.assignee)


async def check_assignee(tenant: Tenant, assignee_id: str, *, in_company: str | None = None) -> None:
    """Raise Invalid when this person cannot be given conversations, of a company or with None of any."""
    able = await users.who_may_have_conversations(tenant, in_company=in_company)
    if assignee_id.lower() not in {user.id for user in able}:
        raise Invalid({"assignee": _("This person cannot be given conversations. Choose somebody else.")})
