"""Keys: what another system's server signs its tokens with; two at a time, so that one can follow the other."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import embed_keys as table
from inbox.storage.vault import Vault

MOST = 2
PREFIX = "sik_"
_TOUCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Key:
    """A key as it is listed; times are UTC."""

    id: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose tokens a key signs, and its secret."""

    tenant: Tenant
    key_id: str
    secret: str


async def create(tenant: Tenant, vault: Vault) -> tuple[Key, str]:
    """A new one, and its secret, which is not shown again. Raises Invalid when there are two."""
    if len(await all_of(tenant)) >= MOST:
        raise Invalid({"key": _("There are two keys already. Revoke the one that is not used any more first.")})
    key_id, secret = new_id(), PREFIX + secrets.token_urlsafe(32)
    await tenant.execute(
        table.insert().values(
            organisation_id=tenant.organisation_id, id=key_id, secret=vault.seal(secret, bound_to=_place(key_id))
        )
    )
    return next(key for key in await all_of(tenant) if key.id == key_id), secret


async def all_of(tenant: Tenant) -> Sequence[Key]:
    """The organisation's keys that were not revoked, the newest first."""
    rows = await tenant.fetch_all(
        select(table.c.id, table.c.created_at, table.c.last_used_at)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.revoked_at.is_(None))
        .order_by(table.c.id.desc())
    )
    return [Key(row.id, row.created_at, row.last_used_at) for row in rows]


async def revoke(tenant: Tenant, key_id: str) -> None:
    """End one at once, and every widget that it let in; raises NotFound."""
    gone = await tenant.fetch_val(
        update(table)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.id == key_id, table.c.revoked_at.is_(None))
        .values(revoked_at=db_now())
        .returning(table.c.id)
    )
    if gone is None:
        raise NotFound


async def owner(database: Database, key_id: str) -> Tenant | None:
    """The organisation whose key this is; None for one that is none, or revoked."""
    row = await _row(database, key_id)
    return None if row is None else Tenant(database, row.organisation_id)


async def signer(database: Database, vault: Vault, key_id: str) -> Signer | None:
    """What to hold a token of this key against; None for a key that is none, or revoked."""
    row = await _row(database, key_id)
    if row is None:
        return None
    secret = vault.open(row.secret, bound_to=_place(row.id))
    return Signer(Tenant(database, row.organisation_id), row.id, secret)


async def touch(signer: Signer) -> None:
    """Note that the key is in use; at most once a minute."""
    await signer.tenant.execute(
        update(table)
        .where(
            table.c.organisation_id == signer.tenant.organisation_id,
            table.c.id == signer.key_id,
            or_(table.c.last_used_at.is_(None), table.c.last_used_at < db_later(-_TOUCH_SECONDS)),
        )
        .values(last_used_at=db_now())
    )


async def _row(database: Database, key_id: str) -> Any:
    try:
        asked = str(UUID(key_id))
    except ValueError:
        return None
    return await database.fetch_one(select(table).where(table.c.id == asked, table.c.revoked_at.is_(None)))


def _place(key_id: str) -> str:
    return f"embed_keys.secret:{key_id}"
