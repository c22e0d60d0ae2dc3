"""Rows to write and count, in the one table that belongs to no organisation, and ways to cancel their writer."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator

import psycopg
from sqlalchemy import insert, select

from inbox.storage.database import Database
from inbox.storage.tables import login_failures

# Checked at the end of the transaction, so that it is COMMIT that fails.
DEFERRED = (
    "create table parts (id integer primary key, whole integer references parts (id) deferrable initially deferred)"
)


async def note(database: Database, subject: str) -> None:
    """Write one row."""
    await database.execute(insert(login_failures).values(subject=subject))


async def notes(database: Database) -> list[str]:
    """What was written and lasts, in order."""
    query = select(login_failures.c.subject).order_by(login_failures.c.id)
    return [row.subject for row in await database.fetch_all(query)]


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = 10.0) -> None:
    """Wait for a condition; TimeoutError when it does not come true."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.01)


class Impatience:
    """Cancels work at random instants, early and late in it, however fast the machine is at the moment."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._seconds = 0.001
        self.finished = 0
        self.cancelled = 0

    @contextlib.contextmanager
    def instant(self) -> Iterator[float]:
        """How long to let the work in the block go on; the more of it is cut short, the longer next time."""
        try:
            yield self._random.uniform(0, self._seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            self._seconds *= 1.1
        else:
            self.finished += 1
            self._seconds *= 0.9

    async def cut(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run `work` in a task and cancel it there, unless it is faster."""

        async def run() -> None:
            await work()

        with self.instant() as seconds:
            task = asyncio.create_task(run())
            handle = asyncio.get_running_loop().call_later(seconds, task.cancel)
            await task
            handle.cancel()


async def assert_whole(database: Database) -> None:
    """Three connections can be held at once and a transaction passes: nothing was lost on the way."""
    meeting = asyncio.Barrier(3)

    async def hold() -> None:
        async with database.connection():
            await meeting.wait()
            await database.ping()

    async with asyncio.timeout(10):
        await asyncio.gather(*(asyncio.create_task(hold()) for _ in range(3)))
        async with database.transaction():
            await note(database, "whole")


def kill_backend(url: str, pid: int) -> None:
    """End a PostgreSQL server process, as an administrator or a failing machine would."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("select pg_terminate_backend(%s)", (pid,))
