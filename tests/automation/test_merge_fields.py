"""Merge fields are filled in with what is known, else with their fallback, and say so where neither is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.automation import merge_fields

MAYA = {"first_name": "Maya", "job": "Nurse", "stage": None, "city": ""}


@pytest.mark.parametrize(
    ("body", "text", "missing"),
    [
        ("Hi {{first_name}}", "Hi Maya", ()),
        ("Hi {{ first_name }}", "Hi Maya", ()),
        ("Hi {{first_name|there}}", "Hi Maya", ()),
        ("Your {{stage|next}} step", "Your next step", ()),
        ("In {{city|your town}}", "In your town", ()),
        ("In {{city|}} soon", "In  soon", ()),
        ("Hi {{stage}}, {{city}}, {{stage}}", "Hi {{stage}}, {{city}}, {{stage}}", ("stage", "city")),
        ("No fields", "No fields", ()),
        ("{ {first_name} }", "{ {first_name} }", ()),
    ],
)
def test_a_field_becomes_its_value_or_its_fallback(body: str, text: str, missing: tuple[str, ...]) -> None:
    filled = merge_fields.fill(body, MAYA)
    assert (filled.text, filled.missing) == (text, missing)


def test_a_value_that_looks_like_a_field_stays_as_it_is() -> None:
    assert merge_fields.fill("Hi {{name}}", {"name": "{{job}}", "job": "Nurse"}).text == "Hi {{job}}"


@pytest.mark.parametrize("body", ["Hi {{first_name}}", "{{job|the role}} at {{company}}", "Plain", "{x} } {"])
def test_a_body_whose_fields_are_all_known_is_taken(body: str) -> None:
    assert merge_fields.complaint(body) is None


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Hi {{salary}}", "There is no field “salary”."),
        ("Hi {{}}", "There is no field “”."),
        ("Hi {{first_name", "A field is written"),
        ("Hi first_name}}", "A field is written"),
        ("Hi {{first_name|a|b}}", "A field is written"),
    ],
)
def test_a_field_that_cannot_be_filled_in_is_named(body: str, words: str) -> None:
    assert words in (merge_fields.complaint(body) or "")


def test_a_field_that_is_left_in_a_text_is_found_and_other_braces_are_not() -> None:
    assert merge_fields.left_in("Hi {{ first_name }}, ok?") == "{{ first_name }}"
    assert merge_fields.left_in("Hi {{7*7}} {{salary}}") is None


@given(st.text())
def test_any_text_without_complaint_has_no_field_left_when_everything_is_known(body: str) -> None:
    values = dict.fromkeys(merge_fields.FIELDS, "x")
    if merge_fields.complaint(body) is None:
        filled = merge_fields.fill(body, values)
        assert filled.missing == ()
        assert merge_fields.left_in(filled.text) is None
