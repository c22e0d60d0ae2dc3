"""An import of candidates adds who is new, never writes over who is here, survives its worker, and can be undone."""

from typing import Any

import pytest

from inbox.candidates import import_files, import_rows, imported_rows, imports, people, profiles
from inbox.candidates.choices import Choice
from inbox.errors import NotFound, Refused
from inbox.messaging import importing
from inbox.storage import jobs
from inbox.storage.jobs import Job, Postponed
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio

COLUMNS = ("name", "number", "email", "city")


async def checked(scene: Scene, *rows: str, known: imports.Known = "leave") -> str:
    """A file with these rows, chosen and checked."""
    file = import_files.read("\n".join(["Name,Mobile,Email,City", *rows]).encode())
    plans = import_rows.planned(file.lines, COLUMNS, region="AU", team={})
    import_id = await imports.create(scene.tenant, scene.jo.id, "people.csv", file, COLUMNS, plans)
    await imports.check_again(scene.tenant, import_id, COLUMNS, known, plans)
    return import_id


async def worked(scene: Scene, import_id: str) -> imports.Import:
    """A worker does all there is to do."""
    for job in await claimed(scene):
        assert await importing.carry_on(scene.tenant, job) is None
        await jobs.done(scene.tenant.database, job)
    return await imports.find(scene.tenant, import_id)


async def claimed(scene: Scene) -> list[Job]:
    return await jobs.claim(scene.tenant.database, kinds=[importing.IMPORT], limit=5, lease_seconds=60)


async def imported(scene: Scene, *rows: str, known: imports.Known = "leave") -> imports.Import:
    import_id = await checked(scene, *rows, known=known)
    await importing.begin(scene.tenant, import_id)
    return await worked(scene, import_id)


async def names(scene: Scene, q: str = "") -> list[str]:
    return [candidate.name for candidate in (await people.page(scene.tenant, Choice(q=q))).rows]


async def test_who_is_new_is_added_and_found_by_name_number_and_email(scene: Scene) -> None:
    import_id = await checked(
        scene, "Maya Chen,0491 570 110,,Geelong", "Tom,,tom@example.com,", "Bad,phone,,", "Only a name,,,"
    )
    assert (await imports.find(scene.tenant, import_id)).counts == {"new": 3, "wrong": 1}
    assert await names(scene) == []
    await importing.begin(scene.tenant, import_id)
    done = await worked(scene, import_id)
    assert (done.state, done.counts) == ("done", {"added": 3, "wrong": 1})
    assert await names(scene) == ["Maya Chen", "Only a name", "Tom"]
    assert await names(scene, "maya") == await names(scene, "570110") == ["Maya Chen"]
    assert await names(scene, "tom@example") == ["Tom"]
    (maya, *_) = (await people.page(scene.tenant)).rows
    assert (maya.number, maya.city) == (MAYA, "Geelong")


async def test_who_is_here_is_left_as_they_are_or_gets_what_is_missing(scene: Scene) -> None:
    maya = await people.create(scene.tenant, name="Maya", number=MAYA)
    tom = await people.create(scene.tenant, name="Tom", email="Tom@Example.com")
    row, by_email = f"Maya Chen,{MAYA},m@example.com,Perth", "Tommy,,tom@example.com,Perth"
    left = await imported(scene, row, by_email)
    assert left.counts == {"left": 2}
    filled = await imported(scene, row, by_email, known="fill")
    assert filled.counts == {"filled": 2}
    profile = await profiles.find(scene.tenant, maya)
    assert (profile.name, profile.email, profile.city) == ("Maya", "m@example.com", "Perth")
    profile = await profiles.find(scene.tenant, tom)
    assert (profile.name, profile.email, profile.city) == ("Tom", "Tom@Example.com", "Perth")


