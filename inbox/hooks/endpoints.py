"""Endpoints: the addresses of other systems, with what each is told and the secret that signs it."""

import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from inbox.errors import Invalid, NotFound
from inbox.hooks import kinds, urls
from inbox.hooks.kinds import Kind
from inbox.languages import _
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import event_counters, webhook_cursors, webhook_deliveries
from inbox.storage.tables import webhook_endpoints as table
from inbox.storage.vault import Vault
from providers.hooks import SECRET_PREFIX

MOST = 20
"""Of an organisation: each costs a row for everything that happens."""
OLD_SECRET_HOURS = 24
"""How long the secret before the newest signs as well."""
FAILING_DAYS = 3
"""An endpoint that took nothing for so long is not told any more."""

Why = Literal["", "person", "failing", "gone"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to, and what of; times are UTC."""

    id: str
    url: str
    kinds: frozenset[Kind]
    off_at: datetime | None
    off_why: Why
    failing_since: datetime | None
    old_secret_until: datetime | None

    @property
    def is_on(self) -> bool:
        """Whether it is told what happens."""
        return self.off_at is None

    @property
    def host(self) -> str:
        """What to call it."""
        return urlsplit(self.url).netloc


async def create(
    tenant: Tenant, vault: Vault, *, url: str, wanted: Sequence[str], to_private: bool
) -> tuple[Endpoint, str]:
    """A new one, and its secret, which is not shown again. Raises Invalid."""
    values = _checked(url, wanted, to_private=to_private)
    if len(await all_of(tenant)) >= MOST:
        raise Invalid({"url": _("There are %(most)s endpoints already. Remove one first.", most=MOST)})
    endpoint_id, secret = new_id(), _new_secret()
    await tenant.execute(
        table.insert().values(
            organisation_id=tenant.organisation_id,
            id=endpoint_id,
            secret=vault.seal(secret, bound_to=_place(endpoint_id)),
            **values,
        )
    )
    await _follow(tenant)
    return await find(tenant, endpoint_id), secret


async def change(tenant: Tenant, endpoint_id: str, *, url: str, wanted: Sequence[str], to_private: bool) -> None:
    """Tell it elsewhere, or of other things. Raises Invalid, NotFound."""
    await find(tenant, endpoint_id)
    await _set(tenant, endpoint_id, **_checked(url, wanted, to_private=to_private))


async def all_of(tenant: Tenant) -> list[Endpoint]:
    """The organisation's endpoints, oldest first."""
    return [_read(row) for row in await tenant.fetch_all(_selected(tenant).order_by(table.c.id))]


async def find(tenant: Tenant, endpoint_id: str) -> Endpoint:
    """One of them; raises NotFound."""
    return _read(await _row(tenant, endpoint_id))


async def secrets_of(tenant: Tenant, vault: Vault, endpoint_id: str) -> list[str]:
    """What to sign with: the newest secret and, for a day, the one before. Raises NotFound."""
    of_old = table.c.old_secret_until > db_now()
    row: Any = await tenant.fetch_one(
        select(table.c.secret, table.c.old_secret, of_old.label("signs")).where(*_is(tenant, endpoint_id))
    )
    if row is None:
        raise NotFound
    sealed = [row.secret, *([row.old_secret] if row.signs else [])]
    return [vault.open(one, bound_to=_place(endpoint_id)) for one in sealed]


async def rotate(tenant: Tenant, vault: Vault, endpoint_id: str) -> str:
    """A new secret, which is not shown again; the present one signs as well for a day. Raises NotFound."""
    row, secret = await _row(tenant, endpoint_id), _new_secret()
    await _set(
        tenant,
        endpoint_id,
        secret=vault.seal(secret, bound_to=_place(endpoint_id)),
        old_secret=row.secret,
        old_secret_until=db_later(OLD_SECRET_HOURS * 3600),
    )
    return secret


async def turn_on(tenant: Tenant, endpoint_id: str) -> None:
    """Tell it what happens from now on; what happened before can be sent again by hand. Raises NotFound."""
    await find(tenant, endpoint_id)
    await _set(tenant, endpoint_id, off_at=None, off_why="", failing_since=None)
    await _follow(tenant)


async def turn_off(tenant: Tenant, endpoint_id: str, why: Why) -> bool:
    """Tell it nothing more; False when that is so already. In a transaction."""
    row = await tenant.fetch_one(
        update(table)
        .where(*_is(tenant, endpoint_id), table.c.off_at.is_(None))
        .values(off_at=db_now(), off_why=why)
        .returning(table.c.id)
    )
    await _stop_following(tenant)
    return row is not None


async def remove(tenant: Tenant, endpoint_id: str) -> Endpoint:
    """Forget it with everything it was told; in a transaction. Raises NotFound."""
    gone = await find(tenant, endpoint_id)
    theirs = webhook_deliveries.c.endpoint_id == endpoint_id
    await tenant.execute(
        delete(webhook_deliveries).where(webhook_deliveries.c.organisation_id == tenant.organisation_id, theirs)
    )
    await tenant.execute(delete(table).where(*_is(tenant, endpoint_id)))
    await _stop_following(tenant)
    return gone


async def worked(tenant: Tenant, endpoint_id: str) -> None:
    """It took what it was told."""
    await _set(tenant, endpoint_id, failing_since=None)


async def failed(tenant: Tenant, endpoint_id: str) -> bool:
    """It did not; whether that has been so for FAILING_DAYS."""
    await tenant.execute(
        update(table).where(*_is(tenant, endpoint_id), table.c.failing_since.is_(None)).values(failing_since=db_now())
    )
    long_ago = table.c.failing_since < db_later(-86_400 * FAILING_DAYS)
    return bool(await tenant.fetch_val(select(long_ago).where(*_is(tenant, endpoint_id))))


async def _follow(tenant: Tenant) -> None:
    """Have the log looked through from here on, if it is not already."""
    head = select(event_counters.c.organisation_id, event_counters.c.seq).where(
        event_counters.c.organisation_id == tenant.organisation_id
    )
    await tenant.execute(
        insert(webhook_cursors)
        .from_select(["organisation_id", "seq"], head)
        .on_conflict_do_nothing(index_elements=["organisation_id"])
    )


async def _stop_following(tenant: Tenant) -> None:
    if not any(endpoint.is_on for endpoint in await all_of(tenant)):
        mine = webhook_cursors.c.organisation_id == tenant.organisation_id
        await tenant.execute(delete(webhook_cursors).where(mine))


def _checked(url: str, wanted: Sequence[str], *, to_private: bool) -> dict[str, str]:
    """The columns; raises Invalid."""
    url, chosen = url.strip(), kinds.read(wanted)
    sentences = {}
    wrong = urls.wrong_with(url, to_private=to_private)
    if wrong:
        sentences["url"] = wrong
    if not chosen:
        sentences["kinds"] = _("Choose what it is told of.")
    if sentences:
        raise Invalid(sentences)
    return {"url": url, "kinds": " ".join(sorted(chosen))}


def _new_secret() -> str:
    return SECRET_PREFIX + b64encode(secrets.token_bytes(32)).decode()


def _place(endpoint_id: str) -> str:
    return f"webhook_endpoints.secret:{endpoint_id}"


async def _row(tenant: Tenant, endpoint_id: str) -> Any:
    row = await tenant.fetch_one(_selected(tenant).where(table.c.id == endpoint_id))
    if row is None:
        raise NotFound
    return row


async def _set(tenant: Tenant, endpoint_id: str, **values: Any) -> None:
    await tenant.execute(update(table).where(*_is(tenant, endpoint_id)).values(**values))


def _is(tenant: Tenant, endpoint_id: str) -> tuple[Any, ...]:
    return table.c.organisation_id == tenant.organisation_id, table.c.id == endpoint_id


def _selected(tenant: Tenant) -> Any:
    return select(table).where(table.c.organisation_id == tenant.organisation_id)


def _read(row: Any) -> Endpoint:
    return Endpoint(
        id=row.id,
        url=row.url,
        kinds=kinds.read(row.kinds.split()),
        off_at=row.off_at,
        off_why=row.off_why,
        failing_since=row.failing_since,
        old_secret_until=row.old_secret_until,
    )
