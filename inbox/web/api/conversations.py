"""Conversations: the list, one of them, and opening one with a candidate."""

from datetime import datetime
from typing import Literal

from msgspec import Struct, structs

from inbox.accounts.scopes import Scope
from inbox.candidates import people
from inbox.errors import Invalid, Refused
from inbox.languages import _
from inbox.languages.sentences import said
from inbox.messaging import conversations, filters, handling, permission, starting
from inbox.messaging.conversation_rows import ConversationRow
from inbox.web import views
from inbox.web.api.chosen_company import company_of
from inbox.web.api.operations import Call, Cursor, Input, Line, Nothing, Operation, Page


class Person(Struct):
    """A colleague."""

    id: str
    name: str


class Summary(Struct):
    """A conversation as the list shows it. `last_author` is null when the candidate wrote last."""

    id: str
    name: str
    number: str
    assignee: Person | None
    unread: int
    failed: int
    closed: bool
    opted_out: bool
    snoozed_until: datetime | None
    waiting_since: datetime | None
    last_message: str
    last_author: str | None
    last_message_at: datetime


class Conversation(Struct):
    """A conversation. `blocked` says, as a sentence, why nobody can text here at present; null when one can."""

    id: str
    candidate_id: str
    name: str
    number: str
    company_number: str
    assignee: Person | None
    unread: int
    closed: bool
    snoozed_until: datetime | None
    opted_out_at: datetime | None
    last_message_at: datetime | None
    blocked: str | None


class Filter(Input):
    """Which conversations of a company (its id, by default the first one of `/me`); the open ones, the newest first."""

    company: Line | None = None
    tab: Literal["mine", "shared"] = "shared"
    q: Line | None = None
    unread: bool = False
    failed: bool = False
    waiting: bool = False
    closed: bool = False
    cursor: Cursor | None = None


class Seen(Input):
    """`seen` of the messages that were shown."""

    seen: int


async def index(call: Call[None, Filter]) -> Page[Summary]:
    """Conversations in which something was written."""
    me, query = call.me, call.query
    chosen = {name: value for name, value in structs.asdict(query).items() if name not in {"cursor", "company"}}
    asked = {name: "1" if value is True else value for name, value in chosen.items() if value}
    view, wrong = views.of(asked, me.user, me.organisation, await company_of(call, query.company))
    if wrong:
        raise Invalid(wrong)
    page = await filters.page(call.tenant, view, before=query.cursor)
    return Page([_summary(row) for row in page.rows], page.more)


async def show(call: Call[None, Nothing]) -> Conversation:
    """One conversation."""
    return await _shown(call, await conversations.find(call.tenant, call.id("conversation_id")))


async def open_with(call: Call[None, Nothing]) -> Conversation:
    """The conversation with a candidate, from the company's number; opened when there is none."""
    candidate = await people.find(call.tenant, call.id("candidate_id"))
    conversation_id = candidate.conversation_id
    if conversation_id is None:
        if candidate.number is None:
            raise Refused(_("No mobile number yet. Add one to text this candidate."))
        conversation_id = await starting.open_with(
            call.tenant,
            call.me.user,
            candidate_id=candidate.id,
            number=candidate.number,
            company_id=await company_of(call, None),
        )
    return await _shown(call, await conversations.find(call.tenant, conversation_id))


async def read(call: Call[Seen, Nothing]) -> None:
    """The messages up to `seen` were on somebody's screen: what the candidate wrote counts as read."""
    seen = max(0, min(call.body.seen, 2**63 - 1))
    await handling.mark_read(call.tenant, call.me.user, call.id("conversation_id"), seen=seen)


def _summary(row: ConversationRow) -> Summary:
    return Summary(
        id=row.id,
        name=row.name,
        number=row.number,
        assignee=Person(row.assignee_id, row.assignee or "") if row.assignee_id else None,
        unread=row.unread,
        failed=row.failed,
        closed=row.closed,
        opted_out=row.opted_out,
        snoozed_until=row.snoozed_until,
        waiting_since=row.waiting_since,
        last_message=row.last_text,
        last_author=row.last_author,
        last_message_at=row.last_at,
    )


async def _shown(call: Call[None, Nothing], found: conversations.Conversation) -> Conversation:
    block = (await permission.standing(call.tenant, [found], call.me.user.zone)).get(found.id)
    return Conversation(
        id=found.id,
        candidate_id=found.candidate_id,
        name=found.name,
        number=found.candidate_number,
        company_number=found.company_number,
        assignee=Person(found.assignee_id, found.assignee or "") if found.assignee_id else None,
        unread=found.unread,
        closed=found.closed_at is not None,
        snoozed_until=found.snoozed_until,
        opted_out_at=found.opted_out_at,
        last_message_at=found.last_message_at,
        blocked=None if block is None else said(block.sentence, call.me.reader),
    )


_PATH = "/conversations/{conversation_id}"
OPERATIONS = (
    Operation(
        "GET",
        "/conversations",
        "Conversations, the newest first",
        index,
        Page[Summary],
        scope=Scope.CONVERSATIONS_READ,
        asks=Filter,
    ),
    Operation("GET", _PATH, "One conversation", show, Conversation, scope=Scope.CONVERSATIONS_READ),
    Operation(
        "POST",
        f"{_PATH}/read",
        "Tell that its messages were shown",
        read,
        None,
        status=204,
        scope=Scope.CONVERSATIONS_READ,
        takes=Seen,
    ),
    Operation(
        "POST",
        "/candidates/{candidate_id}/conversation",
        "The conversation with a candidate, opened when there is none",
        open_with,
        Conversation,
        scope=Scope.MESSAGES_SEND,
    ),
)
