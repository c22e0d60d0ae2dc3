"""The one clock of the application; tests freeze it here."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment as an aware UTC datetime.

    It decides what "today" is and how old a thing looks. Rows get their times from the database's own clock.
    """
    return datetime.now(UTC)
