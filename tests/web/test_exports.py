"""Exports: small ones at once, large ones written by a worker, fetched again where they broke off, and gone in time."""

import csv
import io
import zipfile
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest
from sqlalchemy import func, select, update

from inbox import housekeeping
from inbox.accounts.roles import Role
from inbox.billing import balance
from inbox.candidates import people
from inbox.languages import known
from inbox.messaging import handling, shared_numbers
from inbox.reports import erasing, export_writing, exports, workbooks
from inbox.storage import jobs, tables
from inbox.storage.columns import db_later
from inbox.web import exports as web_exports
from tests.automation.chatbot import made, texted
from tests.messaging.scene import MAYA, TOM
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines are much already, and a piece has two."""
    monkeypatch.setattr(web_exports, "SMALL", 3)
    monkeypatch.setattr(web_exports, "_AT_ONCE", 2)
    monkeypatch.setattr(export_writing, "AT_ONCE", 2)


async def became(house: House, role: Role = Role.REPORTER, **more: Any) -> httpx2.AsyncClient:
    """Jo with another role; a browser of theirs."""
    jo = tables.users.c.id == house.scene.jo.id
    await house.scene.tenant.execute(update(tables.users).where(jo).values(role=role.value, **more))
    return await house.browser(house.scene.jo)


async def worked(house: House, *, turns_last: float = 5.0) -> None:
    """A worker does what is due; its turns last so many seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export_writing, "_SECONDS", turns_last)
        database = house.scene.tenant.database
        for job in await jobs.claim(database, kinds=[exports.WRITE], limit=5, lease_seconds=60):
            outcome = await export_writing.write(house.scene.tenant, job)
            if outcome is None:
                await jobs.done(database, job)
            else:
                await jobs.again(database, job, seconds=0, counted=False)


async def asked(browser: httpx2.AsyncClient, address: str = "/chat-messages.csv") -> str:
    """Ask for a large export; its id."""
    answer = await browser.get(address)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].partition("asked=")[2]


async def link(browser: httpx2.AsyncClient, export_id: str) -> str:
    """Where it can be downloaded; "" where it cannot."""
    line = shown(await browser.get(f"/exports/{export_id}", headers=HTMX))
    return next((one.attributes["href"] for one in line.all("btn") if one.tag == "a"), "")


async def test_a_large_export_is_written_in_pieces_told_of_and_fetched_where_it_broke_off(house: House) -> None:
    bodies = [f"Text {place}" for place in range(6)] + ["=1+1", "Grüße 👋\nand a line"]
    for body in bodies:
        await house.scene.text_in(MAYA, body)
    jo = await became(house)
    export_id = await asked(jo)
    assert await asked(jo) == export_id  # the same once more is the same one
    assert "0 lines so far" in shown(await jo.get("/exports")).words
    await worked(house, turns_last=0)
    assert "2 lines so far" in shown(await jo.get(f"/exports/{export_id}", headers=HTMX)).words
    await worked(house)
    assert "8 lines, ready" in shown(await jo.get("/exports")).words

    file = await link(jo, export_id)
    whole = await jo.get(file)
    assert whole.headers["Content-Length"] == str(len(whole.content))
    assert whole.headers["Content-Disposition"].startswith('attachment; filename="chat-messages-')
    rows = list(csv.DictReader(io.StringIO(whole.text)))
    assert [row["Text"] for row in rows][::-1] == [*bodies[:6], "'=1+1", bodies[7]]
    size, tag = len(whole.content), whole.headers["ETag"]
    for asks, first, last in (("7-", 7, size - 1), (f"0-{size + 9}", 0, size - 1), ("-5", size - 5, size - 1)):
        part = await jo.get(file, headers={"Range": f"bytes={asks}", "If-Range": tag})
        assert (part.status_code, part.content) == (206, whole.content[first : last + 1])
        assert part.headers["Content-Range"] == f"bytes {first}-{last}/{size}"
    changed = await jo.get(file, headers={"Range": "bytes=7-", "If-Range": '"another"'})
    assert (changed.status_code, changed.content) == (200, whole.content)
    assert (await jo.get(file, headers={"Range": f"bytes={size}-"})).status_code == 416
    told = await jo.head(file)
    assert (told.content, told.headers["Content-Length"]) == (b"", str(size))
    told_of = await house.scene.tenant.fetch_all(select(tables.audit_log.c.what).order_by(tables.audit_log.c.seq))
    words = [str(known(row.what)).replace(export_id, "ID") for row in told_of]
    assert words[0] == "asked for an export of chat messages in the last month (ID)"
    resumed = f"downloaded bytes 7 to {size - 1} of the export ID, 8 lines"
    assert words[2:4] == ["downloaded the export ID, 8 lines", resumed]


