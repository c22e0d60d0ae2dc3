"""How Twilio writes statuses, numbers and texts, in its webhooks and in its REST answers alike."""

import re

from providers.contract import DeliveryStatus

_STATUSES = {
    "accepted": DeliveryStatus.ACCEPTED,
    "scheduled": DeliveryStatus.ACCEPTED,
    "queued": DeliveryStatus.ACCEPTED,
    "sending": DeliveryStatus.SENDING,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.UNDELIVERED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.CANCELED,
    "read": DeliveryStatus.READ,
    "receiving": DeliveryStatus.RECEIVED,
    "received": DeliveryStatus.RECEIVED,
}
"""Source: the status values of https://www.twilio.com/docs/messaging/api/message-resource."""

_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
_NUMBER = re.compile(r"[0-9]{1,9}")


def status_of(word: str | None) -> DeliveryStatus | None:
    """Our status for Twilio's word, or None for a word we do not know."""
    return _STATUSES.get((word or "").lower())


def number_of(value: object) -> int | None:
    """A whole number that Twilio may write as text; None for anything else, so no webhook fails on it."""
    text = str(value)
    return int(text) if _NUMBER.fullmatch(text) else None


def storable(raw: bytes) -> str:
    """Text that every database takes: NUL becomes U+2400, half surrogates and other odd bytes U+FFFD."""
    # UTF-8 has no surrogates, yet some senders write them; each is one character, not three odd bytes.
    whole = _SURROGATE.sub("\ufffd".encode(), raw)
    return whole.decode("utf-8", "replace").replace("\0", "\u2400")
