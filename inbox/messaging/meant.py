"""Somebody confirms what an answer means: the candidate is tagged with it, and the thread says so."""

from uuid import UUID, uuid5

from inbox.accounts.users import User
from inbox.errors import NotFound
from inbox.messaging import conversations, labelling, meanings, messages, notes
from inbox.messaging.meanings import Meaning
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind


async def confirm(tenant: Tenant, user: User, conversation_id: str, message_id: str, meaning: Meaning) -> None:
    """Keep that a text of the candidate means this; a second press, or a colleague's, changes nothing.

    Raises NotFound for anything but a text of this conversation that seems to say so, Invalid when the candidate has
    as many tags as there may be.
    """
    conversation = await conversations.find(tenant, conversation_id)
    message = await messages.find(tenant, message_id)
    is_theirs = message.conversation_id == conversation.id and message.direction == "in"
    if not is_theirs or meanings.suggested(message.body) != meaning or conversation.undecided:
        raise NotFound
    note_id = str(uuid5(UUID(message.id), "meaning"))
    if await notes.by_ids(tenant, [note_id]):
        return
    # First, as it may be done twice; the line says that it is done.
    await labelling.add(tenant, user, conversation.candidate_id, "tag", meanings.TAGS[meaning])
    async with tenant.transaction():
        kind = EventKind.CONVERSATION_CHANGED
        seq = await events.record(tenant, kind, conversation_id=conversation.id, message_id=note_id, actor_id=user.id)
        await notes.add_act(tenant, user, conversation.id, note_id=note_id, act="meant", subject=meaning, seq=seq)
