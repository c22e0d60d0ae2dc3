"""The live slots of one channel, grouped by topic: what is rendered once is written to each of a group."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from realtime.cursor import Cursor
from realtime.frames import Frame, resync
from realtime.log import Frames
from realtime.members import Slot
from realtime.source import Topic
from realtime.wire import Counters, Socket

PUSHES_AT_A_TIME = 512
"""So many sockets are written to before other work of the process has its turn."""


class _Group:
    """Slots of one topic. Each has been shown everything up to `before`, and some of them more."""

    __slots__ = ("before", "slots")

    def __init__(self, before: int) -> None:
        self.before = before
        self.slots: dict[Slot, Socket] = {}


class _Bundle:
    """Frames that go to a socket in one write, which is what most of the time is spent on; made once for all alike."""

    __slots__ = ("_longer", "frames", "wire")

    def __init__(self, frames: tuple[Frame, ...]) -> None:
        self.frames = frames
        self.wire = b"".join(frame.wire for frame in frames)
        self._longer: dict[Frame, _Bundle] = {}

    def with_frame(self, frame: Frame) -> "_Bundle":
        """This one and a frame more."""
        bundle = self._longer.get(frame)
        if bundle is None:
            bundle = self._longer[frame] = _Bundle((*self.frames, frame))
        return bundle


class Audience:
    """Who is live on a channel. A frame may say that it covers more than a reader misses, never less."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._groups: dict[Topic, _Group] = {}

    def __len__(self) -> int:
        """How many topics are watched."""
        return len(self._groups)

    def befores(self, epoch: str) -> Mapping[Topic, Cursor]:
        """The topics of this moment, each with the place up to which everybody has been shown everything."""
        return _Befores(epoch, self._groups)

    def let_in(self, slot: Slot, shown: int) -> None:
        """A slot that has been shown everything up to `shown` goes live."""
        group = self._groups.setdefault(slot.topic, _Group(shown))
        group.before = min(group.before, shown)
        group.slots[slot] = slot.member.socket
        slot.live, slot.since, slot.failures, slot.not_before = True, None, 0, 0.0

    def drop(self, slot: Slot) -> None:
        """A slot is left; it need not be in."""
        group = self._groups.get(slot.topic)
        if group is not None:
            group.slots.pop(slot, None)
            if not group.slots:
                del self._groups[slot.topic]

    async def show(self, frames: Frames, upto: Cursor) -> list[Slot]:
        """Write each group its frame; the answer are the slots whose topic failed, which are out again."""
        bundles: dict[Socket, _Bundle] = {}
        for topic, frame in frames.shown.items():
            group = self._groups.get(topic)
            if group is not None:
                group.before = upto.seq
                self._add(bundles, frame, group.slots.values())
        await self._write(list(bundles.items()))
        return [slot for topic in frames.failed for slot in self._take_out(topic, upto.epoch)]

    def resync_all(self, head: Cursor) -> None:
        """Tell every slot to fetch anew; what comes is counted from the head."""
        for group in self._groups.values():
            group.before = head.seq
            for slot in group.slots:
                self.resync(slot)

    def signal(self, signal: Frame, wanted: Callable[[Topic], bool]) -> None:
        """Push a signal to every slot of such topics."""
        for topic, group in self._groups.items():
            if wanted(topic):
                for socket in group.slots.values():
                    socket.push(signal)

    def resync(self, slot: Slot) -> None:
        """Tell a slot to fetch anew."""
        slot.push(resync(slot.name))
        self._counters.resyncs += 1

    def _add(self, bundles: dict[Socket, "_Bundle"], frame: Frame, sockets: Collection[Socket]) -> None:
        alone = _Bundle((frame,))
        for socket in sockets:
            bundle = bundles.get(socket)
            bundles[socket] = alone if bundle is None else bundle.with_frame(frame)
        self._counters.frames_sent += len(sockets)

    async def _write(self, bundles: Sequence[tuple[Socket, "_Bundle"]]) -> None:
        for begin in range(0, len(bundles), PUSHES_AT_A_TIME):
            if begin:
                await asyncio.sleep(0)
            for socket, bundle in bundles[begin : begin + PUSHES_AT_A_TIME]:
                socket.push_all(bundle.frames, bundle.wire)

    def _take_out(self, topic: Topic, epoch: str) -> Collection[Slot]:
        group = self._groups.pop(topic, None)
        if group is None:
            return ()
        for slot in group.slots:
            slot.live, slot.since = False, Cursor(epoch, group.before)
        return group.slots


class _Befores(Mapping[Topic, Cursor]):
    """Thousands of topics, of which a renderer looks at a few: the cursors are made when they are asked for."""

    def __init__(self, epoch: str, groups: Mapping[Topic, _Group]) -> None:
        self._epoch = epoch
        # A copy, as readers come and go while a renderer waits for its database.
        self._groups = dict(groups)

    def __getitem__(self, topic: Topic) -> Cursor:
        return Cursor(self._epoch, self._groups[topic].before)

    def __contains__(self, topic: object) -> bool:
        return topic in self._groups

    def __iter__(self) -> Iterator[Topic]:
        return iter(self._groups)

    def __len__(self) -> int:
        return len(self._groups)
