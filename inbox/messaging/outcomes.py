"""How far a text of ours has come, in the few words that lists and reports count by.

One place for these conditions, so that a number and the list behind it cannot disagree.
"""

from typing import Any, Literal

from sqlalchemy import and_, exists
from sqlalchemy.sql.elements import ColumnElement

from inbox.languages import _
from inbox.storage.tables import messages
from providers.contract import DeliveryStatus

Outcome = Literal["queued", "sent", "delivered", "failed", "replied"]

_IN_OUTBOX = (DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.UNKNOWN)
_DELIVERED = (DeliveryStatus.DELIVERED, DeliveryStatus.READ)
_FAILED = (
    DeliveryStatus.UNDELIVERED,
    DeliveryStatus.FAILED,
    DeliveryStatus.CANCELED,
    DeliveryStatus.UNCONFIRMED,
    DeliveryStatus.DISCARDED,
)
_later = messages.alias("later")


def is_outcome(outcome: Outcome, table: Any = messages) -> ColumnElement[bool]:
    """Whether a text of ours in `table` came so far: "sent" counts what was delivered, too.

    A text that failed is not replied to: what the candidate wrote after it answers something else.
    """
    status = table.c.status
    match outcome:
        case "queued":
            reached = status.in_(_IN_OUTBOX)
        case "sent":
            reached = _was_sent(status)
        case "delivered":
            reached = status.in_(_DELIVERED)
        case "failed":
            reached = status.in_(_FAILED)
        case "replied":
            reached = and_(_was_sent(status), is_answered(table))
    return and_(table.c.direction == "out", reached)


def _was_sent(status: ColumnElement[str]) -> ColumnElement[bool]:
    return status.not_in([*_IN_OUTBOX, *_FAILED])


def is_answered(table: Any = messages) -> ColumnElement[bool]:
    """Whether the candidate wrote after the text in `table`; a STOP or START answers nobody."""
    return exists().where(
        _later.c.organisation_id == table.c.organisation_id,
        _later.c.conversation_id == table.c.conversation_id,
        _later.c.direction == "in",
        _later.c.event.is_(None),
        _later.c.at > table.c.at,
    )


def words(status: str) -> str:
    """The outcome in a word, for a text that did not fail."""
    return _("Queued") if status in _IN_OUTBOX else _("Delivered") if status in _DELIVERED else _("Sent")


def has_failed(status: str | None) -> bool:
    """Whether a text of this status did not reach anybody."""
    return status in _FAILED
