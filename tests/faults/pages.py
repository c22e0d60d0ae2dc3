"""Two web processes over one Redis that comes and goes, and a page at each: both show what the log told, to its end."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from inbox.messaging import conversations, messages
from inbox.storage import events
from inbox.storage.database import Database, Tenant
from inbox.storage.events import EventLog
from realtime.backend import connect_broadcast
from realtime.cursor import Cursor
from realtime.frames import Frame
from realtime.hub import Hub
from realtime.wire import Socket
from tests.faults.proxy import Proxy

TOPIC = "everything"
NEVER = 3_600.0
SHOWN_SECONDS = 10.0


@dataclass
class Hubs:
    """The hub of the process that writes, and that of another one; `line` is the way of both to Redis.

    The first does not look at the logs by itself: what it shows was announced to it. The other hears of what is
    written by Redis, or finds it by looking, as often as it can be asked to in a test.
    """

    database: Database
    line: Proxy
    writing: Hub
    other: Hub

    @classmethod
    @contextlib.asynccontextmanager
    async def over(cls, database: Database, line: Proxy) -> AsyncIterator[Self]:
        """Both of them, running; this database announces to the first."""

        def hub(*, look: float, degraded_look: float) -> Hub:
            broadcast = connect_broadcast(f"redis://127.0.0.1:{line.port}/0")
            render = _Render(database)
            name = f"any order {line.port}"
            log = EventLog(database)
            return Hub(broadcast, log, render, name=name, poll_seconds=look, degraded_poll_seconds=degraded_look)

        both = cls(database, line, hub(look=NEVER, degraded_look=NEVER), hub(look=0.05, degraded_look=0.02))

        def announce(marks: frozenset[str]) -> None:
            for channel in events.channels(marks):
                both.writing.announce(channel)

        database.on_commit(announce)
        await asyncio.gather(both.writing.start(), both.other.start())
        try:
            yield both
        finally:
            await asyncio.gather(both.writing.stop(), both.other.stop())

    def pages(self, tenant: Tenant) -> tuple["Page", "Page"]:
        """A page at each, not connected yet."""
        return Page(self.writing, tenant), Page(self.other, tenant)


@dataclass
class Page:
    """What a browser knows of texts and conversations, by the frames that its socket brought; a wire to the hub."""

    hub: Hub
    tenant: Tenant
    cursor: Cursor | None = None
    states: dict[str, str] = field(default_factory=dict)
    """How each text looked when an event last told of it."""
    holders: dict[str, str | None] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _socket: Socket | None = None
    _moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def connect(self) -> None:
        """Come back with the place up to which it knows everything; nothing when it is there."""
        if self._socket is None:
            self.cursor = self.cursor or await events.head(self.tenant)
            self._socket = Socket(self, self.hub.counters, most_queued=self.hub.most_queued)
            await self.hub.join(self._socket, self.tenant.channel, {TOPIC: (TOPIC, self.cursor)}, ())

    def lose(self) -> None:
        """The line breaks."""
        if self._socket is not None:
            self.hub.leave(self._socket)
            self._socket = None

    async def read_on(self) -> None:
        """It shows everything that has been committed; AssertionError when it is not told of it."""
        await self.connect()
        head = await events.head(self.tenant)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SHOWN_SECONDS):
                while self._place < head.seq:
                    self._moved.clear()
                    await self._moved.wait()
        assert self._place >= head.seq, f"a page stands at {self._place} of {head.seq}"

    @property
    def _place(self) -> int:
        return self.cursor.seq if self.cursor else 0

    def attach(self, socket: Socket) -> None:
        """A wire's."""

    def way(self) -> None:
        """A wire's: each frame is written."""

    def hang_up(self, code: int) -> None:
        """A wire's."""
        self.faults.append(f"closed with {code}")

    def write(self, frame: Frame) -> bool:
        """Take a frame as static/js/20-frames.js does."""
        told = json.loads(frame.text)
        if "upto" in told:
            self._take(told)
        elif told["t"] == "resync":
            self.faults.append("everything was to be fetched anew")
        return True

    def _take(self, told: Mapping[str, Any]) -> None:
        if told["before"] > self._place:
            self.faults.append(f"a gap between {self._place} and {told['before']}")
        if told["upto"] > self._place and self.cursor:
            self.cursor = Cursor(self.cursor.epoch, told["upto"])
            self.states |= told["states"]
            self.holders |= told["holders"]
        self._moved.set()


class _Render:
    """Frames with the ids and states that the events tell of."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(
        self, channel: str, topics: Mapping[Any, Cursor], events: Sequence[Any], upto: Cursor
    ) -> AsyncGenerator[Mapping[Any, str], None]:
        tenant = Tenant(self._database, int(channel))
        texts = await messages.by_ids(tenant, sorted({event.message_id for event in events} - {None}))
        told = await conversations.by_ids(tenant, {event.conversation_id for event in events} - {None})
        states = {text.id: text.state for text in texts}
        holders = {conversation.id: conversation.assignee_id for conversation in told.values()}
        content = {"upto": upto.seq, "states": states, "holders": holders}
        yield {topic: json.dumps({"before": before.seq, **content}) for topic, before in topics.items()}
