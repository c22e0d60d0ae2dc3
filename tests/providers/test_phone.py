"""Numbers as people type them, and as they read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.phone import NotAPhoneNumber, readable, to_e164


@pytest.mark.parametrize(
    ("typed", "region", "e164"),
    [
        ("0491 570 156", "AU", "+61491570156"),
        ("0491570156", "AU", "+61491570156"),
        ("491570156", "AU", "+61491570156"),
        ("61491570156", "AU", "+61491570156"),
        ("+61 491 570 156", "AU", "+61491570156"),
        ("+61 (0)491 570 156", "AU", "+61491570156"),
        ("0011 44 7700 900123", "AU", "+447700900123"),
        ("(0491) 570-156", "AU", "+61491570156"),
        ("0491.570.156", "AU", "+61491570156"),
        ("  \u202a+61\u00a0491\u00a0570\u00a0156\u202c ", "AU", "+61491570156"),
        ("tel:+61-491-570-156", "AU", "+61491570156"),
        ("０４９１ ５７０ １５６", "AU", "+61491570156"),
        ("+61491570156", "US", "+61491570156"),
        ("07700 900123", "GB", "+447700900123"),
        ("(202) 555-0123", "US", "+12025550123"),
        ("+1 500 555 0006", "AU", "+15005550006"),
    ],
)
def test_a_number_is_understood_as_it_is_typed(typed: str, region: str, e164: str) -> None:
    assert to_e164(typed, region) == e164


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "+",
        "Maya",
        "000",
        "12345",
        "0491 570",
        "0491 570 15",
        "0491 570 156 0491 570 157",
        "0491 570 15O",
        "1800 FLOWERS",
        "0491 570 156 ext 5",
        "+999 491 570 156",
        "maya@example.com",
        "0" * 400,
    ],
)
def test_what_is_no_number_is_refused_with_a_sentence_for_the_person(typed: str) -> None:
    with pytest.raises(NotAPhoneNumber) as refusal:
        to_e164(typed)
    words = str(refusal.value)
    assert words.endswith("Write it with its country code, such as +61 491 570 156.")
    assert len(words) < 130
    assert "invalid" not in words.lower()


def test_a_local_number_without_its_area_is_refused() -> None:
    with pytest.raises(NotAPhoneNumber):
        to_e164("555 0100", "US")


@pytest.mark.parametrize(
    ("e164", "words"),
    [
        ("+61491570156", "+61 491 570 156"),
        ("+447700900123", "+44 7700 900123"),
        ("+12025550123", "+1 202-555-0123"),
    ],
)
def test_a_number_is_shown_grouped(e164: str, words: str) -> None:
    assert readable(e164) == words


@pytest.mark.parametrize("odd", ["", "19912", "ACME", "whatsapp:+61491570156", "+999123456", "+61", "0491570156"])
def test_a_sender_that_is_no_number_is_shown_as_it_is(odd: str) -> None:
    assert readable(odd) == odd


@given(st.text(max_size=40))
def test_whatever_is_typed_becomes_a_number_or_a_sentence(typed: str) -> None:
    try:
        e164 = to_e164(typed)
    except NotAPhoneNumber:
        return
    assert to_e164(e164) == e164
    assert to_e164(readable(e164)) == e164


@given(st.text(max_size=40))
def test_showing_never_fails(text: str) -> None:
    assert readable(text)[:1] == text[:1]
