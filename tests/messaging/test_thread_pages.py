"""A thread is opened at a line: with what stands before and after it, and the way on in both directions."""

import pytest

from inbox.messaging import messages, notes, thread_pages
from inbox.storage.columns import new_id
from tests.messaging.scene import TOM, Scene

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four messages after the line, and at least two before it."""
    monkeypatch.setattr(thread_pages, "PAGE", 4)
    monkeypatch.setattr(messages, "PAGE", 4)


async def written(scene: Scene, number: int) -> tuple[str, list[str]]:
    """A conversation with so many texts; their ids, oldest first."""
    for place in range(number):
        conversation = await scene.text_in(body=f"Text {place}")
    found, before = list[str](), None
    while True:
        page = await messages.page(scene.tenant, conversation, before=before)
        found = [message.id for message in page.messages] + found
        if page.earlier is None:
            return conversation, found
        before = page.earlier


async def test_every_line_is_shown_with_what_stands_around_it(scene: Scene) -> None:
    conversation, ids = await written(scene, 12)
    for place, id in enumerate(ids):
        page = await thread_pages.around(scene.tenant, conversation, id)
        assert page is not None
        shown = [message.id for message in page.messages]
        assert id in shown
        start, end = ids.index(shown[0]), ids.index(shown[-1])
        assert ids[start : end + 1] == shown
        assert (page.earlier is None, page.later is None) == (start == 0, end == 11), place
        assert end - place == min(3, 11 - place)
        assert place - start >= min(2, place)


async def test_later_pages_and_earlier_ones_complete_the_thread(scene: Scene) -> None:
    conversation, ids = await written(scene, 14)
    page = await thread_pages.around(scene.tenant, conversation, ids[5])
    assert page is not None
    found = [message.id for message in page.messages]
    later, earlier = page.later, page.earlier
    while later is not None:
        page = await thread_pages.after(scene.tenant, conversation, later)
        found, later = found + [message.id for message in page.messages], page.later
    while earlier is not None:
        page = await messages.page(scene.tenant, conversation, before=earlier)
        found, earlier = [message.id for message in page.messages] + found, page.earlier
    assert found == ids


async def test_a_note_is_a_line_as_well(scene: Scene) -> None:
    conversation, ids = await written(scene, 3)
    note = await notes.write(scene.tenant, scene.jo, conversation, note_id=new_id(), body="Hm")
    await written(scene, 8)
    page = await thread_pages.around(scene.tenant, conversation, note.id)
    assert page is not None
    assert page.messages[1].id == ids[2]
    assert page.messages[2].at >= note.at
    seen = await notes.between(scene.tenant, conversation, start=page.earlier, end=page.later)
    assert [one.id for one in seen] == [note.id]
    assert page.later is not None
    assert await notes.between(scene.tenant, conversation, start=page.later, end=None) == []


async def test_a_line_of_another_conversation_or_organisation_is_none(scene: Scene, other: Scene) -> None:
    conversation, _ = await written(scene, 2)
    (elsewhere,) = (await messages.page(scene.tenant, await scene.text_in(TOM))).messages
    (foreign,) = (await messages.page(other.tenant, await other.text_in())).messages
    for id in (elsewhere.id, foreign.id, new_id()):
        assert await thread_pages.around(scene.tenant, conversation, id) is None
    assert (await thread_pages.after(scene.tenant, conversation, "nonsense")).messages == ()
