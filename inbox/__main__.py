"""The commands: run, serve, worker, migrate, restored, seed, sandbox, info, user, doctor."""

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from functools import partial
from socket import socket

import click

from inbox import config, demo, doctor, embedded, logs, seeding
from inbox.accounts import organisations, users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.app import create_app, drain, running
from inbox.config import Settings
from inbox.exits import Commands, finish
from inbox.server import Server, listen, server
from inbox.storage import events, migrate
from inbox.storage.database import Database, Tenant
from providers.sandbox import Sandbox
from providers.sandbox import create_app as create_sandbox_app


@click.group(cls=Commands)
def main() -> None:
    """Shared Inbox: candidates' texts, live for the whole team."""


@main.command()
def run() -> None:
    """Try it: migrate, seed demo data once, serve web, worker and a sandbox Twilio in one process."""
    settings = _settings(is_embedded=True)
    migrate.upgrade(settings.database_url)
    finish(_run(settings))


async def _run(settings: Settings) -> None:
    _, sandbox = await embedded.seed_demo(settings)
    app = embedded.WithSandbox(create_app(settings, works=True), sandbox)
    listening = listen(settings.host, settings.port)
    click.echo(demo.welcome(settings.public_url))
    await _serve_with(sandbox, server(app, host=settings.host, port=settings.port, drain=app.drain), listening)


async def _serve_with(sandbox: Sandbox, serving: Server, listening: socket) -> None:
    try:
        await serving.serve(sockets=[listening])
    finally:
        await sandbox.aclose()


@main.command()
def serve() -> None:
    """Serve the web; workers run apart, unless Redis is memory://."""
    settings = _settings()
    _demand_schema(settings)
    alone = settings.redis_url == "memory://"
    app = create_app(settings, works=alone)
    listening = listen(settings.host, settings.port)
    serving = server(app, host=settings.host, port=settings.port, drain=partial(drain, app))
    finish(serving.serve(sockets=[listening]))


@main.command()
def worker() -> None:
    """Do jobs: send texts, and everything else that must not be done while a browser waits."""
    settings = _settings()
    _demand_schema(settings)
    if settings.redis_url == "memory://":
        raise click.ClickException(
            "A worker of its own needs INBOX_REDIS_URL: memory:// does not reach the web process, "
            "and `inbox serve` runs the worker itself there."
        )
    finish(_work(settings))


async def _work(settings: Settings) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    async with running(settings, works=True):
        await stopped.wait()


@main.command(name="migrate")
def migrate_() -> None:
    """Bring the database to the present schema."""
    migrate.upgrade(_settings(needs_secrets=False).database_url)
    click.echo("The database is up to date.")


@main.command()
def restored() -> None:
    """Say after an older copy of the database was restored that its past is another one: every open page loads anew."""
    _with_database(events.begin_anew)
    click.echo("Every open page loads anew.")


@main.command()
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
def seed(conversations: int, messages: int) -> None:
    """Fill the demo organisation with bulk data."""
    settings = _settings(is_embedded=True)
    migrate.upgrade(settings.database_url)
    organisation, _ = asyncio.run(embedded.seed_demo(settings))
    seeding.fill(settings.database_url, organisation.id, conversations=conversations, messages=messages)


@main.command()
@click.option("--port", default=8001, show_default=True)
def sandbox(port: int) -> None:
    """Serve the Twilio stand-in alone, playing the demo organisation's account."""
    settings = _settings(is_embedded=True)
    _demand_schema(settings)
    finish(_sandbox(settings, port))


async def _sandbox(settings: Settings, port: int) -> None:
    _, stand_in = await embedded.seed_demo(settings)
    listening = listen("127.0.0.1", port)
    click.echo(f"Sandbox Twilio on http://127.0.0.1:{port}, phones on http://127.0.0.1:{port}/sandbox/phones")
    app = create_sandbox_app(stand_in)
    await _serve_with(stand_in, server(app, host="127.0.0.1", port=port, drain=stand_in.end_streams), listening)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON, the only form there is.")
def info(as_json: bool) -> None:
    """Addresses, users and credentials of the demo organisation; refuses anything else."""
    settings = _settings(is_embedded=True)
    _demand_schema(settings)
    facts = asyncio.run(embedded.facts(settings))
    if facts is None:
        raise click.ClickException("There is no demo data here, so there is nothing that may be shown.")
    click.echo(json.dumps(facts, indent=2))


@main.command(name="doctor")
def doctor_() -> None:
    """Check database, Redis, Twilio credentials, webhook address and clock; exit 1 when something is wrong."""
    settings = _settings(is_embedded=embedded.begun_here(config.environment()))
    findings = asyncio.run(doctor.examine(settings))
    for finding in findings:
        click.echo(f"{'ok   ' if finding.is_well else 'WRONG'}  {finding.what}: {finding.words}")
    if not all(finding.is_well for finding in findings):
        raise SystemExit(1)


@main.group()
def user() -> None:
    """People who sign in."""


@user.command()
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.RECRUITER.value)
@click.option("--organisation", default=None, help="Its name; needed when there is more than one.")
@click.password_option()
def add(email: str, name: str, role: str, organisation: str | None, password: str) -> None:
    """Add a person to an organisation, which is made when there is none of that name."""

    async def act(database: Database) -> None:
        home = await organisations.first_or_new(database, organisation)
        tenant = Tenant(database, home.id)
        await users.create(tenant, email=email, name=name, role=Role(role), password=password)

    _with_database(act)
    click.echo(f"{email} can sign in.")


@user.command()
@click.argument("email")
@click.password_option()
def password(email: str, password: str) -> None:
    """Give a person a new password; every session of theirs ends."""

    async def act(database: Database) -> None:
        person = await _person(database, email)
        await users.set_password(Tenant(database, person.organisation_id), person.id, password)

    _with_database(act)
    click.echo(f"{email} has a new password.")


@user.command()
@click.argument("email")
def deactivate(email: str) -> None:
    """Let a person in no longer; every session of theirs ends."""

    async def act(database: Database) -> None:
        person = await _person(database, email)
        await users.deactivate(Tenant(database, person.organisation_id), person.id)

    _with_database(act)
    click.echo(f"{email} cannot sign in any more.")


async def _person(database: Database, email: str) -> User:
    person = await users.by_email(database, email)
    if person is None:
        raise click.ClickException(f"Nobody here has the e-mail {email}.")
    return person


def _with_database(act: Callable[[Database], Awaitable[None]]) -> None:
    """Run `act` on the connected database."""
    settings = _settings(needs_secrets=False)
    _demand_schema(settings)

    async def connected() -> None:
        database = Database(settings.database_url)
        async with database:
            await act(database)

    asyncio.run(connected())


def _demand_schema(settings: Settings) -> None:
    if not migrate.is_current(settings.database_url):
        raise click.ClickException("The database is not at the present schema. Run `inbox migrate` first.")


def _settings(*, is_embedded: bool = False, needs_secrets: bool = True) -> Settings:
    environ = embedded.environment(config.environment()) if is_embedded else config.environment()
    settings = config.read(environ, needs_secrets=needs_secrets)
    logs.configure(settings.log_format)
    return settings


if __name__ == "__main__":
    main()
