"""`inbox doctor`: is everything there that this installation needs?"""

import asyncio

import click

from inbox import config, doctor, embedded
from inbox.commands.settings import settings


@click.command("doctor")
def command() -> None:
    """Check database, Redis, Twilio credentials, webhook address and clock; exit 1 when something is wrong."""
    environ = config.environment()
    chosen = settings(embedded.environment(environ) if embedded.begun_here(environ) else environ)
    findings = asyncio.run(doctor.examine(chosen))
    for finding in findings:
        click.echo(f"{'ok   ' if finding.is_well else 'WRONG'}  {finding.what}: {finding.words}")
    if not all(finding.is_well for finding in findings):
        raise SystemExit(1)
