"""Whoever replies in a conversation that nobody has takes it, where its company wants it so."""

from collections.abc import Mapping
from typing import Any

from inbox.accounts import companies
from inbox.accounts.users import User
from inbox.messaging import act_lines
from inbox.messaging.conversations import Conversation
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind


async def claimed_by(tenant: Tenant, user: User, conversation: Conversation) -> Mapping[str, Any]:
    """What a reply by `user` changes on the conversation's row; nothing where it takes nothing."""
    if conversation.assignee_id is not None:
        return {}
    if not (await companies.find(tenant, conversation.company_id)).claims_on_reply:
        return {}
    return {"assignee_id": user.id, "version": conversation.version + 1}


async def tell_claimed(tenant: Tenant, user: User, conversation_id: str) -> None:
    """Say in the thread that the reply took it; its own event has told the lists. Last in the transaction."""
    await act_lines.tell(tenant, user, conversation_id, "assigned", user.name, kind=EventKind.NOTE_ADDED)
