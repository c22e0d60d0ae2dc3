"""What a turn of the dialogue does: the answer goes out, the session moves, and the conversation says who has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import case, literal

from inbox.accounts import organisations
from inbox.automation import chatbot_dialogue, chatbot_sessions
from inbox.automation.chatbot_dialogue import Turn
from inbox.automation.chatbot_intents import Intent
from inbox.automation.chatbot_sessions import Session, State
from inbox.errors import Refused
from inbox.languages import _
from inbox.messaging import automatic_texts, chatbot_hold, conversations, permission, triggers
from inbox.messaging.blocks import Kind
from inbox.messaging.conversations import Conversation
from inbox.messaging.messages import Message
from inbox.storage import jobs
from inbox.storage.columns import Utc, earlier
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations as table
from providers import phone

GIVE_UP = "chatbot_give_up"
FILL = "chatbot_fill"
NO_SEGMENTS = _("no segments are left")
_BLOCKED = {Kind.NO_SEGMENTS: NO_SEGMENTS, Kind.NO_NUMBER: _("this sender takes no texts")}

_STATES: Mapping[str | None, State] = {None: "open", "done": "done", "handed": "handed", "declined": "dropped"}


@dataclass(frozen=True, slots=True)
class Heard:
    """A text that came in, and its conversation, which is held."""

    conversation: Conversation
    message: Message


async def read(tenant: Tenant, heard: Heard) -> chatbot_dialogue.Heard:
    """The text as the dialogue hears it, with the days of the organisation."""
    organisation = await organisations.find(tenant.database, tenant.organisation_id)
    at = heard.message.at
    return chatbot_dialogue.Heard(
        heard.message.body,
        at.isoformat(),
        at.astimezone(ZoneInfo(organisation.time_zone)).date(),
        month_first=phone.region_of(heard.conversation.company_number) == "US",
    )


async def take(
    tenant: Tenant, heard: Heard, session: Session, turn: Turn, *, hours: int, intent: Intent | None = None
) -> None:
    """Do what a turn says. When nothing can be sent, a person is needed, or nobody at all."""
    refusal = await _say(tenant, heard, turn, intent) if turn.say else None
    if refusal is not None:
        turn = Turn(turn.dialogue, "", "handed", refusal)
    if refusal is not None or not turn.say:
        await conversations.change(tenant, heard.conversation.id, **_standing(heard, turn, intent))
    await chatbot_sessions.move(
        tenant,
        session,
        state=_STATES[turn.end],
        reason=turn.reason,
        dialogue=turn.dialogue,
        heard_seq=heard.message.seq,
    )
    await _tell(tenant, heard.conversation, turn, intent)
    if turn.end is None:
        await jobs.enqueue(tenant, GIVE_UP, session.id, delay_seconds=3600.0 * hours)
    elif turn.end != "declined" and intent is not None:
        await jobs.enqueue(tenant, FILL, session.id, queue=session.id)
        if turn.end == "done" and not heard.conversation.undecided:
            candidate_id = heard.conversation.candidate_id
            await triggers.happened(tenant, "intent", intent.id, candidate_id, queue=session.id, place=1)


async def drop(tenant: Tenant, conversation: Conversation, session: Session, reason: str) -> None:
    """End an open session to which nobody answers any more. The conversation is held."""
    await conversations.change(tenant, conversation.id, with_chatbot=False)
    await chatbot_sessions.move(tenant, session, state="dropped", reason=reason)
    await chatbot_hold.tell(tenant, conversation.id, "gave_up", reason)
    if session.intent_id is not None and conversation.opted_out_at is None:
        await jobs.enqueue(tenant, FILL, session.id)


async def _say(tenant: Tenant, heard: Heard, turn: Turn, intent: Intent | None) -> str | None:
    """Queue the answer; why it cannot be sent, as the end of a sentence."""
    conversation = heard.conversation
    block = await permission.answer(tenant, conversation)
    if block is not None:
        return _BLOCKED.get(block.kind, _("they opted out"))
    try:
        await automatic_texts.say(
            tenant,
            conversation,
            message_id=str(uuid5(UUID(heard.message.id), "answer")),
            body=turn.say,
            author=chatbot_hold.AUTHOR,
            source="chatbot",
            values=_standing(heard, turn, intent),
        )
    except Refused:
        return NO_SEGMENTS
    return None


def _standing(heard: Heard, turn: Turn, intent: Intent | None) -> dict[str, Any]:
    """The conversation's columns after the turn: nobody waits while the chatbot has it, nor when all is said."""
    if turn.end == "handed" or (turn.end == "done" and intent is not None and intent.tells):
        return {"with_chatbot": False, **_waiting(heard.message.at)}
    return {"with_chatbot": turn.end is None, "unread": 0, "waiting_since": None, "overdue_at": None}


def _waiting(since: datetime) -> dict[str, Any]:
    return {
        "unread": case((table.c.unread > 0, table.c.unread), else_=1),
        "waiting_since": earlier(table.c.waiting_since, literal(since, Utc())),
    }


async def _tell(tenant: Tenant, conversation: Conversation, turn: Turn, intent: Intent | None) -> None:
    match turn.end:
        case "handed":
            await chatbot_hold.tell(tenant, conversation.id, "handed_over", turn.reason)
        case "declined":
            await chatbot_hold.tell(tenant, conversation.id, "gave_up", turn.reason)
        case "done" if intent is not None:
            await chatbot_hold.tell(tenant, conversation.id, "finished", intent.name)
