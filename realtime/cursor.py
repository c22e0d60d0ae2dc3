"""How far a reader has come in the log of a channel."""

import re
from dataclasses import dataclass
from typing import Self

_TEXT = re.compile(r"(?P<epoch>[0-9A-Za-z_-]{1,64})-(?P<seq>[0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in one life of a log: after a restored backup the epoch is another and old places mean nothing."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}-{self.seq}"

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The cursor a browser sent as "<epoch>-<seq>"; None when the text is not one."""
        found = _TEXT.fullmatch(text)
        return cls(found["epoch"], int(found["seq"])) if found else None
