"""Message templates: shared with everybody or one's own, and never overwritten unseen."""

import pytest

from inbox.automation import field_values, message_templates
from inbox.automation.message_templates import MessageTemplate
from inbox.candidates import people
from inbox.errors import Changed, Invalid, NotFound
from inbox.messaging import conversations
from tests.messaging.scene import Scene

pytestmark = pytest.mark.anyio


async def written(
    scene: Scene, name: str = "Hello", body: str = "Hi {{first_name|there}}", *, shared: bool = True
) -> MessageTemplate:
    """One that Jo has written."""
    return await message_templates.create(scene.tenant, scene.jo, name=name, body=body, shared=shared)


async def names(scene: Scene, user: object = None, q: str = "") -> list[str]:
    found = await message_templates.all_of(scene.tenant, user or scene.jo, q=q)  # type: ignore[arg-type]
    return [template.name for template in found]


async def test_a_shared_one_is_everybodys_and_ones_own_is_nobody_elses(scene: Scene) -> None:
    await written(scene, "For all")
    own = await written(scene, "For me", shared=False)
    assert await names(scene) == ["For all", "For me"]
    assert await names(scene, scene.ana) == ["For all"]
    with pytest.raises(NotFound):
        await message_templates.find(scene.tenant, scene.ana, own.id)
    with pytest.raises(NotFound):
        await message_templates.archive(scene.tenant, scene.ana, own.id)


async def test_those_of_another_organisation_are_not_there(scene: Scene, other: Scene) -> None:
    theirs = await message_templates.create(other.tenant, other.jo, name="Theirs", body="Hi", shared=True)
    assert await names(scene) == []
    with pytest.raises(NotFound):
        await message_templates.find(scene.tenant, scene.jo, theirs.id)


async def test_words_are_found_in_the_name_and_in_the_text(scene: Scene) -> None:
    await written(scene, "Interview", "See you at ten")
    await written(scene, "Follow up", "Was the 100% interview good?")
    assert await names(scene, q="inter") == ["Follow up", "Interview"]
    assert await names(scene, q="TEN") == ["Interview"]
    assert await names(scene, q="100%") == ["Follow up"]
    assert await names(scene, q="_") == []


async def test_whoever_saves_over_unseen_words_is_told_and_changes_nothing(scene: Scene) -> None:
    template = await written(scene)
    await message_templates.change(
        scene.tenant, scene.ana, template.id, name="Hello", body="Hi from Ana", shared=True, version=template.version
    )
    with pytest.raises(Changed, match="Ana Ruiz changed this template meanwhile"):
        await message_templates.change(
            scene.tenant, scene.jo, template.id, name="Hello", body="Hi from Jo", shared=True, version=template.version
        )
    now = await message_templates.find(scene.tenant, scene.jo, template.id)
    assert (now.body, now.updated_by, now.version) == ("Hi from Ana", "Ana Ruiz", 1)


async def test_two_of_one_name_cannot_be_told_apart_so_the_second_is_refused(scene: Scene) -> None:
    first = await written(scene, "Hello")
    with pytest.raises(Invalid, match="already"):
        await written(scene, "  HELLO ")
    own = await message_templates.change(
        scene.tenant, scene.jo, first.id, name="hello", body="Hi", shared=True, version=0
    )
    assert own.name == "hello"
    await message_templates.archive(scene.tenant, scene.jo, first.id)
    await written(scene, "Hello")
    with pytest.raises(Invalid, match="already"):
        await message_templates.restore(scene.tenant, scene.jo, first.id)


async def test_a_removed_one_is_not_offered_and_can_be_brought_back(scene: Scene) -> None:
    template = await written(scene)
    assert (await message_templates.archive(scene.tenant, scene.ana, template.id)).is_archived
    assert await names(scene) == []
    assert not (await message_templates.restore(scene.tenant, scene.jo, template.id)).is_archived
    assert await names(scene) == ["Hello"]


@pytest.mark.parametrize(
    ("name", "body", "field"),
    [
        ("", "Hi", "name"),
        ("n" * 81, "Hi", "name"),
        ("Hello", "  ", "body"),
        ("Hello", "x" * 1601, "body"),
        ("Hello", "Hi {{salary}}", "body"),
    ],
)
async def test_what_cannot_be_used_is_refused_beside_its_field(scene: Scene, name: str, body: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await written(scene, name, body)
    assert list(refused.value.fields) == [field]


async def test_a_template_is_filled_in_for_one_candidate(scene: Scene) -> None:
    conversation = await conversations.find(scene.tenant, await scene.text_in())
    candidate = await people.find(scene.tenant, conversation.candidate_id)
    template = await written(scene, body="Hi {{first_name|there}}, {{my_first_name}} of {{company}}. {{job}}")
    values = await field_values.values_for(scene.tenant, scene.jo, candidate, conversation)
    filled = message_templates.filled(template, values)
    assert filled.text == f"Hi there, Jo of {scene.company.name}. {{{{job}}}}"
    assert filled.missing == ("job",)
