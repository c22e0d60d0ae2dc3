"""What a person does with a conversation: read it."""

from inbox.accounts.users import User
from inbox.messaging import conversations, messages
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind


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
