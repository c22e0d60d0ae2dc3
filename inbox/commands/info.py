"""`inbox info`: what a visitor of the demo needs to know."""

import asyncio
import json

import click

from inbox import config, embedded
from inbox.commands.settings import demand_schema, settings


@click.command("info")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, the only form there is.")
def command(as_json: bool) -> None:
    """Addresses, users and credentials of the demo organisation; refuses anything else."""
    chosen = settings(embedded.environment(config.environment()))
    demand_schema(chosen.database_url)
    facts = asyncio.run(embedded.facts(chosen))
    if facts is None:
        raise click.ClickException("There is no demo data here, so there is nothing that may be shown.")
    click.echo(json.dumps(facts, indent=2))
