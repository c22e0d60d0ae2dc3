"""What a form says of a candidate is checked, kept once, and never written over what somebody else kept."""

import pytest

from inbox.candidates import numbers, people, profiles
from inbox.candidates.choices import Choice
from inbox.candidates.profiles import NumberTaken, Profile
from inbox.errors import Changed, Invalid, NotFound
from inbox.storage.columns import new_id
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


def typed(**facts: str) -> Profile:
    """A profile as somebody in Australia types it."""
    return profiles.checked(facts, region="AU")


def test_a_number_is_kept_with_its_country_and_blanks_are_not() -> None:
    profile = typed(name="  Maya   Chen ", number="0491 570 110", email="", city=" ")
    assert (profile.name, profile.number, profile.email, profile.city) == ("Maya Chen", MAYA, None, None)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, "name"),
        ({"city": "Geelong"}, "name"),
        ({"name": "n" * 201}, "name"),
        ({"name": "Maya", "number": "12"}, "number"),
        ({"name": "Maya", "number": "0491 57O 110"}, "number"),
        ({"name": "Maya", "email": "maya"}, "email"),
        ({"name": "Maya", "email": "ma ya@example.com"}, "email"),
    ],
)
def test_what_cannot_be_kept_is_refused_beside_its_field(facts: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        typed(**facts)
    assert list(refused.value.fields) == [field]


async def test_a_number_that_somebody_has_is_refused_with_who_it_is_and_nothing_is_kept(scene: Scene) -> None:
    maya = await profiles.add(scene.tenant, typed(name="Maya", number=MAYA))
    with pytest.raises(NumberTaken, match="number of Maya") as taken:
        await profiles.add(scene.tenant, typed(name="Double", number=MAYA))
    assert taken.value.holder.id == maya
    assert [row.name for row in (await people.page(scene.tenant)).rows] == ["Maya"]


async def test_a_new_number_is_texted_and_the_old_one_stays_theirs(scene: Scene) -> None:
    maya = await profiles.add(scene.tenant, typed(name="Maya", number=MAYA))
    mark = (await profiles.find(scene.tenant, maya)).mark
    await profiles.change(scene.tenant, maya, typed(name="Maya", number=TOM), mark=mark)
    assert (await people.find(scene.tenant, maya)).number == TOM
    assert await numbers.holder(scene.tenant, MAYA) == maya
    mark = (await profiles.find(scene.tenant, maya)).mark
    await profiles.change(scene.tenant, maya, typed(name="Maya", number=MAYA), mark=mark)
    assert (await people.find(scene.tenant, maya)).number == MAYA
    mark = (await profiles.find(scene.tenant, maya)).mark
    with pytest.raises(Invalid, match="not taken away"):
        await profiles.change(scene.tenant, maya, typed(name="Maya"), mark=mark)


async def test_of_two_who_change_a_candidate_the_second_is_told(scene: Scene) -> None:
    maya = await profiles.add(scene.tenant, typed(name="Maya", number=MAYA))
    mark = (await profiles.find(scene.tenant, maya)).mark
    await profiles.change(scene.tenant, maya, typed(name="Maya", number=MAYA, city="Geelong"), mark=mark)
    with pytest.raises(Changed):
        await profiles.change(scene.tenant, maya, typed(name="Maya", number=MAYA, city="Perth"), mark=mark)
    assert (await profiles.find(scene.tenant, maya)).city == "Geelong"


async def test_candidates_of_another_organisation_are_not_there(scene: Scene, other: Scene) -> None:
    theirs = await profiles.add(other.tenant, typed(name="Theirs", number=MAYA))
    with pytest.raises(NotFound):
        await profiles.find(scene.tenant, theirs)
    with pytest.raises(NotFound):
        await profiles.change(scene.tenant, theirs, typed(name="Ours"), mark="")
    with pytest.raises(NotFound):
        await profiles.find(scene.tenant, new_id())
    assert await profiles.add(scene.tenant, typed(name="Ours", number=MAYA))


async def test_a_candidate_is_searched_by_what_the_profile_says_now(scene: Scene) -> None:
    maya = await profiles.add(scene.tenant, typed(name="Maya Chen", number=MAYA, email="maya@example.com"))
    mark = (await profiles.find(scene.tenant, maya)).mark
    await profiles.change(scene.tenant, maya, typed(name="Mia Tan", number=TOM, email="mia@example.com"), mark=mark)
    for q, is_found in (("mia tan", True), ("mia@ex", True), (TOM, True), (MAYA, True), ("chen", False)):
        assert bool((await people.page(scene.tenant, Choice(q=q))).rows) == is_found, q
