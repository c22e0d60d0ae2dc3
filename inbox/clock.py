"""The one clock of the application; tests freeze it here."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> datetime:
    """The present moment as an aware UTC datetime.

    It decides what "today" is and how old a thing looks. Rows get their times from the database's own clock.
    """
    return datetime.now(UTC)


def microseconds(at: datetime) -> int:
    """`at` as whole microseconds since 1970 UTC, exactly: `timestamp()` rounds."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def from_microseconds(count: int) -> datetime:
    """The moment `microseconds` made `count` of, aware UTC. Raises OverflowError beyond the year 9999."""
    return _EPOCH + timedelta(microseconds=count)
