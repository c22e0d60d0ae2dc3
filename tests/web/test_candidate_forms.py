"""Adding and changing candidates in the browser: what was typed stays, and lists, threads and searches follow."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.candidates import people
from inbox.messaging import conversations
from inbox.storage import events, tables
from inbox.storage.events import EventKind, EventLog
from tests.messaging.scene import MAYA, TOM
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio


async def test_a_new_candidate_has_a_profile(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    form = shown(await jo.get("/candidates/new?name=Maya"))
    assert form.by_id("name").attributes["value"] == "Maya"  # type: ignore[union-attr]
    answer = await jo.post(
        "/candidates", data={"name": "Maya Chen", "number": "0491 570 110", "owner_id": house.scene.jo.id}
    )
    assert answer.status_code == 303
    words = shown(await jo.get(answer.headers["Location"])).words
    assert "Maya Chen Can text +61 491 570 110" in words
    assert "OwnerJo Park" in words


async def test_what_cannot_be_kept_stays_in_the_form(house: House) -> None:
    await people.create(house.scene.tenant, name="Tom Okafor", number=TOM)
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.post("/candidates", data={"name": "<b>Tom", "number": TOM, "email": "x"}), status=422)
    assert page.by_id("name").attributes["value"] == "<b>Tom"  # type: ignore[union-attr]
    assert "Enter an e-mail such as maya@example.com." in page.words
    page = shown(await jo.post("/candidates", data={"name": "Tom", "number": TOM}), status=422)
    assert "This is the number of Tom Okafor. Open Tom Okafor" in page.words
    for owner in (str(uuid4()), "x"):
        page = shown(await jo.post("/candidates", data={"name": "Tom", "owner_id": owner}), status=422)
        assert "This person is not here any more." in page.words


async def test_another_name_is_in_the_list_the_thread_and_the_search(house: House) -> None:
    scene = house.scene
    conversation = await scene.text_in(MAYA, "Hello there")
    candidate = (await conversations.find(scene.tenant, conversation)).candidate_id
    jo = await house.browser(scene.jo)
    form = shown(await jo.get(f"/candidates/{candidate}/edit"))
    (mark,) = [element.attributes["value"] for element in form if element.attributes.get("name") == "mark"]
    before = (await events.head(scene.tenant)).seq
    fields = {"name": "Zoë Müller", "number": "+61 491 570 110", "mark": mark}
    assert (await jo.post(f"/candidates/{candidate}", data=fields)).status_code == 303

    for query in ("zoe", "muller hello", "Zoë there", "0491570110"):
        page = shown(await jo.get("/inbox", params={"tab": "shared", "q": query}))
        assert "Zoë Müller" in page.words, query
    (event,) = await EventLog(scene.tenant.database).read(scene.tenant.channel, before, 10)
    assert (event.kind, event.conversation_id) == (EventKind.CANDIDATE_CHANGED, conversation)
    assert shown(await jo.get(f"/inbox/c/{conversation}")).by_id("thread-name").words == "Zoë Müller"  # type: ignore[union-attr]
    page = shown(await jo.get("/inbox", params={"tab": "shared", "q": "+61491570110 there"}))
    assert "Zoë Müller" in page.words


async def test_of_two_who_change_a_candidate_neither_loses_a_word(house: House) -> None:
    candidate = await people.create(house.scene.tenant, name="Maya", number=MAYA)
    ana, jo = await house.browser(house.scene.ana), await house.browser(house.scene.jo)
    form = shown(await jo.get(f"/candidates/{candidate}/edit"))
    (mark,) = [element.attributes["value"] for element in form if element.attributes.get("name") == "mark"]
    fields = {"name": "Maya", "number": MAYA, "mark": mark}
    assert (await ana.post(f"/candidates/{candidate}", data=fields | {"city": "Geelong"})).status_code == 303
    page = shown(await jo.post(f"/candidates/{candidate}", data=fields | {"city": "Perth"}), status=409)
    assert "City is now “Geelong”." in page.words
    assert page.by_id("city").attributes["value"] == "Perth"  # type: ignore[union-attr]
    (renewed,) = [element.attributes["value"] for element in page if element.attributes.get("name") == "mark"]
    saved = await jo.post(f"/candidates/{candidate}", data=fields | {"city": "Perth", "mark": renewed})
    assert saved.status_code == 303
    assert (await people.find(house.scene.tenant, candidate)).city == "Perth"


@pytest.mark.parametrize("role", [Role.REPORTER, Role.GUEST])
async def test_who_may_only_read_changes_nobody(house: House, role: Role) -> None:
    candidate = await people.create(house.scene.tenant, name="Maya", number=MAYA)
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )
    jo = await house.browser(house.scene.jo)
    for path in ("/candidates/new", f"/candidates/{candidate}/edit"):
        assert (await jo.get(path)).status_code == 403
    for path in ("/candidates", f"/candidates/{candidate}"):
        assert (await jo.post(path, data={"name": "X"})).status_code == 403
    assert "Edit" not in shown(await jo.get(f"/candidates/{candidate}")).words
