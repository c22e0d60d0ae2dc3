"""`inbox restored`: after an older copy of the database was put in its place."""

import click

from inbox.commands.settings import with_database
from inbox.storage import events


@click.command("restored")
def command() -> None:
    """Say after an older copy of the database was restored that its past is another one: every open page loads anew."""
    with_database(events.begin_anew)
    click.echo("Every open page loads anew.")
