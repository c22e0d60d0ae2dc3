"""What counts as a word, in texts and in searches alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.storage.search_documents import line
from inbox.storage.words import LONGEST, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("Hi Maya, it's 9:30!", ["hi", "maya", "it", "s", "9", "30"]),
        ("STRAẞE Straße", ["strasse", "strasse"]),
        ("Zoë Ångström, Łukasz Søren", ["zoe", "angstrom", "lukasz", "soren"]),
        ("Zoe\u0308", ["zoe"]),
        ("İstanbul", ["istanbul"]),
        ("Привет, Ёлка", ["привет", "елка"]),
        ("陈美玲 (Mei)", ["陈", "美", "玲", "mei"]),
        ("김민준", ["김민준"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("ok 👍🏽❤️", ["ok", "👍", "❤"]),
        ("sure_thing 100%", ["sure", "thing", "100"]),
        ("ﬁne ①", ["fine", "1"]),
        ("w" * 100, ["w" * LONGEST]),
    ],
)
def test_words_have_no_case_no_accent_and_no_punctuation(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(text=st.text())
def test_the_words_of_words_are_the_same_words(text: str) -> None:
    found = words(text)
    assert words(" ".join(found)) == found
    assert line(text).split(" ") == (["", *found, ""] if found else [""])


@given(text=st.text(st.characters(max_codepoint=127)))
def test_plain_text_has_the_words_it_would_have_among_other_letters(text: str) -> None:
    assert words(f"{text} é") == [*words(text), "e"]
