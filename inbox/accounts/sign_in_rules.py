"""What an organisation asks of everybody who signs in."""

from sqlalchemy import select, update

from inbox.storage.database import Tenant
from inbox.storage.tables import organisations


async def needs_second_factor(tenant: Tenant) -> bool:
    """Whether nobody gets on without a second factor."""
    needs = await tenant.fetch_val(
        select(organisations.c.needs_second_factor).where(organisations.c.id == tenant.organisation_id)
    )
    return bool(needs)


async def require_second_factor(tenant: Tenant, *, needed: bool) -> None:
    """Ask it of everybody from now on, or of nobody; whoever has none is led to where it is set up."""
    await tenant.execute(
        update(organisations).where(organisations.c.id == tenant.organisation_id).values(needs_second_factor=needed)
    )
