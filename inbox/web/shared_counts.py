"""What the open pages of a company have been told of how many conversations are unread there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from inbox.storage.events import NOT_IN_LIST, Event
from realtime.hub import Cursor

Whose: TypeAlias = tuple[str, str | None]
"""The channel of an organisation and the id of a company, None for all."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number that was counted right after event `at` and has been the same since event `since`."""

    number: int
    at: int
    since: int

    def is_followed_by(self, events: Sequence[Event]) -> bool:
        """Whether nothing happened between the counting and these events."""
        return events[0].seq <= self.at + 1


class SharedCounts:
    """The last count of each company that is watched."""

    def __init__(self) -> None:
        self._known: dict[Whose, Count] = {}

    def remember(self, whose: Whose, counted: tuple[int, int], events: Sequence[Event], upto: Cursor) -> Count:
        """The shared count, the event it was counted at, and since which event every page has shown this number.

        After one event an equal number is the same number. After two it may have been another in between, on a page
        that was loaded then; so everybody is told.
        """
        (number, at), known = counted, self._known.get(whose)
        since = at
        if known is not None and known.number == number and known.is_followed_by(events):
            new = [event for event in events if event.seq > known.at and event.kind not in NOT_IN_LIST]
            if at == known.at or (at == upto.seq and len(new) == 1):
                since = known.since
        count = self._known[whose] = Count(number, at, since)
        return count

    def pass_over(self, channel: str, events: Sequence[Event], upto: Cursor) -> None:
        """Events that change no count."""
        for whose, known in list(self._known.items()):
            if whose[0] == channel and known.at < upto.seq and known.is_followed_by(events):
                self._known[whose] = replace(known, at=upto.seq)
