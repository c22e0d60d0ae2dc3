"""The organisation's account at the provider, its secrets sealed by the vault."""

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import bindparam, select

from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.storage.columns import Id, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import provider_accounts
from inbox.storage.vault import Vault, VaultError

SID_LENGTH, MOST_TOKEN = 34, 100
_SID = re.compile(r"AC[0-9a-fA-F]{32}")

_log = structlog.stdlib.get_logger(__name__)


_FOUND = select(provider_accounts).where(
    provider_accounts.c.organisation_id == bindparam("organisation"),
    provider_accounts.c.id == bindparam("account", type_=Id()),
)


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """Credentials at Twilio and the channel its webhooks come in by."""

    id: str
    organisation_id: int
    account_sid: str
    channel_token: str
    created_at: datetime
    """When it was connected here; what was written before is history."""
    auth_token: str = field(repr=False)
    previous_auth_token: str | None = field(repr=False)
    seals: tuple[bytes, bytes | None] = field(repr=False)
    """Both tokens as they are stored: while the database has the same, this account stands as it is here."""

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """Every token a genuine webhook may be signed with: the current one and, during a rotation, the last."""
        return (self.auth_token, *filter(None, (self.previous_auth_token,)))

    @property
    def token_end(self) -> str:
        """The last four characters of the token: enough to tell two apart, and no help to who reads them."""
        return self.auth_token[-4:]

    @property
    def message_path(self) -> str:
        """Where the provider delivers texts, below the public URL."""
        return f"/hooks/twilio/{self.channel_token}/message"

    @property
    def status_path(self) -> str:
        """Where the provider reports delivery, below the public URL."""
        return f"/hooks/twilio/{self.channel_token}/status"


async def create(
    tenant: Tenant,
    vault: Vault,
    *,
    account_sid: str,
    auth_token: str,
    synchronize_from: datetime | None = None,
) -> ProviderAccount:
    """Keep credentials under a new, unguessable channel token."""
    identity, channel = new_id(), secrets.token_urlsafe(24)
    sealed = vault.seal(auth_token, bound_to=_place(identity))
    created_at: datetime = await tenant.fetch_val(
        provider_accounts.insert()
        .values(
            organisation_id=tenant.organisation_id,
            id=identity,
            account_sid=account_sid,
            auth_token=sealed,
            channel_token=channel,
            synchronize_from=synchronize_from,
        )
        .returning(provider_accounts.c.created_at)
    )
    return ProviderAccount(
        identity, tenant.organisation_id, account_sid, channel, created_at, auth_token, None, (sealed, None)
    )


async def connect(tenant: Tenant, vault: Vault, *, account_sid: str, auth_token: str) -> ProviderAccount:
    """Keep what was typed: a first account, or other details of the one that there is. Raises Invalid.

    An empty token leaves the one that is kept. A new one takes its place and that one still verifies webhooks, so
    none is lost while Twilio changes over.
    """
    sid, token = account_sid.strip(), auth_token.strip()
    async with tenant.transaction():
        known = await _known(tenant, vault)
        _check(sid, token, needs_token=known is None or known.account_sid != sid)
        if known is None:
            return await create(tenant, vault, account_sid=sid, auth_token=token)
        values: dict[str, Any] = {"account_sid": sid}
        if token and token != known.auth_token:
            sealed = vault.seal(token, bound_to=_place(known.id))
            same = sid == known.account_sid
            values |= {"auth_token": sealed, "previous_auth_token": known.seals[0] if same else None}
        await tenant.execute(
            provider_accounts.update()
            .where(provider_accounts.c.organisation_id == tenant.organisation_id, provider_accounts.c.id == known.id)
            .values(**values)
        )
        return await find(tenant, vault, known.id)


async def _known(tenant: Tenant, vault: Vault) -> ProviderAccount | None:
    try:
        return await first(tenant, vault)
    except NotFound:
        return None


def _check(sid: str, token: str, *, needs_token: bool) -> None:
    """Raise Invalid for what Twilio never gives out: https://www.twilio.com/docs/glossary/what-is-a-sid."""
    wrong: list[tuple[str, str]] = []
    if not sid.startswith("AC"):
        wrong.append(("account_sid", _("Account SID must start with AC")))
    elif len(sid) != SID_LENGTH:
        wrong.append(
            (
                "account_sid",
                _(
                    "Account SID must be %(sid_length)s characters, this one has %(number)s",
                    sid_length=SID_LENGTH,
                    number=len(sid),
                ),
            )
        )
    elif not _SID.fullmatch(sid):
        wrong.append(("account_sid", _("Account SID must be AC and 32 digits or letters from a to f")))
    if needs_token and not token:
        wrong.append(("auth_token", _("Enter the auth token")))
    elif token and not (token.isascii() and token.isprintable() and " " not in token and len(token) <= MOST_TOKEN):
        wrong.append(("auth_token", _("This is not an auth token. Copy it from the Twilio console.")))
    if wrong:
        raise Invalid(dict(wrong))


async def find(tenant: Tenant, vault: Vault, account_id: str) -> ProviderAccount:
    """The account `account_id` with its secrets opened; raises NotFound."""
    row = await tenant.fetch_one(_FOUND, {"organisation": tenant.organisation_id, "account": account_id})
    if row is None:
        raise NotFound
    return _opened(row, vault)


async def first(tenant: Tenant, vault: Vault) -> ProviderAccount:
    """The organisation's oldest account; raises NotFound when none is set up."""
    row = await tenant.fetch_one(
        select(provider_accounts)
        .where(provider_accounts.c.organisation_id == tenant.organisation_id)
        .order_by(provider_accounts.c.created_at)
        .limit(1)
    )
    if row is None:
        raise NotFound
    return _opened(row, vault)


async def by_channel_token(database: Database, vault: Vault, channel_token: str) -> ProviderAccount:
    """Whose webhook address this is; raises NotFound. The only way in that is not asked through a tenant."""
    row = await database.fetch_one(select(provider_accounts).where(provider_accounts.c.channel_token == channel_token))
    if row is None:
        raise NotFound
    return _opened(row, vault)


async def all_readable(database: Database, vault: Vault) -> list[ProviderAccount]:
    """Every account whose secrets open with our keys, of all organisations: what webhooks are checked with."""
    accounts = []
    for row in await database.fetch_all(select(provider_accounts)):
        try:
            accounts.append(_opened(row, vault))
        except VaultError as error:
            _log.error("a provider account does not open", account=row["id"], reason=str(error))
    return accounts


def _opened(row: Any, vault: Vault) -> ProviderAccount:
    previous = row.previous_auth_token
    return ProviderAccount(
        id=row.id,
        organisation_id=row.organisation_id,
        account_sid=row.account_sid,
        channel_token=row.channel_token,
        created_at=row.created_at,
        auth_token=vault.open(row.auth_token, bound_to=_place(row.id)),
        previous_auth_token=None if previous is None else vault.open(previous, bound_to=_place(row.id)),
        seals=(row.auth_token, previous),
    )


def _place(account_id: str) -> str:
    return f"provider_accounts.auth_token:{account_id}"
