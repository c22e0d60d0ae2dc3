"""Workflows over the web: written, started for somebody, stopped, paused; and who may."""

import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.automation import workflow_executions, workflow_running, workflows
from inbox.automation.workflows import Wish
from inbox.candidates import people
from inbox.storage import jobs, tables
from tests.messaging.scene import MAYA
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

NUDGE = {
    "name": "Nudge",
    "steps_aside": "1",
    "kind-0": "text",
    "words-0": "Hi {{first_name|there}}, still there?",
    "kind-1": "wait",
    "words-1": "2 days",
}


async def test_it_is_written_and_active_at_once_and_runs_for_who_it_is_started_for(house: House) -> None:
    scene = house.scene
    jo = await house.browser(scene.jo)
    candidate = await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    assert "No workflows yet." in shown(await jo.get("/workflows")).words
    address = (await jo.post("/workflows", data=NUDGE)).headers["Location"]
    page = shown(await jo.get(address))
    assert "Active" in page.words
    assert "Chat message Hi {{first_name|there}}, still there?" in page.words
    profile = f"/candidates/{candidate}/workflows"
    assert "Maya has not been in a workflow yet." in shown(await jo.get(profile)).words
    start = {"workflow_id": address.rpartition("/")[2]}
    assert (await jo.post(profile, data=start)).status_code == 303
    for _ in range(2):
        for job in await jobs.claim(scene.tenant.database, kinds=[workflow_executions.STEP], limit=1, lease_seconds=60):
            await workflow_running.carry_on(scene.tenant, job)
            await jobs.done(scene.tenant.database, job)
    assert "Waiting" in shown(await jo.get(profile)).words
    assert "Maya Chen" in shown(await jo.get(f"{address}?state=waiting")).words
    assert "is in this workflow" in shown(await jo.post(profile, data=start), status=409).words
    execution = (await workflow_executions.of_candidate(scene.tenant, candidate))[0]
    assert (await jo.post(f"{profile}/{execution.id}/stop")).status_code == 303
    assert "Stepped aside: Jo Park stopped it" in shown(await jo.get(profile)).words
    assert (await jo.post(f"{address}/state", data={"state": "paused"})).status_code == 303
    assert "Paused" in shown(await jo.get("/workflows")).words
    assert (await jo.post(f"{address}/state", data={"state": "gone"})).status_code == 404
    copy = shown(await jo.get(f"/workflows/new?like={start['workflow_id']}"))
    assert copy.by_id("name").attributes["value"] == "Nudge again"  # type: ignore[union-attr]
    assert copy.by_id("words-1").words == "2 days"  # type: ignore[union-attr]


async def test_wrong_words_stay_in_their_step(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    wrong = NUDGE | {"name": "", "words-1": "<b>soon", "gap_minutes": "x"}
    page = shown(await jo.post("/workflows", data=wrong), status=422)
    assert "Enter a name." in page.words
    assert "Enter a number of minutes" in page.words
    assert "Enter a time such as 2 days" in page.words
    assert page.by_id("words-1").words == "<b>soon"  # type: ignore[union-attr]
    address = (await jo.post("/workflows", data=NUDGE)).headers["Location"]
    assert (await jo.post(address, data=NUDGE | {"name": "Other"})).status_code == 303
    assert "Other" in shown(await jo.get(address)).words
    page = shown(await jo.post(address, data=NUDGE | {"kind-0": "", "words-0": ""}), status=422)
    assert "Nothing happens in this workflow." in page.words


async def test_one_of_another_organisation_is_not_there_and_readers_change_nothing(house: House) -> None:
    other = await house.neighbour()
    wish = Wish("Theirs", "", "", True, [("text", "Hi")])
    theirs = await workflows.create(other.tenant, other.jo, wish)
    jo = await house.browser(house.scene.jo)
    for path in (f"/workflows/{theirs}", f"/workflows/{theirs}/edit"):
        assert (await jo.get(path)).status_code == 404
    for path in ("", "/state", "/run-again"):
        assert (await jo.post(f"/workflows/{theirs}{path}", data=NUDGE | {"state": "paused"})).status_code == 404
    candidate = await people.create(house.scene.tenant, name="Maya", number=MAYA)
    profile = f"/candidates/{candidate}/workflows"
    assert (await jo.post(profile, data={"workflow_id": theirs})).status_code == 404
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.REPORTER.value)
    )
    assert (await jo.get("/workflows/new")).status_code == 403
    for path in ("/workflows", profile):
        assert (await jo.post(path, data=NUDGE)).status_code == 403
    assert "New workflow" not in shown(await jo.get("/workflows")).words
