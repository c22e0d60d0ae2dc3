"""What admins do is in the audit log, which only admins see."""

from datetime import datetime

import httpx2
import pytest
from sqlalchemy import update

from inbox.accounts import users
from inbox.accounts.roles import Role
from inbox.storage import tables
from tests.databases import tamper
from tests.messaging.scene import MAYA
from tests.web.house import ORIGIN, House, shown

pytestmark = pytest.mark.anyio

LOG = "/settings/audit-log"


@pytest.fixture
async def admin(house: House) -> httpx2.AsyncClient:
    """A browser in which an admin is signed in."""
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    return await house.browser(house.scene.jo)


async def test_each_admin_act_is_told_with_who_did_it(house: House, admin: httpx2.AsyncClient) -> None:
    assert "Nothing yet." in shown(await admin.get(LOG)).words
    ana = f"/settings/users/{house.scene.ana.id}"
    lou = {"email": "lou@acme.test", "name": "Lou", "role": "reporter"}
    account = {"account_sid": "AC" + "0b" * 16, "auth_token": "a-secret-token"}
    done = [
        ("/settings/users", lou, "added lou@acme.test as Reporter"),
        (ana, {"name": "Ana Ruiz", "role": "company_admin", "time_zone": ""}, "role Company Admin"),
        (f"{ana}/password", {}, "a new password"),
        (f"{ana}/hand-over", {"assignee": "", "deactivate": "1"}, "shut ana"),
        (f"{ana}/reactivate", {}, "in again"),
        ("/settings/organisation/sms/account", account, "kept Twilio account AC0b"),
        ("/settings/organisation/sms", {"from": "2026-03-01"}, "synchronizes replied messages from 2026-03-01 on"),
        ("/settings/company/sms/rules", {}, "let replies take no conversations"),
        ("/settings/organisation/sms/billing-log", {"segments": "500"}, "added 500 segments"),
    ]
    for address, fields, words in done:
        assert (await admin.post(address, data=fields)).status_code in (200, 303), address
        page = await admin.get(LOG)
        assert words in shown(page).by_id("log-rows").words  # type: ignore[union-attr]
        assert "a-secret-token" not in page.text
    for address in ("/chat-messages.csv", "/settings/organisation/sms/billing-log.csv", f"{LOG}.csv"):
        assert (await admin.get(address)).status_code == 200
    words = shown(await admin.get(f"{LOG}?act=export")).by_id("log-rows").words  # type: ignore[union-attr]
    assert "exported chat messages" in words
    assert "exported the SMS billing log" in words
    assert "added 500 segments" not in words
    nobody = shown(await admin.get(f"{LOG}?user={house.scene.ana.id}"))
    assert "Nothing of that kind." in nobody.words
    await admin.post("/account/language", data={"language": "de", "dates": "dots", "hours": "24"})
    said = shown(await admin.get(LOG)).by_id("log-rows").words  # type: ignore[union-attr]
    for words in (
        "hat lou@acme.test als Reporter hinzugefügt",
        "Rolle Unternehmens-Admin",
        "hat 500 Segmente hinzugefügt",
        "hat exportiert: Chat-Nachrichten des letzten Monats, ",
        "hat exportiert: das SMS-Abrechnungsprotokoll",
    ):
        assert words in said
    lines = (await admin.get(f"{LOG}.csv?act=billing")).text.splitlines()
    assert lines[1].split(",")[2:5] == ["Jo Park", "Segments", "added 500 segments"]


async def test_it_is_narrowed_by_local_days_on_the_page_and_in_the_file(
    house: House, admin: httpx2.AsyncClient
) -> None:
    database = house.scene.tenant.database
    for seq, moment in enumerate(("2026-03-01T12:59", "2026-03-01T13:00", "2026-03-02T12:59", "2026-03-02T13:00"), 1):
        await admin.post("/settings/organisation/sms/billing-log", data={"segments": str(seq)})
        at = datetime.fromisoformat(f"{moment}:00+00:00")
        stored = f"{at:%Y-%m-%d %H:%M:%S.%f}" + ("+00" if database.dialect == "postgresql" else "")
        await tamper(database, f"update audit_log set at = '{stored}' where seq = {seq}")
    await house.scene.tenant.execute(update(tables.organisations).values(time_zone="Australia/Sydney"))  # 11 h ahead
    day = "?range=custom&from=2026-03-02&to=2026-03-02"
    page = shown(await admin.get(f"{LOG}{day}&act=billing"))
    rows = page.by_id("log-rows")
    assert rows is not None
    assert [f"added {seq} segment" in rows.words for seq in (1, 2, 3, 4)] == [False, True, True, False]
    links = [one.attributes.get("href") or "" for one in page if one.tag == "a"]
    [file] = [link for link in links if link.startswith(f"{LOG}.csv")]
    lines = (await admin.get(file)).text.splitlines()
    assert [line.split(",")[0] for line in lines] == ["Number", "3", "2"]
    assert "must be a real date" in shown(await admin.get(f"{LOG}?range=custom&from=x"), status=422).words
    assert "Nothing of that kind." in shown(await admin.get(f"{LOG}?range=custom&from=2020-01-01&to=2020-01-02")).words


