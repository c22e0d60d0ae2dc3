"""The list of opt-outs in other words, the decision from it and from the thread, and how far an opt-out reaches."""

import pytest
from sqlalchemy import select, update

from inbox.accounts import companies
from inbox.accounts.roles import Role
from inbox.messaging import opt_outs
from inbox.storage import tables
from tests.messaging.scene import MAYA
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio

WISH = "Please stop texting me"


async def made(house: House, role: Role) -> None:
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )


@pytest.mark.parametrize(
    ("decision", "opens", "place"), [("confirm", False, "list"), ("clear", True, "thread"), ("clear", True, "list")]
)
async def test_somebody_reads_it_and_decides(house: House, decision: str, opens: bool, place: str) -> None:
    jo = await house.browser(house.scene.jo)
    await house.text_in(WISH)
    thread = f"/inbox/c/{await house.scene.conversation(MAYA)}"
    page = shown(await jo.get("/opt-outs"))
    assert WISH in page.words
    assert "It is none" in page.words
    blocked = shown(await jo.get(f"{thread}/composer", headers=HTMX))
    assert "Read it and decide." in blocked.words
    assert "It is an opt-out" in blocked.words

    answer = await jo.post(f"{thread}/opt-out", data={"decision": decision, "from": place})

    assert (answer.status_code, answer.headers["location"].split("?")[0]) == (
        303,
        "/opt-outs" if place == "list" else thread,
    )
    assert "Nothing to read." in shown(await jo.get("/opt-outs")).words
    now = shown(await jo.get(f"{thread}/composer", headers=HTMX))
    assert (now.by_id("body") is not None) == opens
    (noted,) = await house.scene.tenant.fetch_all(select(tables.audit_log))
    assert noted.act == "opt_out"

    late = await jo.post(f"{thread}/opt-out", data={"decision": "clear", "from": place})
    assert "Somebody has decided this already" in shown(late, 409).words


async def test_who_may_only_read_sees_the_list_and_decides_nothing(house: House) -> None:
    await house.text_in(WISH)
    await made(house, Role.GUEST)
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get("/opt-outs"))
    assert WISH in page.words
    assert "It is none" not in page.words
    thread = f"/inbox/c/{await house.scene.conversation(MAYA)}"
    assert (await jo.post(f"{thread}/opt-out", data={"decision": "clear"})).status_code == 403


async def test_a_real_stop_is_on_no_list_and_nobody_here_can_undo_it(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    await house.text_in("STOP")
    assert "Nothing to read." in shown(await jo.get("/opt-outs")).words
    thread = f"/inbox/c/{await house.scene.conversation(MAYA)}"
    assert (await jo.post(f"{thread}/opt-out", data={"decision": "clear"})).status_code == 409
    composer = shown(await jo.get(f"{thread}/composer", headers=HTMX))
    assert "It is none" not in composer.words
    assert composer.by_id("body") is None


async def test_an_admin_chooses_how_far_an_opt_out_reaches(house: House) -> None:
    await made(house, Role.COMPANY_ADMIN)
    admin = await house.browser(house.scene.jo)
    answer = await admin.post("/settings/company/rules", data={"scope": "organisation"})
    assert answer.status_code == 303
    assert await opt_outs.scope(house.scene.tenant) == "organisation"
    assert "Saved." in shown(await admin.get("/settings/company/rules?saved")).words
    assert (await admin.post("/settings/company/rules", data={"scope": "moon"})).status_code == 422
    noted = await house.scene.tenant.fetch_all(select(tables.audit_log))
    assert noted[0].what == "had opt-outs reach every number of the organisation"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_admin_sets_quiet_hours_and_a_cap_and_keeps_what_was_typed_wrong(house: House) -> None:
    await made(house, Role.COMPANY_ADMIN)
    admin, scene = await house.browser(house.scene.jo), house.scene
    rules = {"scope": "company", "hours": "own", "from": "10:00", "to": "17:30", "daily_cap": "3"}
    assert (await admin.post("/settings/company/rules", data=rules)).status_code == 303
    company = await companies.only(scene.tenant)
    assert (company.texting_hours, company.daily_cap) == ("10:00-17:30", 3)
    page = shown(await admin.post("/settings/company/rules", data=rules | {"to": "09:00", "daily_cap": "many"}), 422)
    assert page.by_id("from-error") is not None
    assert page.by_id("cap-error") is not None
    cap = page.by_id("daily_cap")
    assert cap is not None
    assert cap.attributes["value"] == "many"
    for hours, kept in (("country", "country"), ("off", None)):
        await admin.post("/settings/company/rules", data=rules | {"hours": hours, "daily_cap": ""})
        company = await companies.only(scene.tenant)
        assert (company.texting_hours, company.daily_cap) == (kept, None)
