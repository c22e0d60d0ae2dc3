"""An organisation's identity provider: how we are known there, whose people it vouches for, and what follows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_or_update

from inbox.accounts import keepers, sso_roles, users
from inbox.accounts.roles import Act, Role
from inbox.accounts.sso_roles import Rule
from inbox.accounts.users import User
from inbox.errors import Invalid, too_long
from inbox.languages import _
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import sso_connections as table
from inbox.storage.tables import sso_domains
from inbox.storage.vault import Vault, VaultError
from providers.addresses import may_be_public

MOST_DOMAINS = 50
_MOST_CHARACTERS = 500
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Connection:
    """The provider as it is kept; `keeper_id` is who alone keeps the password, None where everybody does."""

    issuer: str
    client_id: str
    domains: tuple[str, ...]
    creates_people: bool
    default_role: Role | None
    trusts_second_factor: bool
    keeper_id: str | None
    rules: tuple[Rule, ...]
    sealed: bytes = field(repr=False)

    @property
    def host(self) -> str:
        """Where people are sent, as they read it."""
        return urlsplit(self.issuer).hostname or self.issuer


@dataclass(frozen=True, slots=True)
class Wish:
    """A provider as it was typed; without a secret the one that is kept stays."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    domains: str
    creates_people: bool
    default_role: str
    trusts_second_factor: bool
    passwords_off: bool
    keeper_id: str
    rules: tuple[Rule, ...] = ()


async def find(tenant: Tenant) -> Connection | None:
    """The organisation's provider, if it has one."""
    row = await tenant.fetch_one(select(table).where(table.c.organisation_id == tenant.organisation_id))
    if row is None:
        return None
    ours = sso_domains.c.organisation_id == tenant.organisation_id
    listed = await tenant.fetch_all(select(sso_domains.c.domain).where(ours).order_by(sso_domains.c.domain))
    return Connection(
        issuer=row["issuer"],
        client_id=row["client_id"],
        domains=tuple(one["domain"] for one in listed),
        creates_people=bool(row["creates_people"]),
        default_role=Role(row["default_role"]) if row["default_role"] else None,
        trusts_second_factor=bool(row["trusts_second_factor"]),
        keeper_id=row["keeper_id"],
        rules=tuple(await sso_roles.all_of(tenant)),
        sealed=row["client_secret"],
    )


async def of_email(database: Database, email: str) -> Tenant | None:
    """The organisation whose provider vouches for this e-mail's domain, be the e-mail anybody's or not."""
    found = await database.fetch_val(
        select(sso_domains.c.organisation_id).where(sso_domains.c.domain == keepers.domain_of(email))
    )
    return None if found is None else Tenant(database, found)


async def keep(tenant: Tenant, vault: Vault, wish: Wish, *, to_private: bool) -> None:
    """The provider as wished. In a transaction. Raises Invalid with a sentence for each field that cannot be."""
    now, sentences = await find(tenant), dict[str, str]()
    issuer, client_id = wish.issuer.strip(), wish.client_id.strip()
    domains = sorted({one.strip().lower().removeprefix("@") for one in re.split(r"[\s,;]+", wish.domains) if one})
    if (wrong := _wrong_issuer(issuer, to_private=to_private)) is not None:
        sentences["issuer"] = wrong
    if not 0 < len(client_id) <= _MOST_CHARACTERS or not client_id.isprintable():
        sentences["client_id"] = _("Enter the client ID that the provider has given you.")
    sentences |= _wrong_secret(wish, now, issuer) | await _wrong_domains(tenant, domains)
    sentences |= await _wrong_rules(tenant, wish)
    if sentences:
        raise Invalid(sentences)
    secret = wish.client_secret.strip()
    sealed = vault.seal(secret, bound_to=_place(tenant, issuer)) if secret or now is None else now.sealed
    values = {
        "issuer": issuer,
        "client_id": client_id,
        "client_secret": sealed,
        "creates_people": wish.creates_people,
        "default_role": wish.default_role,
        "trusts_second_factor": wish.trusts_second_factor,
        "keeper_id": wish.keeper_id if wish.passwords_off else None,
    }
    await tenant.execute(
        insert_or_update(table)
        .values(organisation_id=tenant.organisation_id, **values)
        .on_conflict_do_update(index_elements=["organisation_id"], set_=values)
    )
    await tenant.execute(delete(sso_domains).where(sso_domains.c.organisation_id == tenant.organisation_id))
    rows = [{"organisation_id": tenant.organisation_id, "domain": domain} for domain in domains]
    await tenant.execute(insert(sso_domains).values(rows))
    await sso_roles.keep(tenant, wish.rules)


