"""What workflows do for the candidate of a thread: for its page, and for the sockets of those who have it open."""

from collections.abc import Mapping, Sequence

from inbox.automation import workflow_executions
from inbox.automation.workflow_executions import Execution
from inbox.messaging.conversations import Conversation
from inbox.storage.database import Tenant
from inbox.storage.events import Event, EventKind

_TELLS = (EventKind.CONVERSATION_CHANGED, EventKind.NOTE_ADDED)


async def of(tenant: Tenant, conversation: Conversation) -> Sequence[Execution]:
    """The workflows that run for whom the conversation is with; none for a guest, nor while nobody knows who it is."""
    if tenant.only_conversation is not None or conversation.undecided:
        return ()
    whose = (conversation.candidate_id, conversation.company_id)
    return (await workflow_executions.running_for(tenant, [whose]))[whose]


async def of_events(
    tenant: Tenant, opened: Mapping[str, Conversation], events: Sequence[Event]
) -> Mapping[str, Sequence[Execution]]:
    """The same by conversation, of those in which these events may have changed it."""
    told = {event.conversation_id for event in events if event.kind in _TELLS}
    asked = [one for one in opened.values() if one.id in told]
    known = [one for one in asked if not one.undecided]
    found = await workflow_executions.running_for(tenant, [(one.candidate_id, one.company_id) for one in known])
    return {one.id: found.get((one.candidate_id, one.company_id), ()) for one in asked}
