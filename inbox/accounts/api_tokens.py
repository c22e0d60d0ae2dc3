"""API tokens: made once, kept as hashes, good for some scopes in somebody's name until they end or are revoked."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update

from inbox.accounts import scopes, sessions
from inbox.accounts.scopes import Scope
from inbox.accounts.users import User
from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import api_tokens as table
from inbox.storage.tables import users

# Told apart from everything else by programs that look for secrets where none belong.
PREFIX = "sit_"
MOST_NAME = 60
DAYS = (30, 90, 365)
"""How long one may be good for, besides for ever."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token as it is listed; times are UTC."""

    id: str
    name: str
    owner_id: str
    owner: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


async def create(tenant: Tenant, owner: User, *, name: str, wanted: Sequence[str], days: str) -> tuple[ApiToken, str]:
    """A new one, and the token itself, which is stored nowhere. `days` is "" for ever. Raises Invalid."""
    sentences: dict[str, str] = {}
    name = " ".join(name.split())
    chosen = scopes.open_to(owner, scopes.read(" ".join(wanted)))
    if not name:
        sentences["name"] = _("Enter what the token is for.")
    elif len(name) > MOST_NAME:
        sentences["name"] = _(
            "%(length)s of %(most)s characters. Shorten it by %(over)s.",
            length=len(name),
            most=MOST_NAME,
            over=len(name) - MOST_NAME,
        )
    if not chosen:
        sentences["scopes"] = _("Choose what the token may do.")
    if days not in {"", *map(str, DAYS)}:
        sentences["days"] = _("Choose how long it is good for.")
    if sentences:
        raise Invalid(sentences)
    token, token_id = PREFIX + secrets.token_urlsafe(32), new_id()
    await tenant.execute(
        table.insert().values(
            organisation_id=tenant.organisation_id,
            id=token_id,
            user_id=owner.id,
            name=name,
            hash=sessions.hash_of(token),
            scopes=" ".join(chosen),
            expires_at=db_later(int(days) * 86_400) if days else None,
        )
    )
    return await find(tenant, token_id), token


def is_good() -> ColumnElement[bool]:
    """The condition under which a token opens anything, but for its owner's."""
    return and_(table.c.revoked_at.is_(None), or_(table.c.expires_at.is_(None), table.c.expires_at > db_now()))


async def all_of(tenant: Tenant) -> list[ApiToken]:
    """The organisation's tokens that were not revoked, newest first."""
    rows = await tenant.fetch_all(_selected(tenant).where(table.c.revoked_at.is_(None)).order_by(table.c.id.desc()))
    return [_read(row) for row in rows]


async def find(tenant: Tenant, token_id: str) -> ApiToken:
    """One of them; raises NotFound, also when it was revoked."""
    row = await tenant.fetch_one(_selected(tenant).where(table.c.id == token_id, table.c.revoked_at.is_(None)))
    if row is None:
        raise NotFound
    return _read(row)


async def revoke(tenant: Tenant, token_id: str) -> ApiToken:
    """End one at once; raises NotFound."""
    gone = await find(tenant, token_id)
    await tenant.execute(
        update(table)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.id == token_id)
        .values(revoked_at=db_now())
    )
    return gone


def _selected(tenant: Tenant) -> Any:
    return (
        select(table, users.c.name.label("owner"))
        .join(users, and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.user_id))
        .where(table.c.organisation_id == tenant.organisation_id)
    )


def _read(row: Any) -> ApiToken:
    return ApiToken(
        id=row.id,
        name=row.name,
        owner_id=row.user_id,
        owner=row.owner,
        scopes=scopes.read(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
    )
