"""Workflows over the web: written, started for somebody, stopped, paused; and who may."""

import csv
import io

import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.automation import workflow_executions, workflow_running, workflows
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.candidates import people
from inbox.languages import known
from inbox.messaging import triggers
from inbox.storage import jobs, tables
from tests.messaging.scene import MAYA, TOM
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

NUDGE = {
    "name": "Nudge",
    "trigger": "manual",
    "aside": ["reply", "person", "opt_out", "rejected"],
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
        for job in await jobs.claim(scene.tenant.database, kinds=[triggers.STEP], limit=1, lease_seconds=60):
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
    assert copy.by_id("name").attributes["value"] == "Nudge (2)"  # type: ignore[union-attr]
    assert copy.by_id("words-1").attributes["value"] == "2 days"  # type: ignore[union-attr]


async def test_steps_are_added_moved_and_removed_and_the_path_is_a_picture_with_branches(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    form: dict[str, object] = NUDGE | {"kind-1": "reply", "words-1": "2 days", "act": "add", "add": "tag"}
    page = shown(await jo.post("/workflows", data=form))
    assert "3 · Add a tag" in page.words
    assert page.by_id("only-2") is not None
    assert page.by_id("only-1") is None
    form |= {"kind-2": "tag", "words-2": "Keen", "only-2": "replied"}
    page = shown(await jo.post("/workflows", data=form | {"act": "up-2"}))
    assert page.by_id("words-1").attributes["value"] == "Keen"  # type: ignore[union-attr]
    assert "3 · Add a tag" not in shown(await jo.post("/workflows", data=form | {"act": "remove-2"})).words
    words = shown(
        await jo.post("/workflows/preview?place=0", data=form | {"words-0": "Hi {{first_name}}" + "x" * 160})
    ).words
    assert "Hi Maya" in words
    assert "2 segments at these lengths." in words
    assert "Without a fallback for {{first_name}} the workflow ends" in words
    early = form | {"act": "", "kind-1": "tag", "words-1": "Keen", "only-1": "replied", "kind-2": "", "words-2": ""}
    page = shown(await jo.post("/workflows", data=early), status=422)
    assert "No step before this one waits for a reply." in page.words
    address = (await jo.post("/workflows", data=form | {"act": ""})).headers["Location"]
    page = shown(await jo.get(address))
    assert "If they replied: Add a tag Keen" in page.words
    assert "Replied" in page.words
    assert "No reply" in page.words


async def test_the_thread_shows_what_runs_stops_it_and_each_figure_leads_to_its_candidates(house: House) -> None:
    scene = house.scene
    jo = await house.browser(scene.jo)
    candidate = await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    address = (await jo.post("/workflows", data=NUDGE)).headers["Location"]
    await jo.post(f"/candidates/{candidate}/workflows", data={"workflow_id": address.rpartition("/")[2]})
    for _ in range(3):
        for job in await jobs.claim(scene.tenant.database, kinds=[triggers.STEP], limit=1, lease_seconds=60):
            await workflow_running.carry_on(scene.tenant, job)
            await jobs.done(scene.tenant.database, job)
    conversation = await scene.conversation(MAYA)
    page = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared"))
    assert "Workflow “Nudge” runs. Next: Wait 2 days" in page.words
    (execution,) = await workflow_executions.of_candidate(scene.tenant, candidate)
    stop = f"/inbox/c/{conversation}/workflows/{execution.id}/stop"
    answer = await jo.post(stop, headers={"HX-Request": "true"})
    assert "Nudge" not in answer.text
    page = shown(await jo.get(f"/inbox/c/{conversation}?tab=shared"))
    assert "Workflow “Nudge” stopped: Jo Park stopped it." in page.words
    page = shown(await jo.get(f"{address}/figures"))
    assert "2 · Wait 2 days 1 0 0" in page.words
    assert "A colleague stopped it: 1" in page.words
    for query in ("step=0&of=reached", "step=1&of=ended", "step=1&of=ended&cause=by_hand"):
        assert "Maya Chen" in shown(await jo.get(f"{address}/executions?version=1&{query}")).words
    for query in ("step=1&of=waiting", "step=1&of=ended&cause=reply", "step=0&of=replied"):
        assert "Nobody yet." in shown(await jo.get(f"{address}/executions?version=1&{query}")).words
    assert (await jo.get(f"{address}/executions?of=all")).status_code == 404


async def test_its_history_is_exported_by_state_logged_and_for_those_who_see_the_conversations(house: House) -> None:
    scene = house.scene
    ana = await house.browser(scene.ana)
    address = (await ana.post("/workflows", data=NUDGE)).headers["Location"]
    ids = [
        await people.create(scene.tenant, name=name, number=number) for name, number in (("Maya", MAYA), ("=Tom", TOM))
    ]
    for one in ids:
        await ana.post(f"/candidates/{one}/workflows", data={"workflow_id": address.rpartition("/")[2]})
    (execution,) = await workflow_executions.of_candidate(scene.tenant, ids[0])
    await ana.post(f"/candidates/{ids[0]}/workflows/{execution.id}/stop")
    me = tables.users.c.id == scene.jo.id
    await scene.tenant.execute(update(tables.users).where(me).values(role=Role.REPORTER.value))
    jo = await house.browser(scene.jo)
    rows = list(csv.DictReader(io.StringIO((await jo.get(f"{address}/executions.csv")).text)))
    assert [(row["Candidate"], row["State"], row["Version of the steps"]) for row in rows] == [
        ("'=Tom", "Going on", "1"),
        ("Maya", "Stepped aside", "1"),
    ]
    assert rows[1]["Reason"].endswith("stopped it")
    assert "still there?" in rows[0]["Next step"]
    links = [one.attributes.get("href") for one in shown(await jo.get(f"{address}?state=stopped"))]
    assert f"{address}/executions.xlsx?state=stopped" in links
    stopped = (await jo.get(f"{address}/executions.csv?state=stopped")).text
    assert "Maya" in stopped
    assert "Tom" not in stopped
    told = [str(known(row.what)) for row in await scene.tenant.fetch_all(select(tables.audit_log.c.what))]
    assert "exported history of the workflow “Nudge”, 2 lines" in told
    await scene.tenant.execute(update(tables.users).where(me).values(own_only=True))
    assert len((await jo.get(f"{address}/executions.csv")).text.splitlines()) == 1
    await scene.tenant.execute(update(tables.users).where(me).values(role=Role.RECRUITER.value))
    assert (await jo.get(f"{address}/executions.csv")).status_code == 403


async def test_jobs_are_closed_and_opened_again(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    await people.create(house.scene.tenant, name="Maya Chen", number=MAYA, job="Nurse")
    assert "Nurse Live" in shown(await jo.get("/workflows/jobs")).words
    assert (await jo.post("/workflows/jobs", data={"job": "nurse"})).status_code == 303
    assert "Closed by Jo Park" in shown(await jo.get("/workflows/jobs")).words
    assert (await jo.post("/workflows/jobs", data={"job": "Nurse", "live": "1"})).status_code == 303
    assert "Nurse Live" in shown(await jo.get("/workflows/jobs")).words
    assert "Enter the name of a job." in shown(await jo.post("/workflows/jobs", data={}), status=422).words


async def test_who_edits_what_somebody_else_changed_meanwhile_is_told(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    address = (await jo.post("/workflows", data=NUDGE)).headers["Location"]
    mark = {"mark": shown(await jo.get(f"{address}/edit")).by_id("mark").attributes["value"]}  # type: ignore[union-attr]
    assert (await jo.post(address, data=NUDGE | mark | {"name": "First"})).status_code == 303
    page = shown(await jo.post(address, data=NUDGE | mark | {"name": "Second"}), status=409)
    assert "Somebody changed this workflow meanwhile." in page.words
    assert page.by_id("name").attributes["value"] == "Second"  # type: ignore[union-attr]


async def test_wrong_words_stay_in_their_step(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    wrong = NUDGE | {"name": "", "words-1": "<b>soon", "gap": "x"}
    page = shown(await jo.post("/workflows", data=wrong), status=422)
    assert "Enter a name." in page.words
    assert "Enter a number, 0 for none" in page.words
    assert "Enter a time such as 2 days" in page.words
    assert page.by_id("words-1").attributes["value"] == "<b>soon"  # type: ignore[union-attr]
    address = (await jo.post("/workflows", data=NUDGE)).headers["Location"]
    assert (await jo.post(address, data=NUDGE | {"name": "Other"})).status_code == 303
    assert "Other" in shown(await jo.get(address)).words
    page = shown(await jo.post(address, data=NUDGE | {"kind-0": "", "words-0": ""}), status=422)
    assert "Nothing happens in this workflow." in page.words


async def test_one_of_another_organisation_is_not_there_and_readers_change_nothing(house: House) -> None:
    other = await house.neighbour()
    wish = Wish("Theirs", [Step("text", "Hi")])
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


async def test_a_step_is_tested_on_ones_own_phone_in_the_name_of_its_sender(house: House) -> None:
    scene = house.scene
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(mobile="+61491570159")
    )
    jo = await house.browser(scene.jo)
    form = NUDGE | {"words-0": "Hi {{first_name}}, it’s {{my_first_name}}.", "sender_id": scene.ana.id}
    preview = shown(await jo.post("/workflows/preview?place=0", data=form))
    assert "Hi Maya, it’s Ana." in preview.words
    assert "Send me a test" in preview.words
    assert "The test is on its way." in shown(await jo.post("/workflows/test?place=0", data=form)).words
    (text,) = await scene.tenant.fetch_all(select(tables.messages).where(tables.messages.c.direction == "out"))
    assert (text.body, text.author, text.source) == ("Hi Maya, it’s Ana.", "Jo Park", "person")
