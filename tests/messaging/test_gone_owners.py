"""What somebody who was shut out had closed belongs to nobody as soon as somebody has to look at it again."""

import pytest

from inbox.accounts import users
from inbox.messaging import handling, notes
from inbox.storage import events
from inbox.storage.events import EventLog
from tests.messaging.scene import Scene

pytestmark = pytest.mark.anyio

SAID = "Jo Park cannot sign in any more. Nobody has this conversation now."


async def left_closed(scene: Scene) -> str:
    """A conversation that Jo had closed before she was shut out."""
    conversation = await scene.text_in()
    await handling.claim(scene.tenant, scene.jo, conversation)
    await handling.close(scene.tenant, scene.jo, conversation, version=1, seen=1_000)
    await users.deactivate(scene.tenant, scene.jo.id)
    return conversation


async def said(scene: Scene, conversation: str) -> list[str]:
    return [note.words for note in await notes.between(scene.tenant, conversation, start=None, end=None)]


async def test_a_text_to_somebody_who_was_shut_out_waits_for_everybody(scene: Scene) -> None:
    conversation = await left_closed(scene)
    before = (await events.head(scene.tenant)).seq
    await scene.text_in(body="Are you still there?")
    row = await scene.row(conversation)
    assert (row.assignee_id, row.closed_at, row.unread) == (None, None, 1)
    assert (await said(scene, conversation))[2:] == [SAID]
    *_, told = await EventLog(scene.tenant.database).read(scene.tenant.channel, before, 10)
    assert (told.conversation_id, told.previous_assignee_id) == (conversation, scene.jo.id)
    await scene.text_in(body="Hello?")
    assert (await said(scene, conversation))[2:] == [SAID]


async def test_so_does_a_text_of_ours_that_fails(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation)
    sid = await scene.accepted(message)
    version = (await scene.row(conversation)).version
    await handling.close(scene.tenant, scene.jo, conversation, version=version, seen=1_000)
    await users.deactivate(scene.tenant, scene.jo.id)
    assert await scene.report(message, "undelivered", sid=sid, error_code=30003)
    row = await scene.row(conversation)
    assert (row.assignee_id, row.closed_at, row.failed) == (None, None, 1)
    assert (await said(scene, conversation))[-1:] == [SAID]


async def test_and_what_a_colleague_opens_again(scene: Scene) -> None:
    conversation = await left_closed(scene)
    version = (await scene.row(conversation)).version
    assert await handling.reopen(scene.tenant, scene.ana, conversation, version=version)
    assert (await scene.row(conversation)).assignee_id is None
    assert (await said(scene, conversation))[2:] == ["Ana Ruiz reopened this conversation.", SAID]


async def test_whoever_can_sign_in_keeps_what_comes_back(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.claim(scene.tenant, scene.jo, conversation)
    await handling.close(scene.tenant, scene.jo, conversation, version=1, seen=1_000)
    await scene.text_in(body="Hello?")
    assert (await scene.row(conversation)).assignee_id == scene.jo.id
    assert (await said(scene, conversation))[2:] == []
