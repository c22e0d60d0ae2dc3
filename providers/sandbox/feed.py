"""Wakes the open phones pages when something happened."""

import asyncio
from collections.abc import AsyncIterator

_QUIET_SECONDS = 0.1
_BEAT_SECONDS = 5.0
_LONGEST_STREAM_SECONDS = 30.0


class Feed:
    """A counter of changes that a page can wait on; it carries no text, a page asks for what it shows."""

    def __init__(self) -> None:
        self._changes = 0
        self._is_ended = False
        self._readers: set[asyncio.Event] = set()

    def changed(self) -> None:
        """Something happened: wake every reader."""
        self._changes += 1
        for reader in self._readers:
            reader.set()

    def end(self) -> None:
        """Finish every open stream, so that a server can stop without waiting for them."""
        self._is_ended = True
        for reader in self._readers:
            reader.set()

    async def stream(self) -> AsyncIterator[str]:
        """Server-Sent Events: one `message` per burst of changes.

        Ends by itself after half a minute and the browser comes back at once: a server that is told to stop
        waits for open answers, and must not wait for ever.
        """
        reader = asyncio.Event()
        self._readers.add(reader)
        loop = asyncio.get_running_loop()
        end = loop.time() + _LONGEST_STREAM_SECONDS
        try:
            yield f"retry: 300\ndata: {self._changes}\n\n"
            while not self._is_ended and loop.time() < end:
                try:
                    await asyncio.wait_for(reader.wait(), _BEAT_SECONDS)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                reader.clear()
                yield f"data: {self._changes}\n\n"
                # A campaign changes a thousand texts a second; ten looks a second are enough for eyes.
                await asyncio.sleep(_QUIET_SECONDS)
        finally:
            self._readers.discard(reader)
