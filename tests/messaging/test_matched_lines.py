"""A search shows the line in which it found its words, with these marked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.messaging import matched_lines
from inbox.messaging.matched_lines import Line
from inbox.storage.words import pieces, words
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


def drawn(line: Line) -> str:
    """The line with its marks in brackets."""
    return "".join(f"[{piece.text}]" if piece.is_marked else piece.text for piece in line.pieces)


async def line(scene: Scene, q: str, *texts: str) -> str | None:
    """What a search shows of a conversation with these texts."""
    for text in texts:
        conversation = await scene.text_in(MAYA, text)
    found = await matched_lines.find(scene.tenant, q, [conversation])
    return drawn(found[conversation]) if found else None


@pytest.mark.parametrize(
    ("q", "shown"),
    [
        ("nurs", "Is the [nurse] job open?"),
        ("job nurse", "Is the [nurse] [job] open?"),
        ('"job open"', "Is the nurse [job] [open]?"),
        ("nurse OR cook", "Is the [nurse] job open?"),
        ("job NOT cook", "Is the nurse [job] open?"),
        ("maya", None),
        ("", None),
        ("NOT cook", None),
    ],
)
async def test_the_words_of_a_search_are_marked_in_their_line(scene: Scene, q: str, shown: str | None) -> None:
    assert await line(scene, q, "Hello", "Is the nurse job open?", "Thank you") == shown


async def test_the_line_with_most_of_the_words_is_shown_and_of_equals_the_newest(scene: Scene) -> None:
    texts = ("A nurse job", "A nurse", "Another nurse job", "The job")
    assert await line(scene, "nurse job", *texts) == "Another [nurse] [job]"


async def test_case_accents_and_other_scripts_are_marked_as_they_stand(scene: Scene) -> None:
    assert await line(scene, "zoe", "I am (Zoë) Ångström") == "I am ([Zoë]) Ångström"
    assert await line(scene, "美玲", "我是陈美玲") == "我是陈[美][玲]"


async def test_a_long_text_begins_shortly_before_what_was_found(scene: Scene) -> None:
    shown = await line(scene, "geelong", f"{'Some words before it. ' * 10}Is it in Geelong? {'And after. ' * 10}")
    assert shown is not None
    assert shown.startswith("…")
    assert shown.index("[Geelong]") <= 60
    assert shown.endswith("And after. ")


async def test_who_wrote_it_is_told_and_nobody_elses_conversation_is_read(scene: Scene) -> None:
    mayas, toms = await scene.text_in(MAYA, "Hello"), await scene.text_in(TOM, "Hello")
    await scene.reply(mayas, "The nurse job is open", who=scene.jo)
    found = await matched_lines.find(scene.tenant, "nurse OR hello", [mayas, toms])
    assert {id: found[id].author for id in found} == {mayas: "Jo Park", toms: None}
    assert await matched_lines.find(scene.tenant, "hello", []) == {}


@given(text=st.text(st.characters(max_codepoint=126)))
def test_pieces_have_the_words_of_a_text_at_their_places(text: str) -> None:
    assert [word for word, _, _ in pieces(text)] == words(text)
    assert all(
        word.startswith(text[start:end].lower()[:1]) or "_" in text[start:end] for word, start, end in pieces(text)
    )
