"""The log of one channel and its frames, each look at it with a time limit."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
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

    async def frames(self, befores: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor) -> Frames:
        """Render once for all topics, each with the place before; never raises."""
        if not befores:
            return Frames()
        try:
            return Frames(await self._rendered(befores, events, upto))
        except Exception as error:
            # Whatever a renderer raises must stop neither the hub nor the topics that are well.
            logger.warning("%s: %d topics not rendered", self.channel, len(befores), exc_info=error)
        if len(befores) == 1:
            return Frames(failed=tuple(befores))
        return await self._rendered_apart(befores, events, upto)

    async def _rendered_apart(self, befores: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor) -> Frames:
        frames: dict[Topic, Frame] = {}
        failed: list[Topic] = []
        for number, (topic, before) in enumerate(befores.items()):
            if number == len(failed) == MOST_FAILURES_AT_FIRST:
                return Frames(failed=tuple(befores))
            try:
                frames |= await self._rendered({topic: before}, events, upto)
            except Exception as error:
                logger.warning("%s: topic %r not rendered: %r", self.channel, topic, error)
                failed.append(topic)
        return Frames(frames, failed)

    async def _rendered(
        self, befores: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor
    ) -> dict[Topic, Frame]:
        async with asyncio.timeout(LOOK_SECONDS):
            texts = await self._render(self.channel, befores, events, upto)
        return {topic: Frame.of(text) for topic, text in texts.items() if topic in befores}
