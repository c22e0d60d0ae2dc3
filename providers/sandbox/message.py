"""One text as the sandbox keeps it, and how far it can be."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

Direction = Literal["inbound", "outbound-api", "outbound-reply"]


class Status(StrEnum):
    """Twilio's words for how far a message is (https://www.twilio.com/docs/messaging/api/message-resource)."""

    ACCEPTED = "accepted"
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    CANCELED = "canceled"
    READ = "read"
    RECEIVED = "received"

    @property
    def is_waiting(self) -> bool:
        """Whether the text has not left Twilio yet."""
        return self in _WAITING

    @property
    def is_failure(self) -> bool:
        return self in _FAILURES


_WAITING = frozenset({Status.ACCEPTED, Status.SCHEDULED, Status.QUEUED, Status.SENDING})
_FAILURES = frozenset({Status.UNDELIVERED, Status.FAILED})


@dataclass(frozen=True, slots=True)
class MediaItem:
    """A picture or file that came with a message; `url` is "" for what Twilio itself serves, see files."""

    sid: str
    url: str
    content_type: str


@dataclass(slots=True, eq=False)
class Message:
    """One text; `seq` is its place among all texts of this sandbox. Times in UTC, numbers in E.164."""

    seq: int
    sid: str
    account_sid: str
    sender: str
    recipient: str
    body: str
    segments: int
    direction: Direction
    status: Status
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    error_code: int | None = None
    media: tuple[MediaItem, ...] = ()
    status_callback: str = ""
    hidden_until: float = 0.0
    """On the monotonic clock: until then the list does not show it, as Twilio's own list lags a little."""
    is_listed: bool = True
    """False for the confirmations that Twilio itself sends after STOP and START."""
    is_forced: bool = False
    """True once a test said what becomes of it; then the phone's own behaviour no longer counts."""
    is_deleted: bool = False
    is_on_phone: bool = False
    """Whether the candidate can read it: their own text, or one that arrived, with or without a receipt."""
    webhook: str = ""
    """For an incoming text: what the app answered, in words."""

    @property
    def candidate(self) -> str:
        """The number at the other end from the company's."""
        return self.sender if self.direction == "inbound" else self.recipient

    @property
    def company_number(self) -> str:
        return self.recipient if self.direction == "inbound" else self.sender


def new_sid(prefix: str) -> str:
    """A fresh id as Twilio makes them: two letters and 32 hex digits."""
    return prefix + secrets.token_hex(16)
