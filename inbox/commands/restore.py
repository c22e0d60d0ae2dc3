"""`inbox restore`: a backup takes the place of the database."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import click

from inbox import backups, config, embedded, restoring
from inbox.backups import Manifest
from inbox.commands.backup import words
from inbox.commands.migrate import bring_up
from inbox.commands.restored import ids_of, tell
from inbox.commands.settings import settings
from inbox.config import Settings
from inbox.reports import erasures
from inbox.restoring import Outcome
from inbox.storage import copies, schema
from inbox.storage.database import Database


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Also where there is a database: everything in it is lost.")
@click.option("--erased", type=click.File(), help="What `inbox erase --list` printed last: done again.")
def command(file: Path, replace: bool, erased: TextIO | None) -> None:
    """Put the backup FILE in the place of the database, with every process of the inbox stopped.

    Whoever was erased since is erased again: those on the list, and those of the database that is replaced, where it
    can be read. Every open page loads anew, and nothing that waited to be sent goes out by itself.
    """
    environ = config.environment()
    chosen = settings(embedded.environment(environ) if embedded.begun_here(environ) else environ)
    ids = list(ids_of(erased))
    with tempfile.TemporaryDirectory(prefix=".inbox-restore-", dir=file.parent) as room:
        manifest = backups.unpack(file, Path(room) / "copy")
        click.echo(words(manifest, file))
        _demand_fit(manifest, chosen)
        if copies.has_tables(chosen.tables_url):
            if not replace:
                raise click.ClickException("There is a database already. With --replace everything in it is lost.")
            ids += _erased_here(chosen)
        copies.put_back(chosen.tables_url, Path(room) / "copy")
    bring_up(chosen)
    tell(asyncio.run(_begin_anew(chosen, ids)), ids)


def _demand_fit(manifest: Manifest, chosen: Settings) -> None:
    kind = copies.kind_of(chosen.database_url)
    if manifest.database != kind:
        raise click.ClickException(f"This is a copy of {manifest.database}, and INBOX_DATABASE_URL names {kind}.")
    if manifest.schema > schema.newest():
        raise click.ClickException("A newer version of the inbox made this backup. Install that one first.")
    if not manifest.opens_with(chosen.vault_keys):
        raise click.ClickException(
            "The secrets in this backup were sealed with other keys. Put those into INBOX_VAULT_KEYS first."
        )


def _erased_here(chosen: Settings) -> Sequence[str]:
    """Who was erased in the database that is replaced; nobody where it cannot tell."""

    async def ids() -> Sequence[str]:
        database = Database(chosen.database_url)
        async with database:
            return await erasures.candidate_ids(database)

    if not schema.is_current(chosen.database_url):
        click.echo("The present database is of another version, so who was erased in it is not known.", err=True)
        return ()
    return asyncio.run(ids())


async def _begin_anew(chosen: Settings, ids: Sequence[str]) -> Outcome:
    database = Database(chosen.database_url, number_keys=chosen.vault_keys)
    async with database:
        return await restoring.begin_anew(database, ids)
