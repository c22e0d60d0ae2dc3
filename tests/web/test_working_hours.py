"""Company settings: working hours, and the waits that rows show in them."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from sqlalchemy import update

from inbox import clock
from inbox.accounts import companies
from inbox.accounts.roles import Role
from inbox.messaging import conversations
from inbox.storage import audit, tables
from tests.journeys.elements import Element
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

PAGE = "/settings/company/hours"
OFFICE = {
    f"{name}-{day}": value for day in range(5) for name, value in (("works", "1"), ("from", "09:00"), ("to", "17:00"))
}


@pytest.fixture
async def admin(house: House) -> Any:
    """A browser in which an admin is signed in."""
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.COMPANY_ADMIN.value)
    )
    return await house.browser(house.scene.jo)


async def kept(house: House) -> str:
    return (await companies.only(house.scene.tenant)).working_hours


def waits(page: Element) -> list[str]:
    return [flag.words for flag in page.all("conv__flag--waits") if "hidden" not in flag.attributes]


async def test_the_hours_are_shown_changed_and_kept(house: House, admin: Any) -> None:
    page = shown(await admin.get(PAGE))
    assert "in Melbourne time" in page.words
    fields = OFFICE | {"to-4": "13:30", "works-6": "1", "from-6": "18:00", "to-6": "00:00"}
    answer = await admin.post(PAGE, data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?saved")
    assert await kept(house) == "09:00-17:00," * 4 + "09:00-13:30,,18:00-24:00"
    (entry,) = (await audit.page(house.scene.tenant, act="settings"))[0]
    assert entry.what.endswith("Thursday 09:00-17:00, Friday 09:00-13:30, Sunday 18:00-00:00")
    page = shown(await admin.get(answer.headers["Location"]))
    last = page.by_id("to-4")
    assert last is not None
    assert last.attributes["value"] == "13:30"
    assert "Saved." in page.words


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"from-1": "17:00"}, "Work on Tuesday must end after it begins"),
        ({"to-2": ""}, "Enter when work begins and ends on Wednesday"),
        ({"from-3": "at nine"}, "Enter when work begins and ends on Thursday"),
        ({f"works-{day}": "" for day in range(5)}, "Choose at least one day"),
    ],
)
async def test_hours_that_cannot_be_are_answered_beside_their_day(
    house: House, admin: Any, changes: dict[str, str], sentence: str
) -> None:
    before = await kept(house)
    page = shown(await admin.post(PAGE, data=OFFICE | changes), 422)
    name = next(iter(changes)).replace("to-", "from-").replace("works-", "from-")
    error = page.by_id(f"{name}-error")
    assert error is not None
    assert error.words == sentence
    for name, value in changes.items():
        field = page.by_id(name)
        assert field is None or field.attributes["value"] == value
    assert await kept(house) == before


async def test_a_row_says_how_long_a_candidate_has_waited_in_working_hours(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    friday = datetime(2026, 3, 13, 5, tzinfo=UTC)  # 16:00 in Melbourne
    await house.scene.tenant.execute(
        update(tables.conversations).where(tables.conversations.c.id == conversation).values(waiting_since=friday)
    )
    for now, said in (
        (datetime(2026, 3, 13, 5, 30, tzinfo=UTC), []),
        (datetime(2026, 3, 15, 23, 0, tzinfo=UTC), ["Waiting 2 h"]),  # Monday, 10:00
    ):
        with time_machine.travel(now, tick=False):
            assert waits(shown(await jo.get("/inbox?tab=shared"))) == said
    with time_machine.travel(datetime(2026, 3, 13, 5, 30, tzinfo=UTC), tick=False):
        assert waits(shown(await jo.get("/inbox?tab=shared&waiting=1"))) == ["Waiting 30 min"]
    await house.scene.reply(conversation)
    assert waits(shown(await jo.get("/inbox?tab=shared"))) == []


async def test_what_follows_a_long_wait_is_off_until_an_admin_switches_it_on(house: House, admin: Any) -> None:
    company = await companies.only(house.scene.tenant)
    assert (company.escalates_to, company.escalates_after) == (None, None)
    chosen = {"escalates_to": "shared", "escalates_after": "0"}
    page = shown(await admin.post(PAGE, data=OFFICE | chosen), 422)
    error = page.by_id("escalates_after-error")
    assert error is not None
    assert error.words == "Enter a number of hours from 1 to 99"
    assert (await admin.post(PAGE, data=OFFICE | chosen | {"escalates_after": "4"})).status_code == 303
    company = await companies.only(house.scene.tenant)
    assert (company.escalates_to, company.escalates_after) == ("shared", 4)
    assert (await admin.post(PAGE, data=OFFICE)).status_code == 303
    assert (await companies.only(house.scene.tenant)).escalates_to is None


async def test_a_row_says_that_a_candidate_has_waited_too_long(house: House) -> None:
    conversation = await house.scene.text_in()
    await conversations.change(house.scene.tenant, conversation, overdue_at=clock.now())
    jo = await house.browser(house.scene.jo)
    row = shown(await jo.get("/inbox?tab=shared")).by_id(f"conv-{conversation}")
    assert row is not None
    assert "Overdue" in row.words


async def test_who_may_not_change_settings_sees_none_of_it(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert (await jo.get(PAGE)).status_code == 403
    assert (await jo.post(PAGE, data=OFFICE)).status_code == 403
