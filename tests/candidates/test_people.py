"""Candidates: found or made by number, listed by name, searched by what one remembers of them."""

import asyncio

import pytest
from sqlalchemy import func, select

from inbox.candidates import people
from inbox.candidates.choices import Choice
from inbox.errors import NotFound
from inbox.storage import tables
from inbox.storage.columns import new_id
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def test_a_number_belongs_to_one_candidate_however_many_texts_come_at_once(scene: Scene) -> None:
    ids = await asyncio.gather(*(people.by_number(scene.tenant, MAYA) for _ in range(12)))
    assert len(set(ids)) == 1
    assert await scene.tenant.fetch_val(select(func.count()).select_from(tables.candidates)) == 1
    assert await people.by_number(scene.tenant, MAYA) == ids[0]


async def test_somebody_without_a_name_is_called_by_the_number(scene: Scene) -> None:
    stranger = await people.find(scene.tenant, await people.by_number(scene.tenant, MAYA))
    assert (stranger.name, stranger.first_name) == ("+61 491 570 110", "+61 491 570 110")
    assert stranger.can_text
    assert stranger.text_status == "Can text"


async def test_a_profile_says_whether_a_text_may_be_sent(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "STOP")
    maya = await people.find(scene.tenant, await people.by_number(scene.tenant, MAYA))
    assert (maya.text_status, maya.can_text, maya.conversation_id) == ("Opted out", False, conversation)
    nobody = await people.find(scene.tenant, await people.create(scene.tenant, name="Hana", email="hana@example.com"))
    assert (nobody.text_status, nobody.can_text, nobody.conversation_id) == ("No number", False, None)


async def test_a_number_that_somebody_holds_is_not_taken_from_them(scene: Scene) -> None:
    maya = await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    second = await people.create(scene.tenant, name="Maya Again", number=MAYA)
    assert await people.by_number(scene.tenant, MAYA) == maya
    assert (await people.find(scene.tenant, second)).number is None


async def test_pages_run_by_name_without_double_and_gap(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(people, "PAGE", 3)
    names = ["Maya", "amir", "Tom", "Ines", "Maya", "Zoë", "Lena/Lou"]
    for name in names:
        await people.create(scene.tenant, name=name)
    found, after = [], None
    for _ in range(10):
        page = await people.page(scene.tenant, after=after)
        found += [(row.name, row.id) for row in page.rows]
        after = page.more
        if after is None:
            break
    assert [name for name, _ in found] == sorted(names, key=str.casefold)
    assert len({id for _, id in found}) == len(names)


async def test_a_key_that_nobody_gave_out_shows_the_first_page(scene: Scene) -> None:
    await people.create(scene.tenant, name="Maya")
    for key in ("", "/", "x/maya", "not-a-uuid-but-thirty-six-long-okay!/maya", "\x00/\x00"):
        assert [row.name for row in (await people.page(scene.tenant, after=key)).rows] == ["Maya"], key


async def test_a_search_looks_at_names_numbers_and_e_mails(scene: Scene) -> None:
    await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    await people.create(scene.tenant, name="Tom 100%", number=TOM, email="Tom@example.com")
    for q, names in (
        ("maya", ["Maya Chen"]),
        ("CHEN", ["Maya Chen"]),
        ("+61 491 570 110", ["Maya Chen"]),
        ("0491 570 110", ["Maya Chen"]),
        ("570 1", ["Maya Chen", "Tom 100%"]),
        ("tom@Example.com", ["Tom 100%"]),
        ("100%", ["Tom 100%"]),
        ("chen may", ["Maya Chen"]),
        ("aya", []),
        ("%", []),
        ("_", []),
        ("nobody", []),
        ("  ", ["Maya Chen", "Tom 100%"]),
    ):
        assert [row.name for row in (await people.page(scene.tenant, Choice(q=q))).rows] == names, q


async def test_candidates_of_another_organisation_are_nowhere(scene: Scene, other: Scene) -> None:
    maya = await people.create(other.tenant, name="Maya Chen", number=MAYA)
    for unknown in (maya, new_id()):
        with pytest.raises(NotFound):
            await people.find(scene.tenant, unknown)
    assert (await people.page(scene.tenant, Choice(q="maya"))).rows == ()
    assert await people.by_number(scene.tenant, MAYA) != maya
