"""Texts that come in at the same time, stored together: two statements and one commit for all that wait.

A statement of its own for each of them would cost ten times the database's time and ours. It takes what is plain: a
text to a number that is ours, in a conversation that exists and that nobody is writing to at this moment, that says
no more than its words. Every other text goes the long way (`inbound.store`), which this falls back to and agrees with.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from inbox.errors import Unavailable
from inbox.messaging import inbound, inbound_together, opt_outs
from inbox.messaging.inbound_together import Arrived
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.database import Database
from providers.contract import IncomingSms

_log = structlog.stdlib.get_logger(__name__)

MOST_AT_ONCE = 64
"""Texts in one statement."""
MOST_STATEMENTS = 2
"""Under way at the same time in a process."""
STORE_SECONDS = 3.0
"""Then nobody waits any more, and what still got through to a database that hung would stand in its thread too late."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A text, and whoever waits to hear whether it was stored."""

    text: Arrived
    is_stored: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def conversation(self) -> tuple[int, str, str]:
        return self.text.account.organisation_id, self.text.sms.recipient, self.text.sms.sender


class Intake:
    """One for a web process. It never waits for more texts: others gather while some are being stored."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: deque[_Waiting] = deque()
        self._busy: set[tuple[int, str, str]] = set()
        self._statements: set[asyncio.Task[None]] = set()

    async def store(self, account: ProviderAccount, sms: IncomingSms, *, kept_since: datetime | None = None) -> bool:
        """Store a text, once; False when it has to go the long way. Raises Unavailable.

        `kept_since` (UTC) is when one that comes later came to us: it stands there in its thread. True means that it
        is committed, in an organisation in which `account` still stands as it is given here.
        """
        if self._database.dialect != "postgresql" or opt_outs.heard(sms) is not None:
            return False
        if len(sms.sender) > inbound.LONGEST_SENDER:
            return False
        waiting = _Waiting(Arrived(account, sms, kept_since))
        self._waiting.append(waiting)
        self._begin()
        return await waiting.is_stored

    def _begin(self) -> None:
        while len(self._statements) < MOST_STATEMENTS and (some := self._next()):
            task = asyncio.create_task(self._store(some), name="intake")
            self._statements.add(task)
            task.add_done_callback(self._statements.discard)

    def _next(self) -> list[_Waiting]:
        """Those whose turn it is: of each conversation one, so that its texts are numbered in the order they came."""
        chosen: list[_Waiting] = []
        later: list[_Waiting] = []
        while self._waiting and len(chosen) < MOST_AT_ONCE:
            waiting = self._waiting.popleft()
            if waiting.is_stored.done():  # nobody waits any more
                continue
            if waiting.conversation in self._busy:
                later.append(waiting)
            else:
                self._busy.add(waiting.conversation)
                chosen.append(waiting)
        self._waiting.extendleft(reversed(later))
        return chosen

    async def _store(self, some: Sequence[_Waiting]) -> None:
        def all_wait() -> bool:
            return not any(waiting.is_stored.done() for waiting in some)

        texts = [waiting.text for waiting in some]
        try:
            async with asyncio.timeout(STORE_SECONDS):
                stored = await inbound_together.store(self._database, texts, is_wanted=all_wait)
        except TimeoutError:
            pass
        except Unavailable as error:
            _tell(some, error)
        except Exception:
            _log.exception("texts could not be stored together", texts=len(some))
        else:
            _tell(some, stored)
        finally:
            # However it ended, were it cancelled: a conversation that stayed busy would not be stored any more.
            _tell(some, set())
            self._busy.difference_update(waiting.conversation for waiting in some)
            self._statements.discard(asyncio.current_task())
            self._begin()


def _tell(some: Sequence[_Waiting], outcome: set[str] | Unavailable) -> None:
    for waiting in some:
        if waiting.is_stored.done():  # nobody waits any more
            continue
        if isinstance(outcome, Unavailable):
            waiting.is_stored.set_exception(outcome)
        else:
            waiting.is_stored.set_result(waiting.text.message_id in outcome)
