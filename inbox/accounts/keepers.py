"""The keeper: where single sign-on is all that opens an organisation, one admin whom a password lets in as well.

So nobody is locked out by a provider that is down or was set up wrongly.
"""

from dataclasses import dataclass

from sqlalchemy import and_, exists, select

from inbox.errors import Refused
from inbox.languages import _
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import sso_connections, sso_domains


@dataclass(frozen=True, slots=True)
class Closed:
    """A domain whose people show no password, but for the keeper."""

    domain: str
    organisation_id: int
    keeper_id: str

    def bars(self, organisation_id: int, user_id: str) -> bool:
        """Whether the password of this person opens nothing."""
        return organisation_id == self.organisation_id and user_id != self.keeper_id


async def closed(database: Database, email: str) -> Closed | None:
    """The domain of this e-mail when passwords open nothing there; None when they do."""
    domain = domain_of(email)
    row = await database.fetch_one(
        select(sso_connections.c.organisation_id, sso_connections.c.keeper_id)
        .join(sso_domains, sso_domains.c.organisation_id == sso_connections.c.organisation_id)
        .where(sso_domains.c.domain == domain, sso_connections.c.keeper_id.is_not(None))
    )
    return None if row is None else Closed(domain, row["organisation_id"], row["keeper_id"])


async def spare(tenant: Tenant, user_id: str) -> None:
    """Raise Refused for the keeper, who can be neither shut out nor be less than an Organisation Admin."""
    is_keeper = exists().where(
        and_(
            sso_connections.c.organisation_id == tenant.organisation_id,
            sso_connections.c.keeper_id == user_id,
        )
    )
    if await tenant.fetch_val(select(is_keeper)):
        raise Refused(
            _("This is who can always sign in with a password. Choose somebody else under Settings, Sign-in first.")
        )


def domain_of(email: str) -> str:
    """What stands behind the "@", in lower case; "" where there is none."""
    return email.strip().lower().rpartition("@")[2] if "@" in email else ""
