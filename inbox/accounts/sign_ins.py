"""Signing in, and who a session's cookie belongs to."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import and_

from inbox.accounts import keepers, login_failures, passwords, sessions, user_passwords, users
from inbox.accounts.keepers import Closed
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
    is_proven: bool
    """Whether a second factor was shown when it began, to us or to whoever vouches for the person."""
    lacks_second_factor: bool
    """Whether one has to be set up before anything else."""


async def prove(database: Database, secret_key: str, email: str, password: str, *, address: str) -> User:
    """Whose e-mail and password these are.

    `address` is the browser's IP address. Raises Invalid with the same words, after the same work, for an
    e-mail of nobody, a wrong password, a deactivated user and one who has to come by single sign-on; the domain
    alone decides whether the words name that. Raises TooMany after too many of them.
    """
    tried = login_failures.attempt(secret_key, email, address)
    reserved = await login_failures.reserve(database, tried)
    closed = await keepers.closed(database, email)
    found = await user_passwords.with_password_hash(database, email)
    user, stored = found if found else (None, passwords.NOBODY)
    is_right = await passwords.is_right(password, stored)
    is_barred = user is not None and closed is not None and closed.bars(user.organisation_id, user.id)
    if user is None or user.deactivated or is_barred or not is_right:
        raise Invalid({"password": _wrong(closed)})
    await login_failures.forgive(database, tried, reserved)
    if passwords.is_outdated(stored):
        await user_passwords.renew_password_hash(Tenant(database, user.organisation_id), user.id, password)
    return user


def _wrong(closed: Closed | None) -> str:
    if closed is None:
        return _("Email or password do not match.")
    return _("Email or password do not match. People of %(domain)s sign in with single sign-on.", domain=closed.domain)


async def find(database: Database, cookie: str) -> SignedIn | None:
    """Whose session this cookie is, None when it is nobody's, over, or of a deactivated user.

    Its idle time starts anew; this is written at most once a minute.
    """
    row = await database.fetch_one(
        users.selected(
            session_rows.c.id_hash,
            session_rows.c.company_id,
            session_rows.c.is_proven,
            (session_rows.c.last_seen_at < db_later(-_TOUCH_SECONDS)).label("is_stale"),
            organisations.c.name.label("organisation_name"),
            organisations.c.time_zone.label("organisation_time_zone"),
            organisations.c.is_demo,
            sessions.lacks_second_factor().label("lacks_second_factor"),
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
    return SignedIn(
        user=users.read(row),
        organisation=organisation,
        session_hash=row["id_hash"],
        company_id=row["company_id"],
        is_proven=bool(row["is_proven"]),
        lacks_second_factor=bool(row["lacks_second_factor"]),
    )