async def remove(tenant: Tenant) -> None:
    """Back to passwords. In a transaction; who is who there is kept."""
    await tenant.execute(delete(sso_domains).where(sso_domains.c.organisation_id == tenant.organisation_id))
    await sso_roles.keep(tenant, ())
    await tenant.execute(delete(table).where(table.c.organisation_id == tenant.organisation_id))


def secret(tenant: Tenant, vault: Vault, connection: Connection) -> str:
    """The client secret. Raises VaultError."""
    return vault.open(connection.sealed, bound_to=_place(tenant, connection.issuer))


def secret_end(tenant: Tenant, vault: Vault, connection: Connection) -> str:
    """The last four characters of the secret; "" when it does not open, or has no more."""
    try:
        kept = secret(tenant, vault, connection)
    except VaultError:
        return ""
    return kept[-4:] if len(kept) > 8 else ""


async def possible_keepers(tenant: Tenant) -> list[User]:
    """The Organisation Admins who can sign in with a password of their own."""
    able = await users.who_may(tenant, Act.SIGN_IN)
    return [user for user in able if not user.invited]


def _wrong_issuer(issuer: str, *, to_private: bool) -> str | None:
    try:
        parts = urlsplit(issuer)
        host, port_is_well = parts.hostname or "", parts.port != 0
    except ValueError:
        host, port_is_well = "", False
    is_plain = issuer.isascii() and issuer.isprintable() and " " not in issuer
    if not host or not port_is_well or not is_plain or parts.scheme not in {"https", "http"}:
        return _("Enter the provider’s address, such as https://login.example.com.")
    if parts.username or parts.query or parts.fragment or len(issuer) > _MOST_CHARACTERS:
        return _("Enter the provider’s address, such as https://login.example.com.")
    if parts.scheme != "https" and not to_private:
        return _("The address has to begin with https://, so that nobody reads along.")
    if not to_private and not may_be_public(host):
        return _("This address is in a private network, which we do not reach.")
    return None


def _wrong_secret(wish: Wish, now: Connection | None, issuer: str) -> dict[str, str]:
    typed = wish.client_secret.strip()
    if len(typed) > _MOST_CHARACTERS:
        return {"client_secret": too_long(len(typed), _MOST_CHARACTERS)}
    if not typed and now is None:
        return {"client_secret": _("Enter the client secret that the provider has given you.")}
    # Else the secret could be had by whoever names a provider of their own.
    if not typed and now is not None and now.issuer != issuer:
        return {"client_secret": _("Another provider has another secret. Enter it.")}
    return {}


async def _wrong_domains(tenant: Tenant, domains: Sequence[str]) -> dict[str, str]:
    if not domains or len(domains) > MOST_DOMAINS or not all(map(_DOMAIN.fullmatch, domains)):
        return {"domains": _("Enter the domains of your people’s e-mails, such as example.com.")}
    taken: Any = await tenant.database.fetch_val(
        select(sso_domains.c.domain)
        .where(sso_domains.c.domain.in_(domains), sso_domains.c.organisation_id != tenant.organisation_id)
        .limit(1)
    )
    return {"domains": _("%(domain)s is another organisation’s.", domain=taken)} if taken else {}


async def _wrong_rules(tenant: Tenant, wish: Wish) -> dict[str, str]:
    if wish.default_role and wish.default_role not in {role.value for role in sso_roles.GIVEN}:
        return {"default_role": _("Choose a role.")}
    if wish.passwords_off and wish.keeper_id not in {user.id for user in await possible_keepers(tenant)}:
        return {"keeper_id": _("Choose an Organisation Admin who can still sign in with a password.")}
    return {}


def _place(tenant: Tenant, issuer: str) -> str:
    return f"sso_connections.client_secret:{tenant.organisation_id}:{issuer}"
