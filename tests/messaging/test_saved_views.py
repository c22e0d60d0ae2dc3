"""Saved views: one's own and the shared ones, each name once, removed and brought back."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from inbox.accounts import users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.errors import Invalid, NotAllowed, NotFound
from inbox.messaging import saved_views
from inbox.messaging.saved_views import SavedView
from inbox.messaging.views import View
from inbox.storage import tables
from tests.messaging.scene import Scene

pytestmark = pytest.mark.anyio

FAILED = View(user_id=None, zone="UTC", failed=True, range="7d")


async def saved(scene: Scene, name: str = "Failures", *, who: User | None = None, shared: bool = False) -> SavedView:
    return await saved_views.create(scene.tenant, who or scene.jo, FAILED, name=name, shared=shared)


async def admin(scene: Scene) -> User:
    """Ana, who may share."""
    table = tables.users
    await scene.tenant.execute(update(table).where(table.c.id == scene.ana.id).values(role=Role.COMPANY_ADMIN.value))
    return await users.find(scene.tenant, scene.ana.id)


async def names(scene: Scene, user: User) -> list[str]:
    return [one.name for one in await saved_views.all_of(scene.tenant, user)]


async def test_ones_own_is_seen_by_nobody_else_and_a_shared_one_by_everybody(scene: Scene, other: Scene) -> None:
    ana = await admin(scene)
    mine, everybodys = await saved(scene), await saved(scene, "  All   failures ", who=ana, shared=True)
    assert mine.query == "?tab=shared&range=7d&failed=1"
    assert await names(scene, scene.jo) == ["All failures", "Failures"]
    assert await names(scene, ana) == ["All failures"]
    assert await names(other, other.jo) == []
    for view_id, tenant, user in (
        (mine.id, scene.tenant, ana),
        (everybodys.id, other.tenant, other.jo),
        ("x", scene.tenant, ana),
    ):
        with pytest.raises(NotFound):
            await saved_views.find(tenant, user, view_id)


async def test_only_who_may_share_shares_and_changes_a_shared_one(scene: Scene) -> None:
    with pytest.raises(NotAllowed):
        await saved(scene, shared=True)
    mine, everybodys = await saved(scene), await saved(scene, "All", who=await admin(scene), shared=True)
    for act in (
        saved_views.rename(scene.tenant, scene.jo, everybodys.id, name="Jo's", shared=False),
        saved_views.rename(scene.tenant, scene.jo, mine.id, name="Failures", shared=True),
        saved_views.archive(scene.tenant, scene.jo, everybodys.id),
        saved_views.restore(scene.tenant, scene.jo, everybodys.id),
    ):
        with pytest.raises(NotAllowed):
            await act
    assert await names(scene, scene.jo) == ["All", "Failures"]


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "FAILURES"])
async def test_a_name_that_says_nothing_or_is_taken_is_refused(scene: Scene, name: str) -> None:
    await saved(scene)
    with pytest.raises(Invalid):
        await saved(scene, name)
    assert await names(scene, scene.jo) == ["Failures"]


async def test_one_is_renamed_removed_and_brought_back(scene: Scene) -> None:
    one = await saved(scene)
    renamed = await saved_views.rename(scene.tenant, scene.jo, one.id, name="failures", shared=False)
    assert renamed == replace(one, name="failures")
    gone = await saved_views.archive(scene.tenant, scene.jo, one.id)
    assert gone.is_archived
    assert await names(scene, scene.jo) == []
    again = await saved(scene)
    with pytest.raises(Invalid):
        await saved_views.restore(scene.tenant, scene.jo, one.id)
    await saved_views.archive(scene.tenant, scene.jo, again.id)
    await saved_views.restore(scene.tenant, scene.jo, one.id)
    assert await names(scene, scene.jo) == ["failures"]
