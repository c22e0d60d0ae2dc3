"""Colleagues who are called by name in a note: found in its words, kept with it, and notified."""

import pytest

from inbox.messaging import mentions, notes, notifications
from inbox.messaging.mentions import Mention
from inbox.storage.columns import new_id
from tests.messaging.scene import Scene, person

pytestmark = pytest.mark.anyio


async def called(scene: Scene, body: str, *, picked: tuple[str, ...] = ()) -> list[str]:
    """Whom a note of Jo's with these words calls, as it is read again."""
    conversation = await scene.text_in()
    note = await notes.write(scene.tenant, scene.jo, conversation, note_id=new_id(), body=body, picked=picked)
    (again,) = await notes.by_ids(scene.tenant, [note.id])
    assert again == note
    assert "".join(piece.text for piece in again.pieces) == body
    return [mention.user_id for mention in again.mentions]


@pytest.mark.parametrize(
    "body",
    ["@Ana Ruiz look", "Ask @ana  ruiz.", "(@Ana Ruiz) and again @Ana Ruiz", "one\n@Ana Ruiz\ntwo", "<b>@Ana Ruiz</b>"],
)
async def test_a_name_typed_in_full_calls(scene: Scene, body: str) -> None:
    assert await called(scene, body) == [scene.ana.id]


@pytest.mark.parametrize("body", ["Ana Ruiz", "@Ana", "@Ana Ruizen", "jo@Ana Ruiz", "@@Ana Ruiz", "@Ana\nRuiz", "@"])
async def test_anything_else_calls_nobody(scene: Scene, body: str) -> None:
    assert await called(scene, f"x {body}") == []


async def test_the_longest_name_that_fits_is_meant(scene: Scene) -> None:
    longer = await person(scene.tenant, "longer@acme.test", "Ana Ruiz Lopez")
    assert await called(scene, "@Ana Ruiz Lopez, not the other one") == [longer.id]


async def test_of_two_with_one_name_the_picked_one_is_meant_and_else_both(scene: Scene) -> None:
    second = await person(scene.tenant, "second@acme.test", "Ana Ruiz")
    assert await called(scene, "@Ana Ruiz", picked=(second.id,)) == [second.id]
    assert await called(scene, "@Ana Ruiz", picked=(scene.jo.id, "x")) == sorted([scene.ana.id, second.id])


async def test_nobody_of_another_organisation_is_called(scene: Scene, other: Scene) -> None:
    stranger = await person(other.tenant, "stranger@other.test", "Max Strange")
    assert await called(scene, "@Max Strange", picked=(stranger.id,)) == []


def test_the_words_are_cut_where_somebody_is_called() -> None:
    pieces = mentions.cut("Hi @ana ruiz, hi", [Mention("1", "Ana Ruiz")])
    assert [(piece.text, piece.user_ids) for piece in pieces] == [("Hi ", ()), ("@ana ruiz", ("1",)), (", hi", ())]


async def test_who_is_called_is_notified_once_and_the_writer_is_not(scene: Scene) -> None:
    conversation, id = await scene.text_in(), new_id()
    for _ in range(2):
        await notes.write(
            scene.tenant, scene.jo, conversation, note_id=id, body="@Ana Ruiz @Ana Ruiz @Jo Park call her"
        )
    assert await notifications.unread(scene.tenant, [scene.jo.id, scene.ana.id]) == {scene.jo.id: 0, scene.ana.id: 1}
    (one,) = (await notifications.page(scene.tenant, scene.ana)).rows
    assert (one.sentence, one.conversation_id, one.message_id, one.is_read) == (
        "Jo Park mentioned you in a note.",
        conversation,
        id,
        False,
    )
    assert one.note == "@Ana Ruiz @Ana Ruiz @Jo Park call her"
    assert one.place == f"/inbox/c/{conversation}?tab=shared&m={id}#msg-{id}"
