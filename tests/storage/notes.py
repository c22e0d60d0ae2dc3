"""Rows to write and count, in the one table that belongs to no organisation, and ways to cancel their writer."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import psycopg
from sqlalchemy import insert, select

from inbox.storage.database import Database
from inbox.storage.tables import login_failures


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


async def cancelled_after(seconds: float, work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` in a task that is cancelled when the time is up, or not if it is faster."""

    async def run() -> None:
        await work()

    task = asyncio.create_task(run())
    handle = asyncio.get_running_loop().call_later(seconds, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
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
