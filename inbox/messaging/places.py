"""A place in a list that runs by time, as a key in an address: where one page ends and the next begins."""

from datetime import datetime
from uuid import UUID

from inbox import clock


def key_of(at: datetime, identity: str) -> str:
    """`at` in microseconds (UTC) at fixed width, so that keys sort as text, and the id that decides between equals."""
    return f"{clock.microseconds(at):017d}.{identity}"


def place_of(key: str | None) -> tuple[datetime, str] | None:
    """What `key_of` made the key of; None for anything else, since addresses are typed and cut by people."""
    microseconds, _, identity = (key or "").partition(".")
    if len(microseconds) != 17 or not microseconds.isdecimal():
        return None
    try:
        return clock.from_microseconds(int(microseconds)), str(UUID(identity))
    except ValueError:
        return None