async def test_an_act_that_was_refused_is_not_told(house: House, admin: httpx2.AsyncClient) -> None:
    await admin.post("/settings/users", data={"email": "no", "name": "", "role": "king"})
    await admin.post("/settings/organisation/sms/billing-log", data={"segments": "x"})
    await admin.post("/settings/organisation/sms/account", data={"account_sid": "x", "auth_token": "x"})
    assert "Nothing yet." in shown(await admin.get(LOG)).words


async def test_a_log_that_was_changed_from_outside_says_so(house: House, admin: httpx2.AsyncClient) -> None:
    for number in ("5", "6", "7"):
        await admin.post("/settings/organisation/sms/billing-log", data={"segments": number})
    await tamper(house.scene.tenant.database, "delete from audit_log where seq = 2")
    assert "This log was changed from outside: entry 2" in shown(await admin.get(LOG)).words


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.REPORTER, Role.GUEST])
async def test_only_admins_see_it(house: House, admin: httpx2.AsyncClient, role: Role) -> None:
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )
    for address in (LOG, f"{LOG}.csv"):
        assert (await admin.get(address)).status_code == 403


async def test_what_is_done_to_data_is_told_by_ids_and_fields(house: House, admin: httpx2.AsyncClient) -> None:
    scene = house.scene
    profile = {"name": "Maya Lindqvist", "number": "+61491570156", "city": "Perth"}
    candidate = (await admin.post("/candidates", data=profile)).headers["Location"]
    person = candidate.removeprefix("/candidates/")
    form = shown(await admin.get(f"{candidate}/edit"))
    (mark,) = [element.attributes["value"] for element in form if element.attributes.get("name") == "mark"]
    changed = profile | {"name": "Maya Okafor", "number": "+61491570157", "mark": str(mark)}
    done: list[tuple[str, dict[str, str], str]] = [
        (candidate, changed, f"changed candidate {person}: name, number, …57"),
        (f"{candidate}/labels", {"kind": "tag", "name": "nurse"}, f"gave candidate {person} “nurse”"),
        ("/candidates/lists", {"name": "Spring"}, "made the list “Spring”"),
        (
            "/candidates/changes",
            {"act": "add", "kind": "tag", "name": "nurse", "chosen": person},
            "adds “nurse” to candidates",
        ),
        (
            "/message-templates",
            {"name": "Hello", "body": "Secret words", "shared": "1"},
            "made the message template “Hello”",
        ),
        ("/account", {"name": "Jo Parker", "time_zone": "", "mails": ""}, "changed their own account: name"),
        ("/chat-messages/failures", {"act": "retry"}, "tried 0 failed texts again"),
    ]
    for address, fields, words in [("", {}, f"added candidate {person}"), *done]:
        if address:
            assert (await admin.post(address, data=fields)).status_code == 303, address
        said = shown(await admin.get(LOG)).by_id("log-rows").words  # type: ignore[union-attr]
        assert words in said
    for secret in ("Maya", "491570", "Perth", "Secret words"):
        assert secret not in said
    assert scene.jo.name in said


async def test_signing_in_and_out_and_numbers_by_their_last_digits_are_told(
    house: House, admin: httpx2.AsyncClient
) -> None:
    scene = house.scene
    await users.set_password(scene.tenant, scene.ana.id, "correct horse battery")
    ana = await house.browser(Origin=ORIGIN)
    await ana.get("/login")
    await ana.post("/login", data={"email": scene.ana.email, "password": "correct horse battery"})
    await ana.post("/logout")
    conversation = await scene.text_in(MAYA)
    await scene.failed(conversation, error_code=30006)
    await admin.post("/chat-messages/failures", data={"act": "mark", "range": "all"})
    await admin.post(f"/inbox/c/{conversation}/number-works")
    said = shown(await admin.get(LOG)).by_id("log-rows").words  # type: ignore[union-attr]
    for words in (
        "signed in",
        "signed out",
        "marked 1 number as taking no texts: …10",
        "said that a number takes texts after all: …10",
    ):
        assert words in said
