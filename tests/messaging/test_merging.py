"""Two candidates who are one person: all that there is of both is there of one, once."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from inbox.automation import campaign_gathering, campaigns, workflow_beginning, workflow_executions, workflows
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.candidates import duplicates, labels, links, people, profiles
from inbox.candidates.choices import Choice
from inbox.errors import Changed, Invalid, NotFound
from inbox.messaging import filters, labelling, merging, notes, scheduling, shared_numbers
from inbox.messaging.views import View
from inbox.storage import jobs, tables
from inbox.storage.columns import db_later, new_id
from inbox.storage.tables import metadata
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def two(scene: Scene) -> tuple[str, str]:
    """Maya, and Maya again with another number; the ids of both."""
    first = await people.create(scene.tenant, name="Maya Chen", number=MAYA, email="maya@example.com", job="Nurse")
    again = await people.create(scene.tenant, name="M. Chen", number=TOM, email="Maya@example.com", city="Geelong")
    return first, again


async def merged(scene: Scene, stays: str, goes: str, **changes: str | None) -> Any:
    """They are merged, with the facts of who stays but for the `changes`."""
    here, there = await profiles.find(scene.tenant, stays), await profiles.find(scene.tenant, goes)
    async with scene.tenant.transaction():
        chosen = replace(here, **changes)
        return await merging.merge(scene.tenant, scene.jo, stays, goes, chosen, marks=(here.mark, there.mark))


def test_every_table_that_names_a_candidate_is_thought_of() -> None:
    naming = {table for table in metadata.tables.values() if "candidate_id" in table.c}
    by_themselves = {
        tables.conversations,
        tables.candidate_numbers,
        tables.candidate_documents,
        tables.label_members,
        tables.erasures,  # of somebody who is nobody any more
        tables.candidate_import_rows,  # names who was imported, whatever becomes of them
    }
    assert naming == by_themselves | set(merging.MOVED) | {table for table, _ in merging.ONCE}


async def test_all_that_both_have_is_of_one_and_the_old_id_leads_there(scene: Scene) -> None:
    stays, goes = await two(scene)
    for_maya, for_tom = await scene.text_in(MAYA, "Hello from one"), await scene.text_in(TOM, "Hello from two")
    await notes.write(scene.tenant, scene.jo, for_tom, note_id=new_id(), body="Called her")
    at = await scene.tenant.fetch_val(select(db_later(86_400)))
    later: dict[str, Any] = {"send_at": at, "regardless": False, "seen": None}
    await scheduling.schedule(scene.tenant, scene.jo, for_tom, text_id=new_id(), body="See you", **later)
    for candidate, tag in ((stays, "Both"), (goes, "Both"), (goes, "Night shift")):
        await labelling.add(scene.tenant, scene.jo, candidate, "tag", tag)
    await links.take(scene.tenant, goes, "example.com/in/maya")
    made = await workflows.create(scene.tenant, scene.jo, Wish("Nudge", [Step("text", "Hi")]))
    for candidate in (stays, goes):
        await workflow_beginning.begin(scene.tenant, await workflows.find(scene.tenant, made), candidate)
    campaign = await campaigns.create(
        scene.tenant, scene.jo, name="Spring", body="Hi", choice=Choice(), only_consented=False
    )
    for job in await jobs.claim(scene.tenant.database, kinds=[campaigns.GATHER], limit=1, lease_seconds=60):
        await campaign_gathering.gather(scene.tenant, job)

    await merged(scene, stays, goes, city="Geelong")

    assert await merging.successor(scene.tenant, goes) == stays
    with pytest.raises(NotFound):
        await people.find(scene.tenant, goes)
    profile = await profiles.find(scene.tenant, stays)
    assert (profile.name, profile.number, profile.job, profile.city) == ("Maya Chen", MAYA, "Nurse", "Geelong")
    for conversation in (for_maya, for_tom):
        assert (await scene.row(conversation)).candidate_id == stays
    assert (await scene.row(for_tom)).scheduled == 1
    assert [note.body for note in await notes.newest(scene.tenant, stays, most=5)] == ["Called her"]
    held = {label.name: label.size for label in await labels.of_candidate(scene.tenant, stays)}
    assert held == {"Both": 1, "Night shift": 1}
    assert await links.holder(scene.tenant, "example.com/in/maya") == stays
    states = [one.state for one in await workflow_executions.of_candidate(scene.tenant, stays)]
    assert sorted(states) == ["running", "stopped"]
    recipients = await scene.tenant.fetch_all(select(tables.campaign_recipients.c.candidate_id))
    assert [(row.candidate_id) for row in recipients] == [stays]
    assert campaign
    night = next(label for label in await labels.of_candidate(scene.tenant, stays) if label.name == "Night shift")
    for asked in ({"q": "maya chen"}, {"tag": night.id}, {"job": "nurse"}):
        shown = await filters.page(scene.tenant, View(user_id=None, zone="UTC", **asked))
        assert {row.id for row in shown.rows} == {for_maya, for_tom}, asked
        assert {row.name for row in shown.rows} == {"Maya Chen"}
    assert await scene.text_in(TOM, "Still me") == for_tom


async def test_the_number_that_was_chosen_is_texted_and_the_name_that_was_chosen_is_found(scene: Scene) -> None:
    stays, goes = await two(scene)
    conversation = await scene.text_in(MAYA)
    await merged(scene, stays, goes, number=TOM, name="M. Chen")
    assert (await people.find(scene.tenant, stays)).number == TOM
    shown = await filters.page(scene.tenant, View(user_id=None, zone="UTC", q='"m. chen"'))
    assert [row.id for row in shown.rows] == [conversation]


async def test_whoever_shared_the_number_is_asked_for_no_more(scene: Scene) -> None:
    stays, goes = await two(scene)
    conversation = await scene.text_in(MAYA)
    async with scene.tenant.transaction():
        await shared_numbers.share(scene.tenant, goes, MAYA, actor_id=None)
    assert [(one.by, one.same, len(one.people)) for one in await duplicates.find(scene.tenant)] == [
        ("number", MAYA, 2),
        ("email", "maya@example.com", 2),
    ]
    await merged(scene, goes, stays)
    row = await scene.row(conversation)
    assert (row.candidate_id, row.sharers, bool(row.undecided)) == (goes, 1, False)
    assert await duplicates.find(scene.tenant) == []


async def test_who_was_merged_before_leads_to_the_last_one(scene: Scene) -> None:
    stays, goes = await two(scene)
    third = await people.create(scene.tenant, name="Maya C.")
    await merged(scene, goes, third)
    await merged(scene, stays, goes)
    assert await merging.successor(scene.tenant, third) == stays
    assert await merging.successor(scene.tenant, goes) == stays


async def test_what_was_changed_meanwhile_is_looked_at_again(scene: Scene, other: Scene) -> None:
    stays, goes = await two(scene)
    here = await profiles.find(scene.tenant, stays)
    with pytest.raises(Changed):
        await merging.merge(scene.tenant, scene.jo, stays, goes, here, marks=(here.mark, "an older one"))
    with pytest.raises(Invalid):
        await merged(scene, stays, stays)
    foreign = await people.create(other.tenant, name="Maya Chen")
    with pytest.raises(NotFound):
        await merging.merge(scene.tenant, scene.jo, stays, foreign, here, marks=(here.mark, here.mark))
    assert (await people.find(scene.tenant, goes)).id == goes
