"""The log of one channel and its frames, each look at it with a time limit."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from realtime.cursor import Cursor
from realtime.frames import Frame
from realtime.source import Event, Render, Source, Topic

LOOK_SECONDS = 10.0
MOST_FAILURES_AT_FIRST = 3
"""When the first so many topics fail, the fault is not theirs and the rest need not be tried."""

logger = logging.getLogger(__name__)


class OutOfReach(Exception):
    """The log no longer holds what comes after this place."""


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
    ) -> Mapping[Topic, Frame | None]:
        """The frame of each topic, None where there is nothing to show; absent is what could not be rendered."""
        if not befores:
            return {}
        try:
            return await self._rendered(befores, events, upto)
        except Exception as error:
            # Whatever a renderer raises must stop neither the hub nor the topics that are well.
            logger.warning("%s: %d topics not rendered", self.channel, len(befores), exc_info=error)
        return await self._rendered_apart(befores, events, upto) if len(befores) > 1 else {}

    async def _rendered_apart(
        self, befores: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor
    ) -> Mapping[Topic, Frame | None]:
        frames: dict[Topic, Frame | None] = {}
        failures = 0
        for topic, before in befores.items():
            try:
                frames |= await self._rendered({topic: before}, events, upto)
            except Exception as error:
                failures += 1
                logger.warning("%s: topic %r not rendered: %r", self.channel, topic, error)
                if failures == MOST_FAILURES_AT_FIRST and not frames:
                    break
        return frames

    async def _rendered(
        self, befores: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor
    ) -> dict[Topic, Frame | None]:
        async with asyncio.timeout(LOOK_SECONDS):
            texts = await self._render(self.channel, befores, events, upto)
        return {topic: Frame.of(texts[topic]) if topic in texts else None for topic in befores}
