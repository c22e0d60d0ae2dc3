"""Owners who cannot sign in any more: a conversation that somebody has to look at again belongs to nobody then.

What was open was handed over when they were shut out. Closed conversations stay with them, for the record, until a
text comes, one of ours fails, or somebody opens them again.
"""

from dataclasses import dataclass

from sqlalchemy import and_, select

from inbox.messaging import act_lines, conversations
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations as table
from inbox.storage.tables import users


@dataclass(frozen=True, slots=True)
class GoneOwner:
    """Whose the conversation was."""

    id: str
    name: str


async def release(tenant: Tenant, conversation_id: str) -> GoneOwner | None:
    """Take the conversation from an owner who was shut out; None when there is none.

    In a transaction that holds the conversation; `tell` has to follow.
    """
    owner = await tenant.fetch_one(
        select(users.c.id, users.c.name)
        .join(table, and_(table.c.organisation_id == users.c.organisation_id, table.c.assignee_id == users.c.id))
        .where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.id == conversation_id,
            users.c.deactivated_at.is_not(None),
        )
    )
    if owner is None:
        return None
    await conversations.change(tenant, conversation_id, assignee_id=None, version=table.c.version + 1)
    return GoneOwner(owner.id, owner.name)


async def tell(tenant: Tenant, conversation_id: str, owner: GoneOwner | None) -> None:
    """Tell open lists and the thread of it; last in the transaction."""
    if owner is not None:
        await act_lines.tell(tenant, None, conversation_id, "orphaned", owner.name, previous_assignee_id=owner.id)
