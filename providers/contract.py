"""What the product asks of an SMS provider, and what it gets back.

A request that did not work out raises one of four errors; each tells whether sending again is safe:

    ProviderError
    ├── Refused       the provider said no; nothing was created; sending again brings the same answer
    ├── Throttled     too many requests at once; nothing was created; send again later
    ├── NotReached    no byte of the request left us; send again
    └── Unconfirmed   the request may have been carried out; never send it again blindly
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol


class DeliveryStatus(StrEnum):
    """How far a message has come; a status may only be replaced by one of a higher rank."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    """Our worker holds it."""
    UNKNOWN = "unknown"
    """We cannot tell whether the provider took it; it is being asked."""
    UNCONFIRMED = "unconfirmed"
    """The provider could not tell either: a person has to decide."""
    DISCARDED = "discarded"
    """A person decided to leave it at that."""
    ACCEPTED = "accepted"
    """The provider took it and has not begun to send."""
    SENDING = "sending"
    SENT = "sent"
    """Handed to the carrier. Many routes never report more."""
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELED = "canceled"
    READ = "read"
    RECEIVED = "received"
    """It came in from a candidate."""

    @property
    def rank(self) -> int:
        """The place on the way, from 0; equal ranks do not replace each other."""
        return _RANKS[self]

    @property
    def is_final(self) -> bool:
        """Whether the provider has no more to say about the sending."""
        return self.rank >= _RANKS[DeliveryStatus.DELIVERED]

    @property
    def is_failure(self) -> bool:
        """Whether the message did not reach the phone."""
        return self in _FAILURES


_RANKS = {
    DeliveryStatus.QUEUED: 0,
    DeliveryStatus.CLAIMED: 1,
    DeliveryStatus.UNKNOWN: 1,
    DeliveryStatus.UNCONFIRMED: 1,
    DeliveryStatus.DISCARDED: 1,
    DeliveryStatus.ACCEPTED: 2,
    DeliveryStatus.SENDING: 3,
    DeliveryStatus.SENT: 4,
    DeliveryStatus.DELIVERED: 5,
    DeliveryStatus.UNDELIVERED: 5,
    DeliveryStatus.FAILED: 5,
    DeliveryStatus.CANCELED: 5,
    DeliveryStatus.READ: 6,
    DeliveryStatus.RECEIVED: 6,
}
_FAILURES = frozenset({DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED, DeliveryStatus.CANCELED})


@dataclass(frozen=True, slots=True)
class OutgoingSms:
    """One text to send; numbers in E.164."""

    message_id: str
    """Our own id. It also rides in `status_url`, so a report finds its message without the provider's id."""
    sender: str
    recipient: str
    body: str
    status_url: str
    validity_seconds: int = 14_400
    """How long the provider may hold the text before it gives up; four hours, so no reply lands at night."""
    media_urls: tuple[str, ...] = ()  # where the provider fetches its pictures; with any, the body may be empty


@dataclass(frozen=True, slots=True)
class AcceptedSms:
    """The provider's receipt for a text it took."""

    provider_message_id: str
    status: DeliveryStatus
    segments: int | None
    """What will be billed, or None while the provider has not counted."""


@dataclass(frozen=True, slots=True)
class Media:
    """A picture or file of a message; its URL asks for the account's credentials."""

    url: str
    content_type: str


@dataclass(frozen=True, slots=True)
class IncomingSms:
    """A text from a candidate, as the provider's webhook told it."""

    provider_message_id: str
    account_id: str
    sender: str
    """Mostly E.164, but short codes, names and channel addresses come too."""
    recipient: str
    body: str
    """Safe to store: NUL became U+2400, bytes that are no UTF-8 became U+FFFD."""
    segments: int
    media: tuple[Media, ...]
    opt_out: Literal["stop", "start", "help"] | None
    """Set only when the provider recognised a keyword and has already answered it."""
    raw_body: bytes | None
    """The body's exact bytes, only when `body` differs from them."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """The provider's word on how far a text has come."""

    provider_message_id: str
    account_id: str
    status: DeliveryStatus | None
    """None when `raw_status` is a word we do not know."""
    raw_status: str
    message_id: str | None
    """Our own id, when it came back with the report."""
    error_code: int | None


@dataclass(frozen=True, slots=True)
class ListedSms:
    """A message as the provider keeps it; times in UTC."""

    provider_message_id: str
    direction: Literal["inbound", "outbound"]
    sender: str
    recipient: str
    body: str
    """Safe to store, as in `IncomingSms`."""
    status: DeliveryStatus
    """UNKNOWN also for a message that is still coming in."""
    error_code: int | None
    segments: int
    created_at: datetime
    sent_at: datetime | None
    media_count: int

    @property
    def at(self) -> datetime:
        """When it was sent, or else made."""
        return self.sent_at or self.created_at


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number of the account at the provider, and where the texts that come in on it are delivered."""

    provider_number_id: str
    number: str
    message_url: str
    message_method: str


class ProviderError(Exception):
    """A request to the provider that did not work out; `code` is its own number for why, if any."""

    def __init__(self, words: str, code: int | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.code = code


class Refused(ProviderError):
    """The provider said no: final, and nothing was created."""


class Throttled(ProviderError):
    """Too many requests at once: nothing was created, and sending again later is safe."""

    def __init__(self, words: str, code: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(words, code)
        self.retry_after = retry_after
        """Seconds to wait, when the provider named them."""


class NotReached(ProviderError):
    """No byte of the request was written: sending again is safe."""


class Unconfirmed(ProviderError):
    """The request may have been carried out: never send it again blindly."""


class MalformedWebhook(ValueError):
    """A webhook call without a field that every such call carries."""


class Provider(Protocol):
    """An account at an SMS provider. Every method raises `ProviderError` when it does not work out."""

    async def send(self, sms: OutgoingSms) -> AcceptedSms:
        """Ask the provider once to send; whether to ask again is the caller's decision."""
        ...

    async def fetch(self, provider_message_id: str) -> ListedSms:
        """One message by the provider's id."""
        ...

    def list_messages(
        self,
        *,
        recipient: str | None = None,
        sender: str | None = None,
        sent_after: datetime | None = None,
        sent_before: datetime | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[ListedSms]:
        """Messages newest first; the aware times are only a saving: overlap them and look at each message's own."""
        ...

    async def list_media(self, provider_message_id: str) -> tuple[Media, ...]:
        """The pictures and files of one message."""
        ...

    async def check_credentials(self) -> None:
        """Raise `Refused` when the provider does not accept the account's details."""
        ...

    async def find_number(self, number: str) -> OwnedNumber | None:
        """The account's number (E.164), None when it has none of this name."""
        ...

    async def deliver_to(self, provider_number_id: str, url: str) -> None:
        """Have the texts that come in on this number delivered to `url`, by POST."""
        ...
