"""`inbox restored`: after an older copy of the database was put in its place."""

from typing import TextIO
from uuid import UUID

import click

from inbox.accounts import organisations
from inbox.commands.settings import with_database
from inbox.errors import NotFound
from inbox.reports import erasing
from inbox.storage import events
from inbox.storage.database import Database, Tenant


@click.command("restored")
@click.option("--erased", type=click.File(), help="What `inbox erase --list` printed last: done again.")
@click.option("--organisation", default=None, help="Of the erased; needed when there is more than one.")
def command(erased: TextIO | None, organisation: str | None) -> None:
    """Say after an older copy of the database was restored that its past is another one: every open page loads anew."""
    ids = _ids(erased) if erased is not None else []

    async def act(database: Database) -> None:
        await events.begin_anew(database)
        if ids:
            tenant = Tenant(database, (await organisations.named(database, organisation)).id)
            click.echo(f"{await _erase_again(tenant, ids):,} of {len(ids):,} candidates erased again.")

    with_database(act, needs_secrets=bool(ids))
    click.echo("Every open page loads anew.")


def _ids(file: TextIO) -> list[str]:
    try:
        return [str(UUID(line.strip())) for line in file if line.strip()]
    except ValueError:
        raise click.UsageError("This is no list of `inbox erase --list`.") from None


async def _erase_again(tenant: Tenant, ids: list[str]) -> int:
    """How many of them this copy knew."""
    number = 0
    for candidate_id in ids:
        try:
            await erasing.erase(tenant, candidate_id, actor="the operator")
        except NotFound:
            continue
        number += 1
    return number
