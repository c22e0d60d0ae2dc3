"""The passwords of users, as hashes; people who come by single sign-on alone have none."""

from sqlalchemy import select

from inbox.accounts import keepers, passwords, users
from inbox.accounts.users import User
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import users as table


async def with_password_hash(database: Database, email: str) -> tuple[User, str] | None:
    """Whoever signs in with this e-mail and the hash to hold the password against."""
    row = await database.fetch_one(
        users.selected(table.c.password_hash).where(table.c.email == users.normal_email(email))
    )
    return None if row is None else (users.read(row), row["password_hash"])


async def opens(tenant: Tenant, user: User) -> bool:
    """Whether this person signs in with a password of their own; not where single sign-on is all that lets them in."""
    mine = (table.c.organisation_id == tenant.organisation_id, table.c.id == user.id)
    closed = await keepers.closed(tenant.database, user.email)
    if closed is not None and closed.bars(tenant.organisation_id, user.id):
        return False
    return bool(await tenant.fetch_val(select(table.c.password_hash).where(*mine)) != passwords.NOBODY)


async def renew_password_hash(tenant: Tenant, user_id: str, password: str) -> None:
    """Hash the same password again, with today's parameters."""
    await users.change(tenant, user_id, password_hash=await passwords.hashed(password))
