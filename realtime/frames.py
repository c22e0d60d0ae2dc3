"""Text frames, encoded once for all their readers, and the signals the hub itself sends."""

import json
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


def beat(head: Cursor | None) -> Frame:
    """Sign of life. With a head it says: whatever this socket had to be shown up to there was sent before."""
    return _signal({"t": "beat"} if head is None else {"t": "beat", "head": str(head)})


def resync(slot: str) -> Frame:
    """The slot cannot be caught up from where it stood: fetch its content anew."""
    return _signal({"t": "resync", "slot": slot})


def _signal(content: dict[str, str]) -> Frame:
    return Frame.of(json.dumps(content, separators=(",", ":")))
