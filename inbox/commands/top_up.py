"""`inbox top-up`: segments for an organisation, from whoever keeps the installation."""

import click

from inbox.accounts import organisations
from inbox.billing import balance
from inbox.commands.settings import with_database
from inbox.storage.database import Database, Tenant


@click.command("top-up")
@click.argument("segments", type=click.IntRange(1, balance.MOST_TOP_UP))
@click.option("--organisation", default=None, help="Its name; needed when there is more than one.")
@click.option("--note", default="", help="What for, for the billing log.")
def command(segments: int, organisation: str | None, note: str) -> None:
    """Add segments that an organisation can text with."""
    left = 0

    async def act(database: Database) -> None:
        nonlocal left
        tenant = Tenant(database, (await organisations.named(database, organisation)).id)
        await balance.top_up(tenant, "the operator", segments, note)
        left = (await balance.find(tenant)).left

    with_database(act)
    click.echo(f"{left:,} segments left.")
