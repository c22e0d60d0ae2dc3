"""A shared number in the browser: offered where it is taken, asked in list and thread, said, and taken back."""

import pytest

from inbox.candidates import people
from inbox.messaging import shared_numbers
from tests.messaging.scene import MAYA
from tests.web.house import House, shown

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


async def test_two_get_one_number_and_a_person_says_who_writes(house: House) -> None:
    scene = house.scene
    jo = await house.browser(scene.jo)
    maya = await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    conversation = await scene.text_in(MAYA, "Hello there")
    form = {"name": "Ana Chen", "number": MAYA}
    refused = shown(await jo.post("/candidates", data=form), status=422)
    assert "This is the number of Maya Chen." in refused.words
    assert "They share it: both have this number, not Maya alone" in refused.words
    made = await jo.post("/candidates", data=form | {"shares": MAYA})
    assert made.status_code == 303
    ana = made.headers["Location"].rpartition("/")[2]

    address = f"/inbox/c/{conversation}"
    page = shown(await jo.get(f"{address}?tab=shared"))
    row = page.by_id(f"conv-{conversation}")
    assert row is not None
    assert "2 people have this number" in row.words
    assert "2 people have this number. Who is it?" in page.words
    assert "Maya Chen" not in page.words
    assert "Maya Chen" not in shown(await jo.get("/chat-messages")).words
    asked = shown(await jo.get(f"{address}/person"))
    assert "Who writes from +61 491 570 110?" in asked.words
    for name in ("It is Maya", "It is Ana"):
        assert name in asked.words
    assert "Hello there" in shown(await jo.get(f"/candidates/{ana}?tab=sms")).words

    version = str((await scene.row(conversation)).version)
    said = await jo.post(f"{address}/person", data={"candidate_id": ana, "version": version})
    assert said.headers["Location"] == f"{address}?tab=shared"
    page = shown(await jo.get(said.headers["Location"]))
    assert "Shared number. Not Ana?" in page.words
    assert "Jo Park said that this is Ana Chen." in page.words
    late = await jo.post(f"{address}/person", data={"candidate_id": maya, "version": version})
    assert "A colleague changed this conversation meanwhile." in shown(late, status=409).words

    version = str((await scene.row(conversation)).version)
    assert (await jo.post(f"{address}/person", data={"candidate_id": "", "version": version})).status_code == 303
    assert "Who is it?" in shown(await jo.get(f"{address}?tab=shared")).words
    assert (await jo.post(f"{address}/person/take-away", data={"candidate_id": ana})).status_code == 303
    page = shown(await jo.get(f"{address}?tab=shared"))
    assert "this number" not in page.words
    assert page.by_id("thread-name").words == "Maya Chen"  # type: ignore[union-attr]


async def test_a_template_fills_in_no_name_that_nobody_has_said(house: House) -> None:
    scene = house.scene
    await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    conversation = await scene.text_in()
    ana = await people.create(scene.tenant, name="Ana Chen")
    async with scene.tenant.transaction():
        await shared_numbers.share(scene.tenant, ana, MAYA, actor_id=None)
    jo = await house.browser(scene.jo)
    await jo.post("/message-templates", data={"name": "Hi", "body": "Hi {{first_name|there}}"})
    picked = (await jo.get(f"/inbox/c/{conversation}/message-templates", headers={"HX-Request": "true"})).text
    assert "Hi there" in picked
    assert "Maya" not in picked
