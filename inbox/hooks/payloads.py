"""What is sent for a delivery: read when it is sent, so that nothing of a candidate is stored twice."""

from collections.abc import Mapping
from typing import Any

import msgspec

from inbox.accounts import users
from inbox.candidates import profiles
from inbox.errors import NotFound
from inbox.hooks.deliveries import Delivery
from inbox.hooks.kinds import Kind
from inbox.messaging import conversations, messages
from inbox.messaging.conversations import Conversation
from inbox.messaging.messages import Message
from inbox.storage.database import Tenant
from providers.contract import DeliveryStatus


async def of(tenant: Tenant, delivery: Delivery) -> bytes | None:
    """The JSON of a delivery: its type, when it happened (UTC), and the data; None when that has been erased."""
    data = await _data(tenant, delivery)
    if data is None:
        return None
    return msgspec.json.encode({"type": delivery.kind.value, "timestamp": delivery.at, "data": data})


async def _data(tenant: Tenant, delivery: Delivery) -> dict[str, Any] | None:
    if delivery.kind is Kind.WORKFLOW:
        return await _of_workflow(tenant, delivery.facts)
    if delivery.kind is Kind.TEST or delivery.conversation_id is None:
        return {"words": "This is a test. Nothing has happened."}
    try:
        conversation = await conversations.find(tenant, delivery.conversation_id)
    except NotFound:
        return None
    if conversation.erased_at is not None and conversation.erased_at >= delivery.at:
        return None
    data: dict[str, Any] = {"conversation": _conversation(conversation)}
    match delivery.kind:
        case Kind.MESSAGE_RECEIVED | Kind.MESSAGE_STATUS:
            found = await messages.by_ids(tenant, [delivery.message_id or ""])
            return data | {"message": _message(found[0], delivery)} if found else None
        case Kind.ASSIGNED:
            named = ("assignee", "assignee_id"), ("previous_assignee", "previous_assignee_id"), ("by", "by")
            return data | {name: await _person(tenant, delivery.facts[fact]) for name, fact in named}
    return data | dict(delivery.facts)


async def _of_workflow(tenant: Tenant, facts: Mapping[str, Any]) -> dict[str, Any] | None:
    """The step, and for whom it was; None for a candidate who is gone."""
    try:
        candidate = await profiles.find(tenant, facts["candidate_id"])
    except NotFound:
        return None
    about = {"id": facts["candidate_id"], "name": candidate.name, "number": candidate.number, "job": candidate.job}
    workflow = {"id": facts["workflow_id"], "name": facts["workflow"]}
    told = {name: facts[name] for name in ("execution_id", "step", "words")}
    return {"workflow": workflow, "candidate": about} | told


def _conversation(conversation: Conversation) -> dict[str, Any]:
    return {
        "id": conversation.id,
        # Of a number that several share nobody knows yet who it is.
        "candidate_id": None if conversation.undecided else conversation.candidate_id,
        "name": conversation.name,
        "number": conversation.candidate_number,
        "company_id": conversation.company_id,
        "company_number": conversation.company_number,
    }


def _message(message: Message, delivery: Delivery) -> dict[str, Any]:
    """As it stood when it was told of: it may have come further since."""
    status = DeliveryStatus(delivery.facts.get("status", message.status))
    return {
        "id": message.id,
        "direction": message.direction,
        "body": message.body,
        "author": message.author if message.direction == "out" else None,
        "state": messages.state_of(status),
        "error_code": delivery.facts.get("error_code"),
        "segments": message.segments,
        "media_count": message.media_count,
        "at": message.at,
    }


async def _person(tenant: Tenant, user_id: str | None) -> dict[str, str] | None:
    if user_id is None:
        return None
    person = await users.find(tenant, user_id)
    return {"id": person.id, "name": person.name}
