"""Two candidates who are one person: all that there is of both is there of one, once."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox.automation import campaign_gathering, campaigns, workflow_beginning, workflow_executions, workflows
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.candidates import duplicates, labels, links, people, profiles
from inbox.candidates.choices import Choice
from inbox.errors import Changed, Invalid, NotFound, Refused
from inbox.messaging import (
    filters,
    labelling,
    merge_records,
    merging,
    notes,
    scheduling,
    shared_numbers,
    unmerging,
)
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
    moved = set(merging.MOVED) | {table for table, _ in merging.ONCE}
    assert naming == by_themselves | moved
    assert moved == set(merge_records.KEYS)


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


async def standing(scene: Scene, *ids: str) -> dict[str, Any]:
    """All that is known of these candidates: each row of each table that names one, but for versions and numbers."""
    varying = {"version", "place", "seq", "at", "added_at"}
    found: dict[str, Any] = {}
    for table in metadata.sorted_tables:
        if "candidate_id" in table.c and table.name != "report_moves":
            rows = await scene.tenant.fetch_all(select(table).where(table.c.candidate_id.in_(ids)))
            plain = [{name: value for name, value in row._mapping.items() if name not in varying} for row in rows]
            if table is tables.candidate_documents:
                plain = [{name: value for name, value in row.items() if name != "id"} for row in plain]
            found[table.name] = sorted(map(str, plain))
    profile_rows = await scene.tenant.fetch_all(select(tables.candidates).where(tables.candidates.c.id.in_(ids)))
    documents = await scene.tenant.fetch_all(select(tables.search_documents.c.words, tables.search_documents.c.marks))
    marks = [(" ".join(sorted(row.words.split())), " ".join(sorted(row.marks.split()))) for row in documents]
    return found | {"candidates": sorted(str(dict(row._mapping)) for row in profile_rows), "documents": sorted(marks)}


async def undone(scene: Scene, gone: str) -> None:
    async with scene.tenant.transaction():
        await unmerging.undo(scene.tenant, scene.jo, gone)


async def test_a_merge_that_is_undone_leaves_both_as_they_were(scene: Scene) -> None:
    stays, goes = await two(scene)
    for_maya, for_tom = await scene.text_in(MAYA, "Hello from one"), await scene.text_in(TOM, "Hello from two")
    async with scene.tenant.transaction():
        await shared_numbers.share(scene.tenant, goes, MAYA, actor_id=None)
    for candidate, tag in ((stays, "Both"), (goes, "Both"), (goes, "Night shift")):
        await labelling.add(scene.tenant, scene.jo, candidate, "tag", tag)
    await links.take(scene.tenant, goes, "example.com/in/maya")
    made = await workflows.create(scene.tenant, scene.jo, Wish("Nudge", [Step("text", "Hi")]))
    await workflow_beginning.begin(scene.tenant, await workflows.find(scene.tenant, made), goes)
    before = await standing(scene, stays, goes)

    await merged(scene, stays, goes, name="M. Chen", city="Geelong", number=TOM)
    assert before != await standing(scene, stays, goes)
    [merge] = await merge_records.latest(scene.tenant)
    assert unmerging.counts(merge.moved) == {"conversations": 1, "labels": 2, "campaigns": 0, "workflows": 1}  # type: ignore[arg-type]
    await undone(scene, goes)

    after = await standing(scene, stays, goes)
    for name in before:
        assert after[name] == before[name], name
    assert await merging.successor(scene.tenant, goes) is None
    assert [(await scene.row(one)).candidate_id for one in (for_maya, for_tom)] == [stays, goes]
    assert (await scene.row(for_maya)).undecided
    with pytest.raises(NotFound):
        await undone(scene, goes)


async def test_what_came_since_follows_its_number_and_what_was_changed_since_stays(scene: Scene) -> None:
    stays, goes = await two(scene)
    await merged(scene, stays, goes, city="Geelong", name="M. Chen")
    now = await profiles.find(scene.tenant, stays)
    async with scene.tenant.transaction():
        await profiles.change(scene.tenant, stays, replace(now, city="Hobart"), mark=now.mark)
    conversation = await scene.text_in(TOM, "Since then")
    assert (await scene.row(conversation)).candidate_id == stays
    await undone(scene, goes)
    assert (await scene.row(conversation)).candidate_id == goes
    here, there = await profiles.find(scene.tenant, stays), await profiles.find(scene.tenant, goes)
    assert (here.name, here.city, here.number) == ("Maya Chen", "Hobart", MAYA)
    assert (there.name, there.city, there.number) == ("M. Chen", "Geelong", TOM)


async def test_a_merge_that_cannot_be_undone_says_why(scene: Scene) -> None:
    stays, goes = await two(scene)
    third = await people.create(scene.tenant, name="Maya C.")
    await merged(scene, stays, goes)
    await merged(scene, third, stays, number=MAYA)
    with pytest.raises(Refused, match="Undo that merge first"):
        await undone(scene, goes)
    await undone(scene, stays)
    gone = tables.merged_candidates
    await scene.tenant.execute(update(gone).values(at=db_later(-31 * 86_400)))
    await merge_records.prune(scene.tenant.database)
    with pytest.raises(Refused, match="these are over"):
        await undone(scene, goes)
    await scene.tenant.execute(update(gone).values(at=db_later(0)))
    with pytest.raises(Refused, match="removed since"):
        await undone(scene, goes)
    assert await merge_records.latest(scene.tenant) == []


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
