"""`inbox serve`: a web process."""

from functools import partial

import click

from inbox.app import create_app, drain
from inbox.commands.settings import demand_schema, settings
from inbox.exits import finish
from inbox.server import listen, server


@click.command("serve")
def command() -> None:
    """Serve the web; workers run apart, unless Redis is memory://."""
    chosen = settings()
    demand_schema(chosen.database_url)
    alone = chosen.redis_url == "memory://"
    app = create_app(chosen, works=alone)
    listening = listen(chosen.host, chosen.port)
    serving = server(
        app,
        host=chosen.host,
        port=chosen.port,
        trusted_proxies=chosen.trusted_proxies,
        drain=partial(drain, app),
    )
    finish(serving.serve(sockets=[listening]))