async def test_a_number_without_a_name_gets_one_and_its_conversation_shows_it(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Hello")
    await imported(scene, f"Maya Chen,{MAYA},,", known="fill")
    assert (await scene.row(conversation)).candidate_id
    assert await names(scene) == ["Maya Chen"]


async def test_an_undone_import_leaves_everything_as_it_was(scene: Scene) -> None:
    tom = await people.create(scene.tenant, name="Tom", number=TOM)
    before = await profiles.find(scene.tenant, tom)
    done = await imported(scene, f"Maya,{MAYA},,", f"Tom,{TOM},t@example.com,", known="fill")
    assert done.can_be_undone
    await importing.undo(scene.tenant, done.id)
    undone = await worked(scene, done.id)
    assert (undone.state, undone.counts) == ("undone", {"removed": 2})
    assert await names(scene) == ["Tom"]
    assert await names(scene, "maya") == []
    assert await profiles.find(scene.tenant, tom) == before
    # The number is free again.
    assert (await imported(scene, f"Maya,{MAYA},,")).counts == {"added": 1}


async def test_an_undo_keeps_whoever_was_texted_or_changed_since(scene: Scene) -> None:
    done = await imported(scene, f"Maya,{MAYA},,", f"Tom,{TOM},,", "Ann,,ann@example.com,")
    await scene.text_in(MAYA, "Hi")
    ann = next(row for row in (await people.page(scene.tenant)).rows if row.name == "Ann")
    profile = await profiles.find(scene.tenant, ann.id)
    changed = profiles.checked({"name": "Ann Lee", "email": "ann@example.com"}, region="AU")
    async with scene.tenant.transaction():
        await profiles.change(scene.tenant, ann.id, changed, mark=profile.mark)
    await importing.undo(scene.tenant, done.id)
    assert (await worked(scene, done.id)).counts == {"kept": 2, "removed": 1}
    assert await names(scene) == ["Ann Lee", "Maya"]


async def test_a_worker_that_dies_half_way_leaves_nothing_by_half(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "AT_ONCE", 1)
    import_id = await checked(scene, f"Maya,{MAYA},,", f"Tom,{TOM},,", "Ann,,ann@example.com,")
    await importing.begin(scene.tenant, import_id)
    (job,) = await claimed(scene)
    step, taken = imported_rows.settle, 0

    async def dies(*arguments: Any, **more: Any) -> None:
        nonlocal taken
        await step(*arguments, **more)
        taken += more.get("candidate_id") is not None
        if taken == 2:
            raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(imported_rows, "settle", dies)
        with pytest.raises(RuntimeError):
            await importing.carry_on(scene.tenant, job)
    assert len(await names(scene)) == 1
    assert await importing.carry_on(scene.tenant, job) is None
    assert (await imports.find(scene.tenant, import_id)).counts == {"added": 3}
    assert await names(scene) == ["Ann", "Maya", "Tom"]


async def test_a_long_import_gives_others_their_turn_and_can_be_stopped(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_SECONDS", -1.0)
    monkeypatch.setattr(importing, "AT_ONCE", 1)
    import_id = await checked(scene, f"Maya,{MAYA},,", f"Tom,{TOM},,")
    await importing.begin(scene.tenant, import_id)
    (job,) = await claimed(scene)
    assert await importing.carry_on(scene.tenant, job) == Postponed(0.0)
    await importing.stop(scene.tenant, import_id)
    assert await importing.carry_on(scene.tenant, job) is None
    stopped = await imports.find(scene.tenant, import_id)
    assert (stopped.state, stopped.waiting) == ("done", 1)
    for again in (importing.begin, importing.stop):
        with pytest.raises(Refused):
            await again(scene.tenant, import_id)


async def test_an_import_is_the_organisations_own(scene: Scene, other: Scene) -> None:
    import_id = await checked(scene, f"Maya,{MAYA},,")
    with pytest.raises(NotFound):
        await imports.find(other.tenant, import_id)
    with pytest.raises(Refused):
        await importing.begin(other.tenant, import_id)
    await imports.check_again(scene.tenant, import_id, COLUMNS, "leave", [])
    assert (await imports.find(scene.tenant, import_id)).counts == {}
