"""Consent beside the thread, on its page and as a file; where it is asked for, nobody is texted without it."""

import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.candidates import people
from inbox.storage import tables
from tests.messaging.scene import TOM
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def made(house: House, role: Role) -> None:
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )


async def test_nobody_is_texted_first_without_consent_where_it_is_asked_for(house: House) -> None:
    await made(house, Role.COMPANY_ADMIN)
    jo = await house.browser(house.scene.jo)
    rules = {"scope": "company", "needs_consent": "1"}
    assert (await jo.post("/settings/company/rules", data=rules)).status_code == 303
    tom = await people.create(house.scene.tenant, name="Tom Reed", number=TOM)
    thread = (await jo.post(f"/candidates/{tom}/text")).headers["location"].split("?")[0]

    composer = shown(await jo.get(f"{thread}/composer", headers=HTMX))
    assert "No consent to texts is on file for Tom." in composer.words
    assert f"/candidates/{tom}/consents" in [link.attributes["href"] for link in composer if link.tag == "a"]
    assert (await jo.post(f"{thread}/messages", data={"body": "Hi"}, headers=HTMX)).status_code == 422

    wrong = shown(await jo.post(f"/candidates/{tom}/consents", data={"given": "1", "words": " "}), 422)
    assert wrong.by_id("words-error") is not None
    told = {"given": "1", "words": "“Yes, text me”, open day, 3 May"}
    assert (await jo.post(f"/candidates/{tom}/consents", data=told)).status_code == 303
    page = shown(await jo.get(f"/candidates/{tom}/consents"))
    assert "“Yes, text me”, open day, 3 May" in page.words
    assert "Written down, Jo Park" in page.words
    assert "open day, 3 May" in shown(await jo.get(f"/candidates/{tom}/context", headers=HTMX)).words
    assert (await jo.post(f"{thread}/messages", data={"body": "Hi"}, headers=HTMX)).status_code == 200

    assert (await jo.post(f"/candidates/{tom}/consents", data=told | {"given": "0"})).status_code == 303
    assert (await jo.post(f"{thread}/messages", data={"body": "Hi"}, headers=HTMX)).status_code == 422


@on_sqlite
async def test_who_has_written_may_be_answered_without_it(house: House) -> None:
    await house.scene.tenant.execute(update(tables.companies).values(needs_consent=True))
    conversation = await house.scene.text_in()
    await house.scene.reply(conversation)


@on_sqlite
async def test_the_ledger_is_a_file_for_who_may_export(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    await people.create(house.scene.tenant, name="Tom Reed", number=TOM, consent="=1+1, by post")
    assert (await jo.get("/consents.csv")).status_code == 403
    await made(house, Role.COMPANY_ADMIN)
    lines = (await jo.get("/consents.csv")).text.splitlines()
    assert lines[0] == "When (UTC),Number,Candidate,Consent,Source,Words,Written down by"
    assert "Tom Reed" in lines[1]
    assert "=1+1" not in lines[1].replace("'=1+1", "")
