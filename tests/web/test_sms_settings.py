"""The settings page of SMS: from when on replies are synchronized, now, and what the last runs brought."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from inbox import clock
from inbox.accounts.roles import Role
from inbox.messaging import reach, synchronizations, synchronizing
from inbox.messaging.reach import Reach
from inbox.storage import tables
from inbox.storage.database import Tenant
from tests.journeys.elements import Element
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio

PAGE = "/settings/organisation/sms"


@pytest.fixture
async def admin(house: House) -> Any:
    """A browser in which an admin is signed in."""
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    return await house.browser(house.scene.jo)


async def reached(house: House) -> Reach:
    return await reach.find(house.scene.tenant, house.scene.account.id)


async def ran(house: House, **values: object) -> None:
    """A run of synchronizing as it is kept."""
    await house.scene.tenant.execute(
        insert(tables.synchronizations).values(
            organisation_id=house.scene.tenant.organisation_id,
            provider_account_id=house.scene.account.id,
            **({"reason": "schedule", "finished_at": clock.now()} | values),
        )
    )


def runs(page: Element) -> list[str]:
    """The rows of the table of runs."""
    table = page.by_id("runs")
    assert table is not None
    return [row.words for row in table if row.tag == "tr"][1:]


def page_sid(page: Element) -> str | None:
    """The Account SID in its field."""
    field = page.by_id("account_sid")
    assert field is not None
    return field.attributes["value"]


async def test_the_page_shows_the_account_and_never_its_secret(house: House, admin: Any) -> None:
    page = await admin.get(PAGE)
    words = shown(page).words
    sid = page_sid(shown(page))
    assert sid == house.scene.account.account_sid
    assert f"ends with {house.scene.account.auth_token[-4:]}" in words
    assert "+61 491 570 006" in words
    assert "Days are counted in Melbourne time." in words
    assert house.scene.account.auth_token not in page.text
    assert "Twilio's list has not been read yet." in words


async def test_who_has_no_account_is_told_so(house: House, admin: Any) -> None:
    for table in (tables.company_numbers, tables.provider_accounts):
        await house.scene.tenant.execute(table.delete())
    page = shown(await admin.get(PAGE))
    assert "No Twilio account is connected yet." in page.words
    assert page.by_id("runs") is None
    assert (await admin.post(PAGE, data={"from": "2026-03-01"})).status_code == 404
    assert (await admin.post(f"{PAGE}/synchronize")).status_code == 303


async def test_the_date_is_the_midnight_of_the_organisations_zone_and_stays_on_the_page(
    house: House, admin: Any
) -> None:
    answer = await admin.post(PAGE, data={"from": "2026-03-01"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{PAGE}?saved")
    page = shown(await admin.get(answer.headers["Location"]))
    assert "Saved." in page.words
    field = page.by_id("from")
    assert field is not None
    assert field.attributes["value"] == "2026-03-01"
    assert (await reached(house)).synchronize_from == datetime(2026, 2, 28, 13, tzinfo=UTC)
    assert (await admin.post(PAGE, data={"from": " "})).status_code == 303
    assert (await reached(house)).synchronize_from is None


async def test_an_earlier_date_is_read_from_at_once_and_a_later_one_is_not(house: House, admin: Any) -> None:
    await admin.post(PAGE, data={"from": "2026-03-01"})
    assert await asked_for(house) == "asked"
    await house.scene.tenant.execute(
        update(tables.provider_accounts).values(asked_reason=None, synchronized_to=clock.now())
    )
    await admin.post(PAGE, data={"from": "2026-04-01"})
    assert await asked_for(house) is None
    assert (await reached(house)).synchronized_to is not None


async def asked_for(house: House) -> str | None:
    reason: str | None = await house.scene.tenant.fetch_val(select(tables.provider_accounts.c.asked_reason))
    return reason


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("yesterday", "The date to start from must be a real date"),
        ("2026-02-30", "The date to start from must be a real date"),
        ("0001-01-01", "The date to start from must be 1 January 2010 or later"),
        (f"{date.today().year + 1}-01-01", "The date to start from must not be in the future"),
    ],
)
async def test_what_is_no_date_to_start_from_stays_with_a_sentence_and_changes_nothing(
    house: House, admin: Any, typed: str, sentence: str
) -> None:
    page = shown(await admin.post(PAGE, data={"from": typed}), status=422)
    field = page.by_id("from")
    assert field is not None
    assert (field.attributes["value"], field.attributes["aria-invalid"]) == (typed, "true")
    told = page.by_id("from-error")
    assert told is not None
    assert told.words == sentence
    assert (await reached(house)).synchronize_from is None


async def test_synchronize_now_promises_a_run_and_the_page_looks_until_it_is_over(house: House, admin: Any) -> None:
    answer = await admin.post(f"{PAGE}/synchronize")
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    (job,) = await house.scene.tenant.fetch_all(select(tables.jobs))
    assert (job.kind, job.subject) == (synchronizing.SYNCHRONIZE, house.scene.account.id)
    waiting = shown(await admin.get(PAGE)).by_id("runs")
    assert waiting is not None
    assert "It starts in a moment." in waiting.words
    assert waiting.attributes["hx-trigger"] == "every 2s"

    await house.scene.tenant.execute(update(tables.provider_accounts).values(asked_reason=None))
    await ran(house, reason="asked", finished_at=None, listed=120, texts=3)
    going_on = shown(await admin.get(PAGE, headers=HTMX)).by_id("runs")
    assert going_on is not None
    assert "120 messages looked at, 3 recovered so far." in going_on.words
    assert "hx-trigger" in going_on.attributes

    await house.scene.tenant.execute(update(tables.synchronizations).values(finished_at=clock.now()))
    over = shown(await admin.get(PAGE)).by_id("runs")
    assert over is not None
    assert "Up to date" in over.words
    assert "hx-trigger" not in over.attributes


async def test_a_page_made_while_a_run_begins_looks_again(
    house: House, admin: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await synchronizing.ask(house.scene.tenant, reason="asked")
    recent = synchronizations.recent

    async def read_right_before_it_begins(tenant: Tenant, account_id: str, *, most: int) -> Any:
        rows = await recent(tenant, account_id, most=most)
        await synchronizations.begin(tenant, await reach.find(tenant, account_id))
        return rows

    monkeypatch.setattr(synchronizations, "recent", read_right_before_it_begins)
    table = shown(await admin.get(PAGE)).by_id("runs")
    assert table is not None
    assert table.attributes.get("hx-trigger") == "every 2s"


async def test_every_run_says_why_it_was_what_it_brought_and_how_it_ended(house: House, admin: Any) -> None:
    long_ago = clock.now() - timedelta(days=400)
    await ran(house, reason="start", started_at=long_ago, texts=1, statuses=2)
    await ran(house, reason="sweep", listed=7)
    await ran(house, reason="outage", error="Twilio could not be reached. It is tried again by itself.")
    page = shown(await admin.get(PAGE))
    failed, sweep, start = runs(page)
    for words in ("After an outage", "Not known", "Twilio could not be reached."):
        assert words in failed
    for words in ("Daily, the last 48 hours", "7", "Nothing missing", "Read to its end"):
        assert words in sweep
    for words in ("At the start", "1 reply, 2 statuses", str(long_ago.year)):
        assert words in start


@pytest.mark.parametrize("role", Role)
async def test_only_who_may_change_settings_sees_them_and_the_way_there(house: House, role: Role) -> None:
    may = role in {Role.ORGANISATION_ADMIN, Role.COMPANY_ADMIN}
    await house.scene.tenant.execute(update(tables.users).values(role=role.value))
    browser = await house.browser(house.scene.jo)
    assert (PAGE in (await browser.get("/inbox")).text) == may
    assert (await browser.get(PAGE)).status_code == (200 if may else 403)
    for address in (PAGE, f"{PAGE}/synchronize"):
        assert (await browser.post(address, data={"from": "2026-03-01"})).status_code == (303 if may else 403)
    assert ((await reached(house)).synchronize_from is not None) == may


async def test_settings_are_those_of_ones_own_organisation(house: House, admin: Any) -> None:
    other = await house.neighbour()
    await admin.post(PAGE, data={"from": "2026-03-01"})
    await admin.post(f"{PAGE}/synchronize")
    assert other.account.account_sid not in (await admin.get(PAGE)).text
    assert (await reach.find(other.tenant, other.account.id)).synchronize_from is None
    assert [job.subject for job in await house.scene.tenant.fetch_all(select(tables.jobs))] == [house.scene.account.id]
