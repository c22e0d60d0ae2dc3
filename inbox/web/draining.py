"""Brings what lies in the spool into the database, in order, as soon as it is there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
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
MOST_REFUSED = 20

_random = SystemRandom()


class Draining:
    """One for a web process; of those that share a folder one drains at a time."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception
        self._spool = reception.spool
        self._failures = 0
        self._behind: set[str] = set()

    async def run(self) -> None:
        """Drain until cancelled. What was committed when that happens is not stored twice."""
        while True:
            self._reception.kept.clear()
            try:
                is_empty = await self._round()
            except Exception:  # a fault must not end the only way out of the spool
                _log.exception("the spool could not be drained")
                is_empty = False
            self._failures = 0 if is_empty else self._failures + 1
            await self._rest(is_empty=is_empty)

    async def _round(self) -> bool:
        """One look at the database and at the spool; False when there is more to do soon."""
        if not self._reception.database_is_away and not await self._spool.names():
            return True
        if not await self._reception.look():
            return False
        with self._spool.turn() as is_mine:
            # Without the turn another process drains; what it leaves is found by looking.
            return not is_mine or await self._drain()

    async def _drain(self) -> bool:
        """Everything in order; True when nothing is left. What the database refused while it took others goes last."""
        names = await self._spool.names()
        taken, refused = 0, set[str]()
        for name in sorted(names, key=lambda name: (name in self._behind, name)):
            if await self._taken(name):
                taken += 1
                continue
            refused.add(name)
            if len(refused) == MOST_REFUSED or not await self._reception.look():
                break
        if taken:
            self._behind = (self._behind & set(names)) | refused
            _log.info("drained the spool", calls=taken, left=len(names) - taken)
        if taken and taken == len(names):
            await self._reception.drained()
        return taken == len(names)

    async def _taken(self, name: str) -> bool:
        """Store one entry and forget it; False when it stays for now."""
        try:
            entry = await self._spool.read(name)
            await self._reception.store(Call.from_text(entry.content), arrived_at=entry.arrived_at)
        except Unavailable:
            return False
        except (NotFound, Forged, MalformedWebhook) as error:
            _log.warning("a kept call is dropped", reason=repr(error), name=name)
        except Exception:  # of whatever kind: it must not stand in the way of the others
            _log.exception("a kept call cannot be used and is set aside as damaged", name=name)
            return await self._moved(self._spool.set_aside, name)
        return await self._moved(self._spool.remove, name)

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
