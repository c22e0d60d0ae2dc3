"""Where hints travel between processes: within one process, or over a Redis that may come and go."""

import asyncio
import contextlib
import time
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from broadcaster import Broadcast, BroadcastBackend, Event
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from realtime.supervision import keep_running, stop

GAP = "gap"
"""Event of the backend itself: we listen (again); hints may have been missed, so read the logs."""
LOST = "lost"
"""Event of the backend itself: hints may not reach us from now on, until the next GAP."""

SILENCE_SECONDS = 0.25
"""After so much silence we ask for a sign of life, and after as much again we believe ourselves deaf."""
DEAD_SECONDS = 5.0
CONNECT_SECONDS = 2.0
PROBE_EVERY_SECONDS = 15.0
PROBE_LIMIT_SECONDS = 5.0
SUBSCRIBE_SECONDS = 1.0
PUBLISH_SECONDS = 0.25
# A transport of uvloop that the other side has closed meanwhile answers a write with RuntimeError.
_LOST_CONNECTION = (RedisError, RuntimeError)


def connect_broadcast(url: str) -> Broadcast:
    """A broadcast for memory://, redis:// or rediss://, still to be connected. Raises ValueError on another URL."""
    scheme = urlsplit(url).scheme
    if scheme == "memory":
        return Broadcast(url)
    if scheme in ("redis", "rediss"):
        return Broadcast(backend=ReliableRedis(url))
    raise ValueError(f"A broadcast URL starts with memory://, redis:// or rediss://, not {scheme}://.")


