"""Texts of before from a file: what is wrong with a row is said, the rest is kept once, and a worker may die."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from inbox import clock
from inbox.candidates import import_files, people, profiles
from inbox.errors import Invalid, Refused
from inbox.messaging import (
    filters,
    history,
    history_files,
    history_importing,
    history_imports,
    history_rows,
    inbound,
    messages,
    notes,
)
from inbox.messaging.history_importing import HistoryImporter
from inbox.messaging.history_imports import HistoryImport
from inbox.messaging.sending import Line
from inbox.messaging.views import View
from inbox.reports import chat, keeping
from inbox.storage import jobs, tables
from inbox.storage.columns import new_id
from providers.contract import DeliveryStatus
from providers.twilio.client import TwilioTransport
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio

OURS = "+61491570006"
HEADINGS = "From,To,At,Body,Direction,Name"


def read(scene: Scene, *rows: str, headings: str = HEADINGS) -> tuple[history_files.Planned, ...]:
    file = import_files.read("\n".join([headings, *rows]).encode())
    places = history_files.places(file.headings)
    return history_files.planned(file.lines, places, [scene.number], region="AU", now=clock.now())


async def checked(scene: Scene, *rows: str) -> str:
    """A file with these rows, chosen and checked."""
    async with scene.tenant.transaction():
        import_id = await history_imports.create_of_file(scene.tenant, scene.jo.id, "old.csv", HEADINGS.split(","))
        await history_rows.keep(scene.tenant, import_id, read(scene, *rows))
    return import_id


async def worked(scene: Scene, import_id: str) -> HistoryImport:
    """A worker does all there is to do."""
    line = Line(TwilioTransport("http://127.0.0.1:9"), scene.vault, "http://127.0.0.1:9")
    for job in await jobs.claim(scene.tenant.database, kinds=[history_importing.IMPORT], limit=5, lease_seconds=60):
        assert await HistoryImporter(line)(scene.tenant, job) is None
        await jobs.done(scene.tenant.database, job)
    await line.transport.aclose()
    return await history_imports.find(scene.tenant, import_id)


async def imported(scene: Scene, *rows: str) -> HistoryImport:
    import_id = await checked(scene, *rows)
    await history_importing.begin_file(scene.tenant, import_id)
    return await worked(scene, import_id)


async def how_many(scene: Scene) -> int:
    return int(await scene.tenant.fetch_val(select(func.count()).select_from(tables.messages)))


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (f"{MAYA},{OURS},2024-03-01 09:30,Hi,in", "the time zone is missing"),
        (f"{MAYA},{OURS},yesterday,Hi,in", "“yesterday” is no moment"),
        (f"{MAYA},{OURS},2990-03-01T09:30:00Z,Hi,in", "in the future"),
        (f"{MAYA},{OURS},2024-03-01T09:30:00Z,,in", "there is no text"),
        (f"{MAYA},{OURS},2024-03-01T09:30:00Z,Hi,sideways", "write “in” or “out”"),
        (f"{MAYA},{TOM},2024-03-01T09:30:00Z,Hi,in", f"to: {TOM} is no number of yours"),
        (f"{MAYA},{OURS},2024-03-01T09:30:00Z,Hi,out", f"from: {MAYA} is no number of yours"),
        (f"phone,{OURS},2024-03-01T09:30:00Z,Hi,in", "from: “phone” has letters in it."),
        (f"{MAYA},{OURS},2024-03-01T09:30:00Z,{'x' * 1601},in", "1,601 of 1,600 characters"),
    ],
)
async def test_what_is_wrong_with_a_row_is_said(scene: Scene, row: str, words: str) -> None:
    (plan,) = read(scene, row)
    assert plan.text is None
    assert words in str(plan.sentence)


async def test_columns_are_found_by_their_names_and_missing_ones_named(scene: Scene) -> None:
    (plan,) = read(
        scene,
        f"Hallo,in,2024-03-01T09:30:00+01:00,0491 570 006,{MAYA}",
        headings="Text;richtung;Zeitpunkt;an;Von".replace(";", ","),
    )
    assert plan.text is not None
    assert (plan.text.number, plan.text.at.isoformat()) == (MAYA, "2024-03-01T08:30:00+00:00")
    with pytest.raises(Invalid) as raised:
        read(scene, "a,b", headings="From,To")
    assert "at, body, direction" in raised.value.fields["file"]
    twice = read(scene, *[f"{MAYA},{OURS},2024-03-01T09:30:00Z,Hi,in"] * 2)
    assert "line 2 already" in str(twice[1].sentence)


async def test_texts_come_in_their_place_with_names_for_who_is_new(scene: Scene) -> None:
    live = await scene.text_in(MAYA, "I am live")
    done = await imported(
        scene,
        f"{OURS},{MAYA},2024-03-01T09:30:00Z,Are you free?,out,Maya Chen",
        f"{MAYA},{OURS},2024-03-01T09:31:00Z,STOP,in,Maya Chen",
        f"{TOM},{OURS},2024-03-02T09:31:00+11:00,Hi,inbound,Tom Hardy",
        f"{MAYA},{OURS},2024-03-01T10:31:00Z,START,in,",
        "who,are,you,,",
    )
    assert (done.state, done.listed, done.stored, done.known) == ("done", 4, 4, 0)
    shown = (await messages.page(scene.tenant, live)).messages
    assert [(one.body, one.direction) for one in shown] == [
        ("Are you free?", "out"), ("STOP", "in"), ("START", "in"), ("I am live", "in"),
    ]  # fmt: skip
    assert shown[0].status is DeliveryStatus.SENT
    assert (await scene.row(live)).opted_out_at is None
    names = {row.number: row.name for row in (await people.page(scene.tenant)).rows}
    assert names[TOM] == "Tom Hardy"
    assert names[MAYA] != "Maya Chen", "who is here already is left as they are"
    assert (await history_rows.counts(scene.tenant, done.id)) == {"stored": 4, "wrong": 1}


async def test_a_second_file_and_what_the_provider_told_of_bring_nothing_twice(scene: Scene) -> None:
    sms = scene.sms(MAYA, "Hello there")
    at = clock.now().replace(year=2024, month=3, day=1)
    await inbound.store(scene.tenant, scene.account, sms, received_at=at)
    rows = [f"{MAYA},{OURS},{at.isoformat()},Hello there,in", f"{MAYA},{OURS},{at.isoformat()},Another,in"]
    first, second = await imported(scene, *rows), await imported(scene, *rows)
    assert (first.stored, first.known) == (1, 1)
    assert (second.stored, second.known) == (0, 2)
    assert await how_many(scene) == 2


async def test_a_worker_that_dies_half_way_leaves_nothing_by_half(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_importing, "ROWS_AT_ONCE", 2)
    import_id = await checked(
        scene, *(f"{MAYA},{OURS},2024-03-01T09:3{place}:00Z,Text {place},in" for place in range(5))
    )
    await history_importing.begin_file(scene.tenant, import_id)
    move, moved = history_imports.move, 0

    async def dies(*arguments: Any, **more: Any) -> None:
        nonlocal moved
        await move(*arguments, **more)
        moved += 1
        if moved == 2:
            raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(history_imports, "move", dies)
        with pytest.raises(RuntimeError):
            await worked(scene, import_id)
    assert await how_many(scene) == 2
    await scene.tenant.execute(tables.jobs.update().values(lease_until=clock.now().replace(year=2020)))
    done = await worked(scene, import_id)
    assert (done.state, done.listed, done.stored) == ("done", 5, 5)
    assert await how_many(scene) == 5


async def test_what_is_a_message_is_kept_nowhere_else(scene: Scene) -> None:
    done = await imported(scene, f"{MAYA},{OURS},2024-03-01T09:30:00Z,A kingfisher,in,Quetzalcoatl")
    cells = await scene.tenant.fetch_all(select(tables.history_import_rows.c.cells))
    assert [row.cells for row in cells] == ["[]"]
    assert done.state == "done"
    assert history.AUTHOR == "Import"


async def undone(scene: Scene, import_id: str) -> HistoryImport:
    await history_importing.undo(scene.tenant, import_id)
    return await worked(scene, import_id)


async def test_an_import_that_is_undone_leaves_nothing_of_it_and_all_else(scene: Scene) -> None:
    live = await scene.text_in(MAYA, "I am live")
    await keeping.everything(scene.tenant)
    before, there = await scene.row(live), await texts_of(scene)
    days = [(clock.now() - timedelta(days=days)).date() for days in (6, 5, 4)]
    done = await imported(
        scene,
        f"{OURS},{MAYA},{days[0]}T01:30:00Z,Are you free?,out,",
        f"{MAYA},{OURS},{days[0]}T01:31:00Z,Yes giraffe,in,",
        f"{TOM},{OURS},{days[1]}T01:31:00Z,Hi,in,Tom Hardy",
        f"{TOM},{OURS},{days[2]}T01:31:00Z,Hi,in,Tom Hardy",
    )
    await keeping.everything(scene.tenant)
    assert await texts_of(scene) == [(days[0], 2), (days[1], 1), (days[2], 1), *there]
    over = await undone(scene, done.id)
    assert (over.state, await how_many(scene)) == ("undone", 1)
    assert await history_rows.counts(scene.tenant, done.id) == {"removed": 4}
    assert [row.number for row in (await people.page(scene.tenant)).rows] == [MAYA]
    after = await scene.row(live)
    assert (after.last_message_id, after.last_text) == (before.last_message_id, "I am live")
    assert (after.first_message_at, after.unread) == (before.first_message_at, 1)
    view = View(user_id=None, zone="UTC", q="giraffe")
    assert (await filters.page(scene.tenant, view)).rows == ()
    assert (await filters.page(scene.tenant, replace(view, q="live"))).rows
    await keeping.everything(scene.tenant)
    assert await texts_of(scene) == there
    again = await imported(scene, f"{TOM},{OURS},{days[1]}T01:31:00Z,Hi,in,Tom Hardy")
    assert again.stored == 1


async def texts_of(scene: Scene) -> list[tuple[date, int]]:
    """How many texts came in or went out on each day, as a report says it."""
    asked = chat.Asked(None, None, "all", ZoneInfo("Australia/Melbourne"), scene.company.id)
    return sorted(
        (one.first, one.sent + one.received) for one in await chat.periods(scene.tenant, asked, by_week=False)
    )


async def test_what_was_touched_since_stays_when_an_import_is_undone(scene: Scene) -> None:
    done = await imported(
        scene,
        f"{MAYA},{OURS},2024-03-01T09:31:00Z,STOP,in,Maya Chen",
        f"{TOM},{OURS},2024-03-02T09:31:00Z,Hi,in,Tom Hardy",
        f"+61491570112,{OURS},2024-03-02T09:31:00Z,Hi,in,Lee",
    )
    await notes.write(scene.tenant, scene.jo, await scene.conversation(TOM), note_id=new_id(), body="Called him")
    lee = await people.by_number(scene.tenant, "+61491570112")
    known = await profiles.find(scene.tenant, lee)
    async with scene.tenant.transaction():
        await profiles.change(scene.tenant, lee, replace(known, name="Lee Wong"), mark=known.mark)
    await undone(scene, done.id)
    assert await history_rows.counts(scene.tenant, done.id) == {"removed": 2, "kept": 1}
    assert (await scene.row(await scene.conversation(MAYA))).opted_out_at is not None
    names = {row.name for row in (await people.page(scene.tenant)).rows}
    assert names == {"Maya Chen", "Tom Hardy", "Lee Wong"}
    with pytest.raises(Refused):
        await history_importing.undo(scene.tenant, done.id)
    row = await scene.row(await scene.conversation(TOM))
    assert (row.last_message_at, row.last_text) == (None, "")
