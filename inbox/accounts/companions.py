"""Sourcing Companions: browsers that a code has connected, with short tokens that follow one another.

An access token is good for a quarter of an hour, a refresh token for one use. Who uses a spent one once more has a
copy of it, so both copies end. Only while nothing shows that the new tokens have arrived the spent one is good once
more: then an answer was lost on its way.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from inbox.accounts import sessions
from inbox.accounts.users import User
from inbox.errors import NotFound
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import companions as table
from inbox.storage.tables import users

PREFIX, REFRESH_PREFIX = "sia_", "sir_"
CODE_SECONDS = 600
ACCESS_SECONDS = 900
REFRESH_SECONDS = 30 * 86_400
# Crockford's letters and figures, none of which is taken for another: 40 bits that nobody guesses in ten minutes.
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LETTERS = 8
_MOST_NAME = 60


@dataclass(frozen=True, slots=True)
class Companion:
    """A connected browser; times are UTC."""

    id: str
    name: str
    owner_id: str
    owner: str
    connected_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a Companion goes on with; stored nowhere else."""

    tenant: Tenant
    companion_id: str
    user_id: str
    access: str
    refresh: str


class Copied(Exception):
    """A spent refresh token was used again, so its Companion is disconnected; carries whose it was."""

    def __init__(self, tenant: Tenant, user_id: str, name: str) -> None:
        super().__init__("a refresh token was used twice")
        self.tenant, self.user_id, self.name = tenant, user_id, name


async def new_code(tenant: Tenant, user: User) -> str:
    """A code that connects one browser within ten minutes, as it is read: "7KQ4-M2XD"."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_CODE_LETTERS))
    await tenant.execute(
        table.insert().values(
            organisation_id=tenant.organisation_id,
            id=new_id(),
            user_id=user.id,
            code_hash=sessions.hash_of(code),
            expires_at=db_later(CODE_SECONDS),
        )
    )
    return f"{code[:4]}-{code[4:]}"


async def connect(database: Database, code: str, *, name: str) -> Tokens | None:
    """The first tokens of the browser `name`; None for a code that is none, spent or over."""
    plain = "".join(code.upper().replace("O", "0").replace("I", "1").replace("L", "1").split()).replace("-", "")
    return await _renewed(
        database,
        table.c.code_hash == sessions.hash_of(plain),
        code_hash=None,
        name=" ".join(name.replace("\x00", "").split())[:_MOST_NAME] or "A browser",
        connected_at=db_now(),
    )


async def refresh(database: Database, token: str) -> Tokens | None:
    """The next tokens; None for a refresh token that is none, over or revoked. Raises Copied."""
    given = sessions.hash_of(token)
    fresh = await _renewed(database, table.c.refresh_hash == given, spent_hash=given)
    if fresh is not None:
        return fresh
    lost = await _renewed(database, and_(table.c.spent_hash == given, table.c.is_used.is_(False)), spent_hash=given)
    if lost is not None:
        return lost
    row = await database.fetch_one(
        update(table)
        .where(table.c.spent_hash == given, table.c.revoked_at.is_(None))
        .values(revoked_at=db_now())
        .returning(table.c.organisation_id, table.c.user_id, table.c.name)
    )
    if row is not None:
        raise Copied(Tenant(database, row.organisation_id), row.user_id, row.name)
    return None


async def _renewed(database: Database, which: ColumnElement[bool], **values: Any) -> Tokens | None:
    """New tokens for the living Companion that `which` names; two at once meet at its row, and one finds none."""
    access, following = PREFIX + secrets.token_urlsafe(32), REFRESH_PREFIX + secrets.token_urlsafe(32)
    is_theirs = and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.user_id)
    row = await database.fetch_one(
        update(table)
        .where(
            which,
            table.c.revoked_at.is_(None),
            table.c.expires_at > db_now(),
            select(users.c.id).where(is_theirs, users.c.deactivated_at.is_(None)).exists(),
        )
        .values(
            access_hash=sessions.hash_of(access),
            access_expires_at=db_later(ACCESS_SECONDS),
            refresh_hash=sessions.hash_of(following),
            expires_at=db_later(REFRESH_SECONDS),
            is_used=False,
            **values,
        )
        .returning(table.c.organisation_id, table.c.id, table.c.user_id)
    )
    return (
        None if row is None else Tokens(Tenant(database, row.organisation_id), row.id, row.user_id, access, following)
    )


async def all_of(tenant: Tenant, *, user_id: str | None = None) -> list[Companion]:
    """The connected ones of the organisation, or of one user, newest first."""
    query = (
        select(table, users.c.name.label("owner"))
        .join(users, and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.user_id))
        .where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.connected_at.is_not(None),
            table.c.revoked_at.is_(None),
            table.c.expires_at > db_now(),
        )
        .order_by(table.c.id.desc())
    )
    if user_id is not None:
        query = query.where(table.c.user_id == user_id)
    return [
        Companion(row.id, row.name, row.user_id, row.owner, row.connected_at, row.last_used_at)
        for row in await tenant.fetch_all(query)
    ]


async def revoke(tenant: Tenant, companion_id: str, *, user_id: str | None = None) -> str:
    """Disconnect one at once, only this user's when one is named; its name. Raises NotFound."""
    query = update(table).where(
        table.c.organisation_id == tenant.organisation_id, table.c.id == companion_id, table.c.revoked_at.is_(None)
    )
    if user_id is not None:
        query = query.where(table.c.user_id == user_id)
    name: str | None = await tenant.fetch_val(query.values(revoked_at=db_now()).returning(table.c.name))
    if name is None:
        raise NotFound
    return name


async def prune(database: Database) -> None:
    """Forget codes and Companions that have been over for as long as a refresh token is good for."""
    over = db_later(-REFRESH_SECONDS)
    await database.execute(delete(table).where(or_(table.c.expires_at < over, table.c.revoked_at < over)))
