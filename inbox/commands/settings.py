"""What every command begins with: its settings, and a database that has the schema of this program."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import click

from inbox import config, logs
from inbox.config import Settings
from inbox.storage import schema
from inbox.storage.database import Database


def settings(environ: Mapping[str, str] | None = None, *, needs_secrets: bool = True) -> Settings:
    """The settings of this environment, or of a filled one; the logs follow them. Raises ConfigError."""
    chosen = config.read(config.environment() if environ is None else environ, needs_secrets=needs_secrets)
    logs.configure(chosen.log_format)
    return chosen


def demand_schema(url: str) -> None:
    """Raises ClickException unless the database at `url` has exactly the schema of this program, or Unavailable."""
    if not schema.is_current(url):
        raise click.ClickException("The database is not at the present schema. Run `inbox migrate` first.")


def with_database(act: Callable[[Database], Awaitable[None]], *, needs_secrets: bool = False) -> None:
    """Run `act` on the connected database, which mostly needs none of the secrets."""
    chosen = settings(needs_secrets=needs_secrets)
    demand_schema(chosen.database_url)

    async def connected() -> None:
        database = Database(chosen.database_url, number_keys=chosen.vault_keys)
        async with database:
            await act(database)

    asyncio.run(connected())
