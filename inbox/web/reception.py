"""Where Twilio's calls arrive: into the database, into the spool when that is away, refused when neither takes them.

Twilio waits 15 s for an answer and asks nobody twice, so the way to the database has a limit of its own here.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

import structlog

from inbox import clock
from inbox.errors import NotFound, Unavailable
from inbox.languages import _
from inbox.messaging.gathering import STORE_SECONDS
from inbox.messaging.intake import Intake
from inbox.provisioning.channels import Channels
from inbox.storage.database import Database
from inbox.storage.spool import Spool, SpoolError
from inbox.web import calls
from inbox.web.calls import Call, Forged
from providers.contract import MalformedWebhook

_log = structlog.stdlib.get_logger(__name__)

PING_SECONDS = 1.0


class Reception:
    """One for a web process. `changed` is called when the database goes away and when it is back."""

    def __init__(self, database: Database, channels: Channels, spool: Spool, changed: Callable[[], None]) -> None:
        self.spool = spool
        self.channels = channels
        self.database_is_away = False
        self.kept = asyncio.Event()
        """Something was put into the spool, or the database has gone: there is something to do for the drain."""
        self._database = database
        self._intake = Intake(database)
        self._changed = changed
        self._looking: asyncio.Task[bool] | None = None
        self._late: set[asyncio.Task[None]] = set()

    async def receive(self, call: Call) -> None:
        """Take a call; when this returns it is stored for good, here or there.

        Raises Unavailable when neither the database nor the spool took it, Forged, NotFound, MalformedWebhook.
        """
        arrived_at = clock.now()
        if self.database_is_away or not await self._stored_in_time(call):
            await self._keep(call, arrived_at)

    async def store(self, call: Call, *, arrived_at: datetime | None = None) -> None:
        """Take a call into the database, however long that lasts; raises what `calls.take` raises."""
        await calls.take(self._database, self.channels, call, arrived_at=arrived_at)

    async def store_together(self, call: Call, *, arrived_at: datetime) -> bool:
        """Take a call of the past (UTC) into the database with others that wait; False when `store` has to do it.

        Raises Unavailable and MalformedWebhook.
        """
        return await calls.take_at_once(self._intake, self.channels, call, arrived_at=arrived_at)

    async def look(self) -> bool:
        """Whether the database answers within a second; one look at a time, and everybody hears of its result."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._answers(), name="look at the database")
        is_there = await asyncio.shield(self._looking)
        if is_there == self.database_is_away:
            self.database_is_away = not is_there
            _log.warning("the database is back" if is_there else "the database is away, calls are kept in the spool")
            self.kept.set()
            self._changed()
        return is_there

    async def _stored_in_time(self, call: Call) -> bool:
        began = time.monotonic()
        try:
            # Nothing of the database's is waited for in this task, so to give up is to go on at once.
            async with asyncio.timeout(STORE_SECONDS):
                is_stored = await calls.take_at_once(self._intake, self.channels, call)
            if is_stored or await self._stored_alone(call, STORE_SECONDS - (time.monotonic() - began)):
                return True
        except TimeoutError:
            pass
        except Unavailable as error:
            _log.warning("the database did not take a call", reason=error.sentence, cause=repr(error.__cause__))
        except (NotFound, Forged, MalformedWebhook):
            raise
        except Exception:  # of whatever kind: the drain tries again, and puts aside what it cannot use
            _log.exception("a call was not stored for a reason that nobody foresaw, and is kept")
        await self.look()
        return False

    async def _stored_alone(self, call: Call, seconds: float) -> bool:
        """Store a call the long way; False when that takes longer."""
        storing = asyncio.create_task(self.store(call), name="webhook")
        await asyncio.wait({storing}, timeout=max(0.0, seconds))
        if storing.done():
            # Cancelled from within, which is no answer; `result` would cancel the call with it.
            if storing.cancelled():
                return False
            storing.result()
            return True
        # Not waited for: should it commit all the same, the call from the spool finds it and changes nothing.
        self._late.add(storing)
        storing.add_done_callback(self._forget)
        storing.cancel()
        return False

    async def _answers(self) -> bool:
        ping = asyncio.create_task(self._database.ping(), name="ping")
        await asyncio.wait({ping}, timeout=PING_SECONDS)
        if not ping.done():
            ping.cancel()
            ping.add_done_callback(_heard)
            return False
        return not ping.cancelled() and ping.exception() is None

    async def _keep(self, call: Call, arrived_at: datetime) -> None:
        """Into the spool, checked as well as can be without the database.

        A signature that no known token made is refused, and kept all the same as unverified: a token that was changed
        a moment ago is not known here, and the text may be genuine. The drain asks the database and drops the others.
        """
        account = self.channels.known(call.channel_token)
        if account is None:
            await self._spooled(call, arrived_at)
            return
        try:
            checked = call.checked(account)
        except Forged:
            if call.signature:
                await self._spooled(call, arrived_at)
            raise
        checked.read()
        await self._spooled(checked, arrived_at)

    async def _spooled(self, call: Call, arrived_at: datetime) -> None:
        try:
            await self.spool.keep(call.as_text(), arrived_at=arrived_at, is_verified=call.is_genuine)
        except SpoolError as error:
            _log.error("a call could not be kept", reason=str(error), kind=call.kind)
            raise Unavailable(_("Neither the database nor the spool takes this at the moment.")) from error
        self.kept.set()

    def _forget(self, storing: asyncio.Task[None]) -> None:
        self._late.discard(storing)
        _heard(storing)


def _heard(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        _log.info("a late answer of the database", reason=repr(error))
