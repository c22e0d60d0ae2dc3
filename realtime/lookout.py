"""The look at the ends of the logs, by which missed hints and a source that is away are noticed."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping

from realtime.cursor import Cursor
from realtime.frames import Frame, source
from realtime.source import Source
from realtime.supervision import pause_after

HEADS_SECONDS = 3.0
"""After so long the source is not well."""

logger = logging.getLogger(__name__)

Places = Mapping[str, Cursor | None]


class Lookout:
    """Asks for all channels in one query, and says to all readers when the source is away and when it is back."""

    def __init__(
        self,
        source: Source,
        places: Callable[[], Places],
        compare: Callable[[Places, Mapping[str, Cursor]], None],
        say: Callable[[Frame], None],
    ) -> None:
        self.is_well = True
        self._source = source
        self._places = places
        self._compare = compare
        self._say = say
        self._failures = 0
        self._wanted = asyncio.Event()

    def look(self) -> None:
        """Look now instead of at the next round."""
        self._wanted.set()

    async def round(self, seconds: float) -> None:
        """Wait so long, or until a look is wanted, and look; after one that failed the next is soon."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        self._wanted.clear()
        try:
            await self._look()
        except Exception as error:
            # Whatever the source raises: only that it cannot be read matters here.
            self._failures += 1
            # Our own limit tells nothing by where it struck.
            trace = error if self.is_well and not isinstance(error, TimeoutError) else None
            logger.warning("the logs cannot be read: %r", error, exc_info=trace)
            self._set_well(False)
            await asyncio.sleep(pause_after(self._failures))
            self._wanted.set()
        else:
            self._failures = 0
            self._set_well(True)

    async def _look(self) -> None:
        before = self._places()
        if not before:
            return
        async with asyncio.timeout(HEADS_SECONDS):
            heads = await self._source.heads(tuple(before))
        self._compare(before, heads)

    def _set_well(self, well: bool) -> None:
        if well != self.is_well:
            self.is_well = well
            self._say(source(well=well))
