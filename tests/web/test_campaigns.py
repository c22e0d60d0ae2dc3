"""Campaigns over the web: written, reviewed, sent, stopped; and who may."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.automation import campaign_gathering, campaign_sending, campaigns
from inbox.candidates import people
from inbox.candidates.choices import Choice
from inbox.storage import jobs, tables
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio


async def worked(house: House) -> None:
    """A worker does one turn of everything that is due."""
    deeds: dict[str, Any] = {campaigns.GATHER: campaign_gathering.gather, campaigns.SEND: campaign_sending.carry_on}
    for job in await jobs.claim(house.scene.tenant.database, kinds=list(deeds), limit=5, lease_seconds=60):
        outcome = await deeds[job.kind](house.scene.tenant, job)
        if outcome is None:
            await jobs.done(house.scene.tenant.database, job)
        else:
            await jobs.again(house.scene.tenant.database, job, seconds=0, counted=False)


async def written(house: House, jo: httpx2.AsyncClient, **changes: str) -> str:
    """The address of a campaign to Maya and Tom, looked through."""
    for name, number in (("Maya Chen", "+61491570110"), ("Tom Okafor", "+61491570156")):
        await people.create(house.scene.tenant, name=name, number=number, stage="Interview")
    fields = {"name": "Thursday", "body": "Hi {{first_name}}, it’s Jo. Free?", "stage": "Interview"} | changes
    answer = await jo.post("/campaigns", data=fields)
    assert answer.status_code == 303, answer.text
    await worked(house)
    return answer.headers["Location"]


async def test_it_is_reviewed_sent_and_told_of(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert "No campaigns yet." in shown(await jo.get("/campaigns")).words
    address = await written(house, jo)
    page = shown(await jo.get(address))
    assert "2 people get it: 2 segments. Balance after: 998." in page.words
    assert "“’” makes this text longer" in page.words
    assert "Send to 2 people" in page.words
    assert "stage Interview" in page.words
    assert (await jo.post(f"{address}/send")).status_code == 303
    assert "Sending" in shown(await jo.get(address)).words
    await worked(house)
    people_there = shown(await jo.get(f"{address}/recipients?of=queued")).words
    assert "Maya Chen" in people_there
    assert "Tom Okafor" in people_there
    assert "Thursday" in shown(await jo.get("/campaigns")).words
    assert (await jo.post(f"{address}/pause")).status_code == 303
    page = shown(await jo.get(address))
    assert "Paused" in page.words
    assert "Results" in page.words
    assert "This campaign has gone on meanwhile." in shown(await jo.post(f"{address}/pause"), status=409).words
    assert (await jo.get(f"{address}/edit")).status_code == 303
    again = shown(await jo.get(f"/campaigns/new?like={address.rpartition('/')[2]}"))
    assert again.by_id("name").attributes["value"] == "Thursday again"  # type: ignore[union-attr]


async def test_a_time_is_typed_in_ones_own_zone_and_checked(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = await written(house, jo)
    for typed, words in (
        ("", "Enter a day and a time."),
        ("2020-01-01T08:00", "This time has passed."),
        ("2200-01-01T08:00", "Choose a time within a year from now."),
    ):
        page = shown(await jo.post(f"{address}/send", data={"when": "later", "at": typed}), status=422)
        assert words in page.words


async def test_wrong_words_stay_in_the_form(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.post("/campaigns", data={"name": "", "body": "<b>Hi {{x}}", "stage": "S"}), status=422)
    assert "Enter a name." in page.words
    assert "There is no field “x”." in page.words
    assert page.by_id("body").words == "<b>Hi {{x}}"  # type: ignore[union-attr]


async def test_one_of_another_organisation_is_not_there(house: House) -> None:
    other = await house.neighbour()
    theirs = await campaigns.create(
        other.tenant, other.jo, name="Theirs", body="Hi", choice=Choice(), only_consented=False
    )
    jo = await house.browser(house.scene.jo)
    for path in ("", "/edit", "/recipients"):
        assert (await jo.get(f"/campaigns/{theirs}{path}")).status_code == 404
    for path in ("", "/send", "/pause", "/resume", "/cancel"):
        assert (await jo.post(f"/campaigns/{theirs}{path}", data={"name": "x", "body": "x"})).status_code == 404
    assert "Theirs" not in shown(await jo.get("/campaigns")).words


async def test_who_may_only_read_sends_nothing(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = await written(house, jo)
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.REPORTER.value)
    )
    assert "Send to" not in shown(await jo.get(address)).words
    for path in ("/campaigns/new", f"{address}/edit"):
        assert (await jo.get(path)).status_code == 403
    for path in ("/campaigns", address, f"{address}/send", f"{address}/cancel"):
        assert (await jo.post(path, data={"name": "x", "body": "x"})).status_code == 403