async def test_it_is_for_who_asked_as_long_as_they_may_see_all_of_it(house: House) -> None:
    scene = house.scene
    for place in range(6):
        await scene.text_in(MAYA if place % 2 else TOM, f"Text {place}")
    jo = await became(house)
    export_id = await asked(jo)
    await worked(house)
    file = await link(jo, export_id)
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.ana.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    ana = await house.browser(scene.ana)
    assert (await ana.get(file)).status_code == 404
    for role, more, status in (
        (Role.RECRUITER, {}, 403),
        (Role.REPORTER, {"own_only": True}, 422),
        (Role.REPORTER, {"own_only": False, "every_company": False}, 422),
    ):
        await became(house, role, **more)
        assert (await jo.get(file)).status_code == status, (role, more)
    # Who loses the right while it is written has nothing; who sees only their own has everything of it at once.
    await became(house, every_company=True)
    again = await asked(jo, "/chat-messages.csv?direction=in")
    await became(house, own_only=True)
    await worked(house)
    assert "you may not see all of it any more" in shown(await jo.get(f"/exports/{again}", headers=HTMX)).words
    assert (await jo.get("/chat-messages.csv")).text.splitlines()[1:] == []


async def test_it_goes_when_somebody_in_it_is_erased_when_it_is_thrown_away_and_after_some_days(house: House) -> None:
    scene = house.scene
    scene.tenant.database.number_keys = ("a key that is long enough to be one",)
    for place in range(5):
        await scene.text_in(MAYA, f"Maya {place}")
    await scene.text_in(TOM, "Tom")
    for place in range(4):
        await people.create(scene.tenant, name=f"Nobody {place}", number=f"+6149157010{place}")
    async with scene.tenant.transaction():
        await balance.top_up(scene.tenant, "Jo Park", 5, "")
    jo = await became(house, Role.ORGANISATION_ADMIN)
    sources = ("/chat-messages.csv", "/candidates.csv", "/settings/organisation/sms/billing-log.csv")
    every = [await asked(jo, source) for source in sources]
    await worked(house, turns_last=0)
    too_many = await jo.get("/candidates.csv?can_text=1")
    assert "Wait for one of them" in shown(too_many, 409).words
    await worked(house)
    await erasing.erase(scene.tenant, await people.by_number(scene.tenant, TOM), actor="Jo Park")
    for export_id in every:
        assert "somebody in it was removed" in shown(await jo.get(f"/exports/{export_id}", headers=HTMX)).words
    pieces = select(func.count()).select_from(tables.export_pieces)
    assert await scene.tenant.fetch_val(pieces) == 0

    done = await asked(jo, "/candidates.csv")
    await worked(house)
    assert b"Removed candidate" not in (await jo.get(await link(jo, done))).content
    running = await asked(jo, "/chat-messages.csv")
    assert (await jo.post(f"/exports/{running}/cancel")).status_code == 303
    await worked(house)
    assert "Thrown away" in shown(await jo.get(f"/exports/{running}", headers=HTMX)).words
    await scene.tenant.execute(update(tables.exports).values(created_at=db_later(-86_400 * exports.KEPT_DAYS - 1)))
    assert (await jo.get(f"/exports/{done}/candidates.csv")).status_code == 404
    await housekeeping.tidy(scene.tenant.database)
    assert await scene.tenant.fetch_val(pieces) == 0
    assert "No exports." in shown(await jo.get("/exports")).words


async def test_opt_outs_are_exported_with_the_word_that_was_texted(house: House) -> None:
    await house.scene.text_in(MAYA, "STOP")
    lines = (await (await became(house)).get("/opt-outs.csv")).text.splitlines()
    assert [line.split(",")[1:] for line in lines[1:]] == [[f"'{MAYA}", "", "'+61491570006", "STOP", "no"]]


