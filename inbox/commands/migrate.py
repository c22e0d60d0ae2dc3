"""`inbox migrate`: the newest schema."""

import click

from inbox.commands.settings import settings
from inbox.storage import migrate


@click.command("migrate")
def command() -> None:
    """Bring the database to the present schema."""
    migrate.upgrade(settings(needs_secrets=False).database_url)
    click.echo("The database is up to date.")
