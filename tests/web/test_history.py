"""Importing history over the web: Organisation Admins choose a number and a day, or a file, and follow it."""

from datetime import timedelta

import httpx2
import pytest
from sqlalchemy import select, update

from inbox import clock
from inbox.accounts.roles import Role
from inbox.messaging import history_importing, history_imports
from inbox.messaging.history_importing import HistoryImporter
from inbox.messaging.sending import Line
from inbox.storage import jobs, tables
from providers.twilio.client import TwilioTransport
from tests.messaging.scene import MAYA
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

ADDRESS = "/settings/history"
OURS = "+61491570006"
FILE = (
    "from,to,at,body,direction,name\n"
    f"{MAYA},{OURS},2024-03-01T09:30:00Z,<b>Hello</b>,in,Maya Chen\n"
    f"{OURS},{MAYA},2024-03-01T09:35:00,=cmd,out,\n"
)


@pytest.fixture
async def admin(house: House) -> httpx2.AsyncClient:
    """A browser in which an Organisation Admin is signed in."""
    await become(house, Role.ORGANISATION_ADMIN)
    return await house.browser(house.scene.jo)


async def become(house: House, role: Role) -> None:
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )


async def worked(house: House) -> None:
    """A worker does what it can, with a Twilio that cannot be reached."""
    line = Line(TwilioTransport("http://127.0.0.1:9"), house.scene.vault, "http://127.0.0.1:9")
    database = house.scene.tenant.database
    for job in await jobs.claim(database, kinds=[history_importing.IMPORT], limit=5, lease_seconds=60):
        seconds = await HistoryImporter(line)(house.scene.tenant, job)
        await (jobs.done(database, job) if seconds is None else jobs.again(database, job, seconds=3600))
    await line.transport.aclose()


async def told(house: House) -> list[str]:
    """What the audit log says of imports."""
    log = tables.audit_log
    rows = await house.scene.tenant.fetch_all(select(log.c.what).where(log.c.act == "import").order_by(log.c.seq))
    return [row.what for row in rows]


async def chosen(browser: httpx2.AsyncClient, content: str = FILE) -> httpx2.Response:
    return await browser.post(f"{ADDRESS}/files", files={"file": ("old.csv", content.encode(), "text/csv")})


async def test_a_file_is_looked_at_imported_and_followed(house: House, admin: httpx2.AsyncClient) -> None:
    address = (await chosen(admin)).headers["Location"]
    page = shown(await admin.get(address))
    assert "1 text can be imported" in page.words
    assert "<b>Hello</b>" in page.words
    assert "1 row cannot be imported" in page.words
    assert "at: the time zone is missing" in page.words
    mended = (await admin.get(f"{address}/wrong.csv")).text.splitlines()
    assert mended[1].startswith(f"'{OURS},'{MAYA},2024-03-01T09:35:00,'=cmd,out,,\"at:") or "'=cmd" in mended[1]

    assert (await admin.post(f"{address}/begin")).status_code == 303
    assert "1 of 1 to go" in shown(await admin.get(address)).words
    await worked(house)
    page = shown(await admin.get(address))
    assert "1 text read" in page.words
    assert "1 stored" in page.words
    assert "old.csv" in shown(await admin.get(ADDRESS)).words
    assert "gone on meanwhile" in shown(await admin.post(f"{address}/begin"), status=409).words
    assert "imported texts from a file" in (await told(house))[0]
    assert "Maya Chen" in shown(await admin.get("/candidates")).words

    assert (await admin.post(f"{address}/undo")).status_code == 303
    assert "1 of 1 to go" in shown(await admin.get(address)).words
    await worked(house)
    page = shown(await admin.get(address))
    assert "Undone" in page.words
    assert "1 taken back" in page.words
    assert "undid an import of texts from a file" in (await told(house))[-1]
    assert "Maya Chen" not in shown(await admin.get("/candidates")).words


async def test_a_list_is_asked_for_stopped_and_gone_on_with(house: House, admin: httpx2.AsyncClient) -> None:
    page = shown(await admin.get(ADDRESS))
    assert "+61 491 570 006" in page.words
    wanted = {"number": house.scene.number.id, "from": "2024-03-01"}
    address = (await admin.post(ADDRESS, data=wanted)).headers["Location"]
    page = shown(await admin.get(address))
    assert "Reading what came in: 0 texts so far" in page.words
    await worked(house)
    assert "Twilio could not be reached. It is tried again by itself." in shown(await admin.get(address)).words
    assert (await admin.post(f"{address}/stop")).status_code == 303
    assert "Stopped" in shown(await admin.get(address)).words
    assert (await admin.post(f"{address}/go-on")).status_code == 303
    assert (await admin.post(f"{address}/go-on")).status_code == 409
    words = await told(house)
    assert [any(part in one for one in words) for part in (f"{OURS} since 2024-03-01", "stopped", "go on")] == [
        True
    ] * 3
    file = await history_imports.find(house.scene.tenant, address.rpartition("/")[2])
    assert file.since is not None
    assert file.since.isoformat() == "2024-02-29T13:00:00+00:00", "midnight in Melbourne"


async def test_what_cannot_be_asked_for_is_said_beside_the_field(house: House, admin: httpx2.AsyncClient) -> None:
    tomorrow = (clock.now() + timedelta(days=2)).date().isoformat()
    for fields, words in (
        ({"number": house.scene.number.id, "from": ""}, "Say from which day on."),
        ({"number": house.scene.number.id, "from": "2009-12-31"}, "1 January 2010 or later"),
        ({"number": house.scene.number.id, "from": tomorrow}, "must not be in the future"),
        ({"number": house.scene.company.id, "from": "2024-03-01"}, "Choose one of your numbers."),
    ):
        assert words in shown(await admin.post(ADDRESS, data=fields), status=422).words
    answer = await chosen(admin, "from,to\na,b\n")
    assert "does not name these columns: at, body, direction." in shown(answer, status=422).words


async def test_only_organisation_admins_of_the_organisation_import_history(house: House) -> None:
    other = await house.neighbour()
    async with other.tenant.transaction():
        now = clock.now()
        theirs = await history_importing.begin_list(other.tenant, other.jo.id, other.number.id, since=now, until=now)
    await become(house, Role.ORGANISATION_ADMIN)
    jo = await house.browser(house.scene.jo)
    assert (await jo.get(f"{ADDRESS}/{theirs}")).status_code == 404
    for path in ("begin", "stop", "go-on"):
        assert (await jo.post(f"{ADDRESS}/{theirs}/{path}")).status_code == 404
    assert (await jo.post(ADDRESS, data={"number": other.number.id, "from": "2024-03-01"})).status_code == 422
    await become(house, Role.COMPANY_ADMIN)
    assert (await jo.get(ADDRESS)).status_code == 403
    assert (await chosen(jo)).status_code == 403
    assert "Import history" not in shown(await jo.get("/settings/organisation/sms")).words
