"""The team as another system's directory keeps it (SCIM): found, added, changed, shut out and let in again.

Guests are not of it: they are invited to one conversation, from outside.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from inbox.accounts import inviting, keepers, sso_connections, sso_roles, users
from inbox.accounts.roles import OWN_ONLY, Role
from inbox.accounts.users import User
from inbox.errors import Invalid, NotFound, Refused, too_long
from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.storage.tables import users as table

MOST_EXTERNAL_ID = 300


@dataclass(frozen=True, slots=True)
class Listed:
    """Somebody of the team, as the directory has them."""

    user: User
    external_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the directory says of somebody; None: nothing of that. `external_id` "" takes it away."""

    email: str | None = None
    name: str | None = None
    role: str | None = None
    external_id: str | None = None


class Taken(Invalid):
    """Somebody has this e-mail already."""

    def __init__(self) -> None:
        super().__init__({"email": _("Somebody signs in with this e-mail already.")})


async def page(
    tenant: Tenant, *, where: Sequence[ColumnElement[bool]] = (), first: int = 0, most: int
) -> tuple[Sequence[Listed], int]:
    """Some of the team by age, from the one at `first` on; and how many there are in all."""
    ours = _selected(tenant).where(*where)
    total: int = await tenant.fetch_val(select(func.count()).select_from(ours.subquery()))
    rows = await tenant.fetch_all(ours.order_by(table.c.created_at, table.c.id).offset(first).limit(most))
    return [_read(row) for row in rows], total


async def find(tenant: Tenant, user_id: str) -> Listed:
    """One of them; raises NotFound."""
    row = await tenant.fetch_one(_selected(tenant).where(table.c.id == user_id))
    if row is None:
        raise NotFound
    return _read(row)


async def add(tenant: Tenant, actor: User, wanted: Wanted, organisation: str) -> Listed:
    """Somebody new, who comes by single sign-on, or else is invited by mail to choose a password. In a transaction.

    Raises Taken, Invalid.
    """
    email, role = users.normal_email(wanted.email or ""), _role(wanted.role or Role.RECRUITER.value)
    if await users.by_email(tenant.database, email) is not None:
        raise Taken
    vouched_by = await sso_connections.of_email(tenant.database, email)
    name = wanted.name or email.partition("@")[0]
    if vouched_by is not None and vouched_by.organisation_id == tenant.organisation_id:
        made = await users.create(tenant, email=email, name=name, role=role, password=None)
    else:
        made = await inviting.add(tenant, actor, email=email, name=name, role=role.value, organisation=organisation)
    await users.change(tenant, made.id, external_id=_external_id(wanted.external_id))
    return await find(tenant, made.id)


async def change(tenant: Tenant, actor: User, user_id: str, wanted: Wanted) -> Listed:
    """Somebody as the directory has them now. In a transaction.

    Raises NotFound, Taken, Invalid, and Refused for one's own role and for that of the keeper.
    """
    now = await find(tenant, user_id)
    values: dict[str, Any] = {}
    if wanted.email is not None and users.normal_email(wanted.email) != now.user.email:
        values["email"] = users.checked_email(wanted.email)
        if await users.by_email(tenant.database, values["email"]) is not None:
            raise Taken
    if wanted.name is not None:
        values["name"] = users.checked_name(wanted.name)
    if wanted.role is not None and wanted.role != now.user.role.value:
        role = _role(wanted.role)
        if actor.id == user_id:
            raise Refused(_("Nobody changes their own role. Ask another admin."))
        await keepers.spare(tenant, user_id)
        values |= {"role": role.value, "own_only": now.user.own_only and role in OWN_ONLY}
    if wanted.external_id is not None:
        values["external_id"] = _external_id(wanted.external_id)
    if values:
        await users.change(tenant, user_id, **values)
    return await find(tenant, user_id)


def _selected(tenant: Tenant) -> Select[Any]:
    return users.selected(table.c.external_id, table.c.created_at).where(
        table.c.organisation_id == tenant.organisation_id, table.c.guest_of.is_(None)
    )


def _read(row: Any) -> Listed:
    return Listed(users.read(row), row["external_id"], row["created_at"])


def _role(text: str) -> Role:
    if text not in {role.value for role in sso_roles.GIVEN}:
        raise Invalid({"roles": _("Choose a role.")})
    return Role(text)


def _external_id(text: str | None) -> str | None:
    if text and len(text) > MOST_EXTERNAL_ID:
        raise Invalid({"externalId": too_long(len(text), MOST_EXTERNAL_ID)})
    return (text or "").replace("\x00", "") or None
