"""Every list is read from an index in its order: years of closed conversations cost the open ones nothing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle, product
from typing import Any

import pytest
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement

from inbox.messaging import filters
from inbox.messaging.views import NOBODY, View
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from tests.databases import analyse
from tests.messaging.scene import Scene
from tests.messaging.test_filters import Told, store

pytestmark = pytest.mark.anyio

START, HOUR = datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=1)
SHARED = View(user_id=None, zone="UTC")
DIALECTS = {"sqlite": sqlite.dialect(), "postgresql": postgresql.dialect()}


async def plan(scene: Scene, view: View, monkeypatch: pytest.MonkeyPatch) -> str:
    """How the database would read the first page of a view."""
    asked: list[ClauseElement] = []

    async def note(_: Tenant, query: ClauseElement) -> list[Any]:
        asked.append(query)
        return []

    with monkeypatch.context() as patched:
        patched.setattr(Tenant, "fetch_all", note)
        await filters.page(scene.tenant, view)
    database = scene.tenant.database
    words = asked[0].compile(dialect=DIALECTS[database.dialect], compile_kwargs={"literal_binds": True})
    async with database.transaction():
        if database.dialect == "sqlite":
            return "\n".join(row["detail"] for row in await database.fetch_all(f"explain query plan {words}"))
        for way in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
            await database.execute(f"set local {way} = off")
        return "\n".join(row[0] for row in await database.fetch_all(f"explain {words}"))


async def fill(scene: Scene) -> None:
    """So many conversations of each kind that the database can tell which index is the shortest way."""
    people, kinds = cycle(["jo", "ana", None]), cycle(product([0, 1], [0, 1], [False, True]))
    told = []
    for place in range(480):
        number, at = f"+1{200 + place // 100}55501{place % 100:02d}", START + place * HOUR
        unread, failed, closed = next(kinds)
        waits = at if unread and not closed else None
        told.append(Told(new_id(), None, number, next(people), unread, failed, closed, ((at, "Hello"),), waits))
    await store(scene, told)
    await analyse(scene.tenant.database)


async def test_each_list_is_read_from_an_index_of_its_own(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(scene)
    shared = replace(SHARED, company_id=scene.company.id)
    mine = replace(shared, user_id=scene.jo.id)
    for view, index in (
        (shared, "shared"),
        (mine, "mine"),
        (replace(shared, unread=True), "unread"),
        (replace(mine, unread=True), "mine_unread"),
        (replace(shared, failed=True), "failed"),
        (replace(shared, closed=True), "closed"),
        (replace(mine, closed=True), "mine_closed"),
        (replace(shared, snoozed=True), "snoozed"),
        (replace(mine, snoozed=True), "mine_snoozed"),
        (replace(shared, owner=scene.ana.id), "mine"),
        (replace(shared, owner=NOBODY), "unassigned"),
        (replace(shared, waiting=True), "waiting"),
        (replace(mine, waiting=True), "mine_waiting"),
    ):
        steps = await plan(scene, view, monkeypatch)
        assert f"ix_conversations_{index} " in steps, steps
        assert "Sort" not in steps, steps
        assert "TEMP B-TREE" not in steps, steps
