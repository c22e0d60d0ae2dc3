"""The names of users, for what tells of them by their ids."""

from collections.abc import Collection

from sqlalchemy import select

from inbox.storage.database import Tenant
from inbox.storage.tables import users


async def of(tenant: Tenant, ids: Collection[str]) -> dict[str, str]:
    """The names of these users, by id; ids of nobody here are left out."""
    if not ids:
        return {}
    rows = await tenant.fetch_all(
        select(users.c.id, users.c.name).where(
            users.c.organisation_id == tenant.organisation_id, users.c.id.in_(sorted(ids))
        )
    )
    return {row["id"]: row["name"] for row in rows}
