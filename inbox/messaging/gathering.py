"""What comes at the same time, stored together: a few statements and one commit for all that waits.

A statement of its own for each call of Twilio's would cost several times the database's time and ours.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import structlog

from inbox.errors import Unavailable

_log = structlog.stdlib.get_logger(__name__)

MOST_AT_ONCE = 64
"""In one statement."""
MOST_STATEMENTS = 2
"""Under way at the same time in a process."""
STORE_SECONDS = 3.0
"""Then nobody waits any more, and what still got through to a database that hung would be stored too late."""


class NotWanted(Exception):
    """Somebody does not wait any more: raised in the transaction that stores, it rolls that back."""


class Gathered(Protocol):
    """One of those that are stored together."""

    @property
    def message_id(self) -> str:
        """What its outcome is told by."""
        ...

    @property
    def lane(self) -> Hashable:
        """What it belongs to: of one lane nothing is stored at the same time, and all in its order."""
        ...


One = TypeVar("One", bound=Gathered)

Store = Callable[[Sequence[One], Callable[[], bool]], Awaitable[set[str]]]
"""Stores some and answers the ids of those that are committed; asks before the commit; NotWanted for a no."""


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[One]):
    """One, and whoever waits to hear whether it was stored."""

    one: One
    is_stored: asyncio.Future[bool] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Gathering(Generic[One]):
    """One for a process and a kind. It never waits for more: others gather while some are being stored."""

    def __init__(self, store: Store[One], what: str) -> None:
        """`what` names them in the log: texts, reports."""
        self._store = store
        self._what = what
        self._waiting: deque[_Waiting[One]] = deque()
        self._busy: set[Hashable] = set()
        self._statements: set[asyncio.Task[None]] = set()

    async def take(self, one: One) -> bool:
        """Store it with others, once; False when that is not to be had. Raises Unavailable."""
        waiting = _Waiting(one)
        self._waiting.append(waiting)
        self._begin()
        return await waiting.is_stored

    def _begin(self) -> None:
        while len(self._statements) < MOST_STATEMENTS and (some := self._next()):
            task = asyncio.create_task(self._store_some(some), name=f"gathered {self._what}")
            self._statements.add(task)
            task.add_done_callback(self._statements.discard)

    def _next(self) -> list[_Waiting[One]]:
        """Those whose turn it is: one of each lane."""
        chosen: list[_Waiting[One]] = []
        later: list[_Waiting[One]] = []
        while self._waiting and len(chosen) < MOST_AT_ONCE:
            waiting = self._waiting.popleft()
            if waiting.is_stored.done():  # nobody waits any more
                continue
            if waiting.one.lane in self._busy:
                later.append(waiting)
            else:
                self._busy.add(waiting.one.lane)
                chosen.append(waiting)
        self._waiting.extendleft(reversed(later))
        return chosen

    async def _store_some(self, some: Sequence[_Waiting[One]]) -> None:
        def all_wait() -> bool:
            return not any(waiting.is_stored.done() for waiting in some)

        try:
            async with asyncio.timeout(STORE_SECONDS):
                stored = await self._store([waiting.one for waiting in some], all_wait)
        except (TimeoutError, NotWanted):
            pass
        except Unavailable as error:
            _tell(some, error)
        except Exception:
            _log.exception("could not be stored together", what=self._what, number=len(some))
        else:
            _tell(some, stored)
        finally:
            # However it ended, were it cancelled: a lane that stayed busy would not be stored any more.
            _tell(some, set())
            self._busy.difference_update(waiting.one.lane for waiting in some)
            self._statements.discard(asyncio.current_task())
            self._begin()


def _tell(some: Sequence[_Waiting[One]], outcome: set[str] | Unavailable) -> None:
    for waiting in some:
        if waiting.is_stored.done():  # nobody waits any more
            continue
        if isinstance(outcome, Unavailable):
            waiting.is_stored.set_exception(outcome)
        else:
            waiting.is_stored.set_result(waiting.one.message_id in outcome)
