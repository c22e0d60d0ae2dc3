"""`inbox user`: people who sign in, for whoever keeps the installation."""

import click

from inbox.accounts import organisations, second_factors, users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.commands.settings import with_database
from inbox.storage.database import Database, Tenant


@click.group("user")
def command() -> None:
    """People who sign in."""


@command.command()
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

    with_database(act)
    click.echo(f"{email} can sign in.")


@command.command()
@click.argument("email")
@click.password_option()
def password(email: str, password: str) -> None:
    """Give a person a new password; every session of theirs ends."""

    async def act(database: Database) -> None:
        person = await _person(database, email)
        await users.set_password(Tenant(database, person.organisation_id), person.id, password)

    with_database(act)
    click.echo(f"{email} has a new password.")


@command.command()
@click.argument("email")
def deactivate(email: str) -> None:
    """Let a person in no longer; every session of theirs ends."""

    async def act(database: Database) -> None:
        person = await _person(database, email)
        await users.deactivate(Tenant(database, person.organisation_id), person.id)

    with_database(act)
    click.echo(f"{email} cannot sign in any more.")


@command.command("second-factor")
@click.argument("email")
def second_factor(email: str) -> None:
    """Reset the two-factor sign-in of a person who has lost the app: the password is enough until it is set up."""

    async def act(database: Database) -> None:
        person = await _person(database, email)
        tenant = Tenant(database, person.organisation_id)
        async with tenant.transaction():
            await second_factors.end(tenant, person.id)

    with_database(act)
    click.echo(f"{email} signs in with the password alone.")


async def _person(database: Database, email: str) -> User:
    person = await users.by_email(database, email)
    if person is None:
        raise click.ClickException(f"Nobody here has the e-mail {email}.")
    return person
