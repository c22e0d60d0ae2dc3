"""The hub of a process: sockets by channel and topic, woken by hints, fed from the logs."""

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from random import SystemRandom

from broadcaster import Broadcast

from realtime.cursor import Cursor
from realtime.farewell import RESTARTING, close_in_turn
from realtime.frames import Frame, source
from realtime.hints import Ears, Hints
from realtime.lookout import Lookout
from realtime.members import Member, Slot
from realtime.passing import Passing
from realtime.source import Event, Render, Source, Topic
from realtime.supervision import keep_running, stop
from realtime.tail import Tail
from realtime.wire import Counters, Socket

__all__ = ["Cursor", "Event", "Hub", "HubState", "Render", "Socket", "Source", "Topic", "Wanted"]

DISMISSED = 4401
"""Close code after which the browser goes to the login page."""

BEAT_GROUPS = 20
TAILS_AT_ONCE = 4
"""So many channels are read and rendered at one time: requests need the database as well."""

Wanted = Mapping[str, tuple[Topic, Cursor | None]]
"""What a socket watches: its own names, each with a topic and how far it has been shown; None is "from now"."""

_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class HubState:
    """How the hub is. Times in seconds; counts are since the start, except sockets and topics."""

    sockets: int
    topics: int
    healthy: bool
    """Whether hints of other processes reach us; if not, the logs are asked every half second instead."""
    last_hint_age: float
    lag: float
    """How long the oldest event that we know of has been waiting to be sent."""
    frames_sent: int
    overflows: int
    resyncs: int
    ignored_messages: int
    draining: bool
    """Whether the process is about to end: newcomers are closed at once."""


