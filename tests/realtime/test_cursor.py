"""Cursors as browsers send them."""

import pytest

from realtime.cursor import Cursor


@pytest.mark.parametrize("text", ["e1-0", "0192f7a0-7b1c-7c35-a1f0-3d2f9a6b4c10-812", "a-b_c-999999999999999999"])
def test_a_cursor_reads_back_as_it_was_written(text: str) -> None:
    cursor = Cursor.parse(text)

    assert cursor is not None
    assert str(cursor) == text


def test_the_number_is_what_stands_after_the_last_dash() -> None:
    assert Cursor.parse("0192-a1f0-7") == Cursor("0192-a1f0", 7)


@pytest.mark.parametrize(
    "text",
    ["", "-", "7", "e1-", "-7", "e1--x", "e1-7.0", "e1-+7", "e1- 7", "e1-٧", "e1-7\n", "é-7", "e1-7<script>"],
)
def test_what_is_not_a_cursor_is_none(text: str) -> None:
    assert Cursor.parse(text) is None


def test_a_cursor_has_a_limit_to_its_length() -> None:
    assert Cursor.parse("e" * 65 + "-7") is None
    assert Cursor.parse("e1-" + "1" * 19) is None