async def test_of_a_number_that_several_share_no_file_names_anybody_and_yet_it_goes_with_them(house: House) -> None:
    scene = house.scene
    scene.tenant.database.number_keys = ("a key that is long enough to be one",)
    await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    await made(scene)
    await texted(scene, "join")
    others = [f"+6149157010{place}" for place in range(5)]
    for number in (MAYA, *others):
        await scene.text_in(number, "STOP")
    ana = await people.create(scene.tenant, name="Ana Chen")
    async with scene.tenant.transaction():
        await shared_numbers.share(scene.tenant, ana, MAYA, actor_id=None)
    jo = await became(house)
    intent = await scene.tenant.fetch_val(select(tables.chatbot_intents.c.id))
    for source in (f"/chatbot/{intent}/sessions", "/opt-outs"):
        answer = await jo.get(f"{source}.csv", follow_redirects=True)
        assert "Chen" not in answer.text, source
        assert "Chen" not in (await jo.get(source)).text, source
    await worked(house)
    export_id = (await exports.of_user(scene.tenant, scene.jo))[0].id
    file = (await jo.get(await link(jo, export_id))).text
    assert MAYA in file
    assert "Chen" not in file
    async with scene.tenant.transaction():
        await shared_numbers.take_away(scene.tenant, ana, MAYA, actor_id=None)
    await erasing.erase(scene.tenant, await people.by_number(scene.tenant, MAYA), actor="Jo Park")
    assert "somebody in it was removed" in shown(await jo.get(f"/exports/{export_id}", headers=HTMX)).words


def cells_of(workbook: bytes) -> list[list[str]]:
    """The rows of the only sheet of a workbook."""
    sheet = ElementTree.fromstring(zipfile.ZipFile(io.BytesIO(workbook)).read("xl/worksheets/sheet1.xml"))
    name = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    assert not list(sheet.iter(f"{name}f"))
    return [["".join(cell.itertext()) for cell in row] for row in sheet.iter(f"{name}row")]


async def test_a_workbook_holds_the_lines_of_the_other_file_small_or_written_by_a_worker(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.scene.text_in(MAYA, "=1+1")
    jo = await became(house)
    for lines, place in ((1, 0), (6, 5)):
        for more in range(place):
            await house.scene.text_in(MAYA, f"Text\n{more}")
        files = []
        for format in ("csv", "xlsx"):
            answer = await jo.get(f"/chat-messages.{format}")
            if answer.status_code == 303:
                for _turn in range(4):
                    await worked(house, turns_last=0)
                answer = await jo.get(await link(jo, answer.headers["Location"].partition("asked=")[2]))
            assert f".{format}" in answer.headers["Content-Disposition"]
            files.append(answer)
        told = [[cell.removeprefix("'") for cell in row] for row in csv.reader(io.StringIO(files[0].text, newline=""))]
        assert told == cells_of(files[1].content)
        assert len(told) == 1 + lines
    monkeypatch.setattr(workbooks, "MOST", 5)
    too_long = await asked(jo, "/chat-messages.xlsx?direction=in")
    await worked(house)
    line = shown(await jo.get(f"/exports/{too_long}", headers=HTMX)).words
    assert "a workbook holds no more than 5 lines" in line
    await became(house, own_only=True)
    assert (await jo.get("/chat-messages.xlsx")).content.startswith(b"PK")


async def test_the_list_of_the_inbox_is_exported_by_its_filters_in_its_order(house: House) -> None:
    scene = house.scene
    maya, tom = await scene.text_in(MAYA, "Hello"), await scene.text_in(TOM, "STOP")
    nobody = [f"+6149157010{place}" for place in range(4)]
    for number in nobody:
        await scene.text_in(number)
    await scene.failed(maya)
    jo = await became(house)
    closed = await scene.row(tom)
    await handling.close(scene.tenant, scene.jo, tom, version=closed.version, seen=10**6)

    async def numbers(asked_for: str) -> list[str]:
        answer = await jo.get(f"/inbox.csv{asked_for}")
        if answer.status_code == 303:
            await worked(house)
            answer = await jo.get(await link(jo, answer.headers["Location"].partition("asked=")[2]))
        return [row["Number"].removeprefix("'") for row in csv.DictReader(io.StringIO(answer.text))]

    assert await numbers("?tab=shared") == [MAYA, *nobody[::-1]]
    assert await numbers("?tab=shared&waiting=1") == nobody
    assert await numbers("?tab=shared&failed=1") == [MAYA]
    assert await numbers("?tab=shared&closed=1") == [TOM]
    assert await numbers("?tab=shared&q=free") == [MAYA]
    assert await numbers("?tab=mine") == [MAYA]
    line = next(csv.DictReader(io.StringIO((await jo.get("/inbox.csv?tab=shared&failed=1")).text)))
    names = ("State", "Assigned to", "Not delivered", "Opted out")
    assert [line[name] for name in names] == ["Open", "Jo Park", "1", "no"]
    page = shown(await jo.get("/inbox?tab=shared&failed=1"))
    links = [one.attributes["href"] for one in page if "data-exports" in one.attributes]
    assert links == [f"/inbox.{format}?tab=shared&failed=1" for format in ("csv", "xlsx")]
