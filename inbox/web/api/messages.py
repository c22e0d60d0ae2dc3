"""The messages of a conversation: read them, and send one through the same outbox as the composer."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from inbox.accounts.scopes import Scope
from inbox.automation import merge_fields
from inbox.languages import known
from inbox.languages.readers import Reader
from inbox.languages.sentences import said
from inbox.messaging import conversations, messages, outbound
from inbox.storage.columns import new_id
from inbox.web.api.operations import Call, Cursor, Input, Line, Nothing, Operation, Text
from providers.twilio import errors


class Failure(Struct):
    """Why a text did not arrive, and what helps: the word of the next step, "" when nothing does."""

    code: int | None
    sentence: str
    next_step: str


class Message(Struct):
    """One text. `seq` grows with each message of the conversation; times are UTC."""

    id: str
    direction: Literal["in", "out"]
    body: str
    author: str | None
    at: datetime
    state: str
    state_words: str
    failure: Failure | None
    event: str | None
    segments: int
    media_count: int
    seq: int


class Thread(Struct):
    """Messages, oldest first. `next` is the cursor of the earlier ones; `seen` is what a send may name."""

    data: list[Message]
    next: str | None
    seen: int


class Paging(Input):
    """Which messages; the newest by default."""

    cursor: Cursor | None = None


class NewMessage(Input):
    """A text to the candidate.

    `id` is a UUID of your own: the same again gives the same message. With `seen` the text is held with 409 when
    somebody has written since. In quiet hours and above the daily cap it is refused with `asks`, until `reason` says
    why it cannot wait.
    """

    body: Text
    id: Line | None = None
    seen: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    reason: Line | None = None


async def index(call: Call[None, Paging]) -> Thread:
    """The newest messages of a conversation, or the ones before."""
    conversation = await conversations.find(call.tenant, call.id("conversation_id"))
    reader = call.me.reader
    page = await messages.page(call.tenant, conversation.id, before=call.query.cursor)
    return Thread(
        [_shown(message, conversation, reader) for message in page.messages],
        page.earlier,
        max((message.seq for message in page.messages), default=0),
    )


async def send(call: Call[NewMessage, Nothing]) -> Message:
    """Send a text: it is queued at once, and refused where the composer refuses it."""
    told, conversation_id = call.body, call.id("conversation_id")
    merge_fields.refuse_left_in(told.body)
    sent = await outbound.reply(
        call.tenant,
        call.me.user,
        conversation_id,
        message_id=told.id or new_id(),
        body=told.body,
        seen=told.seen,
        path="api",
        reason=told.reason or "",
    )
    return _shown(sent, await conversations.find(call.tenant, conversation_id), call.me.reader)


def _shown(message: messages.Message, conversation: conversations.Conversation, reader: Reader) -> Message:
    failure = message.failure
    return Message(
        id=message.id,
        direction=message.direction,
        body=message.body,
        author=message.author if message.direction == "out" else conversation.name,
        at=message.at,
        state=message.state,
        state_words=said(message.state_words, reader),
        failure=_failure(failure, reader) if failure else None,
        event=message.event,
        segments=message.segments,
        media_count=message.media_count,
        seq=message.seq,
    )


def _failure(failure: errors.Failure, reader: Reader) -> Failure:
    """The words of `providers`, which know no languages, in the reader's."""
    sentence, step = (said(known(words), reader) if words else "" for words in (failure.words, failure.action.words))
    return Failure(failure.code, sentence, step)


_PATH = "/conversations/{conversation_id}/messages"
OPERATIONS = (
    Operation(
        "GET", _PATH, "The messages of a conversation", index, Thread, scope=Scope.CONVERSATIONS_READ, asks=Paging
    ),
    Operation(
        "POST",
        _PATH,
        "Send a text",
        send,
        Message,
        status=201,
        scope=Scope.MESSAGES_SEND,
        takes=NewMessage,
        refusals=(409,),
    ),
)
