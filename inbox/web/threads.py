"""The thread widget: what it shows, earlier messages, read. Every page that embeds it uses this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.messaging import attaching, conversations, handling, media, messages, notes, outbound, scheduled_texts
from inbox.messaging.conversations import Conversation
from inbox.messaging.media import Media
from inbox.messaging.messages import Message
from inbox.messaging.notes import Note
from inbox.messaging.scheduled_texts import ScheduledText
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.web import forms, pages
from inbox.web.access import allowed, who
from inbox.web.shown_media import ShownMedia, shown_media
from providers.twilio.errors import Failure


@dataclass(frozen=True, slots=True)
class ShownMessage:
    """A message as the bubble shows it."""

    kind: ClassVar = "message"

    id: str
    direction: str
    body: str
    author: str
    at: datetime
    state: str
    state_words: str
    failure: Failure | None
    segments: int
    step: int
    """How far it has come: it only grows, from attempt to attempt and from status to status."""
    seq: int
    sent_at: datetime | None
    delivered_at: datetime | None
    provider_message_id: str | None
    recovered_at: datetime | None
    event: str | None
    media: tuple[ShownMedia, ...]
    lost: int
    """Pictures that came before any were kept here."""


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation as the widget shows it. `cursor` and `seen` say up to which event it is complete."""

    id: str
    candidate_id: str
    name: str
    first_name: str
    number: str
    company_number: str
    conversation: Conversation
    team: tuple[User, ...]
    """Everybody it can be given to."""
    messages: tuple[ShownMessage | Note, ...]
    """With the notes among them, oldest first."""
    earlier: str | None
    scheduled: tuple[ScheduledText, ...]
    """Texts that go out later, by their times."""
    cursor: str
    seen: int
    unread: int
    blocked: str | None
    blocked_state: str
    opted_out_at: datetime | None
    no_pictures: str | None
    """Why no picture can be sent here, as a sentence."""


async def open_thread(
    tenant: Tenant, conversation_id: str, zone: ZoneInfo, *, before: str | None = None, back_to: str | None = None
) -> Thread:
    """The newest messages of a conversation, those before a key, or all from a message on; raises NotFound.

    The cursor is read first: an event that comes in between is shown twice by id, never missed.
    """
    cursor = await events.head(tenant)
    conversation = await conversations.find(tenant, conversation_id)
    reaching = await messages.back_to(tenant, conversation_id, back_to) if back_to else None
    page = reaching or await messages.page(tenant, conversation_id, before=before)
    written = await notes.between(tenant, conversation_id, start=page.earlier, end=before)
    sentence = outbound.blocked(conversation, zone)
    return Thread(
        id=conversation.id,
        candidate_id=conversation.candidate_id,
        name=conversation.name,
        first_name=conversation.first_name,
        number=conversation.candidate_number,
        company_number=conversation.company_number,
        conversation=conversation,
        team=tuple(await users.who_may(tenant, Act.REPLY)),
        messages=in_order(await with_media(tenant, page.messages, conversation), written),
        earlier=page.earlier,
        scheduled=tuple(await scheduled_texts.of(tenant, [conversation.id] if conversation.scheduled else [])),
        cursor=str(cursor),
        seen=cursor.seq,
        unread=conversation.unread,
        blocked=sentence,
        blocked_state=blocked_state(sentence),
        opted_out_at=conversation.opted_out_at,
        no_pictures=attaching.why_not(conversation),
    )


async def with_media(tenant: Tenant, found: Sequence[Message], conversation: Conversation) -> tuple[ShownMessage, ...]:
    """Messages of one conversation for the widget, with what they carry."""
    return shown(found, conversation, await media.of_messages(tenant, found))


def shown(
    found: Sequence[Message], conversation: Conversation, carried: Mapping[str, tuple[Media, ...]]
) -> tuple[ShownMessage, ...]:
    """Messages of one conversation for the widget; `carried` is what they carry, by message."""
    return tuple(
        ShownMessage(
            id=message.id,
            direction=message.direction,
            body=message.body,
            author=message.author if message.direction == "out" else conversation.name,
            at=message.at,
            state=message.state,
            state_words=message.state_words,
            failure=message.failure,
            segments=message.segments,
            step=10 * message.attempt + message.status.rank,
            seq=message.seq,
            sent_at=message.sent_at,
            delivered_at=message.delivered_at,
            provider_message_id=message.provider_message_id,
            recovered_at=message.recovered_at,
            event=_event_words(message, conversation),
            media=tuple(map(shown_media, carried.get(message.id, ()))),
            lost=0 if message.id in carried else message.media_count,
        )
        for message in found
    )


def in_order(found: Sequence[ShownMessage], written: Sequence[Note]) -> tuple[ShownMessage | Note, ...]:
    """Messages and notes as they followed each other."""
    return tuple(sorted([*found, *written], key=lambda shown: (shown.at, shown.id)))


def blocked_state(sentence: str | None) -> str:
    """A short mark of why the composer is closed, so that a browser notices when it changes."""
    return sha256(sentence.encode()).hexdigest()[:8] if sentence else "open"


@allowed(Act.READ)
async def earlier(request: Request) -> Response:
    """The page of messages before the key `before`."""
    me = who(request)
    thread = await open_thread(
        me.tenant,
        str(request.path_params["conversation_id"]),
        me.user.zone,
        before=request.query_params.get("before"),
    )
    context: dict[str, Any] = {"messages": thread.messages, "earlier": thread.earlier, "conversation_id": thread.id}
    if pages.is_htmx(request):
        return pages.fragment(request, "threads/_earlier.html", **context)
    return await pages.page(request, "threads/earlier.html", nav="inbox", **context)


@allowed(Act.READ)
async def read(request: Request) -> Response:
    """The thread was on screen up to event `seen`."""
    me = who(request)
    form = await forms.read(request)
    seen = event_number(form.raw("seen"))
    if seen is not None:
        await handling.mark_read(me.tenant, me.user, str(request.path_params["conversation_id"]), seen=seen)
    return Response(status_code=204)


def event_number(text: str) -> int | None:
    """The number of an event as a form sends it; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _event_words(message: Message, conversation: Conversation) -> str | None:
    if message.event == "opted_out":
        return (
            f"{conversation.first_name} opted out. "
            f"Nobody here can text this number until {conversation.first_name} sends START."
        )
    return f"{conversation.first_name} allows texts again." if message.event == "opted_in" else None
