"""An opt-out in other words blocks at once, and a person who has read it confirms it or opens the thread again."""

import pytest
from sqlalchemy import select

from inbox.accounts import users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.errors import Changed, Refused
from inbox.messaging import conversations, handling, notes, notifications, reviewing
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


async def test_who_has_it_and_the_admins_are_told_once_until_somebody_has_decided(scene: Scene) -> None:
    admin = await users.create(
        scene.tenant,
        email="chief@acme.test",
        name="Lou Chief",
        role=Role.COMPANY_ADMIN,
        password="far too long to guess",
    )
    conversation = await scene.text_in(MAYA)
    await handling.claim(scene.tenant, scene.jo, conversation)
    for words in (WISH, "I said stop texting me"):
        await scene.text_in(MAYA, words)

    async def told(user: User) -> list[tuple[str, str | None, bool]]:
        found = (await notifications.page(scene.tenant, user)).rows
        return [(one.sentence, one.conversation_id, one.is_read) for one in found]

    sentence = "A text seems to ask for no more. Read it and decide: nobody can text here until then."
    for user in (scene.jo, admin):
        assert await told(user) == [(sentence, conversation, False)]
    assert await told(scene.ana) == []
    await reviewing.confirm(scene.tenant, scene.ana, conversation)
    for user in (scene.jo, admin):
        assert await told(user) == [(sentence, conversation, True)]


async def test_when_it_was_none_the_thread_opens_again_and_says_who_has_read_it(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, WISH)
    await reviewing.clear(scene.tenant, scene.ana, conversation)
    await scene.reply(conversation)
    assert await listed(scene) == []
    assert await acts(scene, conversation) == [
        "Ana Ruiz has read it: this was no opt-out.",
        "Jo Park took this conversation.",
    ]
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
