"""Removing a candidate's personal data, and the rules that do it by themselves, over the web."""

import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.candidates import people
from inbox.reports import retention
from inbox.storage import tables
from tests.messaging.scene import KEY, MAYA
from tests.web.bad_input import LONG, MARKUP
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

RULES = "/settings/retention"


@pytest.fixture
async def candidate(house: House) -> str:
    """Somebody who wrote, and Jo, who may remove what they wrote."""
    scene = house.scene
    scene.tenant.database.number_keys = (KEY,)
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    conversation = await scene.text_in(MAYA, "Call me a kingfisher")
    await scene.accepted(await scene.reply(conversation, "Hello"))
    return await people.by_number(scene.tenant, MAYA)


async def test_what_there_is_is_shown_before_it_is_removed_and_the_thread_says_so_after(
    house: House, candidate: str
) -> None:
    jo = await house.browser(house.scene.jo)
    address = f"/candidates/{candidate}/erasure"
    assert "Personal data" in shown(await jo.get(f"/candidates/{candidate}")).words
    assert "Texts2 Pictures and files0 Notes0" in shown(await jo.get(address)).words
    answer = await jo.post(address)
    assert (answer.status_code, answer.headers["location"]) == (303, address)
    assert "Jo Park removed everything personal" in shown(await jo.get(address)).words
    conversation = await house.scene.tenant.fetch_val(select(tables.conversations.c.id))
    thread = shown(await jo.get(f"/inbox/c/{conversation}")).words
    assert "Removed candidate" in thread
    assert "Nobody can text here any more." in thread
    assert "kingfisher" not in thread
    profile = shown(await jo.get(f"/candidates/{candidate}?tab=sms")).words
    assert "Removed candidate" in profile
    assert "Merge…" not in profile
    assert (await jo.get(f"/candidates/{candidate}/edit")).status_code == 404
    assert "removed everything personal of candidate" in shown(await jo.get("/settings/audit-log")).words
    assert "Jo Park" in shown(await jo.get(RULES)).words


async def test_a_hold_has_a_reason_and_stops_the_removal(house: House, candidate: str) -> None:
    jo = await house.browser(house.scene.jo)
    address = f"/candidates/{candidate}"
    refused = await jo.post(f"{address}/hold", data={"act": "hold", "why": " "})
    assert "Say why in 1 to 200 characters." in shown(refused, 422).words
    assert (await jo.post(f"{address}/hold", data={"act": "hold", "why": "A claim is open"})).status_code == 303
    assert "Nothing may be removed: A claim is open" in shown(await jo.get(f"{address}/erasure")).words
    stopped = await jo.post(f"{address}/erasure")
    assert "Nothing of this candidate may be removed: A claim is open" in shown(stopped, 409).words
    assert (await jo.post(f"{address}/hold", data={"act": "end"})).status_code == 303
    assert (await jo.post(f"{address}/erasure")).status_code == 303


async def test_rules_are_kept_and_nonsense_is_pointed_at(house: House, candidate: str) -> None:
    jo = await house.browser(house.scene.jo)
    assert (await jo.post(RULES, data={"months-else": "24", "months-gb": "12"})).status_code == 303
    assert await retention.rules(house.scene.tenant) == {"": 24, "gb": 12}
    for wrong in ("0", "241", "two", "1.5", "99999"):
        answer = await jo.post(RULES, data={"months-else": "24", "months-au": wrong})
        page = shown(answer, 422)
        field = page.by_id("months-au")
        assert field is not None
        assert (field.attributes["value"], field.attributes["aria-invalid"]) == (wrong, "true")
        assert "Enter a number of months from 1 to 240." in page.words
    assert await retention.rules(house.scene.tenant) == {"": 24, "gb": 12}
    assert (await jo.post(RULES, data={"months-else": "", "months-gb": ""})).status_code == 303
    assert await retention.rules(house.scene.tenant) == {}


async def test_any_country_of_the_phone_library_can_have_a_rule_and_others_stay(house: House, candidate: str) -> None:
    jo, tenant = await house.browser(house.scene.jo), house.scene.tenant
    page = shown(await jo.get(RULES))
    offered = [one.words for one in page if one.tag == "option"]
    assert "New Zealand" in offered
    assert "Australia" not in offered
    places = [offered.index(name) for name in ("Åland Islands", "Puerto Rico", "Réunion", "Romania", "Zimbabwe")]
    assert places == sorted(places)
    assert len(offered) > 200
    added = {"months-else": "24", "months-gb": "12", "country": "nz", "months-new": "6"}
    assert (await jo.post(RULES, data=added)).status_code == 303
    assert await retention.rules(tenant) == {"": 24, "gb": 12, "nz": 6}
    field = shown(await jo.get(RULES)).by_id("months-nz")
    assert field is not None
    assert field.attributes["value"] == "6"
    stale = {"months-else": "36", "months-gb": ""}  # a page of before, which knows of no New Zealand
    assert (await jo.post(RULES, data=stale)).status_code == 303
    assert await retention.rules(tenant) == {"": 36, "nz": 6}
    for wrong, sentence in (
        ({"country": "fr"}, "Enter a number of months from 1 to 240."),
        ({"country": "fr", "months-new": "0"}, "Enter a number of months from 1 to 240."),
        ({"months-new": "6"}, "Choose a country from the list."),
        ({"country": "xx", "months-new": "6"}, "Choose a country from the list."),
        ({"country": MARKUP, "months-new": "6"}, "Choose a country from the list."),
        ({"country": LONG, "months-new": "6"}, "Choose a country from the list."),
    ):
        answer = await jo.post(RULES, data=stale | wrong)
        page = shown(answer, 422)
        assert sentence in page.words
        assert MARKUP not in answer.text
        kept = page.by_id("months-new")
        assert kept is not None
        assert kept.attributes.get("value", "") == wrong.get("months-new", "")
    assert await retention.rules(tenant) == {"": 36, "nz": 6}


async def test_who_recruits_can_remove_nobody(house: House, candidate: str) -> None:
    ana = await house.browser(house.scene.ana)
    assert "Personal data" not in shown(await ana.get(f"/candidates/{candidate}")).words
    for method, address in (("GET", "erasure"), ("POST", "erasure"), ("POST", "hold")):
        assert (await ana.request(method, f"/candidates/{candidate}/{address}")).status_code == 403
    assert (await ana.get(RULES)).status_code == 403
