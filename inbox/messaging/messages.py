"""A message: one text, in or out, and how far it has come."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ScalarSelect, Select, select, tuple_
from sqlalchemy.dialects.postgresql import insert

from inbox.errors import NotFound
from inbox.languages import _
from inbox.messaging.places import key_of, place_of
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations, messages
from providers.contract import DeliveryStatus
from providers.twilio.errors import Failure, FailureAction, explain

PAGE = 40
HISTORY = "import"
"""The source of a text of ours that was imported."""

State = Literal["queued", "sent", "delivered", "failed", "unknown", "unconfirmed", "discarded", "received"]

_STATES: dict[DeliveryStatus, tuple[State, str]] = {
    DeliveryStatus.QUEUED: ("queued", _("Queued")),
    DeliveryStatus.CLAIMED: ("queued", _("Queued")),
    DeliveryStatus.ACCEPTED: ("queued", _("Queued")),
    DeliveryStatus.SENDING: ("queued", _("Queued")),
    DeliveryStatus.SENT: ("sent", _("Sent")),
    DeliveryStatus.DELIVERED: ("delivered", _("Delivered")),
    DeliveryStatus.READ: ("delivered", _("Delivered")),
    DeliveryStatus.UNDELIVERED: ("failed", _("Not delivered")),
    DeliveryStatus.FAILED: ("failed", _("Not delivered")),
    DeliveryStatus.CANCELED: ("failed", _("Not sent")),
    DeliveryStatus.UNKNOWN: ("unknown", _("Not confirmed")),
    DeliveryStatus.UNCONFIRMED: ("unconfirmed", _("Not confirmed")),
    DeliveryStatus.DISCARDED: ("discarded", _("Discarded")),
    DeliveryStatus.RECEIVED: ("received", ""),
}

_IN_DOUBT = {
    DeliveryStatus.UNKNOWN: Failure(
        None, _("We do not know yet if it went out. Twilio is being asked."), FailureAction.NONE, "unknown"
    ),
    DeliveryStatus.UNCONFIRMED: Failure(
        None, _("Twilio has not confirmed this text. It may have arrived."), FailureAction.SEND_AGAIN, "unknown"
    ),
    DeliveryStatus.DISCARDED: Failure(None, _("It may have arrived."), FailureAction.NONE, "unknown"),
}


_WITH_FAILURE = {*_IN_DOUBT, *(status for status in DeliveryStatus if status.is_failure)}


def state_of(status: DeliveryStatus) -> State:
    """The status as everybody but us and the provider needs it."""
    return _STATES[status][0]


def failure_of(status: DeliveryStatus, error_code: int | None) -> Failure:
    """Why a text that stands at this status did not arrive."""
    return _IN_DOUBT.get(status) or explain(error_code)


@dataclass(frozen=True, slots=True)
class Message:
    """A text as the thread shows it; `at` is UTC, `segments` what it costs."""

    id: str
    conversation_id: str
    direction: Literal["in", "out"]
    body: str
    author_id: str | None
    author: str
    event: str | None
    status: DeliveryStatus
    error_code: int | None
    segments: int
    media_count: int
    """Of pictures and files that it carries, see media.py."""
    attempt: int
    seq: int
    at: datetime
    queued_at: datetime
    """When a person last asked for it to be sent."""
    send_after: datetime | None
    """Its turn among the texts of its company number, once it has one."""
    sent_at: datetime | None
    delivered_at: datetime | None
    provider_message_id: str | None
    override: str | None
    """Why it was sent in quiet hours, or above the cap."""
    recovered_at: datetime | None
    """When it came, for a text that came late."""
    source: str = "person"
    """What wrote a text of ours: a person, a campaign, a workflow, the chatbot; or it is of an import."""

    @property
    def is_history(self) -> bool:
        """Whether it was imported: nobody sends such a text again."""
        return self.source == HISTORY

    @property
    def state(self) -> State:
        """The status as the bubble's look."""
        return state_of(self.status)

    @property
    def state_words(self) -> str:
        """The status in words."""
        return _STATES[self.status][1]

    @property
    def failure(self) -> Failure | None:
        """Why it did not arrive and what to do next; None while nothing is wrong."""
        if self.status not in _WITH_FAILURE:
            return None
        failure = failure_of(self.status, self.error_code)
        return replace(failure, action=FailureAction.NONE) if self.is_history else failure


