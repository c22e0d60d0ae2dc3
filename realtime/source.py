"""What the hub is given: a log of events for each channel, and a way to show them."""

from collections.abc import AsyncGenerator, Collection, Hashable, Mapping, Sequence
from typing import Protocol

from realtime.cursor import Cursor

Topic = Hashable


class Event(Protocol):
    """One entry of a log; the hub reads its number only."""

    @property
    def seq(self) -> int: ...


class Source(Protocol):
    """The logs. Numbers are dense: each event of a channel is one above the one before."""

    async def head(self, channel: str) -> Cursor:
        """The newest place in the log of a channel."""
        ...

    async def heads(self, channels: Collection[str]) -> Mapping[str, Cursor]:
        """The newest places of many channels, in one query."""
        ...

    async def read(self, channel: str, after: int, limit: int) -> Sequence[Event]:
        """The first `limit` events above `after`, ascending."""
        ...


class Render(Protocol):
    """Makes finished text frames out of events, one for each topic that has something to show.

    They come in pieces: each is written to its readers before the next one is asked for. No topic is in two of them.
    """

    def __call__(
        self, channel: str, topics: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor
    ) -> AsyncGenerator[Mapping[Topic, str], None]:
        """Topics come with the cursor before; their frame says "I cover (before, upto]".

        There may be thousands of topics: rather look up those that the events concern than walk through all.
        """
        ...
