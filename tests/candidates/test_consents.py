"""The ledger of consents: every way to write one down adds a row, none is ever changed, and the newest holds."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import inbox
from inbox.candidates import consents, people, profiles
from inbox.messaging import reviewing
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def told(scene: Scene, number: str = MAYA) -> list[tuple[bool, str, str, str]]:
    candidate = await people.by_number(scene.tenant, number)
    found = await consents.of_candidate(scene.tenant, candidate)
    return [(one.given, one.source, one.words, one.author) for one in reversed(found)]


async def test_a_profile_that_says_of_consent_adds_a_row_and_saying_it_again_adds_none(scene: Scene) -> None:
    typed = {"name": "Maya Chen", "number": MAYA, "consent": "3 February, web form"}
    profile = profiles.checked(typed, region="AU")
    maya = await profiles.add(scene.tenant, profile, by="Jo Park")
    for consent in ("3 February, web form", "4 March, by phone", None):
        known = await profiles.find(scene.tenant, maya)
        async with scene.tenant.transaction():
            await profiles.change(scene.tenant, maya, replace(known, consent=consent), mark=known.mark, by="Ana Ruiz")
    assert await told(scene) == [
        (True, "profile", "3 February, web form", "Jo Park"),
        (True, "profile", "4 March, by phone", "Ana Ruiz"),
        (False, "profile", "No more: 4 March, by phone", "Ana Ruiz"),
    ]


async def test_what_a_candidate_texts_stands_in_it_word_for_word(scene: Scene) -> None:
    for body in ("Hello", "Stop.", "START", "HELP", "please don't text me"):
        conversation = await scene.text_in(MAYA, body)
    await reviewing.clear(scene.tenant, scene.jo, conversation)
    assert await told(scene) == [
        (False, "text", "Stop.", ""),
        (True, "text", "START", ""),
        (False, "text", "please don't text me", ""),
        (True, "review", "Read again: this was no opt-out", "Jo Park"),
    ]
    assert (await consents.standing(scene.tenant, [MAYA, TOM]))[MAYA].given


async def test_a_refusal_that_was_none_agrees_to_nothing(scene: Scene) -> None:
    conversation = await scene.text_in(TOM, "please don't text me")
    await reviewing.clear(scene.tenant, scene.jo, conversation)
    assert not (await consents.standing(scene.tenant, [TOM]))[TOM].given


async def test_the_whole_ledger_is_read_in_its_order_and_keeps_to_its_organisation(scene: Scene, other: Scene) -> None:
    await people.create(scene.tenant, name="Tom Reed", number=TOM, consent="By post")
    await consents.record(scene.tenant, MAYA, source="record", words="By phone", author="Jo Park")
    await consents.record(other.tenant, MAYA, source="record", words="Elsewhere")
    rows = [(one.number, one.name, one.words) for one in await consents.page(scene.tenant, most=100)]
    assert rows == [(TOM, "Tom Reed", "By post"), (MAYA, None, "By phone")]


def test_no_code_changes_or_removes_a_row_but_for_a_candidate_who_is_erased() -> None:
    package = Path(inbox.__file__).parent
    for file in set(package.rglob("*.py")) - {package / "reports" / "erasing.py"}:
        text = file.read_text()
        assert not re.search(r"\bconsents\.(update|delete)\(|\b(update|delete)\(consents\b", text), file
    own = Path(consents.__file__).read_text()
    assert not re.search(r"\btable\.(update|delete)\(|\b(update|delete)\(", own)
