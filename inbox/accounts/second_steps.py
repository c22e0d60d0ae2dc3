"""Sign-ins that wait for a code: on the server, for minutes, for a few tries.

The browser has a cookie of random bits; whoever has it has shown the password and is signed in nowhere yet.
"""

import secrets
from dataclasses import dataclass

from sqlalchemy import and_, delete, insert, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.accounts import second_factors, sessions, users
from inbox.accounts.users import User
from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import second_steps as table
from inbox.storage.tables import users as user_rows
from inbox.storage.vault import Vault

LIVES_SECONDS = 600
MOST_TRIES = 5
"""With one password that was shown; then it has to be shown again."""


@dataclass(frozen=True, slots=True)
class SecondStep:
    """Who has shown the password, and where the sign-in leads."""

    user: User
    onward: str


class Over(Exception):
    """Its time or its tries are over."""


async def begin(tenant: Tenant, user_id: str, *, onward: str) -> str:
    """The value of the cookie, which is stored nowhere."""
    cookie = secrets.token_urlsafe(32)
    await tenant.execute(
        insert(table).values(
            organisation_id=tenant.organisation_id,
            cookie_hash=sessions.hash_of(cookie),
            user_id=user_id,
            onward=onward,
            expires_at=db_later(LIVES_SECONDS),
        )
    )
    return cookie


async def find(database: Database, cookie: str) -> SecondStep | None:
    """Whose it is; None when it is over, or of somebody who may not sign in."""
    row = await database.fetch_one(
        users.selected(table.c.onward)
        .join(table, and_(table.c.organisation_id == user_rows.c.organisation_id, table.c.user_id == user_rows.c.id))
        .where(_lives(cookie), sessions.may_sign_in())
    )
    return None if row is None else SecondStep(users.read(row), row["onward"])


async def show_code(
    database: Database, vault: Vault, secret_key: str, cookie: str, code: str, *, address: str
) -> SecondStep:
    """The code of the app, or a recovery code: whoever may be signed in now; the step is over by that.

    Raises Over, and as `second_factors.prove` does.
    """
    step = await find(database, cookie)
    if step is None:
        raise Over
    # Counted before the code is looked at: many at once get no further than many in a row.
    if not await _take_try(database, cookie):
        raise Over
    tenant = Tenant(database, step.user.organisation_id)
    await second_factors.prove(tenant, vault, secret_key, step.user, code, address=address)
    await database.execute(delete(table).where(table.c.cookie_hash == sessions.hash_of(cookie)))
    return step


async def prune(database: Database) -> None:
    """Forget those that are over."""
    await database.execute(delete(table).where(table.c.expires_at < db_now()))


async def _take_try(database: Database, cookie: str) -> bool:
    taken = await database.fetch_val(
        update(table).where(_lives(cookie)).values(tries=table.c.tries + 1).returning(table.c.tries)
    )
    return taken is not None


def _lives(cookie: str) -> ColumnElement[bool]:
    return and_(
        table.c.cookie_hash == sessions.hash_of(cookie), table.c.expires_at > db_now(), table.c.tries < MOST_TRIES
    )
