"""Notes beside a thread: kept once, seen by colleagues only, and in their place among the messages."""

import pytest
from sqlalchemy import select

from inbox.errors import Changed, Invalid, NotFound
from inbox.messaging import handling, messages, notes
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.storage.events import EventKind, EventLog
from tests.messaging.scene import Scene

pytestmark = pytest.mark.anyio


async def words(scene: Scene, conversation: str) -> list[str]:
    """All notes of a conversation, oldest first."""
    found = await notes.between(scene.tenant, conversation, start=None, end=None)
    return [note.words for note in found]


async def test_a_note_is_kept_once_and_changes_neither_the_row_nor_the_texts(scene: Scene) -> None:
    conversation, id = await scene.text_in(), new_id()
    before = tuple(await scene.row(conversation))
    for _ in range(2):
        note = await notes.write(scene.tenant, scene.jo, conversation, note_id=id, body=" Call her first. ")
    assert (note.author, note.body) == ("Jo Park", "Call her first.")
    assert await words(scene, conversation) == ["Call her first."]
    assert tuple(await scene.row(conversation)) == before
    assert len((await messages.page(scene.tenant, conversation)).messages) == 1
    jobs = await scene.tenant.fetch_all(select(tables.jobs))
    assert jobs == []


async def test_open_threads_are_told_of_a_note(scene: Scene) -> None:
    conversation = await scene.text_in()
    note = await notes.write(scene.tenant, scene.jo, conversation, note_id=new_id(), body="Hm")
    (event,) = await EventLog(scene.tenant.database).read(scene.tenant.channel, note.seq - 1, 10)
    assert (event.kind, event.conversation_id, event.message_id) == (EventKind.NOTE_ADDED, conversation, note.id)


@pytest.mark.parametrize("body", ["", " \n ", "x" * 4001])
async def test_a_note_that_says_nothing_or_too_much_is_refused(scene: Scene, body: str) -> None:
    conversation = await scene.text_in()
    with pytest.raises(Invalid):
        await notes.write(scene.tenant, scene.jo, conversation, note_id=new_id(), body=body)
    assert await words(scene, conversation) == []


async def test_an_id_that_was_used_for_other_words_is_refused(scene: Scene) -> None:
    conversation, id = await scene.text_in(), new_id()
    await notes.write(scene.tenant, scene.jo, conversation, note_id=id, body="One")
    with pytest.raises(Invalid):
        await notes.write(scene.tenant, scene.jo, conversation, note_id=id, body="Two")


async def test_a_note_in_another_organisation_is_not_written_nor_read(scene: Scene, other: Scene) -> None:
    conversation = await scene.text_in()
    await notes.write(scene.tenant, scene.jo, conversation, note_id=new_id(), body="Ours")
    with pytest.raises(NotFound):
        await notes.write(other.tenant, other.jo, conversation, note_id=new_id(), body="Theirs")
    assert await words(other, conversation) == []


async def test_what_is_done_with_a_conversation_stands_beside_it(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.claim(scene.tenant, scene.jo, conversation)
    await handling.assign(scene.tenant, scene.jo, conversation, scene.ana.id, version=1)
    await handling.assign(scene.tenant, scene.ana, conversation, None, version=2)
    await handling.close(scene.tenant, scene.jo, conversation, version=3, seen=100)
    await handling.reopen(scene.tenant, scene.ana, conversation, version=4)
    assert await words(scene, conversation) == [
        "Jo Park took this conversation.",
        "Jo Park assigned this to Ana Ruiz.",
        "Ana Ruiz assigned this to nobody.",
        "Jo Park closed this conversation.",
        "Ana Ruiz reopened this conversation.",
    ]


async def test_an_act_that_came_too_late_leaves_no_word(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.claim(scene.tenant, scene.jo, conversation)
    with pytest.raises(Changed):
        await handling.claim(scene.tenant, scene.ana, conversation)
    assert await words(scene, conversation) == ["Jo Park took this conversation."]


async def test_each_page_of_a_thread_has_the_notes_of_its_time(scene: Scene) -> None:
    conversation = await scene.text_in(body="Text 0")
    for number in range(1, 101):
        if number % 10 == 0:
            await notes.write(scene.tenant, scene.jo, conversation, note_id=new_id(), body=f"Note {number}")
        await scene.text_in(body=f"Text {number}")
    seen: list[str] = []
    before = None
    while True:
        page = await messages.page(scene.tenant, conversation, before=before)
        written = await notes.between(scene.tenant, conversation, start=page.earlier, end=before)
        together = sorted([*page.messages, *written], key=lambda item: (item.at, item.id))
        seen = [item.body for item in together] + seen
        if page.earlier is None:
            break
        before = page.earlier
    expected = []
    for number in range(101):
        expected += [f"Note {number}"] if number and number % 10 == 0 else []
        expected.append(f"Text {number}")
    assert seen == expected
