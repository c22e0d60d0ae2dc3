"""A log, a renderer and readers to play the hub's neighbours: they keep the promises the hub builds on."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from realtime.cursor import Cursor
from realtime.frames import Frame
from realtime.hub import Event, Topic
from realtime.wire import Counters, Socket

EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Entry:
    """One event of the played log."""

    seq: int


class PlayedLog:
    """Dense logs in memory; a database that can be away, slow, pruned or restored."""

    def __init__(self) -> None:
        self.epoch = "e1"
        self.ends: dict[str, int] = {}
        self.kept_from = 1
        self.is_away = False
        self.reads: list[tuple[str, int, int]] = []
        self.head_queries = 0
        self.pause: Callable[[], Awaitable[None]] = _no_pause

    def write(self, channel: str = "org", events: int = 1) -> Cursor:
        """Commit so many events."""
        self.ends[channel] = self.ends.get(channel, 0) + events
        return self.end(channel)

    def end(self, channel: str = "org") -> Cursor:
        return Cursor(self.epoch, self.ends.get(channel, 0))

    def entries(self, channel: str = "org") -> list[Entry]:
        return [Entry(seq) for seq in range(1, self.ends.get(channel, 0) + 1)]

    async def head(self, channel: str) -> Cursor:
        await self._answer()
        return self.end(channel)

    async def heads(self, channels: Collection[str]) -> Mapping[str, Cursor]:
        self.head_queries += 1
        await self._answer()
        return {channel: self.end(channel) for channel in channels}

    async def read(self, channel: str, after: int, limit: int) -> Sequence[Entry]:
        self.reads.append((channel, after, limit))
        await self._answer()
        first = max(after + 1, self.kept_from)
        found = [Entry(seq) for seq in range(first, self.ends.get(channel, 0) + 1)][:limit]
        await self.pause()
        return found

    async def _answer(self) -> None:
        await self.pause()
        if self.is_away:
            raise ConnectionRefusedError("the database is away")


async def _no_pause() -> None:
    return None


def shown_to(topic: Topic, events: Sequence[Event]) -> list[int]:
    """What a topic shows: everything, or with ("each", n) every n-th event."""
    if isinstance(topic, tuple):
        return [event.seq for event in events if event.seq % topic[1] == 0]
    return [event.seq for event in events]


class PlayedRender:
    """Renders the numbers of the events; it counts its calls and may fail."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[Topic, Cursor], list[int], Cursor]] = []
        self.failures_left = 0
        self.poisoned: Topic = None
        self.filler = ""

    async def __call__(
        self, channel: str, topics: Mapping[Topic, Cursor], events: Sequence[Event], upto: Cursor
    ) -> AsyncGenerator[Mapping[Topic, str], None]:
        self.calls.append((dict(topics), [event.seq for event in events], upto))
        await asyncio.sleep(0)
        if self.failures_left:
            self.failures_left -= 1
            raise RuntimeError("the template is broken")
        if self.poisoned in topics:
            raise RuntimeError("this view is broken")
        yield {
            topic: f"<p>{json.dumps([topic, str(before), str(upto), shown])}{self.filler}"
            for topic, before in topics.items()
            if (shown := shown_to(topic, events))
        }


@dataclass
class Reader:
    """A browser's rules: take a frame when before <= cursor < upto, believe a beat, fetch anew on resync."""

    cursor: Cursor | None = None
    topic: Topic = EVERYTHING
    slot: str = "list"
    believes_beats: bool = True
    watches: int = 0
    """How often this connection has said that it watches something else."""
    taken: list[int] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    gaps: int = 0
    resyncs: int = 0
    beats: int = 0

    def receive(self, text: str) -> None:
        self.frames.append(text)
        if text.startswith("{"):
            self._heed(json.loads(text))
            return
        topic, before_text, upto_text, shown = json.loads(text.removeprefix("<p>").rstrip("."))
        topic = tuple(topic) if isinstance(topic, list) else topic
        before, upto = Cursor.parse(before_text), Cursor.parse(upto_text)
        assert before is not None
        assert upto is not None
        if topic != self.topic:
            return
        if self.cursor is not None and upto.seq <= self.cursor.seq:
            return
        if self.cursor is not None and (before.epoch != self.cursor.epoch or before.seq > self.cursor.seq):
            self.gaps += 1
            return
        self.taken += [seq for seq in shown if self.cursor is None or seq > self.cursor.seq]
        self.cursor = upto

    def _heed(self, signal: dict[str, Any]) -> None:
        if signal["t"] == "resync" and signal["slot"] == self.slot:
            self.resyncs += 1
        if signal["t"] == "beat":
            self.beats += 1
            head = Cursor.parse(signal.get("head", ""))
            if head is None or not self.believes_beats or signal.get("watch", 0) != self.watches:
                return
            if self.cursor is None or (head.epoch == self.cursor.epoch and head.seq > self.cursor.seq):
                self.cursor = head


class PlayedWire:
    """Hands frames to readers at once, as a network without delay; it can be stopped up."""

    def __init__(self, *readers: Reader) -> None:
        self.readers = readers
        self.is_stopped_up = False
        self.written = 0
        self.closed_with: int | None = None
        self.socket: Socket | None = None

    def attach(self, socket: Socket) -> None:
        self.socket = socket

    def write(self, frame: Frame) -> bool:
        if self.is_stopped_up:
            return False
        self.written += 1
        for reader in self.readers:
            reader.receive(frame.text)
        return True

    def way(self) -> None:
        """None: each frame is handed over by `write`."""

    def hang_up(self, code: int) -> None:
        self.closed_with = code

    def unstop(self) -> None:
        """The peer reads again."""
        self.is_stopped_up = False
        assert self.socket is not None
        self.socket.ready()


def played_socket(*readers: Reader, most_queued: int = 256) -> tuple[Socket, PlayedWire]:
    """A socket whose frames go straight to the readers of its slots."""
    wire = PlayedWire(*readers)
    return Socket(wire, Counters(), most_queued=most_queued), wire
