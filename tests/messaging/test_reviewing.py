"""An opt-out in other words blocks at once, and a person who has read it confirms it or opens the thread again."""

import pytest
from sqlalchemy import select

from inbox.errors import Changed, Refused
from inbox.messaging import conversations, notes, reviewing
from inbox.storage import tables
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio

WISH = "Please stop texting me"


async def listed(scene: Scene) -> list[tuple[str, str]]:
    return [(one.number, one.words) for one in (await reviewing.waiting(scene.tenant))[0]]


async def acts(scene: Scene, conversation: str) -> list[str]:
    found = await notes.between(scene.tenant, conversation, start=None, end=None)
    return [note.words for note in found]


async def test_it_blocks_at_once_and_stands_on_the_list_with_its_words(scene: Scene, other: Scene) -> None:
    conversation = await scene.text_in(MAYA, WISH)
    await scene.text_in(TOM, "STOP")
    with pytest.raises(Refused, match="seems to have asked for no more texts"):
        await scene.reply(conversation)
    assert await listed(scene) == [(MAYA, WISH)]
    assert await listed(other) == []
    (event,) = await scene.tenant.fetch_all(
        select(tables.messages.c.event).where(tables.messages.c.conversation_id == conversation)
    )
    assert event.event == "presumed"


async def test_when_it_was_none_the_thread_opens_again_and_says_who_has_read_it(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, WISH)
    await reviewing.clear(scene.tenant, scene.ana, conversation)
    await scene.reply(conversation)
    assert await listed(scene) == []
    assert await acts(scene, conversation) == ["Ana Ruiz has read it: this was no opt-out."]
    with pytest.raises(Changed, match="decided this already"):
        await reviewing.confirm(scene.tenant, scene.jo, conversation)


async def test_when_it_was_one_only_start_opens_the_thread(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, WISH)
    await reviewing.confirm(scene.tenant, scene.ana, conversation)
    with pytest.raises(Refused, match="until This person sends START"):
        await scene.reply(conversation)
    with pytest.raises(Changed):
        await reviewing.clear(scene.tenant, scene.jo, conversation)
    await scene.text_in(MAYA, "START")
    await scene.reply(conversation)


async def test_a_stop_behind_it_needs_nobody_and_cannot_be_undone_by_us(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, WISH)
    await scene.text_in(MAYA, "STOP")
    assert await listed(scene) == []
    with pytest.raises(Changed):
        await reviewing.clear(scene.tenant, scene.jo, conversation)
    assert not (await conversations.find(scene.tenant, conversation)).opt_out_presumed


async def test_a_wish_behind_a_stop_changes_nothing(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "STOP")
    await scene.text_in(MAYA, WISH)
    assert await listed(scene) == []
    assert not (await conversations.find(scene.tenant, conversation)).opt_out_presumed
