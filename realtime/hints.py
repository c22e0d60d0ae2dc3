"""What the hubs of one installation tell each other: which channels moved, whom to dismiss, what is said in passing."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from broadcaster import Broadcast

from realtime.backend import GAP, LOST
from realtime.passing import Passing, Words
from realtime.supervision import keep_running, stop

PUBLISH_SECONDS = 0.25
START_SECONDS = 2.0
MOST_SAID = 1_000
"""Words that wait to be said; what is said in passing and does not get out is forgotten."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Whom to call: with channels that moved, with a key to dismiss, and when hints may have been missed."""

    moved: Callable[[Collection[str]], None]
    dismissed: Callable[[str], None]
    doubt: Callable[[], None]


class Hints:
    """One broadcaster subscription for the whole process. A hint may get lost; the logs are the truth."""

    def __init__(self, broadcast: Broadcast, name: str, ears: Ears, passing: Passing) -> None:
        self.healthy = False
        self.last_heard = time.monotonic()
        self._broadcast = broadcast
        self._name = name
        self._ears = ears
        self._own = str(uuid4())
        self._channels: set[str] = set()
        self._keys: set[str] = set()
        self._words: list[Words] = []
        self._passing = passing
        passing.attach(self.say)
        self._pending = asyncio.Event()
        self._listening = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def moved(self, channel: str) -> None:
        """Tell the others soon that a channel has new events; many at once travel together."""
        self._channels.add(channel)
        self._pending.set()

    def dismiss(self, key: str) -> None:
        """Tell the others to close the sockets of a key; tried again until it could be published."""
        self._keys.add(key)
        self._pending.set()

    def say(self, words: Words) -> None:
        """Tell the others something that is worth nothing a moment later: once, and not again when that fails."""
        if len(self._words) < MOST_SAID:
            self._words.append(words)
        self._pending.set()

    async def start(self) -> None:
        """Connect and listen; waits for the subscription, but not for a Redis that is away."""
        await self._broadcast.connect()
        self._tasks = [
            asyncio.create_task(keep_running("hints in", self._hear)),
            asyncio.create_task(keep_running("hints out", self._publish)),
        ]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await self._listening.wait()

    async def stop(self) -> None:
        """Publish what is left, if that goes at once, and disconnect."""
        await stop(*self._tasks)
        if self._channels or self._keys:
            with contextlib.suppress(OSError):
                await self._flush()
        await self._broadcast.disconnect()
        # Broadcast cancels its listener without waiting for it: let it end before the loop does.
        await asyncio.sleep(0)

    async def _hear(self) -> None:
        async with self._broadcast.subscribe(self._name) as subscriber:
            self._listening.set()
            # An empty message to ourselves: whichever backend we have, the echo proves that it carries hints.
            self._pending.set()
            while True:
                event = await subscriber.get()
                self._take(event.message)

    def _take(self, message: str) -> None:
        self.last_heard = time.monotonic()
        was_healthy, self.healthy = self.healthy, message != LOST
        if message in (GAP, LOST) or not was_healthy:
            self._ears.doubt()
        if message in (GAP, LOST):
            return
        sender, channels, keys, said = _decode(message)
        if sender == self._own:
            return
        if channels:
            self._ears.moved(channels)
        for key in keys:
            self._ears.dismissed(key)
        for words in said:
            self._passing.take(words)

    async def _publish(self) -> None:
        while True:
            await self._pending.wait()
            await self._flush()

    async def _flush(self) -> None:
        self._pending.clear()
        channels, self._channels = self._channels, set()
        keys, self._keys = self._keys, set()
        words, self._words = self._words, []
        message = encode(self._own, channels, keys, words)
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._broadcast.publish(self._name, message)
        except BaseException:
            self._channels |= channels
            self._keys |= keys
            self._pending.set()
            raise


def encode(sender: str, channels: Collection[str], keys: Collection[str], words: Collection[Words] = ()) -> str:
    """What the hubs tell each other, as a message: who speaks, which channels moved, whom to dismiss, what is said."""
    content = {"from": sender, "channels": sorted(channels), "dismiss": sorted(keys)}
    return json.dumps(content | ({"said": list(words)} if words else {}))


def _decode(message: str) -> tuple[str, list[str], list[str], list[Words]]:
    """Sender, channels, keys and words of a message; empty when a stranger speaks on our channel."""
    try:
        content: Any = json.loads(message)
    except ValueError:
        return "", [], [], []
    if not isinstance(content, dict):
        return "", [], [], []
    said = content.get("said")
    words: list[Words] = [item for item in said if isinstance(item, dict)] if isinstance(said, list) else []
    return str(content.get("from")), _strings(content.get("channels")), _strings(content.get("dismiss")), words


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
