"""What may stand against a text, and the ways on which texts reach a candidate."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from inbox.errors import Refused

Path = Literal["reply", "api", "retry", "schedule", "scheduled", "campaign", "workflow", "chatbot"]
"""The ways: somebody replies, a program does in their name, somebody tries again or schedules a text; one is due;
a campaign or a workflow texts; the chatbot answers."""

OF_PEOPLE: frozenset[Path] = frozenset({"reply", "api", "retry"})
"""Where a person decides about this very text, at this very moment, and can say why it cannot wait."""


class Kind(StrEnum):
    """What stands against a text, the first one that does is told."""

    SENDER_GONE = "sender_gone"
    ERASED = "erased"
    PRESUMED = "presumed"
    OPTED_OUT = "opted_out"
    NO_SENDER = "no_sender"
    NO_NUMBER = "no_number"
    DEAD_NUMBER = "dead_number"
    NO_CONSENT = "no_consent"
    NO_SEGMENTS = "no_segments"
    QUIET = "quiet"
    CAP = "cap"

    @property
    def passes(self) -> bool:
        """Whether time alone ends it: people are asked for a reason, everything else is held."""
        return self in (Kind.QUIET, Kind.CAP)


@dataclass(frozen=True, slots=True)
class Block:
    """Why a text does not go out, as a sentence for who reads of it; `until` (UTC) of one that passes.

    `zone` is the place whose hours are waited for.
    """

    kind: Kind
    sentence: str
    until: datetime | None = None
    zone: ZoneInfo | None = None
    without_name: str | None = None
    """The same where the sentence names the candidate and this one does not."""

    @property
    def kept(self) -> str:
        """What is kept in a row beside a candidate's id: no name, which would outlive the candidate's erasure."""
        return self.sentence if self.without_name is None else self.without_name


class Asked(Refused):
    """It goes out as soon as the writer has said why it cannot wait; in quiet hours `opens` is their end, there."""

    def __init__(self, block: Block) -> None:
        super().__init__(block.sentence)
        self.opens = block.until.astimezone(block.zone) if block.until and block.zone else None


class Held(Refused):
    """It goes out by itself at `until` (UTC)."""

    def __init__(self, sentence: str, until: datetime) -> None:
        super().__init__(sentence)
        self.until = until
