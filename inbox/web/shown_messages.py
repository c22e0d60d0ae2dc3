"""Messages as the bubbles of a thread show them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from inbox.languages import _
from inbox.messaging import acts, meanings, media
from inbox.messaging.conversations import Conversation
from inbox.messaging.meanings import Meaning
from inbox.messaging.media import Media
from inbox.messaging.messages import Message
from inbox.messaging.notes import Note
from inbox.storage.database import Tenant
from inbox.web.shown_media import ShownMedia, shown_media
from providers.twilio.errors import Failure, FailureAction

# The chatbot's texts have its own name for their author.
_WRITERS: Mapping[str, str] = {"campaign": _("Campaign"), "workflow": _("Workflow"), "chatbot": ""}


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
    override: str | None
    """Why it was sent in quiet hours, or above the cap."""
    recovered_at: datetime | None
    event: str | None
    media: tuple[ShownMedia, ...]
    lost: int
    """Pictures that came before any were kept here."""
    meaning: Meaning | None
    """What the candidate's answer seems to say."""
    written_by: str | None
    """What wrote it, in a word, where it was no person."""
    candidate_id: str
    is_marked: bool
    """Whether its number is known to take no texts."""


async def with_media(tenant: Tenant, found: Sequence[Message], conversation: Conversation) -> tuple[ShownMessage, ...]:
    """Messages of one conversation for the widget, with what they carry."""
    is_guest = tenant.only_conversation is not None
    return shown(found, conversation, await media.of_messages(tenant, found), for_guest=is_guest)


def shown(
    found: Sequence[Message],
    conversation: Conversation,
    carried: Mapping[str, tuple[Media, ...]],
    *,
    for_guest: bool = False,
) -> tuple[ShownMessage, ...]:
    """Messages of one conversation for the widget; `carried` is what they carry, by message.

    A guest is shown no reasons of ours, and nothing to do about what failed.
    """
    return tuple(
        ShownMessage(
            id=message.id,
            direction=message.direction,
            body=_("Removed") if conversation.erased_at else message.body,
            author=message.author if message.direction == "out" else conversation.name,
            at=message.at,
            state=message.state,
            state_words=message.state_words,
            failure=_failure(message, for_guest=for_guest),
            segments=message.segments,
            step=10 * message.attempt + message.status.rank,
            seq=message.seq,
            sent_at=message.sent_at,
            delivered_at=message.delivered_at,
            provider_message_id=message.provider_message_id,
            override=None if for_guest else message.override,
            recovered_at=message.recovered_at,
            event=acts.of_text(message.event, conversation.first_name),
            meaning=_meaning(message, conversation),
            written_by=_WRITERS.get(message.source) if message.direction == "out" else None,
            candidate_id=conversation.candidate_id,
            is_marked=conversation.dead is not None,
            media=tuple(map(shown_media, carried.get(message.id, ()))),
            lost=0 if message.id in carried else message.media_count,
        )
        for message in found
    )


def _failure(message: Message, *, for_guest: bool) -> Failure | None:
    failure = message.failure
    return replace(failure, action=FailureAction.NONE) if failure is not None and for_guest else failure


def _meaning(message: Message, conversation: Conversation) -> Meaning | None:
    is_answer = message.direction == "in" and message.event is None
    is_for_people = not (conversation.with_chatbot or conversation.undecided)
    return meanings.suggested(message.body) if is_answer and is_for_people else None


def in_order(found: Sequence[ShownMessage], written: Sequence[Note]) -> tuple[ShownMessage | Note, ...]:
    """Messages and notes as they followed each other."""
    return tuple(sorted([*found, *written], key=lambda shown: (shown.at, shown.id)))
