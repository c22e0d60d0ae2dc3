"""Who sits where: each open inbox looks at one group of rows, and some have the conversation open as well."""

from dataclasses import dataclass

RANGES = ("today", "7d", "month", "all")
TABS = ("shared", "mine")
THREAD = "thread"
COUNTS = "counts"
# One in twenty has the conversation open.
THREAD_EVERY = 20
# How each event's text begins, and how many digits of its number follow.
WORDS, DIGITS = "Text no. ", 6

GROUPS = tuple(f"{tab}-{days}" for tab in TABS for days in RANGES)
"""What is rendered apart for its readers."""


@dataclass(frozen=True, slots=True)
class Place:
    """What one open inbox shows: the group of its list, and whether the conversation is open beside it."""

    number: int
    group: str
    has_thread: bool

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups whose frames it gets, in this order; counts are new to the one whom the event concerns."""
        counts = (COUNTS,) if self.group.startswith("mine") else ()
        return (self.group, *counts, *((THREAD,) if self.has_thread else ()))


@dataclass(frozen=True, slots=True)
class Seat:
    """How one socket is opened, and what it waits for.

    After a frame that holds `greeting`, or at once without one, it says `say`. It is ready when a frame that holds
    `ready` has come, if it waits for one. An event has reached it when `frames` frames with the event's mark have.
    """

    path: str
    headers: str = ""
    greeting: bytes = b""
    say: bytes = b""
    ready: bytes = b""
    frames: int = 1


def places(count: int) -> list[Place]:
    """Half of them on Shared and half on Mine, over four ranges of days, one in twenty with the conversation open."""
    return [
        Place(number, GROUPS[number % len(GROUPS)], number % THREAD_EVERY == THREAD_EVERY // 2)
        for number in range(count)
    ]


def plain_seats(count: int, path: str) -> list[Seat]:
    """Seats of a server that learns the groups from the address: `path` and "?groups=shared-7d,thread"."""
    return [Seat(f"{path}?groups={','.join(place.groups)}", frames=len(place.groups)) for place in places(count)]


def mark(number: int) -> str:
    """The words that tell one event's frames, always of the same length."""
    return f"{WORDS}{number:0{DIGITS}d}"