class Hub:
    """One for a process. The logs are the truth; hints only say when to look."""

    def __init__(
        self,
        broadcast: Broadcast,
        source: Source,
        render: Render,
        *,
        name: str = "events",
        poll_seconds: float = 5.0,
        degraded_poll_seconds: float = 0.5,
        beat_seconds: float = 20.0,
        most_queued: int = 256,
        catch_up_limit: int = 500,
    ) -> None:
        """`name` is the broadcast channel: installations that share a Redis need different ones."""
        self.counters = Counters()
        self.most_queued = most_queued
        self._source = source
        self._render = render
        self._poll_seconds = poll_seconds
        self._degraded_poll_seconds = degraded_poll_seconds
        self._beat_seconds = beat_seconds
        self._catch_up_limit = catch_up_limit
        self._lookout = Lookout(
            source,
            lambda: {channel: tail.cursor for channel, tail in self.tails.items()},
            self._compare,
            self._say,
        )
        self.passing = Passing()
        self._hints = Hints(broadcast, name, Ears(self._wake, self._close_all_of, self._lookout.look), self.passing)
        self.tails: dict[str, Tail] = {}
        self._turn = asyncio.Semaphore(TAILS_AT_ONCE)
        self._members: dict[Socket, Member] = {}
        self._beat_groups: list[set[Member]] = [set() for _ in range(BEAT_GROUPS)]
        self._by_key: dict[str, set[Socket]] = {}
        self._hear: Callable[[str], None] | None = None
        self._draining = self._stopping = False
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def state(self) -> HubState:
        return HubState(
            sockets=len(self._members),
            topics=sum(tail.topics for tail in self.tails.values()),
            healthy=self._hints.healthy,
            last_hint_age=time.monotonic() - self._hints.last_heard,
            lag=max((tail.lag for tail in self.tails.values()), default=0.0),
            frames_sent=self.counters.frames_sent,
            overflows=self.counters.overflows,
            resyncs=self.counters.resyncs,
            ignored_messages=self.counters.ignored_messages,
            draining=self._draining,
        )

    @property
    def keys(self) -> Collection[str]:
        """What the sockets here have joined with."""
        return self._by_key.keys()

    def on_hint(self, hear: Callable[[str], None]) -> None:
        """Tell `hear` each channel that is announced in any process; it must neither wait nor raise."""
        self._hear = hear

    async def start(self) -> None:
        """Connect the broadcast and listen. A Redis that is away delays this by 2 s and makes us poll."""
        await self._hints.start()
        self._tasks = [
            asyncio.create_task(keep_running("hub's look at the logs", self._look)),
            asyncio.create_task(keep_running("hub's beat", self._beat)),
        ]

    async def drain(self, *, spread_seconds: float) -> None:
        """Close every socket with 1012, in random order over at most this time; newcomers at once. May be cancelled."""
        self._draining = True
        await close_in_turn(list(self._members), spread_seconds=spread_seconds)

    async def stop(self) -> None:
        """Close what is left with 1012, and disconnect the broadcast. A second call does nothing."""
        if self._stopping:
            return
        self._stopping = True
        tails = list(self.tails.values())
        await self.drain(spread_seconds=0.0)
        await stop(*self._tasks)
        for tail in tails:
            await tail.close()
        await self._hints.stop()

    def announce(self, channel: str) -> None:
        """The log of a channel has grown; call it after the commit. Returns at once and never raises."""
        self._hints.moved(channel)
        self._wake((channel,))

    def look(self) -> None:
        """Compare with the logs now: they may have gone away, or come back. Returns at once."""
        self._lookout.look()

    def dismiss(self, key: str) -> None:
        """Close every socket that joined with this key, in every process, with 4401. Returns at once."""
        self._hints.dismiss(key)
        self._close_all_of(key)

    async def join(self, socket: Socket, channel: str, topics: Wanted, keys: Collection[str]) -> None:
        """Let a socket in: each topic is caught up from its cursor, then live. Only `leave` lets it out."""
        if self._draining:
            socket.close(RESTARTING)
            return
        tail = self.tails.get(channel)
        if tail is None:
            tail = self.tails[channel] = self._new_tail(channel)
            tail.wake()
        tail.members += 1
        member = self._members[socket] = Member(socket, channel, set(keys), _random.randrange(BEAT_GROUPS))
        self._beat_groups[member.beat_group].add(member)
        for key in member.keys:
            self._by_key.setdefault(key, set()).add(socket)
        if not self._lookout.is_well:
            socket.push(source(well=False))
        self._watch(member, topics)

    async def watch(self, socket: Socket, topics: Wanted) -> None:
        """Replace what a socket watches. A name that keeps its topic goes on; the others are caught up."""
        member = self._members.get(socket)
        if member is not None:
            member.watches += 1
            self._watch(member, topics)

    def leave(self, socket: Socket) -> None:
        """Forget a socket; a second time does nothing."""
        member = self._members.pop(socket, None)
        if member is None:
            return
        self._beat_groups[member.beat_group].discard(member)
        for key in member.keys:
            self._by_key[key].discard(socket)
            if not self._by_key[key]:
                del self._by_key[key]
        tail = self.tails[member.channel]
        for slot in member.slots.values():
            tail.drop(slot)
        tail.members -= 1
        if not tail.members:
            del self.tails[member.channel]

    def _watch(self, member: Member, topics: Wanted) -> None:
        tail = self.tails[member.channel]
        for name, slot in list(member.slots.items()):
            if name not in topics or topics[name][0] != slot.topic:
                tail.drop(member.slots.pop(name))
        new = [Slot(member, name, *wanted) for name, wanted in topics.items() if name not in member.slots]
        # All of them first: the socket is live when the last one is.
        member.slots |= {slot.name: slot for slot in new}
        for slot in new:
            tail.add(slot)

    def _new_tail(self, channel: str) -> Tail:
        most = self._catch_up_limit
        return Tail(channel, self._source, self._render, self._turn, self.counters, most_at_once=most)

    def _wake(self, channels: Collection[str]) -> None:
        for channel in channels:
            if tail := self.tails.get(channel):
                tail.wake()
            if self._hear:
                self._hear(channel)

    def _close_all_of(self, key: str) -> None:
        for socket in tuple(self._by_key.get(key, ())):
            socket.close(DISMISSED)

    def _compare(self, before: Mapping[str, Cursor | None], heads: Mapping[str, Cursor]) -> None:
        for channel, head in heads.items():
            if tail := self.tails.get(channel):
                tail.compare(before.get(channel), head)

    def _say(self, signal: Frame) -> None:
        for socket in tuple(self._members):
            socket.push(signal)

    async def _look(self) -> None:
        while True:
            usual = self._poll_seconds if self._hints.healthy else self._degraded_poll_seconds
            await self._lookout.round(usual * _random.uniform(0.8, 1.0))

    async def _beat(self) -> None:
        while True:
            for group in self._beat_groups:
                await asyncio.sleep(self._beat_seconds / BEAT_GROUPS)
                for member in tuple(group):
                    member.socket.push(self.tails[member.channel].beat_for(member))
