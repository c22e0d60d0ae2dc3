"""`inbox run`: everything in one process."""

import click

from inbox import config, demo, embedded
from inbox.app import create_app
from inbox.commands.migrate import bring_up
from inbox.commands.settings import settings
from inbox.config import Settings
from inbox.exits import finish
from inbox.server import listen, server


@click.command("run")
def command() -> None:
    """Try it: migrate, seed demo data once, serve web, worker and a sandbox Twilio in one process."""
    chosen = settings(embedded.environment(config.environment()))
    bring_up(chosen)
    finish(_run(chosen))


async def _run(chosen: Settings) -> None:
    _, stand_in = await embedded.seed_demo(chosen)
    app = embedded.WithSandbox(create_app(chosen, works=True), stand_in)
    listening = listen(chosen.host, chosen.port)
    click.echo(demo.welcome(chosen.public_url))
    serving = server(app, host=chosen.host, port=chosen.port, drain=app.drain)
    await embedded.serve_with(stand_in, serving, listening)
