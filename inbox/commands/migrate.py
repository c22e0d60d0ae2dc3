"""`inbox migrate`: the newest schema."""

import click

from inbox.commands.settings import settings
from inbox.config import Settings
from inbox.storage import grants, migrate


@click.command("migrate")
def command() -> None:
    """Bring the database to the present schema.

    With INBOX_DATABASE_OWNER_URL as that user, who then lets the user of INBOX_DATABASE_URL work in it.
    """
    bring_up(settings(needs_secrets=False))
    click.echo("The database is up to date.")


def bring_up(chosen: Settings) -> None:
    """The newest schema, and the rights to work in it. Raises ClickException, Unavailable."""
    migrate.upgrade(chosen.tables_url)
    if chosen.owner_url:
        try:
            grants.give(chosen.owner_url, chosen.database_url)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
