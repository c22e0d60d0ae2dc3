"""The log of one channel and its frames, each look at it with a time limit."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from realtime.cursor import Cursor
from realtime.frames import Frame
from realtime.source import Event, Render, Source, Topic

LOOK_SECONDS = 10.0
MOST_FAILURES_AT_FIRST = 3
"""When the first so many topics fail, the fault is not theirs and the rest need not be tried."""

logger = logging.getLogger(__name__)


class OutOfReach(Exception):
    """The log no longer holds what comes after this place."""


@dataclass(frozen=True, slots=True)
class Frames:
    """What there is to show, by topic, and the topics that could not be rendered; the others have nothing to show."""

    shown: Mapping[Topic, Frame] = field(default_factory=dict)
    failed: Sequence[Topic] = ()


class Log:
    """One channel as its source and its renderer know it. A database that hangs ends in TimeoutError."""

    def __init__(self, channel: str, source: Source, render: Render) -> None:
        self.channel = channel
        self._source = source
        self._render = render

    async def head(self) -> Cursor:
        """The newest place. Raises what the source raises, or TimeoutError."""
        async with asyncio.timeout(LOOK_SECONDS):
            return await self._source.head(self.channel)

    async def read(self, after: int, limit: int) -> Sequence[Event]:
        """The first events after a place. Raises OutOfReach, what the source raises, or TimeoutError."""
        async with asyncio.timeout(LOOK_SECONDS):
            events = await self._source.read(self.channel, after, limit)
        if events and (events[0].seq, events[-1].seq) != (after + 1, after + len(events)):
            raise OutOfReach
        return events

    async def frames(
        self, befores: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor
    ) -> AsyncGenerator[Frames, None]:
        """Render once for all topics, each with the place before, in the renderer's own pieces; never raises."""
        if not befores:
            return
        done: set[Topic] = set()
        try:
            async with aclosing(self._rendered(befores, events, upto)) as pieces:
                async for shown in pieces:
                    done |= shown.keys()
                    yield Frames(shown)
            return
        except Exception as error:
            # Whatever a renderer raises must stop neither the hub nor the topics that are well.
            logger.warning("%s: %d topics not rendered", self.channel, len(befores) - len(done), exc_info=error)
        left = {topic: before for topic, before in befores.items() if topic not in done}
        yield Frames(failed=tuple(left)) if len(left) == 1 else await self._rendered_apart(left, events, upto)

    async def _rendered_apart(self, befores: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor) -> Frames:
        frames: dict[Topic, Frame] = {}
        failed: list[Topic] = []
        for number, (topic, before) in enumerate(befores.items()):
            if number == len(failed) == MOST_FAILURES_AT_FIRST:
                return Frames(failed=tuple(befores))
            try:
                async with aclosing(self._rendered({topic: before}, events, upto)) as pieces:
                    async for shown in pieces:
                        frames |= shown
            except Exception as error:
                logger.warning("%s: topic %r not rendered: %r", self.channel, topic, error)
                failed.append(topic)
        return Frames(frames, failed)

    async def _rendered(
        self, befores: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor
    ) -> AsyncGenerator[dict[Topic, Frame], None]:
        async with aclosing(self._render(self.channel, befores, events, upto)) as pieces:
            while True:
                # The time that the frames take to their readers is not the renderer's.
                async with asyncio.timeout(LOOK_SECONDS):
                    texts = await anext(pieces, None)
                if texts is None:
                    return
                yield {topic: Frame.of(text) for topic, text in texts.items() if topic in befores}
