"""Importing candidates over the web: choose a file, read what it would do, begin, undo."""

import httpx2
import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.candidates import import_files, imports, people
from inbox.messaging import importing
from inbox.storage import jobs, tables
from tests.messaging.scene import MAYA, TOM
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

FILE = f"Full name;Handy;Shoe size;E-mail\nMaya Chen;{MAYA};38;\nTom;phone;44;=cmd@x.test\n<b>Mia</b>;{TOM};;\n"


async def chosen(browser: httpx2.AsyncClient, content: str = FILE, name: str = "people.csv") -> httpx2.Response:
    return await browser.post("/candidates/imports", files={"file": (name, content.encode(), "text/csv")})


async def worked(house: House) -> None:
    for job in await jobs.claim(house.scene.tenant.database, kinds=[importing.IMPORT], limit=5, lease_seconds=60):
        await importing.carry_on(house.scene.tenant, job)
        await jobs.done(house.scene.tenant.database, job)


async def test_a_file_is_checked_mended_imported_and_undone(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = (await chosen(jo)).headers["Location"]
    page = shown(await jo.get(address))
    assert "3 new, 0 here already" in page.words  # the column of numbers is not known yet
    assert "Leave out" in page.words

    twice = {"column-0": "name", "column-1": "number", "column-2": "number", "column-3": "email"}
    page = shown(await jo.post(address, data=twice), status=422)
    assert "Two columns are Mobile number." in page.words
    assert (await jo.post(address, data=twice | {"column-2": ""})).status_code == 303
    page = shown(await jo.get(address))
    assert "2 new, 0 here already, 1 with a mistake" in page.words
    assert "“phone” has letters in it." in page.words
    assert "<b>Mia</b>" in page.words
    assert "Import 2 candidates" in page.words

    mended = (await jo.get(f"{address}/wrong.csv")).text.splitlines()
    assert mended[0] == "Full name,Handy,Shoe size,E-mail,What is wrong"
    assert mended[1].startswith("Tom,phone,44,'=cmd@x.test,\"Mobile number:")

    assert (await jo.post(f"{address}/begin")).status_code == 303
    page = shown(await jo.get(address))
    assert "2 of 2 to go" in page.words
    await worked(house)
    page = shown(await jo.get(address))
    assert "2 added" in page.words
    assert "1 not imported" in page.words
    assert [row.name for row in (await people.page(house.scene.tenant)).rows] == ["<b>Mia</b>", "Maya Chen"]

    assert "people.csv" in shown(await jo.get("/candidates/imports")).words
    assert "This import has gone on meanwhile." in shown(await jo.post(f"{address}/begin"), status=409).words
    assert (await jo.post(f"{address}/undo")).status_code == 303
    await worked(house)
    assert "2 taken back" in shown(await jo.get(address)).words
    assert (await people.page(house.scene.tenant)).rows == ()


async def test_what_cannot_be_read_is_said_beside_the_field(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert "This is a workbook." in shown(await chosen(jo, "PK\x03\x04", "people.xlsx"), status=422).words
    nothing = await jo.post("/candidates/imports", files={"other": ("", b"", "text/csv")})
    assert "Choose a file first." in shown(nothing, status=422).words
    assert (await chosen(jo, "x" * 6_000_000)).status_code == 413


async def test_a_file_of_another_organisation_is_not_there(house: House) -> None:
    other = await house.neighbour()
    file = import_files.read(FILE.encode())
    import_id = await imports.create(other.tenant, other.jo.id, "theirs.csv", file, ["name", "", "", ""], [])
    jo = await house.browser(house.scene.jo)
    for path in ("", "/wrong.csv"):
        assert (await jo.get(f"/candidates/imports/{import_id}{path}")).status_code == 404
    for path in ("", "/begin", "/stop", "/undo"):
        assert (await jo.post(f"/candidates/imports/{import_id}{path}")).status_code == 404


async def test_who_may_only_read_imports_nobody(house: House) -> None:
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.REPORTER.value)
    )
    jo = await house.browser(house.scene.jo)
    assert (await jo.get("/candidates/imports")).status_code == 403
    assert (await chosen(jo)).status_code == 403
    assert "Import" not in shown(await jo.get("/candidates")).words
