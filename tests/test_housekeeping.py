"""What is old enough goes, and nothing else."""

import pytest
from sqlalchemy import select, update

from inbox import housekeeping
from inbox.storage import events
from inbox.storage.columns import db_later
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import events as table
from tests.people import tenant  # noqa: F401 - a fixture

pytestmark = pytest.mark.anyio


async def test_events_older_than_a_week_go_and_newer_ones_stay(tenant: Tenant) -> None:  # noqa: F811
    for _ in range(3):
        async with tenant.transaction():
            await events.record(tenant, EventKind.CONVERSATION_CHANGED)
    await tenant.execute(update(table).where(table.c.seq <= 2).values(at=db_later(-8 * 86_400)))

    await housekeeping.tidy(tenant.database)

    assert [row.seq for row in await tenant.fetch_all(select(table.c.seq))] == [3]
