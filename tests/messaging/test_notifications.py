"""Notifications: given with what causes them, counted, read one by one or together, and each user's own."""

import pytest
from sqlalchemy import select, update

from inbox import housekeeping
from inbox.errors import NotFound, Refused
from inbox.messaging import handing_over, handling, notes, notifications
from inbox.storage import events, tables
from inbox.storage import notifications as stored
from inbox.storage.columns import db_later, new_id
from inbox.storage.events import EventKind, EventLog
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def sentences(scene: Scene, user_id: str) -> list[str]:
    """What a user has been notified of, newest first."""
    user = scene.ana if user_id == scene.ana.id else scene.jo
    return [one.sentence for one in (await notifications.page(scene.tenant, user)).rows]


async def called(scene: Scene, *, times: int = 1) -> str:
    """Jo calls Ana in a note, so many times; the conversation."""
    conversation = await scene.text_in()
    for number in range(times):
        await notes.write(scene.tenant, scene.jo, conversation, note_id=new_id(), body=f"@Ana Ruiz {number}")
    return conversation


async def unread(scene: Scene) -> int:
    """How many Ana has not read."""
    return (await notifications.unread(scene.tenant, [scene.ana.id]))[scene.ana.id]


async def test_who_is_given_a_conversation_by_somebody_else_is_notified(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.assign(scene.tenant, scene.jo, conversation, scene.ana.id, version=0)
    (one,) = (await notifications.page(scene.tenant, scene.ana)).rows
    assert one.sentence == "Jo Park assigned a conversation to you."
    assert one.candidate == "+61 491 570 110"
    (act,) = await notes.between(scene.tenant, conversation, start=None, end=None)
    assert one.message_id == act.id
    await handling.assign(scene.tenant, scene.ana, conversation, None, version=1)
    await handling.claim(scene.tenant, scene.ana, conversation)
    assert await sentences(scene, scene.ana.id) == ["Jo Park assigned a conversation to you."]
    assert await sentences(scene, scene.jo.id) == []


async def test_what_is_handed_over_is_one_notification_with_their_number(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handing_over, "AT_ONCE", 2)
    for place in range(5):
        await handling.claim(scene.tenant, scene.jo, await scene.text_in(f"+6149157011{place}"))
    await handing_over.hand_over(scene.tenant, scene.jo, scene.jo.id, scene.ana)
    assert await sentences(scene, scene.ana.id) == ["Jo Park handed over 5 conversations to you."]
    assert await unread(scene) == 1
    await handing_over.hand_over(scene.tenant, scene.jo, scene.ana.id, scene.jo)
    await handing_over.hand_over(scene.tenant, scene.jo, scene.jo.id, None)
    assert await sentences(scene, scene.jo.id) == []


async def test_a_refused_act_notifies_nobody(scene: Scene) -> None:
    async def fail() -> None:
        async with scene.tenant.transaction():
            await stored.notify(scene.tenant, [scene.ana.id], "escalated", words="Too late.")
            raise Refused("Not now.")

    with pytest.raises(Refused):
        await fail()
    assert await unread(scene) == 0


async def test_another_part_gives_one_with_words_and_an_address_of_its_own(scene: Scene) -> None:
    async with scene.tenant.transaction():
        await stored.notify(
            scene.tenant, [scene.ana.id], "low_balance", words="500 segments left.", address="/settings/users"
        )
    (one,) = (await notifications.page(scene.tenant, scene.ana)).rows
    assert (one.sentence, one.place, one.actor, one.candidate) == ("500 segments left.", "/settings/users", None, None)


async def test_the_pages_of_a_user_are_told_of_each_and_of_the_reading(scene: Scene) -> None:
    await called(scene)
    (one,) = (await notifications.page(scene.tenant, scene.ana)).rows
    head = await events.head(scene.tenant)
    for _ in range(2):
        await notifications.read(scene.tenant, scene.ana, one.id)
    happened = await EventLog(scene.tenant.database).read(scene.tenant.channel, head.seq - 1, 10)
    assert [(event.kind, event.user_id, event.message_id) for event in happened] == [
        (EventKind.NOTIFICATIONS_CHANGED, scene.ana.id, one.id),
        (EventKind.NOTIFICATIONS_CHANGED, scene.ana.id, None),
    ]
    assert happened[0].conversation_id is None
    assert await unread(scene) == 0


async def test_pages_follow_each_other_and_can_leave_out_what_is_read(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifications, "PAGE", 2)
    await called(scene, times=5)
    found, before = [], None
    while True:
        page = await notifications.page(scene.tenant, scene.ana, before=before)
        found += page.rows
        if page.more is None:
            break
        before = page.more
    assert [one.note for one in found] == [f"@Ana Ruiz {number}" for number in (4, 3, 2, 1, 0)]
    await notifications.read(scene.tenant, scene.ana, found[0].id)
    rest = await notifications.page(scene.tenant, scene.ana, unread=True)
    assert [one.note for one in rest.rows] == ["@Ana Ruiz 3", "@Ana Ruiz 2"]


async def test_all_that_were_seen_are_read_and_one_that_came_since_is_not(scene: Scene) -> None:
    await called(scene, times=2)
    (newest, _) = (await notifications.page(scene.tenant, scene.ana)).rows
    await called(scene)
    await notifications.read_all(scene.tenant, scene.ana, upto=newest.key)
    assert await unread(scene) == 1
    await notifications.read_all(scene.tenant, scene.ana, upto="nonsense")
    assert await unread(scene) == 1


async def test_looking_at_a_conversation_reads_what_is_about_it(scene: Scene) -> None:
    conversation, other_one = await called(scene), await scene.text_in(TOM)
    await handling.assign(scene.tenant, scene.jo, other_one, scene.ana.id, version=0)
    await notifications.read_in(scene.tenant, scene.jo, conversation)
    assert await unread(scene) == 2
    await notifications.read_in(scene.tenant, scene.ana, conversation)
    assert await unread(scene) == 1


async def test_nobody_reads_or_finds_those_of_somebody_else(scene: Scene, other: Scene) -> None:
    await called(scene)
    (one,) = (await notifications.page(scene.tenant, scene.ana)).rows
    for tenant, user in ((scene.tenant, scene.jo), (other.tenant, other.jo)):
        with pytest.raises(NotFound):
            await notifications.find(tenant, user, one.id)
        await notifications.read(tenant, user, one.id)
        await notifications.read_all(tenant, user, upto=one.key)
        assert (await notifications.page(tenant, user)).rows == ()
    assert await unread(scene) == 1


async def test_no_more_than_a_hundred_are_counted(scene: Scene) -> None:
    async with scene.tenant.transaction():
        for _ in range(101):
            await stored.notify(scene.tenant, [scene.ana.id], "escalated", words="Late.")
    assert await unread(scene) == 100


async def test_those_of_more_than_ninety_days_ago_are_forgotten(scene: Scene) -> None:
    await called(scene, times=2)
    old, _ = (await notifications.page(scene.tenant, scene.ana)).rows
    table = tables.notifications
    await scene.tenant.execute(update(table).where(table.c.id == old.id).values(at=db_later(-91 * 86_400)))
    await housekeeping.tidy(scene.tenant.database)
    kept = await scene.tenant.fetch_all(select(table.c.id))
    assert len(kept) == 1
    assert kept[0].id != old.id
    assert await scene.conversation(MAYA)
