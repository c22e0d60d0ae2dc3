"""A number that two candidates have: nobody is called by a name that a person has not said."""

import pytest
from sqlalchemy import select

from inbox.candidates import numbers, people, profiles
from inbox.candidates.profiles import NumberTaken
from inbox.errors import Changed, NotFound
from inbox.messaging import conversation_rows, conversations, filters, message_log, messages, shared_numbers, starting
from inbox.messaging.message_log import Log
from inbox.messaging.views import View
from inbox.storage import tables
from tests.messaging.scene import MAYA, Scene

pytestmark = pytest.mark.anyio

READABLE = "+61 491 570 110"


async def two(scene: Scene) -> tuple[str, str, str]:
    """Maya and Ana have one number, from which Maya has written before; their ids and the conversation's."""
    maya = await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    conversation = await scene.text_in()
    ana = await people.create(scene.tenant, name="Ana Chen")
    async with scene.tenant.transaction():
        await shared_numbers.share(scene.tenant, ana, MAYA, actor_id=scene.jo.id)
    return maya, ana, conversation


async def names(scene: Scene, conversation: str) -> set[str]:
    """What the conversation is called in the thread, in the list, and among all messages."""
    row = (await conversation_rows.by_ids(scene.tenant, [conversation]))[conversation]
    log = await message_log.page(scene.tenant, Log())
    thread = await conversations.find(scene.tenant, conversation)
    return {row.name, thread.name, *(entry.name for entry in log.entries)}


async def said(scene: Scene, conversation: str, candidate: str | None) -> None:
    version = (await scene.row(conversation)).version
    await shared_numbers.choose(scene.tenant, scene.jo, conversation, candidate, version=version)


async def test_it_is_called_by_its_number_until_somebody_says_who_it_is_and_that_is_undone(scene: Scene) -> None:
    maya, ana, conversation = await two(scene)
    assert await names(scene, conversation) == {READABLE}
    assert (await conversation_rows.by_ids(scene.tenant, [conversation]))[conversation].sharers == 2
    await said(scene, conversation, ana)
    assert await names(scene, conversation) == {"Ana Chen"}
    assert (await people.find(scene.tenant, ana)).conversation_id == conversation
    assert (await people.find(scene.tenant, maya)).conversation_id is None
    found = View(user_id=None, zone="UTC", q="ana chen")
    assert [row.id for row in (await filters.page(scene.tenant, found)).rows] == [conversation]
    await said(scene, conversation, None)
    assert await names(scene, conversation) == {READABLE}
    await said(scene, conversation, maya)
    assert await names(scene, conversation) == {"Maya Chen"}
    await scene.text_in(MAYA, "Me again")
    assert await names(scene, conversation) == {"Maya Chen"}


async def test_who_is_written_to_by_name_is_asked_for_anew_and_a_new_conversation_is_theirs(scene: Scene) -> None:
    maya = await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    ana = await people.create(scene.tenant, name="Ana Chen")
    async with scene.tenant.transaction():
        await shared_numbers.share(scene.tenant, ana, MAYA, actor_id=None)
    conversation = await starting.open_with(scene.tenant, scene.jo, candidate_id=ana, number=MAYA)
    await scene.reply(conversation)
    assert await names(scene, conversation) == {"Ana Chen"}
    assert await starting.open_with(scene.tenant, scene.jo, candidate_id=ana, number=MAYA) == conversation
    assert await names(scene, conversation) == {"Ana Chen"}
    assert await starting.open_with(scene.tenant, scene.jo, candidate_id=maya, number=MAYA) == conversation
    assert await names(scene, conversation) == {READABLE}


async def test_a_first_text_from_a_shared_number_is_nobodys_yet(scene: Scene) -> None:
    await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    ana = await people.create(scene.tenant, name="Ana Chen")
    async with scene.tenant.transaction():
        await shared_numbers.share(scene.tenant, ana, MAYA, actor_id=None)
    conversation = await scene.text_in()
    assert await names(scene, conversation) == {READABLE}
    assert await shared_numbers.undecided_with(scene.tenant, MAYA) == conversation


async def test_taking_the_number_away_leaves_the_other_one(scene: Scene) -> None:
    maya, ana, conversation = await two(scene)
    await shared_numbers.take_away(scene.tenant, maya, MAYA, actor_id=scene.jo.id)
    assert await names(scene, conversation) == {"Ana Chen"}
    assert await numbers.holders(scene.tenant, MAYA) == [ana]
    assert await people.by_number(scene.tenant, MAYA) == ana
    with pytest.raises(NotFound):
        await shared_numbers.take_away(scene.tenant, ana, MAYA, actor_id=scene.jo.id)
    assert len((await messages.page(scene.tenant, conversation)).messages) == 1


async def test_of_two_who_say_it_the_later_is_told_and_a_stranger_is_nobody(scene: Scene) -> None:
    maya, _, conversation = await two(scene)
    version = (await scene.row(conversation)).version
    await said(scene, conversation, maya)
    with pytest.raises(Changed):
        await shared_numbers.choose(scene.tenant, scene.ana, conversation, maya, version=version)
    stranger = await people.create(scene.tenant, name="Somebody")
    with pytest.raises(NotFound):
        await said(scene, conversation, stranger)


async def test_a_taken_number_is_refused_unless_it_is_said_to_be_shared(scene: Scene) -> None:
    await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    ana = profiles.checked({"name": "Ana Chen", "number": MAYA}, region="AU")
    with pytest.raises(NumberTaken):
        await profiles.add(scene.tenant, ana)
    added = await profiles.add(scene.tenant, ana, shares=True)
    assert (await profiles.find(scene.tenant, added)).number == MAYA
    rows = await scene.tenant.fetch_all(select(tables.candidate_numbers.c.is_first))
    assert sorted(bool(row.is_first) for row in rows) == [False, True]
