"""The checklists of the countries: what is done, what is blocked by what, and what the product sees by itself."""

import httpx2
import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.provisioning import progress
from inbox.provisioning.checklists import CHECKLISTS
from inbox.storage import tables
from tests.messaging.scene import MAYA
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

PAGE = "/settings/provisioning"
BUSINESS = {"name": "Harbour Health", "address": "1 Quay St, Sydney", "register_number": "51 824 753 556"}


@pytest.fixture
async def admin(house: House) -> httpx2.AsyncClient:
    """A browser in which an admin is signed in."""
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    return await house.browser(house.scene.jo)


def test_every_list_can_be_begun_and_nothing_needs_what_comes_later() -> None:
    for checklist in CHECKLISTS.values():
        keys = [item.key for item in checklist.items]
        assert len(set(keys)) == len(keys)
        for place, item in enumerate(checklist.items):
            assert set(item.needs) <= set(keys[:place])
            assert len({field.name for field in item.fields} & {"state", "note", "csrf"}) == 0


async def test_what_was_brought_opens_what_needs_it(house: House, admin: httpx2.AsyncClient) -> None:
    words = shown(await admin.get(PAGE)).words
    assert "Cannot start yet: needs 10DLC brand" in words
    assert "Until the campaign is approved, carriers in the United States refuse every text" in words
    fields = {"name": "Acme", "ein": "12-3456789", "address": "1 Main St", "state": "done"}
    assert (await admin.post(f"{PAGE}/us/business", data=fields)).status_code == 303
    contact = {"name": "Kim", "email": "kim@acme.test", "phone": "+1 212 555 0100", "state": "done"}
    await admin.post(f"{PAGE}/us/contact", data=contact)
    us = next(one for one in await progress.of(house.scene.tenant) if one.checklist.country == "us")
    assert [one.state for one in us.items] == ["done", "done", "not_started", *["blocked"] * 4]
    form = shown(await admin.get(f"{PAGE}/us/business"))
    assert form.by_id("ein").attributes["value"] == "12-3456789"  # type: ignore[union-attr]


async def test_a_number_and_a_round_trip_are_seen_by_themselves(house: House, admin: httpx2.AsyncClient) -> None:
    async def states() -> list[str]:
        (au, *_) = await progress.of(house.scene.tenant)
        return [one.state for one in au.items]

    assert await states() == ["not_started", "not_started", "not_started", "done", "not_started"]
    message = await house.scene.reply(await house.scene.text_in(MAYA))
    await house.scene.report(message, "delivered", sid=await house.scene.accepted(message))
    assert (await states())[-1] == "done"


async def test_what_is_missing_or_wrong_is_said_beside_the_field(house: House, admin: httpx2.AsyncClient) -> None:
    page = shown(await admin.post(f"{PAGE}/au/business", data=BUSINESS | {"name": "", "state": "sent"}), status=422)
    assert "Enter this before it is sent to the provider." in page.words
    assert page.by_id("address").attributes["value"] == "1 Quay St, Sydney"  # type: ignore[union-attr]
    page = shown(await admin.post(f"{PAGE}/au/business", data={"state": "problem"}), status=422)
    assert "Say what the problem is." in page.words
    assert "Choose how far it is." in shown(await admin.post(f"{PAGE}/au/business", data={}), status=422).words
    problem = {"state": "problem", "note": "<b>Name differs</b>"}
    assert (await admin.post(f"{PAGE}/au/business", data=BUSINESS | problem)).status_code == 303
    assert "There is a problem: <b>Name differs</b>" in shown(await admin.get(PAGE)).words


async def test_what_no_list_has_is_not_there_and_others_do_not_see_it(house: House, admin: httpx2.AsyncClient) -> None:
    for path in ("xx/business", "au/nothing", "au/number"):
        assert (await admin.get(f"{PAGE}/{path}")).status_code == 404
        assert (await admin.post(f"{PAGE}/{path}", data={"state": "saved"})).status_code == 404
    other = await house.neighbour()
    await admin.post(f"{PAGE}/au/business", data=BUSINESS | {"state": "saved"})
    assert (await progress.of(other.tenant))[0].items[0].state == "not_started"
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.RECRUITER.value)
    )
    for path in (PAGE, f"{PAGE}/au/business"):
        assert (await admin.get(path)).status_code == 403