@dataclass(frozen=True, slots=True)
class ThreadPage:
    """Messages oldest first; `earlier` is the key of the page before, None at the beginning."""

    messages: tuple[Message, ...]
    earlier: str | None
    later: str | None = None
    """The key of the page after it, None where the newest message is shown."""


async def page(tenant: Tenant, conversation_id: str, *, before: str | None = None) -> ThreadPage:
    """The newest messages of a conversation, or those before the key `before`."""
    query = (
        selected(tenant)
        .where(messages.c.conversation_id == conversation_id)
        .order_by(messages.c.at.desc(), messages.c.id.desc())
        .limit(PAGE + 1)
    )
    place = place_of(before)
    if place is not None:
        query = query.where(tuple_(messages.c.at, messages.c.id) < place)
    found = await tenant.fetch_all(query)
    shown = [message_of(row) for row in reversed(found[:PAGE])]
    return ThreadPage(tuple(shown), key_of(shown[0].at, shown[0].id) if len(found) > PAGE else None)


async def by_ids(tenant: Tenant, ids: Collection[str]) -> list[Message]:
    """These messages, oldest first; ids that are not there are left out."""
    if not ids:
        return []
    rows = await tenant.fetch_all(
        selected(tenant).where(messages.c.id.in_(sorted(ids))).order_by(messages.c.at, messages.c.id)
    )
    return [message_of(row) for row in rows]


async def find(tenant: Tenant, message_id: str) -> Message:
    """The message `message_id`; raises NotFound."""
    found = await by_ids(tenant, [message_id])
    if not found:
        raise NotFound
    return found[0]


async def add(tenant: Tenant, *, conversation_id: str, **values: Any) -> bool:
    """Store a message once; False when this id or this provider message id is stored already."""
    added = await tenant.fetch_one(
        insert(messages)
        .values(
            organisation_id=tenant.organisation_id,
            conversation_id=conversation_id,
            company_id=_company_of(tenant, conversation_id),
            **values,
        )
        .on_conflict_do_nothing()
        .returning(messages.c.id)
    )
    return added is not None


def _company_of(tenant: Tenant, conversation_id: str) -> ScalarSelect[str]:
    return (
        select(conversations.c.company_id)
        .where(conversations.c.organisation_id == tenant.organisation_id, conversations.c.id == conversation_id)
        .scalar_subquery()
    )


async def newer_by_others(tenant: Tenant, conversation_id: str, *, seen: int, than: str) -> list[Message]:
    """The newest messages after event `seen`, newest first, but for those that the user `than` wrote."""
    rows = await tenant.fetch_all(
        selected(tenant)
        .where(messages.c.conversation_id == conversation_id, messages.c.seq > seen)
        .order_by(messages.c.seq.desc())
        .limit(PAGE)
    )
    return [message_of(row) for row in rows if row.author_id != than]


async def has_inbound_after(tenant: Tenant, conversation_id: str, seq: int) -> bool:
    """Whether the candidate wrote after event `seq`."""
    row = await tenant.fetch_one(
        select(messages.c.id)
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.conversation_id == conversation_id,
            messages.c.direction == "in",
            messages.c.seq > seq,
        )
        .limit(1)
    )
    return row is not None


def selected(tenant: Tenant) -> Select[Any]:
    """The query whose rows `message_of` understands."""
    return select(messages).where(messages.c.organisation_id == tenant.organisation_id)


def message_of(row: Any) -> Message:
    """A row with all columns of the table as a message."""
    return Message(
        id=row.id,
        conversation_id=row.conversation_id,
        direction=row.direction,
        body=row.body,
        author_id=row.author_id,
        author=row.author or "",
        event=row.event,
        status=DeliveryStatus(row.status),
        error_code=row.error_code,
        segments=row.segments,
        media_count=row.media_count,
        attempt=row.attempt,
        seq=row.seq,
        at=row.at,
        queued_at=row.queued_at or row.at,
        send_after=row.send_after,
        sent_at=row.sent_at,
        delivered_at=row.delivered_at,
        provider_message_id=row.provider_message_id,
        override=row.override,
        recovered_at=row.recovered_at,
        source=row.source,
    )
