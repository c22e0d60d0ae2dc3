"""`inbox sandbox`: the Twilio stand-in as a process of its own."""

import click

from inbox import config, embedded
from inbox.commands.settings import demand_schema, settings
from inbox.config import Settings
from inbox.exits import finish
from inbox.server import listen, server
from providers.sandbox import create_app


@click.command("sandbox")
@click.option("--port", default=8001, show_default=True)
def command(port: int) -> None:
    """Serve the Twilio stand-in alone, playing the demo organisation's account."""
    chosen = settings(embedded.environment(config.environment()))
    demand_schema(chosen.database_url)
    finish(_sandbox(chosen, port))


async def _sandbox(chosen: Settings, port: int) -> None:
    _, stand_in = await embedded.seed_demo(chosen)
    listening = listen("127.0.0.1", port)
    click.echo(f"Sandbox Twilio on http://127.0.0.1:{port}, phones on http://127.0.0.1:{port}/sandbox/phones")
    serving = server(create_app(stand_in), host="127.0.0.1", port=port, drain=stand_in.end_streams)
    await embedded.serve_with(stand_in, serving, listening)
