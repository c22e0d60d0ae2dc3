"""An organisation to write for, and a database with so few connections that a lost one is missed."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from inbox.storage.database import Database, Tenant
from inbox.storage.tables import event_counters, organisations
from tests.databases import as_administrator


@pytest.fixture
def postgresql_url(postgresql_url: str) -> str:
    """As the administrator, who can make tables to try things with."""
    return as_administrator(postgresql_url)


@pytest.fixture
async def small(database_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """A database whose pool has three connections on PostgreSQL."""
    async with Database(f"{database_url}?min_size=1&max_size=3") as connected:
        yield connected


@pytest.fixture
async def tenant(database: Database) -> Tenant:
    """A new organisation with an empty event log."""
    return await new_tenant(database)


async def new_tenant(database: Database, epoch: str = "0badcafe") -> Tenant:
    """One more organisation."""
    organisation_id = await database.execute(insert(organisations).values(name="Acme").returning(organisations.c.id))
    await database.execute(insert(event_counters).values(organisation_id=organisation_id, epoch=epoch))
    return Tenant(database, organisation_id)
