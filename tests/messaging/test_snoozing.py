"""A snoozed conversation is out of the open lists until its time, or until the candidate writes."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from inbox import clock
from inbox.errors import Changed, Invalid
from inbox.messaging import filters, handing_over, handling, notes, notifications, snoozes
from inbox.messaging.views import View
from inbox.storage import events, tables
from inbox.storage.jobs import Postponed
from tests.messaging.scene import TOM, Scene

pytestmark = pytest.mark.anyio

SHARED = View(user_id=None, zone="UTC")
SNOOZED = SHARED.on_snoozed()
DAY = timedelta(days=1)


async def listed(scene: Scene, view: View = SHARED) -> list[str]:
    return [row.id for row in (await filters.page(scene.tenant, view)).rows]


async def snoozed(scene: Scene, conversation: str, *, version: int = 0) -> None:
    """Jo puts it away until tomorrow."""
    seen = (await events.head(scene.tenant)).seq
    until = clock.now() + DAY
    assert await handling.snooze(scene.tenant, scene.jo, conversation, until, version=version, seen=seen)


async def over(scene: Scene, conversation: str) -> None:
    """The time of its snooze has come."""
    table = tables.conversations
    await scene.tenant.execute(update(table).where(table.c.id == conversation).values(snoozed_until=clock.now()))


async def words(scene: Scene, conversation: str) -> list[str]:
    return [note.words for note in await notes.between(scene.tenant, conversation, start=None, end=None)]


async def test_it_leaves_the_open_lists_and_counts_and_stands_among_the_snoozed(scene: Scene) -> None:
    conversation, other = await scene.text_in(), await scene.text_in(TOM)
    await snoozed(scene, conversation)
    assert await listed(scene) == [other]
    assert await listed(scene, SNOOZED) == [conversation]
    assert await filters.count_shared(scene.tenant) == 1
    (note,) = await notes.between(scene.tenant, conversation, start=None, end=None)
    assert note.words == "Jo Park snoozed this conversation until"
    assert note.until == (await scene.row(conversation)).snoozed_until
    with pytest.raises(Invalid):
        await handling.mark_unread(scene.tenant, scene.jo, conversation)


async def test_it_comes_back_unread_when_its_time_has_come_and_once(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.claim(scene.tenant, scene.ana, conversation)
    await snoozed(scene, conversation, version=1)
    early = await snoozes.end(scene.tenant, conversation)
    assert isinstance(early, Postponed)
    assert early.seconds == pytest.approx(86_400, abs=60)
    await over(scene, conversation)
    for _ in range(2):
        assert await snoozes.end(scene.tenant, conversation) is None
    row = await scene.row(conversation)
    assert (row.snoozed_until, row.unread, row.version) == (None, 1, 3)
    assert await listed(scene) == [conversation]
    assert (await words(scene, conversation))[2:] == ["The snooze is over."]
    assert [one.sentence for one in (await notifications.page(scene.tenant, scene.ana)).rows] == ["The snooze is over."]


async def test_the_candidate_brings_it_back_by_writing(scene: Scene) -> None:
    conversation = await scene.text_in()
    await snoozed(scene, conversation)
    await scene.text_in(body="Hello?")
    row = await scene.row(conversation)
    assert (row.snoozed_until, row.unread, row.version) == (None, 1, 2)
    assert await listed(scene) == [conversation]
    assert await snoozes.end(scene.tenant, conversation) is None
    assert len(await words(scene, conversation)) == 1


async def test_a_reply_of_ours_leaves_it_away_and_one_that_failed_brings_it_back(scene: Scene) -> None:
    conversation = await scene.text_in()
    await snoozed(scene, conversation)
    message = await scene.reply(conversation)
    assert await listed(scene) == []
    await scene.report(message, "undelivered", error_code=30003)
    assert await listed(scene) == [conversation]


async def test_a_text_that_was_not_seen_keeps_it_from_being_put_away(scene: Scene) -> None:
    conversation = await scene.text_in()
    await scene.text_in(body="Wait")
    with pytest.raises(Changed, match="press Snooze again"):
        await handling.snooze(scene.tenant, scene.jo, conversation, clock.now() + DAY, version=0, seen=1)
    assert await listed(scene) == [conversation]


async def test_the_one_who_is_late_is_told_and_closing_ends_a_snooze(scene: Scene) -> None:
    conversation = await scene.text_in()
    await snoozed(scene, conversation)
    with pytest.raises(Changed, match="This conversation is snoozed now"):
        await handling.assign(scene.tenant, scene.ana, conversation, scene.ana.id, version=0)
    await handling.close(scene.tenant, scene.jo, conversation, version=1, seen=1_000)
    assert (await scene.row(conversation)).snoozed_until is None
    with pytest.raises(Invalid, match="closed"):
        await snoozed(scene, conversation, version=2)


async def test_a_person_can_bring_it_back_before(scene: Scene) -> None:
    conversation = await scene.text_in()
    await snoozed(scene, conversation)
    assert await handling.wake(scene.tenant, scene.ana, conversation, version=1)
    assert not await handling.wake(scene.tenant, scene.ana, conversation, version=1)
    assert await listed(scene) == [conversation]
    assert (await words(scene, conversation))[-1] == "Ana Ruiz brought this conversation back."


async def test_snoozed_conversations_are_handed_over_with_the_others(scene: Scene) -> None:
    open_one, away = await scene.text_in(), await scene.text_in(TOM)
    for conversation in (open_one, away):
        await handling.claim(scene.tenant, scene.jo, conversation)
    await snoozed(scene, away, version=1)
    assert await handing_over.how_many(scene.tenant, scene.jo.id) == 2
    assert await handing_over.hand_over(scene.tenant, scene.jo, scene.jo.id, scene.ana) == 2
    assert (await scene.row(away)).assignee_id == scene.ana.id
    assert await listed(scene, SNOOZED) == [away]
