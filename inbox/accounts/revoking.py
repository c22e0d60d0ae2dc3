"""What acts in somebody's name without their password ends with them."""

from sqlalchemy import Table, delete, update

from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import api_tokens, companions, second_steps


async def end_api_tokens(tenant: Tenant, user_id: str) -> None:
    """Revoke every API token that acts in this user's name."""
    await _end(tenant, api_tokens, user_id)


async def end_companions(tenant: Tenant, user_id: str) -> None:
    """Disconnect every Sourcing Companion of this user."""
    await _end(tenant, companions, user_id)


async def end_second_steps(tenant: Tenant, user_id: str) -> None:
    """End every sign-in of this user that waits for a code."""
    await tenant.execute(
        delete(second_steps).where(
            second_steps.c.organisation_id == tenant.organisation_id, second_steps.c.user_id == user_id
        )
    )


async def _end(tenant: Tenant, table: Table, user_id: str) -> None:
    await tenant.execute(
        update(table)
        .where(
            table.c.organisation_id == tenant.organisation_id, table.c.user_id == user_id, table.c.revoked_at.is_(None)
        )
        .values(revoked_at=db_now())
    )
