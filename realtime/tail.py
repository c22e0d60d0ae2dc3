"""One channel followed by this process: its log is read once for all sockets, and each topic rendered once."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from contextlib import aclosing

from realtime.audience import Audience
from realtime.catch_up import CatchUp
from realtime.cursor import Cursor
from realtime.frames import Frame, beat
from realtime.log import Log, OutOfReach
from realtime.members import Member, Slot
from realtime.source import Render, Source, Topic
from realtime.supervision import pause_after, stop
from realtime.wire import Counters

MOST_FAILURES = 8
"""After so many failures in a row, some 15 s, a slot that cannot be rendered is told to fetch anew."""

logger = logging.getLogger(__name__)


class Tail:
    """Follows one channel. One task does all the work on it, in turn, so that no frame overtakes another.

    A slot waits until it has been caught up from its own cursor to that of the tail, and is live from there.
    """

    def __init__(
        self,
        channel: str,
        source: Source,
        render: Render,
        turn: asyncio.Semaphore,
        counters: Counters,
        *,
        most_at_once: int,
    ) -> None:
        self.cursor: Cursor | None = None
        self.members = 0
        self._log = Log(channel, source, render)
        self._turn = turn
        self._counters = counters
        self._most_at_once = most_at_once
        # A log of its own, as each counts its failures in a row.
        self._catch_up = CatchUp(Log(channel, source, render))
        self._audience = Audience(counters)
        self._waiting: list[Slot] = []
        self._moved = False
        self._moved_at: float | None = None
        self._doubted = False
        self._beats: tuple[Cursor | None, dict[int, Frame]] = (None, {})
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def topics(self) -> int:
        return len(self._audience)

    @property
    def lag(self) -> float:
        """Seconds since the log was said to have moved, until all of it is with the sockets; 0.0 at rest."""
        return 0.0 if self._moved_at is None else time.monotonic() - self._moved_at

    def beat_for(self, member: Member) -> Frame:
        """The sign of life of this channel for one of its members."""
        # One with a slot still to be caught up has not been shown everything: no head for it.
        head = self.cursor if member.is_live else None
        if head is None:
            return beat(None)
        if self._beats[0] != head:
            self._beats = head, {}
        beats = self._beats[1]
        if member.watches not in beats:
            beats[member.watches] = beat(head, member.watches)
        return beats[member.watches]

    def wake(self) -> None:
        """The log has moved, or may have."""
        self._moved = True
        if self._moved_at is None:
            self._moved_at = time.monotonic()
        self._work()

    def compare(self, before: Cursor | None, head: Cursor) -> None:
        """The source says where the log ends; `before` is where this tail stood when it was asked."""
        if before is None or head == before:
            return
        self._doubted |= head.epoch != before.epoch or head.seq < before.seq
        self.wake()

    def add(self, slot: Slot) -> None:
        """Catch a slot up, then show it what comes."""
        self._waiting.append(slot)
        if self.cursor is None:
            self.wake()
        elif slot.since is not None:
            self._doubted |= slot.since.epoch != self.cursor.epoch
            if self._doubted or slot.since.seq > self.cursor.seq:
                self.wake()
        self._work()

    def drop(self, slot: Slot) -> None:
        slot.left = True
        self._audience.drop(slot)

    def show(self, signal: Frame, wanted: Callable[[Topic], bool]) -> None:
        """Push a signal to every live slot of such topics."""
        self._audience.signal(signal, wanted)

    async def close(self) -> None:
        if self._task is not None:
            await stop(self._task)

    def _work(self) -> None:
        self._woken.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=f"tail of {self._log.channel}")

    async def _run(self) -> None:
        failures = 0
        while self.members and (self._moved or self._waiting):
            try:
                await self._rest()
                async with self._turn:
                    await self._step()
            except Exception as error:
                # Whatever the source raises: what failed is not marked as shown, so try again.
                failures += 1
                pause = pause_after(failures)
                trace = error if failures == 1 else None
                logger.warning("%s: %r, again in %.1f s", self._log.channel, error, pause, exc_info=trace)
                await asyncio.sleep(pause)
            else:
                failures = 0

    async def _rest(self) -> None:
        """Sleep while there is nothing but slots that failed a moment ago."""
        self._woken.clear()
        due = min((slot.not_before for slot in self._waiting), default=0.0)
        if not self._moved and due > time.monotonic():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(due - time.monotonic()):
                    await self._woken.wait()

    async def _step(self) -> None:
        if self._moved:
            # Before the reading, so that who wakes us meanwhile is heard.
            self._moved = False
            try:
                await self._follow()
            except Exception:
                self._moved = True
                raise
        if not self._moved:
            self._moved_at = None
        if self._waiting and self.cursor is not None:
            await self._catch_up_some(self.cursor)

    async def _follow(self) -> None:
        """Show the live slots the next piece of the log."""
        if self.cursor is None:
            self.cursor = await self._log.head()
            return
        if self._doubted:
            head = await self._log.head()
            self._doubted = False
            if head.epoch != self.cursor.epoch or head.seq < self.cursor.seq:
                self._start_over(head)
        try:
            events = await self._log.read(self.cursor.seq, self._most_at_once)
        except OutOfReach:
            self._start_over(await self._log.head())
            return
        if events:
            self._moved |= len(events) == self._most_at_once
            upto = Cursor(self.cursor.epoch, events[-1].seq)
            async with aclosing(self._log.frames(self._audience.befores(upto.epoch), events, upto)) as pieces:
                async for frames in pieces:
                    # What could not be rendered is caught up later, and the other topics go on.
                    self._waiting += await self._audience.show(frames, upto)
            # Last, as a beat with this cursor says that all of it has been sent.
            self.cursor = upto

    async def _catch_up_some(self, upto: Cursor) -> None:
        """Let slots go live: all that miss nothing or too much, and those that are furthest behind."""
        behind: dict[int, list[Slot]] = {}
        now = time.monotonic()
        for slot in self._waiting:
            since = slot.since
            if slot.left or slot.live or slot.not_before > now:
                continue
            if since is None or since == upto:
                self._go_live(slot, upto.seq)
            elif since.epoch != upto.epoch or since.seq < upto.seq - self._most_at_once:
                self._lose(slot, upto)
            elif since.seq < upto.seq:
                behind.setdefault(since.seq, []).append(slot)
            elif not self._moved:
                # We have just read to the end of the log, and this place is beyond it.
                self._lose(slot, upto)
        if behind:
            since_seq = min(behind)
            await self._show_past(since_seq, behind[since_seq], upto)
        self._waiting = [slot for slot in self._waiting if not (slot.live or slot.left)]

    async def _show_past(self, since: int, slots: list[Slot], upto: Cursor) -> None:
        try:
            frames = await self._catch_up.frames({slot.topic for slot in slots}, since, upto)
        except OutOfReach:
            for slot in slots:
                self._lose(slot, upto)
            return
        for slot in slots:
            if slot.left:
                continue
            if slot.topic not in frames:
                self._fail(slot, upto)
            elif frame := frames[slot.topic]:
                slot.push(frame)
                self._counters.frames_sent += 1
                self._go_live(slot, upto.seq)
            else:
                self._go_live(slot, since)

    def _fail(self, slot: Slot, upto: Cursor) -> None:
        slot.failures += 1
        slot.not_before = time.monotonic() + pause_after(slot.failures)
        if slot.failures >= MOST_FAILURES:
            self._lose(slot, upto)

    def _start_over(self, head: Cursor) -> None:
        """The log of before is gone: go on from its head, and let all readers fetch anew."""
        self.cursor = head
        self._audience.resync_all(head)

    def _lose(self, slot: Slot, head: Cursor) -> None:
        if not slot.left:
            self._audience.resync(slot)
            self._go_live(slot, head.seq)

    def _go_live(self, slot: Slot, shown: int) -> None:
        self._audience.let_in(slot, shown)
        if slot.member.is_live:
            slot.push(self.beat_for(slot.member))
