"""The audit log grows only, each organisation's by itself, and shows when somebody changed it past the product."""

import asyncio

import pytest

from inbox.storage import audit
from inbox.storage.database import Tenant
from tests.databases import tamper
from tests.messaging.scene import Scene, other, scene  # noqa: F401

pytestmark = pytest.mark.anyio


async def acted(tenant: Tenant, *whats: str) -> None:
    for what in whats:
        await audit.record(tenant, "01a21e30-9d1a-74a7-8b39-8d796ffcddf8", "Jo Park", "user", what)


async def test_entries_stand_in_their_order_and_hold_each_other(scene: Scene, other: Scene) -> None:  # noqa: F811
    await acted(scene.tenant, "one", "two", "three")
    await acted(other.tenant, "theirs")
    found, more = await audit.page(scene.tenant)
    assert [(entry.seq, entry.what) for entry in found] == [(3, "three"), (2, "two"), (1, "one")]
    assert more is None
    assert [entry.what for entry in (await audit.page(other.tenant))[0]] == ["theirs"]
    assert await audit.first_broken(scene.tenant, newest=100) is None


async def test_many_at_once_leave_no_gap(scene: Scene) -> None:  # noqa: F811
    await asyncio.gather(*(acted(scene.tenant, f"act {place}") for place in range(12)))
    found, _ = await audit.page(scene.tenant)
    assert [entry.seq for entry in found] == list(range(12, 0, -1))
    assert await audit.first_broken(scene.tenant, newest=100) is None


async def test_an_act_that_is_undone_is_not_in_it(scene: Scene) -> None:  # noqa: F811
    async with scene.tenant.database.transaction(force_rollback=True):
        await acted(scene.tenant, "never happened")
    assert (await audit.page(scene.tenant))[0] == []
    assert await audit.first_broken(scene.tenant, newest=100) is None


@pytest.mark.parametrize(("how", "at"), [("changed", 2), ("removed", 2), ("cut off", 3)])
async def test_what_somebody_changed_from_outside_shows(scene: Scene, how: str, at: int) -> None:  # noqa: F811
    await acted(scene.tenant, "one", "two", "three")
    changed = "update audit_log set what = 'nothing'" if how == "changed" else "delete from audit_log"
    await tamper(scene.tenant.database, f"{changed} where seq = {3 if how == 'cut off' else 2}")
    assert await audit.first_broken(scene.tenant, newest=100) == at
    # Of fewer entries the one before them is the base.
    assert await audit.first_broken(scene.tenant, newest=2) == at
    assert await audit.first_broken(scene.tenant, newest=1) == (3 if how in ("removed", "cut off") else None)


@pytest.mark.parametrize(
    "change",
    [
        "update audit_log set what = 'nothing' where seq = 2",
        "delete from audit_log where seq = 2",
        "delete from audit_log",
    ],
)
async def test_the_database_refuses_to_change_what_was_added(scene: Scene, change: str) -> None:  # noqa: F811
    await acted(scene.tenant, "one", "two")
    with pytest.raises(Exception, match="permission denied: rows of audit_log are only added"):
        await scene.tenant.execute(change)
    assert len((await audit.page(scene.tenant))[0]) == 2
    await acted(scene.tenant, "three")
    assert await audit.first_broken(scene.tenant, newest=100) is None
