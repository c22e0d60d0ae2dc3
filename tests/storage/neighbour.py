"""Another process at the same database: `python -m tests.storage.neighbour count <url> 50`."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
from sqlalchemy import select, update

from inbox.storage import jobs, migrate
from inbox.storage.database import Database
from inbox.storage.tables import event_counters


async def count(database: Database) -> None:
    """Read a number, then write the next one: right only if nobody else writes in between."""
    async with database.transaction():
        seq = await database.fetch_val(select(event_counters.c.seq))
        await database.fetch_val("select 1")
        await database.execute(update(event_counters).values(seq=seq + 1))


@asynccontextmanager
async def neighbour(verb: str, url: str, *more: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """The other process, once it has said that it is about to start; it ends well or the test fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__, verb, url, *map(str, more), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    try:
        yield process
        assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def lines(process: asyncio.subprocess.Process) -> list[str]:
    """The rest of what it prints."""
    assert process.stdout is not None
    return (await process.stdout.read()).decode().split()


async def _count(url: str, times: str) -> None:
    async with Database(url) as database:
        for _ in range(int(times)):
            await count(database)


async def _claim(url: str, many: str) -> None:
    async with Database(url) as database:
        while claimed := await jobs.claim(database, kinds={"send"}, limit=int(many), lease_seconds=60):
            for job in claimed:
                click.echo(job.subject)


async def _forget(url: str) -> None:
    database = Database(url)
    _forgotten.append(database)  # it is neither disconnected nor collected
    await database.ping()


_forgotten: list[Database] = []


def _main(verb: str, url: str, *more: str) -> None:
    click.echo("ready")
    if verb == "upgrade":
        migrate.upgrade(url)
    else:
        asyncio.run({"count": _count, "claim": _claim, "forget": _forget}[verb](url, *more))


if __name__ == "__main__":
    _main(*sys.argv[1:])