class ReliableRedis(BroadcastBackend):
    """Redis pub/sub that starts without Redis, notices within half a second that it is deaf, and comes back.

    The backend that broadcaster brings ends for good with its first lost connection, and with redis-py 8 it
    does not hear its first channel at all. The promise here: after every doubt a GAP event follows as soon
    as each channel is acknowledged by Redis again.
    """

    def __init__(self, url: str) -> None:
        self.healthy = False
        self.last_heard = time.monotonic()
        self._url = url
        self._pool = BlockingConnectionPool.from_url(url, max_connections=4, **_options(answer_seconds=1.0, retries=1))
        self._publisher = Redis.from_pool(self._pool)
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._acknowledged: dict[str, asyncio.Event] = {}
        self._probe_channel = f"probe:{uuid4()}"
        self._probe = _Probe()
        self._task: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Begin to listen; never raises, as Redis may come later."""
        self._task = asyncio.create_task(keep_running("redis listener", self._listen))

    async def disconnect(self) -> None:
        if self._task is not None:
            await stop(self._task)
        await self._publisher.aclose()

    async def subscribe(self, channel: str) -> None:
        """Wait until Redis acknowledged the channel, at most a second; without Redis it follows later."""
        acknowledged = self._acknowledged.setdefault(channel, asyncio.Event())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SUBSCRIBE_SECONDS):
                await acknowledged.wait()

    async def unsubscribe(self, channel: str) -> None:
        """Let go of the channel; the listener tells Redis within a moment."""
        self._acknowledged.pop(channel, None)

    async def publish(self, channel: str, message: Any) -> None:
        """Hand a message to Redis. Raises ConnectionError when Redis did not take it."""
        try:
            await self._publisher.publish(channel, message)
        except _LOST_CONNECTION as error:
            raise ConnectionError(f"Redis did not take a message: {error}") from error

    async def next_published(self) -> Event:
        return await self._events.get()

    async def _listen(self) -> None:
        """One life of the listening connection. Raises ConnectionError at its end."""
        client = Redis.from_url(self._url, **_options(answer_seconds=None, retries=0))
        listener = client.pubsub()
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await listener.subscribe(self._probe_channel)
            await self._follow(listener)
        except _LOST_CONNECTION as error:
            raise ConnectionError(f"Redis is away: {error}") from error
        finally:
            self._forget_acknowledgements()
            await listener.aclose()  # type: ignore[no-untyped-call]
            await client.aclose()

    async def _follow(self, listener: PubSub) -> None:
        asked: set[str] = set()
        asked_for_life = False
        self._probe = _Probe()
        self.last_heard = time.monotonic()
        while True:
            asked = await self._ask(listener, asked)
            await self._probe_the_whole_way()
            # On a lost connection redis-py connects anew before it tells us; that must not take long.
            async with asyncio.timeout(CONNECT_SECONDS):
                message = await listener.get_message(timeout=SILENCE_SECONDS)
            if message is not None:
                self._take(message)
                asked_for_life = False
                continue
            if asked_for_life:
                self._set_healthy(False)
            if time.monotonic() - self.last_heard > DEAD_SECONDS:
                raise ConnectionError("Redis is silent")
            await listener.ping()
            asked_for_life = True

    async def _ask(self, listener: PubSub, asked: set[str]) -> set[str]:
        """Subscribe to what is wanted and not asked for yet, let go of the rest; answers what is asked for."""
        wanted = set(self._acknowledged)
        if wanted != asked:
            if new := wanted - asked:
                await listener.subscribe(*new)
            if old := asked - wanted:
                await listener.unsubscribe(*old)
        return wanted

    async def _probe_the_whole_way(self) -> None:
        """A connection can live and yet be off the way of published messages: only one that arrives proves it."""
        if self._probe.is_overdue:
            await self._pool.disconnect(inuse_connections=False)
            raise ConnectionError("Redis does not bring back what we publish")
        if self._probe.is_due:
            nonce = self._probe.send()
            # A failure needs no word here: a probe that is not back in time is what we look for.
            with contextlib.suppress(*_LOST_CONNECTION, TimeoutError):
                async with asyncio.timeout(PUBLISH_SECONDS):
                    await self._publisher.publish(self._probe_channel, nonce)

    def _take(self, message: dict[str, Any]) -> None:
        self.last_heard = time.monotonic()
        kind, channel = message["type"], (message["channel"] or b"").decode()
        if kind == "subscribe" and channel in self._acknowledged:
            self._acknowledged[channel].set()
        elif kind == "message" and channel == self._probe_channel:
            self._probe.came_back(message["data"])
        elif kind == "message":
            self._events.put_nowait(Event(channel, message["data"].decode(errors="replace")))
        self._set_healthy(all(acknowledged.is_set() for acknowledged in self._acknowledged.values()))

    def _forget_acknowledgements(self) -> None:
        for acknowledged in self._acknowledged.values():
            acknowledged.clear()
        self._set_healthy(False)

    def _set_healthy(self, healthy: bool) -> None:
        if healthy == self.healthy:
            return
        self.healthy = healthy
        for channel in self._acknowledged:
            self._events.put_nowait(Event(channel, GAP if healthy else LOST))


class _Probe:
    """A nonce on its way through Redis and back to us."""

    def __init__(self) -> None:
        self._nonce: bytes | None = None
        self._due = time.monotonic()

    @property
    def is_due(self) -> bool:
        return self._nonce is None and time.monotonic() >= self._due

    @property
    def is_overdue(self) -> bool:
        return self._nonce is not None and time.monotonic() >= self._due

    def send(self) -> bytes:
        self._nonce = uuid4().bytes
        self._due = time.monotonic() + PROBE_LIMIT_SECONDS
        return self._nonce

    def came_back(self, nonce: bytes) -> None:
        if nonce == self._nonce:
            self._nonce = None
            self._due = time.monotonic() + PROBE_EVERY_SECONDS


def _options(*, answer_seconds: float | None, retries: int) -> dict[str, Any]:
    # Redis-py would hide a lost connection behind ten retries of its own, and its RESP3 mode adds pushes of
    # the server to what we listen to.
    return {
        "socket_timeout": answer_seconds,
        "socket_connect_timeout": CONNECT_SECONDS,
        "retry": Retry(NoBackoff(), retries),
        "protocol": 2,
    }
