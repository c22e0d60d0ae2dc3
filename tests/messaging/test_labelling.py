"""Tags, lists and jobs: conversations follow, many candidates are changed at once, and one Undo takes it back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from inbox.candidates import labels, people, profiles
from inbox.candidates.choices import Choice
from inbox.candidates.labels import Kind
from inbox.errors import Invalid, NotFound
from inbox.messaging import conversations, filters, label_changes, labelling, lately, notes, renaming
from inbox.messaging.label_changes import Change
from inbox.messaging.labelling import Act
from inbox.messaging.views import View
from inbox.storage import events, jobs, tables
from inbox.storage.columns import new_id
from inbox.storage.events import EventKind, EventLog
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio

SHARED = View(user_id=None, zone="UTC")


async def candidate(scene: Scene, number: str) -> str:
    return await people.by_number(scene.tenant, number)


async def shown(scene: Scene, view: View) -> list[str]:
    """The conversations of a view, as its first page has them; the live match has to agree."""
    rows = [row.id for row in (await filters.page(scene.tenant, view)).rows]
    every = [row.id for row in (await filters.page(scene.tenant, SHARED)).rows]
    live = await filters.matching(scene.tenant, [view], every)
    assert live.get(view, frozenset()) == set(rows)
    return rows


async def happened(scene: Scene, since: int) -> list[tuple[EventKind, str | None]]:
    log = await EventLog(scene.tenant.database).read(scene.tenant.channel, since, 1000)
    return [(event.kind, event.conversation_id) for event in log]


async def test_a_tag_is_a_filter_of_the_conversations_of_whoever_has_it(scene: Scene, other: Scene) -> None:
    maya, tom = await scene.text_in(MAYA), await scene.text_in(TOM)
    since = (await events.head(scene.tenant)).seq
    tag = await labelling.add(scene.tenant, scene.jo, await candidate(scene, MAYA), "tag", "Nurse")
    tagged = replace(SHARED, tag=tag.id)
    assert await shown(scene, tagged) == [maya]
    assert await shown(scene, replace(tagged, waiting=True)) == [maya]
    assert await shown(scene, replace(tagged, failed=True)) == []
    assert await shown(scene, replace(SHARED, tag=new_id())) == []
    again = await labelling.add(scene.tenant, scene.ana, await candidate(scene, MAYA), "tag", "NURSE")
    assert again.id == tag.id
    await labelling.remove(scene.tenant, scene.ana, await candidate(scene, TOM), tag.id)
    assert await happened(scene, since) == [(EventKind.CANDIDATE_CHANGED, maya)]
    await labelling.remove(scene.tenant, scene.ana, await candidate(scene, MAYA), tag.id)
    assert await shown(scene, tagged) == []
    assert tom in await shown(scene, SHARED)
    with pytest.raises(NotFound):
        await labelling.add(other.tenant, other.jo, await candidate(scene, MAYA), "tag", "Nurse")
    with pytest.raises(NotFound):
        await labelling.remove(other.tenant, other.jo, await candidate(other, MAYA), tag.id)


async def test_a_conversation_that_is_opened_later_has_the_tags_and_the_job(scene: Scene) -> None:
    maya = await people.create(scene.tenant, name="Maya", number=MAYA, job="Registered Nurse, Geelong")
    tags = [await labelling.add(scene.tenant, scene.jo, maya, "tag", name) for name in ("Nurse", "Nights")]
    await labelling.add(scene.tenant, scene.jo, maya, "list", "Open day")
    conversation = await scene.text_in(MAYA)
    for view in (*(replace(SHARED, tag=tag.id) for tag in tags), replace(SHARED, job="nurse geel")):
        assert await shown(scene, view) == [conversation], view
    await labelling.remove(scene.tenant, scene.jo, maya, tags[0].id)
    assert await shown(scene, replace(SHARED, tag=tags[0].id)) == []
    assert await shown(scene, replace(SHARED, tag=tags[1].id, job="Registered Nurse, Geelong")) == [conversation]


async def test_a_job_is_found_by_its_words_and_follows_a_change(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    maya = await candidate(scene, MAYA)
    before = await profiles.find(scene.tenant, maya)
    for job, finds, misses in (
        ("Registered Nurse, Geelong", ("nurse", "GEELONG registered", "nur"), ("clerk", "nurse clerk", "urse", "!?")),
        ("Nurse", ("nurse",), ("geelong", "registered")),
        ("Ärztin", ("arztin", "ärzt"), ("nurse",)),
        (None, (), ("arztin", "n")),
    ):
        after = replace(before, job=job)
        async with scene.tenant.transaction():
            await profiles.change(scene.tenant, maya, after, mark=before.mark)
            await renaming.renamed(scene.tenant, maya, before, after, actor_id=scene.jo.id)
        before = after
        for asked in finds:
            assert await shown(scene, replace(SHARED, job=asked)) == [conversation], asked
        for asked in misses:
            assert await shown(scene, replace(SHARED, job=asked)) == [], asked


async def many(scene: Scene, names: int = 7) -> list[str]:
    """Candidates by name, every second of whom has texted."""
    ids = []
    for place in range(names):
        number = f"+12005550{100 + place}"
        ids.append(await people.create(scene.tenant, name=f"Candidate {place}", number=number))
        if place % 2:
            await scene.text_in(number)
    return ids


async def changed(
    scene: Scene,
    act: Act,
    name: str,
    *,
    kind: Kind = "tag",
    chosen: list[str] | None = None,
    choice: Choice | None = None,
) -> Change:
    return await label_changes.begin(scene.tenant, scene.jo, act, kind, name, chosen=chosen, choice=choice or Choice())


async def worked(scene: Scene) -> int:
    """A worker does all there is to do; how many turns it took."""
    database, turns = scene.tenant.database, 0
    while claimed := await jobs.claim(database, kinds=[label_changes.GO_ON], limit=1, lease_seconds=60):
        turns += 1
        assert await label_changes.go_on(scene.tenant, claimed[0]) is None
        await jobs.done(database, claimed[0])
    return turns


async def who_has(scene: Scene, change: Change) -> set[str]:
    return set(await labels.members(scene.tenant, change.label.id, after=None, most=1000))


async def test_those_who_are_chosen_are_changed_at_once_and_changed_back_by_one_undo(
    scene: Scene, other: Scene
) -> None:
    ids = await many(scene)
    await labelling.add(scene.tenant, scene.ana, ids[0], "tag", "Nurse")
    stranger = await people.create(other.tenant, name="Stranger")
    change = await changed(scene, "add", "nurse", chosen=[*ids[:4], stranger, new_id()])
    assert (change.state, change.number, change.words) == ("done", 3, "The tag “Nurse” was added to 3 candidates.")
    assert await who_has(scene, change) == set(ids[:4])
    assert len(await shown(scene, replace(SHARED, tag=change.label.id))) == 2
    assert (await label_changes.undo(scene.tenant, change.id)).state == "undone"
    assert await who_has(scene, change) == {ids[0]}
    assert await shown(scene, replace(SHARED, tag=change.label.id)) == []
    assert (await label_changes.undo(scene.tenant, change.id)).words == "Undone: “Nurse” is as it was."
    with pytest.raises(NotFound):
        await label_changes.undo(other.tenant, change.id)


async def test_all_of_a_list_are_changed_in_turns_and_so_they_are_changed_back(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_changes, "AT_ONCE", 2)
    ids = await many(scene)
    change = await changed(scene, "add", "Open day", kind="list")
    assert (change.state, change.number) == ("running", 2)
    assert await worked(scene) == 3
    done = await label_changes.find(scene.tenant, change.id)
    assert (done.state, done.words) == ("done", "7 candidates added to the list “Open day”.")
    assert (await who_has(scene, change), done.label.size) == (set(ids), 7)

    # Who leaves the list while it is read is not passed over.
    emptied = await changed(scene, "remove", "open DAY", kind="list", choice=Choice(list=change.label.id))
    await worked(scene)
    assert await who_has(scene, emptied) == set()
    assert (await label_changes.undo(scene.tenant, emptied.id)).state == "undoing"
    await worked(scene)
    assert (await label_changes.find(scene.tenant, emptied.id)).state == "undone"
    assert await who_has(scene, emptied) == set(ids)


async def test_undo_stops_what_is_running_and_a_deleted_list_ends_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_changes, "AT_ONCE", 2)
    await many(scene)
    change = await changed(scene, "add", "Open day", kind="list")
    await label_changes.undo(scene.tenant, change.id)
    await worked(scene)
    assert await who_has(scene, change) == set()
    second = await changed(scene, "add", "Open day", kind="list")
    await labels.remove(scene.tenant, second.label.id)
    assert await worked(scene) == 1
    assert await scene.tenant.fetch_all(select(tables.label_members)) == []


async def test_what_nobody_has_is_not_removed(scene: Scene) -> None:
    (maya,) = await many(scene, 1)
    with pytest.raises(Invalid, match="There is no tag “Nurse”"):
        await changed(scene, "remove", "Nurse", chosen=[maya])
    await labelling.add(scene.tenant, scene.jo, maya, "tag", "Nurse")
    twice = await changed(scene, "add", "Nurse", chosen=[maya])
    assert (twice.number, twice.words) == (0, "Nothing changed: all of them have “Nurse”.")


async def test_old_changes_are_forgotten(scene: Scene) -> None:
    (maya,) = await many(scene, 1)
    old, new = [await changed(scene, act, "Nurse", chosen=[maya]) for act in ("add", "remove")]  # type: ignore[arg-type]
    long_ago = tables.label_changes.c.created_at
    rows = await scene.tenant.fetch_all(select(long_ago))
    await scene.tenant.execute(
        update(tables.label_changes)
        .where(tables.label_changes.c.id == old.id)
        .values(created_at=rows[0].created_at - timedelta(days=label_changes.KEPT_DAYS + 1))
    )
    await label_changes.prune(scene.tenant.database)
    with pytest.raises(NotFound):
        await label_changes.find(scene.tenant, old.id)
    assert (await label_changes.undo(scene.tenant, new.id)).state == "undone"


async def test_what_was_sent_in_the_last_days_is_counted_by_who_sent_it(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    maya = (await conversations.find(scene.tenant, conversation)).candidate_id
    assert await lately.sent(scene.tenant, maya) == []
    sent = [await scene.reply(conversation) for _ in range(4)]
    await scene.reply(conversation, who=scene.ana)
    await scene.failed(conversation)
    messages = tables.messages
    for message, values in (
        (sent[0], {"source": "workflow", "author": None, "author_id": None}),
        (sent[1], {"at": sent[1].at - timedelta(days=8)}),
    ):
        await scene.tenant.execute(update(messages).where(messages.c.id == message.id).values(**values))
    assert await lately.sent(scene.tenant, maya) == ["2 from Jo", "1 from Ana", "1 workflow"]


async def test_the_newest_notes_on_a_candidate_are_words_not_acts(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    maya = (await conversations.find(scene.tenant, conversation)).candidate_id
    for body in ("First", "Second", "Third"):
        await notes.write(scene.tenant, scene.jo, conversation, note_id=new_id(), body=body)
    found = await notes.newest(scene.tenant, maya, most=2)
    assert [note.body for note in found] == ["Third", "Second"]
