"""`inbox worker`: a process that does jobs."""

import asyncio
import signal

import click

from inbox.app import running
from inbox.commands.settings import demand_schema, settings
from inbox.config import Settings
from inbox.exits import finish


@click.command("worker")
def command() -> None:
    """Do jobs: send texts, and everything else that must not be done while a browser waits."""
    chosen = settings()
    demand_schema(chosen.database_url)
    if chosen.redis_url == "memory://":
        raise click.ClickException(
            "A worker of its own needs INBOX_REDIS_URL: memory:// does not reach the web process, "
            "and `inbox serve` runs the worker itself there."
        )
    finish(_work(chosen))


async def _work(chosen: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with running(chosen, works=True):
        await stopped.wait()
