"""`inbox seed`: bulk data for the demo organisation."""

import asyncio

import click

from inbox import config, embedded, seeding
from inbox.commands.migrate import bring_up
from inbox.commands.settings import settings


@click.command("seed")
@click.option(
    "--conversations",
    type=click.IntRange(0),
    default=1_000,
    show_default=True,
    help="How many conversations there shall be.",
)
@click.option(
    "--messages",
    type=click.IntRange(0),
    default=10_000,
    show_default=True,
    help="How many messages they hold together.",
)
def command(conversations: int, messages: int) -> None:
    """Fill the demo organisation with bulk data."""
    chosen = settings(embedded.environment(config.environment()))
    bring_up(chosen)
    organisation, _ = asyncio.run(embedded.seed_demo(chosen))
    seeding.fill(chosen.tables_url, organisation.id, conversations=conversations, messages=messages)
