"""Brings what lies in the spool into the database, in order, as soon as it is there."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Sequence
from datetime import datetime
from random import SystemRandom

import structlog

from inbox.errors import NotFound, Unavailable
from inbox.provisioning.channels import Channels
from inbox.storage.database import Database
from inbox.storage.spool import Spool, SpoolError
from inbox.web.calls import Call, Forged
from inbox.web.reception import Reception
from providers.contract import MalformedWebhook

_log = structlog.stdlib.get_logger(__name__)

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0
# Entries of a process that died, or of a neighbour that ended, are found by looking.
LOOK_SECONDS = 5.0
PRUNE_SECONDS = 3_600.0
LANES = 32
# Of those that cannot be stored together with others.
MOST_ALONE = 8
MOST_REFUSED = 20

_random = SystemRandom()

Entry = tuple[str, Call, datetime]
"""A name in the spool, what lies under it, and when that arrived."""


class Draining:
    """One for a web process; of those that share a folder one drains at a time."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._spool = reception.spool
        self._failures = 0
        self._prune_at = 0.0
        self._alone = asyncio.Semaphore(MOST_ALONE)
        self._behind: dict[str, str] = {}
        """What was left while others were taken, and its lane: it goes last, and the rest of its lane behind it."""
        self._refused: set[str] = set()
        """The lanes of which the database refused something in this pass."""

    async def run(self) -> None:
        """Drain until cancelled. What was committed when that happens is not stored twice."""
        while True:
            self._reception.kept.clear()
            try:
                is_empty = await self.round()
            except Exception:  # a fault must not end the only way out of the spool
                _log.exception("the spool could not be drained")
                is_empty = False
            self._failures = 0 if is_empty else self._failures + 1
            await self._rest(is_empty=is_empty)

    async def round(self) -> bool:
        """One look at the database and at the spool; False when there is more to do soon."""
        await self._prune()
        if not self._reception.database_is_away and not await self._spool.names():
            return True
        if not await self._reception.look():
            return False
        with self._spool.turn() as is_mine:
            # Without the turn another process drains; what it leaves is found by looking.
            return not is_mine or await self._drain()

    async def _prune(self) -> None:
        if time.monotonic() < self._prune_at:
            return
        self._prune_at = time.monotonic() + PRUNE_SECONDS
        gone = await self._spool.prune()
        if gone:
            _log.warning("kept calls that could not be used are removed for good", calls=gone)

    async def _drain(self) -> bool:
        """Everything, oldest first; True when nothing is left. What was refused while others were taken goes last.

        Many lanes go at once, as few statements store them together; what belongs together stays in one and in order.
        """
        names = await self._spool.names()
        self._behind = {name: self._behind[name] for name in names if name in self._behind}
        self._refused.clear()
        names.sort(key=lambda name: (name in self._behind, name))
        taken = 0
        for some in (names[start : start + LANES] for start in range(0, len(names), LANES)):
            stuck = set(self._behind.values())
            lanes = await self._lanes(some)
            left = await asyncio.gather(*(self._drain_lane(lane, lanes[lane], stuck) for lane in lanes))
            behind = {name: lane for lane, names_left in zip(lanes, left, strict=True) for name in names_left}
            taken += len(some) - len(behind)
            if behind and not await self._reception.look():
                break
            self._behind |= behind
            if len(self._refused) > MOST_REFUSED:
                break
        if not taken:
            self._behind.clear()
        if names:
            _log.info("drained the spool", calls=taken, left=len(names) - taken)
        return taken == len(names)

    async def _lanes(self, names: Sequence[str]) -> dict[str, list[Entry]]:
        """These entries opened, those of one sender together in their order; what does not open is set aside."""
        lanes: dict[str, list[Entry]] = {}
        for name in sorted(names):
            try:
                entry = await self._spool.read(name)
                call = Call.from_text(entry.content)
                lanes.setdefault(call.lane, []).append((name, call, entry.arrived_at))
            except Exception:  # of whatever kind: it must not stand in the way of the others
                await self._set_aside(name)
        return lanes

    async def _drain_lane(self, lane: str, entries: Sequence[Entry], stuck: Container[str]) -> list[str]:
        """Store the entries of a lane one after the other; the names that are left when one stays for now.

        In a lane that is stuck only what lies behind goes on, as it is the older.
        """
        for place, (name, call, arrived_at) in enumerate(entries):
            if lane in self._refused or (lane in stuck and name not in self._behind):
                return [name for name, _, _ in entries[place:]]
            if not await self._taken(name, call, arrived_at):
                self._refused.add(lane)
                return [name for name, _, _ in entries[place:]]
        return []

    async def _taken(self, name: str, call: Call, arrived_at: datetime) -> bool:
        """Store one entry and forget it; False when it stays for now."""
        try:
            if not await self._reception.store_together(call, arrived_at=arrived_at):
                async with self._alone:
                    await self._reception.store(call, arrived_at=arrived_at)
        except Unavailable:
            return False
        except (NotFound, Forged, MalformedWebhook) as error:
            _log.warning("a kept call is dropped", reason=repr(error), name=name)
        except Exception:  # of whatever kind: it must not stand in the way of the others
            return await self._set_aside(name)
        return await self._moved(self._spool.remove, name)

    async def _set_aside(self, name: str) -> bool:
        _log.exception("a kept call cannot be used and is set aside as damaged", name=name)
        return await self._moved(self._spool.set_aside, name)

    async def _moved(self, move: Callable[[str], Awaitable[None]], name: str) -> bool:
        try:
            await move(name)
        except OSError as error:
            _log.error("the spool cannot be written to", reason=str(error))
            return False
        return True

    async def _rest(self, *, is_empty: bool) -> None:
        if not is_empty:
            pause = min(FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10), LONGEST_PAUSE)
            await asyncio.sleep(pause * _random.uniform(0.5, 1.0))
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._reception.kept.wait()


@contextlib.asynccontextmanager
async def receiving(
    database: Database,
    channels: Channels,
    spool: Spool,
    *,
    changed: Callable[[], None],
) -> AsyncIterator[Reception]:
    """The reception of a web process, with the drain of its spool beside it; `changed` as the reception has it."""
    reception = Reception(database, channels, spool, changed)
    await channels.fill()
    try:
        await spool.probe()
    except SpoolError as error:
        _log.error("texts cannot be kept while the database is away", reason=str(error))
    draining = asyncio.create_task(Draining(reception).run(), name="draining")
    try:
        yield reception
    finally:
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
