"""Who somebody is to us whom an identity provider vouches for: known, linked by a verified e-mail, or new."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from inbox.accounts import companies, keepers, memberships, sessions, users
from inbox.accounts.roles import OWN_ONLY, Role
from inbox.accounts.sso_connections import Connection
from inbox.accounts.sso_roles import Rule
from inbox.accounts.users import User
from inbox.errors import Invalid, Refused
from inbox.languages import _
from inbox.storage import audit
from inbox.storage.database import Tenant
from inbox.storage.tables import sso_identities as table


async def admit(tenant: Tenant, connection: Connection, claims: Mapping[str, Any]) -> tuple[User, list[str]]:
    """The person, with the role that the rules say; and the hashes of sessions that ended by that.

    `claims` are verified. In a transaction. Raises Refused with a sentence for the person.
    """
    user = await _known(tenant, connection, claims["sub"])
    if user is None:
        user = await _by_email(tenant, connection, claims)
    if user.deactivated:
        raise Refused(_("This account cannot sign in any more. Ask an admin of your organisation."))
    if user.invited:
        await users.change(tenant, user.id, invited_at=None)
    return await _with_role(tenant, connection, user, claims)


async def _known(tenant: Tenant, connection: Connection, subject: str) -> User | None:
    user_id = await tenant.fetch_val(
        select(table.c.user_id).where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.issuer == connection.issuer,
            table.c.subject == subject,
        )
    )
    return None if user_id is None else await users.find(tenant, user_id)


async def _by_email(tenant: Tenant, connection: Connection, claims: Mapping[str, Any]) -> User:
    """Whoever has the e-mail, which the provider has verified and whose domain is theirs; else somebody new."""
    email = _verified_email(connection, claims)
    found = await users.by_email(tenant.database, email)
    if found is None:
        found = await _created(tenant, connection, email, claims)
    if found.organisation_id != tenant.organisation_id or found.guest_of is not None:
        raise Refused(_nobody(email))
    if await _is_somebody_else_there(tenant, connection, found):
        raise Refused(_("This e-mail belongs to another person’s account here. Ask an admin of your organisation."))
    await tenant.execute(
        insert(table)
        .values(
            organisation_id=tenant.organisation_id,
            issuer=connection.issuer,
            subject=claims["sub"],
            user_id=found.id,
        )
        .on_conflict_do_nothing()
    )
    await audit.record(tenant, found.id, found.name, "user", _("signs in by %(host)s now", host=connection.host))
    return found


def _verified_email(connection: Connection, claims: Mapping[str, Any]) -> str:
    email = claims.get("email")
    if not isinstance(email, str) or not email:
        raise Refused(_("%(host)s did not say which e-mail is yours.", host=connection.host))
    # Some providers write it as a word.
    if claims.get("email_verified") not in (True, "true"):
        raise Refused(_("%(host)s has not verified your e-mail %(email)s.", host=connection.host, email=email))
    if keepers.domain_of(email) not in connection.domains:
        raise Refused(_("%(email)s is of none of the domains that sign in here.", email=email))
    return users.normal_email(email)


async def _created(tenant: Tenant, connection: Connection, email: str, claims: Mapping[str, Any]) -> User:
    role, rule = _role(connection, claims)
    if not connection.creates_people or role is None:
        raise Refused(_nobody(email))
    said = claims.get("name")
    name = (said if isinstance(said, str) else "").strip()[: users.MOST_NAME] or email.partition("@")[0]
    try:
        made = await users.create(tenant, email=email, name=name, role=role, password=None)
    except Invalid as error:
        raise Refused(error.sentence) from error
    await memberships.set_of(tenant, made.id, _companies(rule))
    words = _("came by single sign-on for the first time, as %(role)s", role=role.words)
    await audit.record(tenant, made.id, made.name, "user", words)
    return await users.find(tenant, made.id)


async def _is_somebody_else_there(tenant: Tenant, connection: Connection, user: User) -> bool:
    """Whether the provider knows this user under another subject: its e-mails are given to new people, too."""
    other = await tenant.fetch_val(
        select(table.c.subject).where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.issuer == connection.issuer,
            table.c.user_id == user.id,
        )
    )
    return other is not None


async def _with_role(
    tenant: Tenant, connection: Connection, user: User, claims: Mapping[str, Any]
) -> tuple[User, list[str]]:
    """The same person with what the rules give today; who is no longer given any role is not let in."""
    if not connection.rules or user.id == connection.keeper_id or user.guest_of is not None:
        return user, []
    role, rule = _role(connection, claims)
    if role is None:
        raise Refused(_("%(host)s gives you no role here. Ask an admin of your organisation.", host=connection.host))
    wanted = _companies(rule)
    if role is user.role and (role is Role.ORGANISATION_ADMIN or await _works_in(tenant, user, wanted)):
        return user, []
    await users.change(tenant, user.id, role=role.value, own_only=user.own_only and role in OWN_ONLY)
    await memberships.set_of(tenant, user.id, wanted)
    words = _("is %(role)s by single sign-on now", role=role.words)
    await audit.record(tenant, user.id, user.name, "user", words)
    return await users.find(tenant, user.id), await sessions.end_all(tenant, user.id)


async def _works_in(tenant: Tenant, user: User, wanted: tuple[str, ...] | None) -> bool:
    if wanted is None or user.every_company:
        return (wanted is None) == user.every_company
    return set(wanted) == {company.id for company in await companies.of(tenant, user)}


def _role(connection: Connection, claims: Mapping[str, Any]) -> tuple[Role | None, Rule | None]:
    rule = next((rule for rule in connection.rules if rule.fits(claims)), None)
    return (connection.default_role, None) if rule is None else (rule.role, rule)


def _companies(rule: Rule | None) -> tuple[str, ...] | None:
    return rule.company_ids if rule is not None and rule.company_ids else None


def _nobody(email: str) -> str:
    return _("Nobody here signs in as %(email)s. Ask an admin of your organisation to add you.", email=email)
