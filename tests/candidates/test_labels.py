"""Tags and lists: named once whatever the case, counted as they are given and taken, read by key and by name."""

import pytest

from inbox.candidates import choices, labels, people, profiles
from inbox.candidates.labels import Label
from inbox.errors import Invalid, NotFound
from tests.messaging.scene import Scene

pytestmark = pytest.mark.anyio


async def given(scene: Scene, label: Label, *names: str) -> list[str]:
    """New candidates of these names who have the label; their ids."""
    ids = [await people.create(scene.tenant, name=name) for name in names]
    assert sorted(await labels.add(scene.tenant, label, ids)) == sorted(ids)
    return ids


async def test_a_name_is_one_label_of_its_kind_whatever_its_case(scene: Scene, other: Scene) -> None:
    first = await labels.ensure(scene.tenant, "tag", "  Night   shifts ")
    assert (await labels.ensure(scene.tenant, "tag", "NIGHT SHIFTS")) == first
    assert first.name == "Night shifts"
    assert (await labels.ensure(scene.tenant, "list", "night shifts")).id != first.id
    assert (await labels.ensure(other.tenant, "tag", "Night shifts")).id != first.id
    with pytest.raises(Invalid, match="There is a tag “night shifts” already"):
        await labels.create(scene.tenant, "tag", "night shifts")
    for wrong, sentence in (("  ", "Enter a name"), ("x" * 41, "41 of 40 characters. Shorten it by 1")):
        with pytest.raises(Invalid, match=sentence):
            await labels.ensure(scene.tenant, "tag", wrong)


async def test_its_size_is_how_many_have_it_however_often_it_is_given_and_taken(scene: Scene) -> None:
    tag = await labels.ensure(scene.tenant, "tag", "Nurse")
    ids = await given(scene, tag, "Maya", "Tom", "Ines")
    assert await labels.add(scene.tenant, tag, ids) == []
    assert await labels.take(scene.tenant, tag, ids[:1]) == ids[:1]
    assert await labels.take(scene.tenant, tag, ids[:1]) == []
    assert [(one.name, one.size) for one in await labels.all_of(scene.tenant, "tag")] == [("Nurse", 2)]
    assert [one.name for one in await labels.of_candidate(scene.tenant, ids[1])] == ["Nurse"]
    assert await labels.of_candidate(scene.tenant, ids[0]) == []
    await labels.take(scene.tenant, tag, ids)
    assert await labels.all_of(scene.tenant, "tag") == []


async def test_the_candidates_of_a_list_are_read_in_pages_by_their_ids(scene: Scene) -> None:
    made = await labels.create(scene.tenant, "list", "Open day")
    ids = await given(scene, made, *(f"Candidate {place}" for place in range(7)))
    found: list[str] = []
    while page := await labels.members(scene.tenant, made.id, after=found[-1] if found else None, most=3):
        found += page
    assert found == sorted(ids)


async def test_a_list_is_renamed_and_deleted_and_its_candidates_stay(scene: Scene, other: Scene) -> None:
    made, second = [await labels.create(scene.tenant, "list", name) for name in ("Open day", "Alumni")]
    (maya,) = await given(scene, made, "Maya")
    assert (await labels.rename(scene.tenant, made.id, "OPEN DAY")).name == "OPEN DAY"
    with pytest.raises(Invalid, match="There is a list “alumni” already"):
        await labels.rename(scene.tenant, made.id, "alumni")
    with pytest.raises(NotFound):
        await labels.remove(other.tenant, made.id)
    with pytest.raises(NotFound):
        await labels.remove(scene.tenant, (await labels.ensure(scene.tenant, "tag", "Nurse")).id)
    await labels.remove(scene.tenant, made.id)
    assert await labels.all_of(scene.tenant, "list") == [second]
    assert (await people.find(scene.tenant, maya)).name == "Maya"


async def test_names_are_suggested_by_a_part_of_them(scene: Scene) -> None:
    for name in ("Night shifts", "100% remote", "Nurse"):
        await labels.create(scene.tenant, "list", name)
    assert [one.name for one in await labels.all_of(scene.tenant, "list", q="N")] == ["Night shifts", "Nurse"]
    assert [one.name for one in await labels.all_of(scene.tenant, "list", q="0% R")] == ["100% remote"]


async def test_the_order_of_a_label_follows_another_name(scene: Scene) -> None:
    made = await labels.create(scene.tenant, "list", "Open day")
    maya, _ = await given(scene, made, "Maya", "Tom")
    before = await profiles.find(scene.tenant, maya)
    renamed = profiles.checked({"name": "Zoë"}, region="AU")
    async with scene.tenant.transaction():
        await profiles.change(scene.tenant, maya, renamed, mark=before.mark)
    page = await people.page(scene.tenant, choices.read({"list": made.id}))
    assert [row.name for row in page.rows] == ["Tom", "Zoë"]
