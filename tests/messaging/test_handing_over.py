"""All conversations of somebody who leaves go to a colleague, or back to everybody, in one act."""

import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.errors import Invalid
from inbox.messaging import handing_over, handling, notes
from inbox.storage import events, tables
from inbox.storage.events import EventLog
from tests.messaging.scene import Scene

pytestmark = pytest.mark.anyio


async def owned(scene: Scene, count: int, first: int = 0) -> list[str]:
    """So many conversations that Jo has."""
    found = []
    for number in range(first, first + count):
        conversation = await scene.text_in(f"+4477009001{number:02d}")
        await handling.claim(scene.tenant, scene.jo, conversation)
        found.append(conversation)
    return found


async def owners(scene: Scene) -> dict[str, str | None]:
    rows = await scene.tenant.fetch_all(select(tables.conversations.c.id, tables.conversations.c.assignee_id))
    return {row.id: row.assignee_id for row in rows}


async def test_every_open_one_goes_and_closed_ones_and_others_stay(
    scene: Scene, other: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "AT_ONCE", 2)
    mine = await owned(scene, 5)
    closed, anas, theirs = (await owned(scene, 1, 50))[0], await scene.text_in("+447700900199"), await other.text_in()
    await handling.close(scene.tenant, scene.jo, closed, version=1, seen=1_000)
    await handling.claim(scene.tenant, scene.ana, anas)
    await handling.claim(other.tenant, other.jo, theirs)
    before = (await events.head(scene.tenant)).seq

    assert await handing_over.how_many(scene.tenant, scene.jo.id) == 5
    assert await handing_over.hand_over(scene.tenant, scene.jo, scene.jo.id, scene.ana) == 5

    now = await owners(scene)
    assert {now[conversation] for conversation in mine} == {scene.ana.id}
    assert (now[closed], now[anas]) == (scene.jo.id, scene.ana.id)
    assert (await owners(other))[theirs] == other.jo.id
    log = await EventLog(scene.tenant.database).read(scene.tenant.channel, before, 100)
    assert [event.user_id for event in log if event.user_id] == [scene.ana.id]
    told = [event for event in log if event.user_id is None]
    assert sorted(event.conversation_id or "" for event in told) == sorted(mine)
    assert {event.previous_assignee_id for event in told} == {scene.jo.id}
    said = await notes.between(scene.tenant, mine[0], start=None, end=None)
    assert said[-1].words == "Jo Park assigned this to Ana Ruiz."
    assert await handing_over.hand_over(scene.tenant, scene.jo, scene.jo.id, scene.ana) == 0


async def test_they_can_go_back_to_everybody(scene: Scene) -> None:
    (mine,) = await owned(scene, 1)
    assert await handing_over.hand_over(scene.tenant, scene.ana, scene.jo.id, None) == 1
    assert (await owners(scene))[mine] is None


async def test_nobody_gets_them_who_cannot_answer(scene: Scene) -> None:
    (mine,) = await owned(scene, 1)
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.ana.id).values(role=Role.REPORTER.value)
    )
    with pytest.raises(Invalid):
        await handing_over.hand_over(scene.tenant, scene.jo, scene.jo.id, scene.ana)
    assert (await owners(scene))[mine] == scene.jo.id
