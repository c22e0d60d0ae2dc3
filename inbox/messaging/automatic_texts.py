"""A text that nobody writes, such as the chatbot's: promised like any other, in the transaction that decides on it."""

from collections.abc import Mapping
from typing import Any, Literal

from inbox.billing import balance
from inbox.messaging import conversations, messages
from inbox.messaging.conversations import Conversation
from inbox.messaging.outbound import SEND, sendable
from inbox.storage import events, jobs
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from providers import segments
from providers.contract import DeliveryStatus


async def say(
    tenant: Tenant,
    conversation: Conversation,
    *,
    message_id: str,
    body: str,
    author: str,
    source: Literal["chatbot"],
    values: Mapping[str, Any],
) -> None:
    """Queue a text in the name of `author`; `values` are what else changes on the conversation's row.

    In a transaction that holds the conversation, in which nobody has locked the balance. Raises Refused when no
    segments are left, and Invalid for a text that nobody could send; nothing has been changed then.
    """
    body = sendable(body)
    cost = segments.measure(body).segments
    async with tenant.transaction():
        at = await conversations.written(
            tenant, conversation.id, message_id=message_id, text=body, last_author=author, **values
        )
        await balance.spend(tenant, message_id, cost)
        seq = await events.record(
            tenant, EventKind.MESSAGE_ADDED, conversation_id=conversation.id, message_id=message_id
        )
        await messages.add(
            tenant,
            id=message_id,
            conversation_id=conversation.id,
            direction="out",
            body=body,
            author=author,
            source=source,
            job=conversation.job,
            status=DeliveryStatus.QUEUED,
            rank=DeliveryStatus.QUEUED.rank,
            segments=cost,
            provider_account_id=conversation.provider_account_id,
            attempt=1,
            seq=seq,
            at=at,
        )
        await jobs.enqueue(tenant, SEND, message_id, queue=conversation.id, place=seq)
