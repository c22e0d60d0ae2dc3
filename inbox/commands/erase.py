"""`inbox erase`: everything personal of one candidate, or the list of those it was done for."""

from uuid import UUID

import click

from inbox.accounts import organisations
from inbox.commands.settings import with_database
from inbox.reports import erasing, erasures
from inbox.storage.database import Database, Tenant


@click.command("erase")
@click.argument("candidate", type=click.UUID, required=False)
@click.option("--organisation", default=None, help="Its name; needed when there is more than one.")
@click.option("--list", "lists", is_flag=True, help="Print the ids of all who were erased, for `inbox restored`.")
def command(candidate: UUID | None, organisation: str | None, lists: bool) -> None:
    """Remove everything personal of CANDIDATE, whose id stands in the address of the profile."""
    if (candidate is None) is not lists:
        raise click.UsageError("Name a candidate, or ask for --list.")

    async def act(database: Database) -> None:
        if candidate is None and organisation is None:
            click.echo("\n".join(await erasures.candidate_ids(database)))
            return
        tenant = Tenant(database, (await organisations.named(database, organisation)).id)
        if candidate is None:
            click.echo("\n".join(await erasures.candidate_ids(database, tenant)))
            return
        done = await erasing.erase(tenant, str(candidate), actor="the operator")
        click.echo(
            f"Removed {done.texts:,} texts, {done.files:,} files and {done.notes:,} notes."
            f" The worker has Twilio delete its {done.left:,} copies."
        )

    with_database(act, needs_secrets=not lists)
