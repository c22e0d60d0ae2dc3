"""What readers that fell behind have to be shown, read and rendered once for all that stand at one place."""

import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing

from realtime.cursor import Cursor
from realtime.frames import Frame
from realtime.log import Log, OutOfReach
from realtime.source import Event, Topic

FRESH_SECONDS = 2.0
MOST_FRAMES = 64


class CatchUp:
    """Frames from old places up to the tail, kept for a moment: after an outage hundreds ask for the same ones."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._upto: Cursor | None = None
        self._begun = 0.0
        self._events: Sequence[Event] = ()
        self._frames: dict[tuple[Topic, int], Frame | None] = {}

    async def frames(self, topics: Collection[Topic], since: int, upto: Cursor) -> Mapping[Topic, Frame | None]:
        """A frame for each topic, None where nothing is to be shown; absent is what could not be rendered.

        Ask for the lowest `since` first: one read then serves all the others. Raises OutOfReach, and what the
        source raises.
        """
        self._forget_what_is_old(upto)
        missing = [topic for topic in topics if (topic, since) not in self._frames]
        if missing:
            before = Cursor(upto.epoch, since)
            events = await self._events_after(since, upto)
            rendered: dict[Topic, Frame | None] = dict.fromkeys(missing)
            async with aclosing(self._log.frames(dict.fromkeys(missing, before), events, upto)) as pieces:
                async for frames in pieces:
                    rendered |= frames.shown
                    for topic in frames.failed:
                        del rendered[topic]
            self._frames |= {(topic, since): frame for topic, frame in rendered.items()}
        return {topic: self._frames[topic, since] for topic in topics if (topic, since) in self._frames}

    def _forget_what_is_old(self, upto: Cursor) -> None:
        # The age counts too: what was rendered long ago may show what was erased since.
        is_old = time.monotonic() - self._begun > FRESH_SECONDS
        if upto != self._upto or is_old or len(self._frames) > MOST_FRAMES:
            self._upto, self._begun = upto, time.monotonic()
            self._events = ()
            self._frames = {}

    async def _events_after(self, since: int, upto: Cursor) -> Sequence[Event]:
        if not self._events or self._events[0].seq > since + 1:
            events = await self._log.read(since, upto.seq - since)
            if len(events) != upto.seq - since:
                raise OutOfReach
            self._events = events
        return self._events[since + 1 - self._events[0].seq :]
