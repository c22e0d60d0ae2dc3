"""A place in a list that runs by time, as a key in an address: where one page ends and the next begins."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from inbox import clock

_LAST = 10**17 - 1


def key_of(at: datetime, identity: str) -> str:
    """`at` in microseconds (UTC) at fixed width, so that keys sort as text, and the id that decides between equals."""
    return f"{clock.microseconds(at):017d}.{identity}"


def place_of(key: str | None) -> tuple[datetime, str] | None:
    """What `key_of` made the key of; None for anything else, since addresses are typed and cut by people."""
    return _place(key, lambda number: number)


def waiting_key_of(since: datetime, identity: str) -> str:
    """A key for a list that begins with the earliest: it counts `since` (UTC) backwards, so keys sort as the others."""
    return f"{_LAST - clock.microseconds(since):017d}.{identity}"


def waiting_place_of(key: str | None) -> tuple[datetime, str] | None:
    """What `waiting_key_of` made the key of; None for anything else."""
    return _place(key, lambda number: _LAST - number)


def _place(key: str | None, microseconds: Callable[[int], int]) -> tuple[datetime, str] | None:
    number, _, identity = (key or "").partition(".")
    if len(number) != 17 or not number.isdecimal():
        return None
    try:
        return clock.from_microseconds(microseconds(int(number))), str(UUID(identity))
    except (ValueError, OverflowError):
        return None
