"""Text frames, encoded once for all their readers, and the signals the hub itself sends."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from realtime.cursor import Cursor


@dataclass(frozen=True, slots=True)
class Frame:
    """One WebSocket message: its text, and the bytes a server puts on the wire for it."""

    text: str
    wire: bytes

    @classmethod
    def of(cls, text: str) -> Self:
        """Encode once (RFC 6455 section 5.2: final text frame, unmasked). Raises UnicodeEncodeError."""
        payload = text.encode()
        size = len(payload)
        if size < 126:
            header = bytes((0x81, size))
        elif size < 65_536:
            header = b"\x81\x7e" + size.to_bytes(2, "big")
        else:
            header = b"\x81\x7f" + size.to_bytes(8, "big")
        return cls(text, header + payload)


def beat(head: Cursor | None, watches: int = 0) -> Frame:
    """Sign of life. With a head it says: whatever this socket had to be shown up to there was sent before.

    A beat may cross a browser's word that it watches something else: `watch` tells how many such words had been
    heard, and the head is worth nothing to a browser that has said more.
    """
    content: dict[str, str | int] = {"t": "beat"}
    if head is not None:
        content["head"] = str(head)
    if watches:
        content["watch"] = watches
    return _signal(content)


def resync(slot: str) -> Frame:
    """The slot cannot be caught up from where it stood: fetch its content anew."""
    return _signal({"t": "resync", "slot": slot})


def source(*, well: bool) -> Frame:
    """Whether the logs can be read: while they cannot, nothing new is shown, however sound the line is."""
    return _signal({"t": "source", "well": well})


def presence(place: str, people: Sequence[Mapping[str, str | bool]]) -> Frame:
    """Who is at a place now: each with `id`, `name` and whether they are `writing`."""
    return Frame.of(json.dumps({"t": "presence", "c": place, "who": list(people)}, separators=(",", ":")))


def hello(build: str) -> Frame:
    """The first frame of a socket: who serves it, so that a page of another build can say that it is out of date."""
    return _signal({"t": "hello", "build": build})


def _signal(content: Mapping[str, str | int]) -> Frame:
    return Frame.of(json.dumps(content, separators=(",", ":")))
