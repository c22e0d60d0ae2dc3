"""Reading a conversation: what was on screen is read, what came after it is not."""

import pytest

from inbox.errors import NotFound
from inbox.messaging import handling
from inbox.storage import events
from inbox.storage.columns import new_id
from inbox.storage.events import EventKind, EventLog
from tests.messaging.scene import MAYA, Scene

pytestmark = pytest.mark.anyio


async def test_a_thread_read_to_its_end_has_nothing_unread_and_tells_so(scene: Scene) -> None:
    await scene.text_in(MAYA, "One")
    conversation = await scene.text_in(MAYA, "Two")
    await handling.mark_read(scene.tenant, scene.ana, conversation, seen=2)
    row = await scene.row(conversation)
    assert row.unread == 0
    assert row.waiting_since is not None
    event = (await EventLog(scene.tenant.database).read(scene.tenant.channel, 2, 10))[0]
    assert (event.kind, event.conversation_id, event.actor_id) == (
        EventKind.CONVERSATION_CHANGED,
        conversation,
        scene.ana.id,
    )


async def test_what_came_after_the_last_look_stays_unread(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Seen")
    await scene.text_in(MAYA, "Not seen")
    await handling.mark_read(scene.tenant, scene.jo, conversation, seen=1)
    assert (await scene.row(conversation)).unread == 2
    assert (await events.head(scene.tenant)).seq == 2


async def test_a_colleagues_reply_after_the_last_look_does_not_keep_it_unread(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Seen")
    await scene.text_in(MAYA, "Seen too")
    message = await scene.reply(conversation)
    await scene.text_in(MAYA, "Thanks")
    await scene.report(message, "sent")
    await handling.mark_read(scene.tenant, scene.jo, conversation, seen=4)
    assert (await scene.row(conversation)).unread == 0


async def test_reading_again_changes_nothing(scene: Scene) -> None:
    conversation = await scene.text_in()
    for _ in range(3):
        await handling.mark_read(scene.tenant, scene.jo, conversation, seen=10)
    assert (await events.head(scene.tenant)).seq == 2
    assert (await scene.row(conversation)).unread == 0


async def test_a_conversation_of_another_organisation_is_not_there_to_be_read(scene: Scene, other: Scene) -> None:
    foreign = await other.text_in()
    for unknown in (foreign, new_id()):
        with pytest.raises(NotFound):
            await handling.mark_read(scene.tenant, scene.jo, unknown, seen=10)
    assert (await other.row(foreign)).unread == 1
