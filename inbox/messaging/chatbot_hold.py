"""That the chatbot has a conversation: kept on its row, so that nobody waits there for a person until one is needed."""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import case, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.accounts.users import User
from inbox.messaging import act_lines, conversations
from inbox.messaging.conversations import Conversation
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import chatbot_sessions
from inbox.storage.tables import conversations as table

AUTHOR = "Text Engage"
"""Whose name its texts bear."""

End = Literal["handed_over", "finished", "gave_up"]
"""How it let go of a conversation, as the act beside the thread."""


def unless_held(values: Mapping[str, ColumnElement[Any]]) -> dict[str, ColumnElement[Any]]:
    """Columns of a conversation that get these values, or stay as they are while the chatbot has it."""
    return {name: case((table.c.with_chatbot, table.c[name]), else_=value) for name, value in values.items()}


async def step_aside(tenant: Tenant, user: User, conversation: Conversation, did: str) -> None:
    """A person takes over from the chatbot, as `did` says: "replied". Nothing happens when it has it not.

    Last in a transaction that holds the conversation.
    """
    if not conversation.with_chatbot:
        return
    reason = f"{user.name} {did}"
    await conversations.change(tenant, conversation.id, with_chatbot=False)
    await tenant.execute(
        update(chatbot_sessions)
        .where(
            chatbot_sessions.c.organisation_id == tenant.organisation_id,
            chatbot_sessions.c.conversation_id == conversation.id,
            chatbot_sessions.c.state == "open",
        )
        .values(state="handed", reason=reason, ended_at=db_now())
    )
    await tell(tenant, conversation.id, "handed_over", reason)


async def tell(tenant: Tenant, conversation_id: str, end: End, subject: str) -> None:
    """Say beside the thread how it let go, which open lists follow; last in the transaction that did it."""
    await act_lines.tell(tenant, None, conversation_id, end, subject)
