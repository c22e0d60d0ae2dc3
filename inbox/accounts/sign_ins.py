"""Signing in, and who a session's cookie belongs to."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import and_

from inbox.accounts import login_failures, passwords, sessions, users
from inbox.accounts.organisations import Organisation
from inbox.accounts.users import User
from inbox.errors import Invalid, Unavailable
from inbox.languages import _
from inbox.storage.columns import db_later
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import organisations
from inbox.storage.tables import sessions as session_rows
from inbox.storage.tables import users as user_rows

_TOUCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A living session: whose it is, and the hash it goes by."""

    user: User
    organisation: Organisation
    session_hash: str
    company_id: str | None
    """The company that was chosen last."""


async def sign_in(
    database: Database, secret_key: str, email: str, password: str, *, address: str, user_agent: str
) -> tuple[User, str]:
    """Open a session: the user and the value for the cookie.

    `address` is the browser's IP address. Raises Invalid with the same words, after the same work, for an
    e-mail of nobody, a wrong password and a deactivated user; TooMany after too many of them.
    """
    tried = login_failures.attempt(secret_key, email, address)
    reserved = await login_failures.reserve(database, tried)
    found = await users.with_password_hash(database, email)
    user, stored = found if found else (None, passwords.NOBODY)
    is_right = await passwords.is_right(password, stored)
    if user is None or user.deactivated or not is_right:
        raise Invalid({"password": _("Email or password do not match.")})
    await login_failures.forgive(database, tried, reserved)
    tenant = Tenant(database, user.organisation_id)
    if passwords.is_outdated(stored):
        await users.renew_password_hash(tenant, user.id, password)
    return user, await sessions.start(tenant, user.id, user_agent=user_agent)


async def find(database: Database, cookie: str) -> SignedIn | None:
    """Whose session this cookie is, None when it is nobody's, over, or of a deactivated user.

    Its idle time starts anew; this is written at most once a minute.
    """
    row = await database.fetch_one(
        users.selected(
            session_rows.c.id_hash,
            session_rows.c.company_id,
            (session_rows.c.last_seen_at < db_later(-_TOUCH_SECONDS)).label("is_stale"),
            organisations.c.name.label("organisation_name"),
            organisations.c.time_zone.label("organisation_time_zone"),
            organisations.c.is_demo,
        )
        .join(
            session_rows,
            and_(
                session_rows.c.organisation_id == user_rows.c.organisation_id,
                session_rows.c.user_id == user_rows.c.id,
            ),
        )
        .where(session_rows.c.id_hash == sessions.hash_of(cookie), sessions.is_open())
    )
    if row is None:
        return None
    if row["is_stale"]:
        # On a full disk, or a database that is read-only for a while, there is still a lot to read.
        with suppress(Unavailable):
            await sessions.touch(database, row["id_hash"])
    organisation = Organisation(
        row["organisation_id"], row["organisation_name"], row["organisation_time_zone"], bool(row["is_demo"])
    )
    return SignedIn(users.read(row), organisation, row["id_hash"], row["company_id"])
