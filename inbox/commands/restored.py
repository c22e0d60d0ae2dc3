"""`inbox restored`: after an older copy of the database was put in its place by other means than `inbox restore`."""

from collections.abc import Sequence
from typing import TextIO
from uuid import UUID

import click

from inbox import restoring
from inbox.commands.settings import with_database
from inbox.restoring import Outcome
from inbox.storage.database import Database


@click.command("restored")
@click.option("--erased", type=click.File(), help="What `inbox erase --list` printed last: done again.")
def command(erased: TextIO | None) -> None:
    """Say after an older copy of the database was restored that its past is another one: every open page loads anew."""
    ids = ids_of(erased)

    async def act(database: Database) -> None:
        tell(await restoring.begin_anew(database, ids), ids)

    with_database(act, needs_secrets=bool(ids))


def ids_of(file: TextIO | None) -> Sequence[str]:
    """The ids of a list of the erased. Raises UsageError for anything else."""
    try:
        return [str(UUID(line.strip())) for line in file or () if line.strip()]
    except ValueError:
        raise click.UsageError("This is no list of `inbox erase --list`.") from None


def tell(outcome: Outcome, ids: Sequence[str]) -> None:
    """Print what was done. Raises ClickException where somebody could not be erased again."""
    held = outcome.held
    if held.texts or held.scheduled or held.campaigns or held.workflows:
        click.echo(
            f"Held back, for people to decide: {held.texts:,} texts, {held.scheduled:,} scheduled texts,"
            f" {held.campaigns:,} campaigns, {held.workflows:,} workflows."
        )
    if ids:
        click.echo(f"{outcome.erased:,} of {len(ids):,} candidates erased again.")
    click.echo("Every open page loads anew.")
    if outcome.left:
        told = "\n".join(f"{candidate_id}: {sentence}" for candidate_id, sentence in outcome.left)
        raise click.ClickException(f"Not erased again; mend it and run `inbox restored --erased` with these:\n{told}")
