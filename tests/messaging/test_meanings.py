"""A short answer is understood as yes, no or another time, and nothing follows from it before a person confirms."""

import pytest

from inbox.candidates import labels
from inbox.errors import NotFound
from inbox.messaging import meanings, meant, messages, notes
from tests.messaging.scene import MAYA, Scene

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("Yes, Thursday at 10 works.", "yes"),
        ("ok", "yes"),
        ("No problem, see you then!", "yes"),
        ("👍", "yes"),
        ("Ja, gerne", "yes"),
        ("Nope", "no"),
        ("Sorry, no", "no"),
        ("Thanks, but I’m not interested", "no"),
        ("I can't make it", "no"),
        ("I cant make it", "no"),
        ("Unfortunately I am unable to attend", "no"),
        ("I have found another job", "no"),
        ("Can we reschedule?", "reschedule"),
        ("Yes but could we do 3 pm?", "reschedule"),
        ("Sorry, can't make Thursday. Is another day possible?", "reschedule"),
        ("Können wir das verschieben?", "reschedule"),
        ("Do I need to bring my registration?", None),
        ("Sure, but what does it pay?", None),
        ("Yes, but I am not available", None),
        ("Nottingham", None),
        ("Notice period is four weeks", None),
        ("", None),
        ("yes " * 60, None),
    ],
)
def test_what_an_answer_seems_to_say(text: str, meaning: str | None) -> None:
    assert meanings.suggested(text) == meaning


async def test_once_confirmed_the_candidate_is_tagged_and_the_thread_says_so_once(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Yes, that works")
    (message,) = (await messages.page(scene.tenant, conversation)).messages
    candidate = (await scene.row(conversation)).candidate_id
    assert await labels.of_candidate(scene.tenant, candidate) == []
    for user in (scene.jo, scene.ana):
        await meant.confirm(scene.tenant, user, conversation, message.id, "yes")
    assert [tag.name for tag in await labels.of_candidate(scene.tenant, candidate)] == ["Said yes"]
    written = await notes.between(scene.tenant, conversation, start=None, end=None)
    assert [note.words for note in written] == ["Jo Park took the answer for “Yes”."]


async def test_only_a_text_of_the_conversation_that_says_so_can_be_confirmed(scene: Scene, other: Scene) -> None:
    conversation = await scene.text_in(MAYA, "No thanks")
    (message,) = (await messages.page(scene.tenant, conversation)).messages
    ours = await scene.reply(conversation, "Yes")
    for message_id in (message.id, ours.id):
        with pytest.raises(NotFound):
            await meant.confirm(scene.tenant, scene.jo, conversation, message_id, "yes")
    with pytest.raises(NotFound):
        await meant.confirm(other.tenant, other.jo, conversation, message.id, "no")
