"""A first text: somebody is found by name or number, or a number that nobody has yet is texted."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.candidates import people
from inbox.messaging import conversations
from inbox.storage import tables
from tests.messaging.scene import MAYA, TOM
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio


async def test_somebody_known_is_found_and_the_conversation_opens(house: House) -> None:
    candidate = await people.create(house.scene.tenant, name="Tom Okafor", number=TOM)
    await people.create(house.scene.tenant, name="Tom Nonumber")
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get("/inbox/new?q=tom"))
    assert [form.words for form in page.all("found")] == [
        "TN Tom Nonumber No number",
        "TO Tom Okafor+61 491 570 156 Text Tom Okafor",
    ]
    answer = await jo.post(f"/candidates/{candidate}/text")
    assert answer.status_code == 303
    opened = shown(await jo.get(answer.headers["Location"]))
    assert opened.by_id("thread-name").words == "Tom Okafor"  # type: ignore[union-attr]
    assert "No texts with Tom yet." in opened.words
    again = await jo.post(f"/candidates/{candidate}/text")
    assert again.headers["Location"] == answer.headers["Location"]


async def test_a_number_that_nobody_has_becomes_a_conversation(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get("/inbox/new?q=0491 570 110"))
    assert "+61 491 570 110Nobody you know yet" in page.words
    answer = await jo.post("/inbox/new", data={"number": "0491 570 110"})
    conversation = await conversations.find(
        house.scene.tenant, answer.headers["Location"].removeprefix("/inbox/c/").split("?")[0]
    )
    assert conversation.candidate_number == MAYA
    assert "Nobody you know yet" not in shown(await jo.get("/inbox/new?q=0491 570 110")).words


@pytest.mark.parametrize("number", ["", "12", "not a number", "\x00"])
async def test_what_is_no_number_is_refused_with_a_sentence(house: House, number: str) -> None:
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.post("/inbox/new", data={"number": number}), status=422)
    assert page.by_id("q-error") is not None


async def test_our_own_number_is_not_texted(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.post("/inbox/new", data={"number": house.scene.number.number}), status=422)
    assert "This is a number of your own company." in page.words


async def test_nobody_found_leads_on(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert shown(await jo.get("/inbox/new")).all("found") == []
    page = shown(await jo.get("/inbox/new?q=Nobody"))
    assert "Nobody matches “Nobody”." in page.words
    assert (await jo.get("/inbox/new?q=%00")).status_code == 200


async def test_of_another_organisation_nobody_is_texted(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert (await jo.post(f"/candidates/{uuid4()}/text")).status_code == 404


@pytest.mark.parametrize("role", [Role.REPORTER, Role.GUEST])
async def test_who_may_not_reply_starts_nothing(house: House, role: Role) -> None:
    candidate = await people.create(house.scene.tenant, name="Tom", number=TOM)
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )
    jo = await house.browser(house.scene.jo)
    assert (await jo.get("/inbox/new")).status_code == 403
    assert (await jo.post("/inbox/new", data={"number": MAYA})).status_code == 403
    assert (await jo.post(f"/candidates/{candidate}/text")).status_code == 403
