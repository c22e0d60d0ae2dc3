"""All conversations of somebody who leaves or is away, given to a colleague or back to everybody in one act."""

from sqlalchemy import ColumnElement, and_, func, select, update

from inbox.accounts.users import User
from inbox.messaging import due_texts, notes
from inbox.messaging.handling import check_assignee
from inbox.storage import events, notifications
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import campaigns, conversations, workflow_executions, workflows

AT_ONCE = 50
"""Conversations in one transaction: other writers of the organisation wait for as long."""


async def how_many(tenant: Tenant, user_id: str) -> int:
    """How many open conversations somebody has."""
    return int(await tenant.fetch_val(select(func.count()).select_from(conversations).where(_theirs(tenant, user_id))))


async def hand_over(tenant: Tenant, actor: User, user_id: str, assignee: User | None) -> int:
    """Give every open conversation of `user_id` to `assignee`, with None to nobody; how many there were.

    Those that come meanwhile are given too; what a colleague takes meanwhile is theirs. Texts that `user_id` has
    scheduled, and their campaigns and workflows, go out in the name of `assignee`; with None workflows pause and
    scheduled campaigns wait for a person. Raises Invalid when the assignee cannot be given conversations.
    """
    if assignee is not None:
        await check_assignee(tenant, assignee.id)
        if assignee.id == user_id:
            return 0
    given, notification_id = 0, None
    while True:
        moved, notification_id = await _some(tenant, actor, user_id, assignee, notification_id)
        if not moved:
            break
        given += moved
    if assignee is not None:
        await due_texts.hand_over(tenant, user_id, assignee)
    await _automatic(tenant, user_id, assignee)
    return given


async def _automatic(tenant: Tenant, user_id: str, assignee: User | None) -> None:
    """What texts in the name of `user_id` does so in the assignee's; where there is none it waits for a person."""
    for table, goes_on, held_back in (
        (workflows, "active", {"state": "paused"}),
        (campaigns, "scheduled", {"state": "ready", "send_at": None}),
    ):
        theirs = and_(table.c.organisation_id == tenant.organisation_id, table.c.sender_id == user_id)
        if assignee is not None:
            await tenant.execute(update(table).where(theirs).values(sender_id=assignee.id))
        else:
            await tenant.execute(update(table).where(theirs, table.c.state == goes_on).values(**held_back))
    await _named_in_steps(tenant, user_id, assignee)


async def _named_in_steps(tenant: Tenant, user_id: str, assignee: User | None) -> None:
    """Steps of workflows, also of those that run, name the assignee then; where there is none the workflow pauses."""
    for table in (workflows, workflow_executions):
        is_used = table.c.state.in_(["active", "paused", "running", "waiting"])
        names = and_(table.c.organisation_id == tenant.organisation_id, is_used, table.c.steps.contains(user_id))
        if assignee is not None:
            instead = func.replace(table.c.steps, user_id, assignee.id)
            await tenant.execute(update(table).where(names).values(steps=instead))
        elif table is workflows:
            await tenant.execute(update(table).where(names, table.c.state == "active").values(state="paused"))


async def _some(
    tenant: Tenant, actor: User, user_id: str, assignee: User | None, notification_id: str | None
) -> tuple[int, str | None]:
    """How many were given, and the notification that tells the assignee of all of them."""
    async with tenant.transaction():
        some = select(conversations.c.id).where(_theirs(tenant, user_id)).limit(AT_ONCE)
        rows = await tenant.fetch_all(
            conversations.update()
            .where(_theirs(tenant, user_id), conversations.c.id.in_(some))
            .values(assignee_id=assignee.id if assignee else None, version=conversations.c.version + 1)
            .returning(conversations.c.id)
        )
        for row in rows:
            note_id = new_id()
            seq = await events.record(
                tenant,
                EventKind.CONVERSATION_CHANGED,
                conversation_id=row.id,
                message_id=note_id,
                actor_id=actor.id,
                previous_assignee_id=user_id,
                assigned=True,
            )
            await notes.add_act(
                tenant,
                actor,
                row.id,
                note_id=note_id,
                act="assigned" if assignee else "released",
                subject=assignee.name if assignee else None,
                seq=seq,
            )
        if rows and assignee is not None:
            notification_id = await _notify(tenant, actor, assignee, notification_id, len(rows))
    return len(rows), notification_id


async def _notify(tenant: Tenant, actor: User, assignee: User, notification_id: str | None, number: int) -> str | None:
    if notification_id is not None:
        await notifications.add_number(tenant, notification_id, number)
        return notification_id
    given = await notifications.notify(
        tenant, {assignee.id}, notifications.HANDED_OVER, actor_id=actor.id, number=number
    )
    return given[0] if given else None


def _theirs(tenant: Tenant, user_id: str) -> ColumnElement[bool]:
    return and_(
        conversations.c.organisation_id == tenant.organisation_id,
        conversations.c.assignee_id == user_id,
        conversations.c.closed_at.is_(None),
    )
