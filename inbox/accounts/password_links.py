"""Links that a mail brings and that let their reader choose a password: once, and only for a while.

What is stored is a hash of the token; the token itself is made when its mail is sent. A new link, a new password and a
deactivation end the others.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from sqlalchemy import and_, delete, insert, select
from sqlalchemy.sql.elements import ColumnElement

from inbox.accounts import sessions
from inbox.storage import mails
from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import password_links as table
from inbox.storage.tables import users

LIVES_SECONDS: Mapping[str, int] = MappingProxyType({mails.RESET: 3600, mails.INVITATION: 7 * 24 * 3600})
"""How long a link lives from its sending, by the kind of its mail."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose password a living link is for."""

    organisation_id: int
    user_id: str
    email: str
    name: str


async def make(tenant: Tenant, user_id: str, kind: str) -> str:
    """A token for a link of this kind, which ends the user's earlier ones."""
    token = secrets.token_urlsafe(32)
    async with tenant.transaction():
        await end_all(tenant, user_id)
        await tenant.execute(
            insert(table).values(
                organisation_id=tenant.organisation_id,
                token_hash=_hash(token),
                user_id=user_id,
                expires_at=db_later(LIVES_SECONDS[kind]),
            )
        )
    return token


async def bearer(database: Database, token: str) -> Bearer | None:
    """Whose link this is; None when it is used, over, or of somebody who may not sign in."""
    row = await database.fetch_one(
        select(users.c.organisation_id, users.c.id, users.c.email, users.c.name)
        .join_from(
            table, users, and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.user_id)
        )
        .where(_lives(token), sessions.may_sign_in())
    )
    return None if row is None else Bearer(row["organisation_id"], row["id"], row["email"], row["name"])


async def use_up(tenant: Tenant, token: str) -> bool:
    """End this link; False when it had ended already. In the transaction that keeps the new password."""
    row: Any = await tenant.fetch_val(
        delete(table)
        .where(table.c.organisation_id == tenant.organisation_id, _lives(token))
        .returning(table.c.token_hash)
    )
    return row is not None


async def end_all(tenant: Tenant, user_id: str) -> None:
    """End every link of this user."""
    await tenant.execute(
        delete(table).where(table.c.organisation_id == tenant.organisation_id, table.c.user_id == user_id)
    )


async def prune(database: Database) -> None:
    """Forget links that are over."""
    await database.execute(delete(table).where(table.c.expires_at < db_now()))


def _lives(token: str) -> ColumnElement[bool]:
    return and_(table.c.token_hash == _hash(token), table.c.expires_at > db_now())


def _hash(token: str) -> str:
    # Plain SHA-256 is enough for 256 random bits.
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
