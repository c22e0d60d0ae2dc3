"""The list of candidates, narrowed: whatever is asked, its pages agree with a plain model of it in Python."""

from dataclasses import dataclass, replace
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox.candidates import choices, dead_numbers, finding, labels, people
from inbox.candidates.choices import NOBODY, Choice
from inbox.storage.columns import new_id
from inbox.storage.database import Database
from tests.messaging.scene import Scene, organisation

pytestmark = pytest.mark.anyio

TAGS, LISTS = ("Nurse", "Nights"), ("Open day", "Alumni")
STAGES = ("Applied", "Offer", None)


@dataclass(frozen=True)
class Told:
    """A candidate as the model knows them."""

    name: str
    stage: str | None
    owner: str | None
    tags: frozenset[str]
    lists: frozenset[str]
    texts: str
    """Whether they can be texted: "can", "out", "dead" or "none"."""


CANDIDATES = st.builds(
    Told,
    name=st.sampled_from(["Maya Chen", "Maya", "Tom", "Ines", "Zoë"]),
    stage=st.sampled_from(STAGES),
    owner=st.sampled_from(["jo", "ana", None]),
    tags=st.frozensets(st.sampled_from(TAGS)),
    lists=st.frozensets(st.sampled_from(LISTS)),
    texts=st.sampled_from(["can", "can", "out", "dead", "none"]),
)
ASKED = st.builds(
    Choice,
    q=st.sampled_from(["", "", "maya", "555"]),
    tag=st.sampled_from(["", *TAGS]),
    list=st.sampled_from(["", *LISTS]),
    stage=st.sampled_from(["", "Offer"]),
    owner=st.sampled_from(["", NOBODY, "ana"]),
    can_text=st.booleans(),
)


def shows(choice: Choice, told: Told) -> bool:
    """The model: is this candidate shown?"""
    return (
        (not choice.tag or choice.tag in told.tags)
        and (not choice.list or choice.list in told.lists)
        and choice.stage in ("", told.stage)
        and choice.owner in ("", told.owner or NOBODY)
        and (not choice.can_text or told.texts == "can")
        and (choice.q != "maya" or "maya" in told.name.casefold())
        and (choice.q != "555" or told.texts != "none")
    )


async def store(scene: Scene, told: list[Told]) -> dict[str, Told]:
    """Make these candidates; each with the id."""
    team, numbers = {"jo": scene.jo.id, "ana": scene.ana.id, None: None}, count(100)
    stored = {}
    for one in told:
        number = None if one.texts == "none" else f"+12005550{next(numbers)}"
        candidate_id = await people.create(
            scene.tenant, name=one.name, number=number, stage=one.stage, owner_id=team[one.owner]
        )
        for name in sorted(one.tags):
            await labels.add(scene.tenant, await labels.ensure(scene.tenant, "tag", name), [candidate_id])
        for name in sorted(one.lists):
            await labels.add(scene.tenant, await labels.ensure(scene.tenant, "list", name), [candidate_id])
        if one.texts == "out":
            assert number is not None
            await scene.text_in(number, "STOP")
        if one.texts == "dead":
            assert number is not None
            await dead_numbers.mark(scene.tenant, number, "landline", code=30006, author="Jo Park")
        stored[candidate_id] = one
    return stored


async def every_page(scene: Scene, choice: Choice) -> list[str]:
    """The ids of all pages, from the first to the last."""
    found, after = [], None
    for _ in range(50):
        page = await people.page(scene.tenant, choice, after=after)
        found += [row.id for row in page.rows]
        after = page.more
        if after is None:
            return found
        assert len(page.rows) == people.PAGE
    raise AssertionError("the pages never end")


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(told=st.lists(CANDIDATES, max_size=9), asked=st.lists(ASKED, min_size=8, max_size=8))
async def test_the_pages_of_a_choice_agree_with_the_model(
    database: Database, told: list[Told], asked: list[Choice]
) -> None:
    scene = await organisation(database)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(people, "PAGE", 2)
        patch.setattr(finding, "ASKED_FIRST", 2)
        stored = await store(scene, told)
        named = {one.name: one.id for kind in ("tag", "list") for one in await labels.all_of(scene.tenant, kind)}  # type: ignore[arg-type]
        people_named = {"": "", NOBODY: NOBODY, "ana": scene.ana.id}
        for choice in asked:
            wanted = replace(
                choice,
                tag=named.get(choice.tag, new_id()) if choice.tag else "",
                list=named.get(choice.list, new_id()) if choice.list else "",
                owner=people_named[choice.owner],
            )
            shown = sorted((one.name.casefold(), id) for id, one in stored.items() if shows(choice, one))
            assert await every_page(scene, wanted) == [id for _, id in shown], choice


async def test_a_choice_read_from_its_own_address_is_the_same(scene: Scene) -> None:
    whole = Choice("maya & co", new_id(), new_id(), "Offer", NOBODY, can_text=True)
    for choice in (whole, Choice(), Choice(owner=scene.jo.id)):
        assert choices.read(choice.parameters()) == choice
    assert Choice().words == ""
    assert choices.read({"tag": "x", "owner": "me", "stage": " \x00", "can_text": "yes"}) == Choice()


async def test_stages_and_jobs_are_offered_once_each(scene: Scene, other: Scene) -> None:
    for stage, job in (("Offer", "Nurse"), ("Applied", "Nurse"), ("Offer", None), (None, "Clerk")):
        await people.create(scene.tenant, name="Maya", stage=stage, job=job)
    await people.create(other.tenant, name="Tom", stage="Hired")
    assert (await choices.stages(scene.tenant), await choices.jobs(scene.tenant)) == (
        ["Applied", "Offer"],
        ["Clerk", "Nurse"],
    )
    assert await choices.jobs(other.tenant) == []
