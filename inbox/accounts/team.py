"""Who may do what to whom in an organisation's team, and the changes themselves."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select

from inbox.accounts import companies, factor_mails, keepers, memberships, second_factors, time_zones, users
from inbox.accounts.roles import OWN_ONLY, Role
from inbox.accounts.users import User
from inbox.errors import Invalid, NotAllowed, Refused
from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.storage.tables import sessions as session_rows
from inbox.storage.tables import users as table


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the team, and when they were last seen (UTC); None: not within the last month."""

    user: User
    last_seen_at: datetime | None


async def members(tenant: Tenant, of: User | None = None) -> Sequence[Member]:
    """The whole team by name, those who can sign in first; with `of` those who work in a company of theirs."""
    seen = (
        select(func.max(session_rows.c.last_seen_at))
        .where(session_rows.c.organisation_id == table.c.organisation_id, session_rows.c.user_id == table.c.id)
        .correlate(table)
        .scalar_subquery()
    )
    query = users.selected(seen.label("last_seen_at")).where(table.c.organisation_id == tenant.organisation_id)
    if of is not None and not of.sees_every_company:
        query = query.where(or_(*(memberships.works_in(company.id) for company in await companies.of(tenant, of))))
    rows = await tenant.fetch_all(
        query.order_by(table.c.deactivated_at.is_not(None), func.lower(table.c.name), table.c.id)
    )
    return [Member(users.read(row), row["last_seen_at"]) for row in rows]


def roles_given_by(actor: User) -> list[Role]:
    """The roles that `actor` may give: nobody makes somebody who may do more than oneself."""
    return [role for role in Role if role is not Role.ORGANISATION_ADMIN or actor.role is Role.ORGANISATION_ADMIN]


async def set_companies(tenant: Tenant, actor: User, user_id: str, wanted: Collection[str] | None) -> None:
    """Let somebody work in these companies alone, or with None in every one; in a transaction.

    Raises Invalid for companies in which `actor` does not work.
    """
    if wanted is not None and not wanted:
        raise Invalid({"companies": _("Choose at least one company.")})
    mine = {company.id for company in await companies.of(tenant, actor)}
    if (wanted is None and not actor.sees_every_company) or not mine.issuperset(wanted or ()):
        raise Invalid({"companies": _("Choose companies in which you work yourself.")})
    await memberships.set_of(tenant, user_id, wanted)


async def add(tenant: Tenant, actor: User, *, email: str, name: str, role: str) -> tuple[User, str]:
    """A new user, and the password to hand over, which is stored nowhere. Raises Invalid."""
    password = secrets.token_urlsafe(12)
    created = await users.create(tenant, email=email, name=name, role=_given(actor, role), password=password)
    return created, password


async def show_only_own(tenant: Tenant, user: User) -> User:
    """Show a new user only the conversations that they are given; admins see all the same."""
    await users.change(tenant, user.id, own_only=user.role in OWN_ONLY)
    return await users.find(tenant, user.id)


async def change(
    tenant: Tenant,
    actor: User,
    user_id: str,
    *,
    name: str,
    role: str,
    time_zone: str | None,
    own_only: bool = False,
) -> User:
    """Another name, role, time zone (None: the organisation's), or sight of all conversations or their own only.

    Raises Invalid, NotFound, NotAllowed for somebody who may do more than `actor`, Refused for one's own role.
    """
    other = await manageable(tenant, actor, user_id)
    if other.id == actor.id and role != other.role.value:
        raise Refused(_("Nobody changes their own role. Ask another admin."))
    given = other.role if role == other.role.value else _given(actor, role)
    if given is not other.role:
        await keepers.spare(tenant, user_id)
    await users.change(
        tenant,
        user_id,
        name=users.checked_name(name),
        role=given.value,
        time_zone=_zone(time_zone),
        own_only=own_only and given in OWN_ONLY,
    )
    return await users.find(tenant, user_id)


async def change_own(
    tenant: Tenant, actor: User, *, name: str, time_zone: str | None, mails: bool, mobile: str | None
) -> None:
    """What everybody may change of themselves; `mails`: unread notifications are mailed. Raises Invalid."""
    values = {"name": users.checked_name(name), "time_zone": _zone(time_zone), "mails": mails, "mobile": mobile}
    await users.change(tenant, actor.id, **values)


async def renew_password(tenant: Tenant, actor: User, user_id: str) -> tuple[User, str, list[str]]:
    """A new password to hand over; and the hashes of the ended sessions, whose sockets are to be dismissed.

    Raises NotFound, NotAllowed, Refused for oneself.
    """
    other = await manageable(tenant, actor, user_id)
    if other.id == actor.id:
        raise Refused(_("Change your own password on your account page."))
    password = secrets.token_urlsafe(12)
    return other, password, await users.set_password(tenant, other.id, password)


async def deactivate(tenant: Tenant, actor: User, user_id: str) -> list[str]:
    """Shut somebody out; the hashes of the ended sessions. Raises NotFound, NotAllowed, Refused for oneself."""
    other = await manageable(tenant, actor, user_id)
    if other.id == actor.id:
        raise Refused(_("Nobody shuts themselves out. Ask another admin."))
    return await users.deactivate(tenant, other.id)


async def reset_second_factor(tenant: Tenant, actor: User, user_id: str) -> User:
    """Let somebody who has lost their app sign in with the password alone; who it was. In a transaction.

    The person gets a mail. Raises NotFound, NotAllowed, Refused for oneself.
    """
    other = await manageable(tenant, actor, user_id)
    if other.id == actor.id:
        raise Refused(_("Turn your own off on your account page."))
    await second_factors.end(tenant, other.id)
    await factor_mails.reset(tenant, other, actor.name)
    return other


async def reactivate(tenant: Tenant, actor: User, user_id: str) -> None:
    """Let somebody in again, with the password of before. Raises NotFound, NotAllowed."""
    other = await manageable(tenant, actor, user_id)
    await users.change(tenant, other.id, deactivated_at=None)


async def manageable(tenant: Tenant, actor: User, user_id: str) -> User:
    """Somebody whom `actor` may change: who may do no more, and works nowhere else. Raises NotFound, NotAllowed."""
    other = await users.find(tenant, user_id)
    if other.role not in roles_given_by(actor) or not await _works_where(tenant, actor, other):
        raise NotAllowed
    return other


async def _works_where(tenant: Tenant, actor: User, other: User) -> bool:
    """Whether `other` works in no company but those of `actor`."""
    if actor.sees_every_company or other.sees_every_company:
        return actor.sees_every_company
    theirs, mine = await companies.of(tenant, other), await companies.of(tenant, actor)
    return {company.id for company in theirs} <= {company.id for company in mine}


def _given(actor: User, role: str) -> Role:
    if role not in {given.value for given in roles_given_by(actor)}:
        raise Invalid({"role": _("Choose a role.")})
    return Role(role)


def _zone(name: str | None) -> str | None:
    return time_zones.named(name).key if name else None
