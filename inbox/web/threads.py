"""The thread widget: what it shows, earlier messages, read. Every page that embeds it uses this."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.accounts.users import User
from inbox.automation.workflow_executions import Execution
from inbox.messaging import (
    attaching,
    conversations,
    handling,
    mentions,
    messages,
    notes,
    notifications,
    permission,
    scheduled_texts,
    thread_pages,
)
from inbox.messaging.blocks import Block
from inbox.messaging.conversations import Conversation
from inbox.messaging.notes import Note
from inbox.messaging.scheduled_texts import ScheduledText
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.web import forms, pages, running
from inbox.web.access import allowed, who
from inbox.web.shown_messages import ShownMessage, in_order, with_media


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation as the widget shows it: complete up to the event `cursor`, and shown up to `seen`."""

    id: str
    candidate_id: str
    name: str
    first_name: str
    number: str
    company_number: str
    conversation: Conversation
    team: tuple[User, ...]
    """Everybody it can be given to."""
    colleagues: tuple[User, ...]
    """Everybody who can be called in a note."""
    messages: tuple[ShownMessage | Note, ...]
    """With the notes among them, oldest first."""
    earlier: str | None
    later: str | None
    """The key of what follows, where the newest message is not shown."""
    scheduled: tuple[ScheduledText, ...]
    """Texts that go out later, by their times."""
    running: tuple[Execution, ...]
    """What workflows do for the candidate."""
    cursor: str
    seen: int
    read_to: int
    """The event up to which there is nothing that nobody has read, as far as this page knows."""
    unread: int
    blocked: str | None
    blocked_state: str
    opted_out_at: datetime | None
    no_pictures: str | None
    """Why no picture can be sent here, as a sentence."""


async def open_thread(
    tenant: Tenant,
    conversation_id: str,
    zone: ZoneInfo,
    *,
    before: str | None = None,
    after: str | None = None,
    line: str | None = None,
) -> Thread:
    """The newest messages of a conversation, those before or after a key, or those around a line; raises NotFound.

    `line` is the id of a message or a note; one that is not there is passed over. The cursor is read first: an event
    that comes in between is shown twice by id, never missed.
    """
    cursor = await events.head(tenant)
    conversation = await conversations.find(tenant, conversation_id)
    if after is not None:
        page = await thread_pages.after(tenant, conversation_id, after)
    else:
        found = await thread_pages.around(tenant, conversation_id, line) if line else None
        page = found or await messages.page(tenant, conversation_id, before=before)
    written = await notes.between(tenant, conversation_id, start=after or page.earlier, end=before or page.later)
    seen = max(message.seq for message in page.messages) if page.later else cursor.seq
    block = (await permission.standing(tenant, [conversation], zone)).get(conversation.id)
    sentence = block.sentence if block else None
    team = await users.who_may_have_conversations(tenant, in_company=conversation.company_id)
    colleagues = await mentions.readers(tenant, conversation.assignee_id, in_company=conversation.company_id)
    return Thread(
        id=conversation.id,
        candidate_id=conversation.candidate_id,
        name=conversation.name,
        first_name=conversation.first_name,
        number=conversation.candidate_number,
        company_number=conversation.company_number,
        conversation=conversation,
        team=tuple(team),
        colleagues=tuple(colleagues),
        messages=in_order(await with_media(tenant, page.messages, conversation), written),
        earlier=page.earlier,
        later=page.later,
        running=tuple(await running.of(tenant, conversation)),
        scheduled=tuple(await scheduled_texts.of(tenant, [conversation.id] if conversation.scheduled else [])),
        cursor=str(cursor),
        seen=seen,
        read_to=seen if conversation.unread else cursor.seq,
        unread=conversation.unread,
        blocked=sentence,
        blocked_state=blocked_state(block),
        opted_out_at=conversation.opted_out_at,
        no_pictures=attaching.why_not(conversation),
    )


def blocked_state(block: Block | None) -> str:
    """A short mark of why the composer is closed, so that a browser notices when it changes."""
    return block.kind if block else "open"


@allowed(Act.THREAD)
async def some(request: Request) -> Response:
    """The page of messages before the key `before`, or after the key `after`."""
    me, keys = who(request), request.query_params
    conversation_id = str(request.path_params["conversation_id"])
    before, after = keys.get("before"), keys.get("after")
    thread = await open_thread(me.tenant, conversation_id, me.user.zone, before=before, after=after)
    name = "earlier" if after is None else "newer"
    context: dict[str, Any] = {"thread": thread, "messages": thread.messages, "conversation_id": thread.id}
    if pages.is_htmx(request):
        return pages.fragment(request, f"threads/_{name}.html", **context)
    return await pages.page(request, f"threads/{name}.html", nav="inbox", **context)


@allowed(Act.READ)
async def read(request: Request) -> Response:
    """The thread was on screen up to event `seen`: its texts are read, and what notified the reader of it."""
    me, conversation_id = who(request), str(request.path_params["conversation_id"])
    form = await forms.read(request)
    seen = event_number(form.raw("seen"))
    if seen is not None:
        await handling.mark_read(me.tenant, me.user, conversation_id, seen=seen)
    if form.raw("notified"):
        await notifications.read_in(me.tenant, me.user, conversation_id)
    return Response(status_code=204)


def event_number(text: str) -> int | None:
    """The number of an event as a form sends it; None for anything else."""
    return int(text) if text.isdecimal() and len(text) < 19 else None
