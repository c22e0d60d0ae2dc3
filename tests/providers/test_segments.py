"""Counting segments: Twilio's own calculator is the oracle, and some laws hold for every text."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.segments import measure
from providers.smart_encoding import REPLACEMENTS

ROWS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "data" / "sms_segments.json").read_text(encoding="utf-8")
)
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e6\U0001f1fa"
PIECES = ["a", "€", "{", "\r\n", "ж", "’", "…", "e\u0301", "👋", "👍🏽", FAMILY, FLAG, "\t", "한", "\ud83d"]
TEXTS = st.lists(st.sampled_from(PIECES) | st.characters(), max_size=250).map("".join)


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_the_count_is_that_of_twilios_calculator(row: dict[str, Any]) -> None:
    count = measure(row["text"])
    assert (count.encoding, count.segments, count.units) == (row["encoding"], row["segments"], row["units"])


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_the_count_after_smart_encoding_is_that_of_twilios_calculator(row: dict[str, Any]) -> None:
    smart = measure(measure(row["text"]).smart)
    assert (smart.encoding, smart.segments) == (row["smart_encoding"], row["smart_segments"])


@pytest.mark.parametrize(
    ("text", "segments", "limit"),
    [
        ("", 1, 160),
        ("a" * 160, 1, 160),
        ("a" * 161, 2, 306),
        ("a" * 307, 3, 459),
        ("ж" * 70, 1, 70),
        ("ж" * 71, 2, 134),
        ("ж" * 135, 3, 201),
    ],
)
def test_the_limit_says_what_fits_into_this_number_of_segments(text: str, segments: int, limit: int) -> None:
    count = measure(text)
    assert (count.segments, count.limit) == (segments, limit)


def test_an_extension_character_is_not_cut_at_the_end_of_a_segment() -> None:
    assert measure("a" * 152 + "€" + "a" * 152).segments == 3
    assert measure("a" * 151 + "€" + "a" * 153).segments == 2


def test_an_emoji_is_not_cut_at_the_end_of_a_segment() -> None:
    assert measure("ж" * 66 + "👋" + "ж" * 66).segments == 3
    assert measure("ж" * 65 + "👋" + "ж" * 67).segments == 2


@pytest.mark.parametrize(
    ("text", "odd"),
    [
        ("It's plain: {€}\r\n", None),
        ("It’s “great”", "’"),
        ("a\tb", "\t"),
        ("\u00a0", "\u00a0"),
        ("ça va", "ç"),
        ("cafe\u0301!", "e\u0301"),
        (f"we are {FAMILY}!", FAMILY),
        (f"from {FLAG}{FLAG}", FLAG),
        ("1\ufe0f\u20e3 first", "1\ufe0f\u20e3"),
        ("a\r\n\u0301", "\u0301"),
    ],
)
def test_the_odd_character_is_the_first_that_forces_ucs_2_as_the_reader_sees_it(text: str, odd: str | None) -> None:
    assert measure(text).odd_character == odd


def test_a_line_break_of_two_characters_may_be_cut() -> None:
    assert measure("ж" * 66 + "\r\n" + "ж" * 66).segments == 2


def test_smart_encoding_makes_plain_what_a_word_processor_made_fancy() -> None:
    assert measure("It’s “great” – really…").smart == 'It\'s "great" - really...'


def test_smart_encoding_leaves_what_has_no_plain_twin() -> None:
    assert measure("ça 👋 ж").smart == "ça 👋 ж"


def test_a_stack_of_accents_longer_than_a_segment_is_counted_by_its_size() -> None:
    assert measure("e" + "\u0301" * 200).segments == 3
    assert measure("ж" * 60 + "e" + "\u0301" * 73).segments == 2
    assert measure("ж" * 60 + "e" + "\u0301" * 74).segments == 3
    assert measure("e" + "\u0301" * 68 + "ж" * 65).segments == 2
    assert measure("e" + "\u0301" * 68 + "ж" * 66).segments == 3


@given(TEXTS)
def test_the_units_always_fit_into_the_segments(text: str) -> None:
    count = measure(text)
    alone, joined = (160, 153) if count.encoding == "GSM-7" else (70, 67)
    assert count.units <= count.limit == (alone if count.segments == 1 else joined * count.segments)
    assert (count.segments == 1) == (count.units <= alone)


@given(st.text(st.characters(max_codepoint=0xD7A3), max_size=100))
def test_the_short_cut_for_common_scripts_changes_no_count(text: str) -> None:
    joined = "\u0301" + text  # an accent at the front takes part in nothing, but shuts off the short cut
    assert measure(joined + "ж" * 100).segments == measure("ж" + text + "ж" * 100).segments


@given(TEXTS, TEXTS)
def test_more_text_never_costs_less(text: str, more: str) -> None:
    assert measure(text).segments <= measure(text + more).segments


@given(TEXTS)
def test_a_text_is_ucs_2_exactly_when_it_has_an_odd_character(text: str) -> None:
    count = measure(text)
    assert (count.odd_character is not None) == (count.encoding == "UCS-2")
    assert count.odd_character is None or count.odd_character in text


@given(TEXTS)
def test_smart_encoding_a_second_time_changes_nothing(text: str) -> None:
    smart = measure(text).smart
    assert measure(smart).smart == smart
    assert not set(smart) & set(REPLACEMENTS)


@given(st.lists(st.sampled_from(["ж", "👋", FAMILY, FLAG, "e\u0301"]), min_size=1, max_size=200))
def test_characters_are_packed_whole_and_in_order(characters: list[str]) -> None:
    sizes = [len(character.encode("utf-16-le")) // 2 for character in characters]
    segments, free = 1, 67
    for size in sizes:
        if size > free:
            segments, free = segments + 1, 67
        free -= size
    assert measure("".join(characters)).segments == (1 if sum(sizes) <= 70 else segments)


@pytest.mark.parametrize("text", ["a" * 1600, "€" * 1600, "ж" * 1600, "👋" * 1600, FAMILY * 320])
def test_the_longest_text_is_counted_in_no_time(text: str) -> None:
    def seconds() -> float:
        start = time.perf_counter()
        measure(text)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(20)) < 0.005
