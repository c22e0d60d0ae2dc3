"""`inbox purge`: everybody whose time is over by the retention rules, at once."""

import click
from sqlalchemy import select

from inbox.commands.settings import with_database
from inbox.reports import retention
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import organisations


@click.command("purge")
@click.option("--dry-run", is_flag=True, help="Only say how many there are.")
def command(dry_run: bool) -> None:
    """Erase the candidates whose time is over. A worker does the same every hour, so many at a time."""

    async def act(database: Database) -> None:
        for row in await database.fetch_all(select(organisations).order_by(organisations.c.id)):
            tenant = Tenant(database, row.id)
            if dry_run:
                number = sum([1 async for _ in retention.due(tenant)])
                click.echo(f"{row.name}: {number:,} to erase.")
            else:
                click.echo(f"{row.name}: {await retention.purge(tenant):,} erased.")

    with_database(act, needs_secrets=not dry_run)
