"""A workflow that asks and waits for the answer, that sets things, and that a colleague, a stage or a job can end."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import insert, select, update

from inbox.automation import (
    live_jobs,
    workflow_beginning,
    workflow_executions,
    workflow_figures,
    workflow_running,
    workflow_steps,
    workflows,
)
from inbox.automation.workflow_asides import ASIDES
from inbox.automation.workflow_figures import Chosen
from inbox.candidates import profiles
from inbox.errors import Invalid, Refused
from inbox.hooks import deliveries, payloads
from inbox.messaging import handing_over, messages, notes, renaming
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.storage.jobs import Postponed
from tests.automation import chatbot
from tests.automation.test_workflows import TEXT, later, made, maya, only, texts, worked
from tests.messaging.scene import MAYA, Scene

pytestmark = pytest.mark.anyio

ASKS = (
    ("text", "Still free on Thursday?"),
    ("reply", "2 days"),
    ("text", "Great!", "replied"),
    ("stage", "Confirmed", "replied"),
    ("text", "Shall we call you?", "silent"),
    ("tag", "Asked"),
)


async def begun(scene: Scene, *steps: tuple[str, ...], **changes: object) -> str:
    candidate = await maya(scene)
    await workflow_beginning.begin(scene.tenant, await made(scene, *steps, **changes), candidate)
    await worked(scene)
    return candidate


async def acts(scene: Scene) -> list[str]:
    """What stands beside Maya's thread."""
    found = await notes.between(scene.tenant, await scene.conversation(MAYA), start=None, end=None)
    return [note.words for note in found if note.act]


async def test_an_answer_takes_the_one_way_at_once_and_silence_the_other(scene: Scene) -> None:
    candidate = await begun(scene, *ASKS)
    execution = await only(scene, candidate)
    assert (execution.state, execution.place) == ("waiting", 1)
    await scene.text_in(MAYA, "Yes!")
    await worked(scene)
    assert await texts(scene) == ["Still free on Thursday?", "Great!"]
    assert (await profiles.find(scene.tenant, candidate)).stage == "Confirmed"
    assert (await only(scene, candidate)).state == "done"
    workflow = await workflows.find(scene.tenant, execution.workflow_id)
    figures = await workflow_figures.of(scene.tenant, workflow.id, 1, workflow.steps)
    assert [one.numbers["reached"] for one in figures] == [1, 1, 1, 1, 0, 1]
    assert [one.numbers["replied"] for one in figures] == [1, 0, 0, 0, 0, 0]
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await worked(scene)
    await later(scene)
    await worked(scene)
    assert (await texts(scene))[2:] == ["Still free on Thursday?", "Shall we call you?"]
    figures = await workflow_figures.of(scene.tenant, workflow.id, 1, workflow.steps)
    for one in figures:
        for what, number in one.numbers.items():
            only_these = workflow_figures.condition(scene.tenant, Chosen(1, one.place, what))
            behind, _ = await workflow_executions.of_workflow(scene.tenant, workflow.id, only=only_these)
            assert len(behind) == number, (one.place, what)


async def test_what_was_answered_is_no_reason_to_step_aside_but_the_next_text_is(scene: Scene) -> None:
    candidate = await begun(scene, *ASKS[:2], ("wait", "1 day"), TEXT)
    await scene.text_in(MAYA, "Yes!")
    await worked(scene)
    assert (await only(scene, candidate)).place == 2
    await scene.text_in(MAYA, "By the way")
    await worked(scene)
    assert (await only(scene, candidate)).reason == "Maya wrote"
    assert (await acts(scene))[-1] == "Workflow “Nudge” stopped: Maya wrote."


@pytest.mark.parametrize("rule", ASIDES)
async def test_each_rule_of_stepping_aside_can_be_put_off(scene: Scene, rule: str) -> None:
    asides = tuple(one for one in ASIDES if one != rule)
    steps = (TEXT, ("wait", "1 day"), ("tag", "Nudged"), ("text", "Hi again"))
    candidate = await begun(scene, *steps, asides=asides)
    conversation = await scene.conversation(MAYA)
    if rule == "reply":
        await scene.text_in(MAYA, "Hello")
    elif rule == "person":
        await scene.reply(conversation)
    elif rule == "opt_out":
        await scene.tenant.execute(
            update(tables.workflow_executions).values(asides="person")  # a STOP is a text as well
        )
        await scene.text_in(MAYA, "STOP")
    else:
        await rejected(scene, candidate)
    await later(scene)
    await worked(scene)
    assert (await only(scene, candidate)).state == "done"
    assert len(await texts(scene)) == (1 if rule == "opt_out" else 2)


async def rejected(scene: Scene, candidate: str) -> None:
    async with scene.tenant.transaction():
        before = await profiles.find(scene.tenant, candidate)
        after = profiles.checked({"name": "Maya Chen", "number": MAYA, "stage": "Rejected"}, region="AU")
        await profiles.change(scene.tenant, candidate, after, mark=before.mark)
        await renaming.renamed(scene.tenant, candidate, before, after, actor_id=scene.jo.id)


async def test_who_is_rejected_is_not_nudged_on_and_the_thread_says_so_at_once(scene: Scene) -> None:
    candidate = await begun(scene, TEXT, ("wait", "1 day"), TEXT)
    await rejected(scene, candidate)
    await worked(scene)
    execution = await only(scene, candidate)
    assert (execution.state, execution.reason) == ("stopped", "Maya was rejected")
    assert await acts(scene) == ["Workflow “Nudge” stopped: Maya was rejected."]


async def test_a_step_assigns_and_another_one_tells_a_colleague(scene: Scene) -> None:
    candidate = await begun(
        scene, TEXT, ("assign", "", "", scene.ana.id), ("notify", "Call her", "", scene.jo.id), TEXT
    )
    conversation = await scene.row(await scene.conversation(MAYA))
    assert conversation.assignee_id == scene.ana.id
    told = await scene.tenant.fetch_all(select(tables.notifications).order_by(tables.notifications.c.at))
    assert [(row.user_id, row.kind, row.words) for row in told] == [
        (scene.ana.id, "assigned", ""),
        (scene.jo.id, "workflow", "Maya Chen: Call her"),
    ]
    assert await acts(scene) == ["A workflow assigned this to Ana Ruiz."]
    assert (await only(scene, candidate)).state == "done"


async def test_who_leaves_is_named_in_no_step_any_more(scene: Scene) -> None:
    candidate = await begun(scene, ("wait", "1 day"), ("text", "Hi", "", scene.ana.id))
    await handing_over.hand_over(scene.tenant, scene.jo, scene.ana.id, scene.jo)
    await later(scene)
    await worked(scene)
    (text,) = await messages_of(scene)
    assert text.author == "Jo Park"
    assert (await only(scene, candidate)).state == "done"
    workflow = await workflows.find(scene.tenant, (await only(scene, candidate)).workflow_id)
    assert [step.who for step in workflow.steps] == ["", scene.jo.id]


async def messages_of(scene: Scene) -> list[messages.Message]:
    return list((await messages.page(scene.tenant, await scene.conversation(MAYA))).messages)


async def test_a_keyword_begins_it_in_the_company_that_got_it(scene: Scene) -> None:
    await made(scene, ("text", "Our jobs: …"), trigger="keyword", value="Jobs, vacancies")
    await scene.text_in(MAYA, "hello")
    await scene.text_in(MAYA, "JOBS please")
    await worked(scene)
    assert await texts(scene) == ["Our jobs: …"]


async def test_a_stage_begins_it_for_live_jobs_and_once_for_each_application(scene: Scene) -> None:
    candidate = await maya(scene)
    workflow = await made(scene, TEXT, trigger="stage", value="interview", live_only=True, once_per_application=True)

    async def moved(stage: str, job: str | None) -> None:
        async with scene.tenant.transaction():
            before = await profiles.find(scene.tenant, candidate)
            facts = {"name": "Maya Chen", "number": MAYA, "stage": stage, "job": job or ""}
            after = profiles.checked(facts, region="AU")
            await profiles.change(scene.tenant, candidate, after, mark=before.mark)
            await renaming.renamed(scene.tenant, candidate, before, after, actor_id=None)
        await worked(scene)

    await moved("Interview", None)
    assert await texts(scene) == []
    await moved("Applied", "Nurse")
    await moved("Interview", "Nurse")
    await moved("Applied", "Nurse")
    await moved("Interview", "Nurse")
    assert len(await texts(scene)) == 1
    await live_jobs.close(scene.tenant, "Carer", by="Jo Park")
    await moved("Applied", "Carer")
    with pytest.raises(Refused):
        await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await live_jobs.reopen(scene.tenant, "carer")
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await live_jobs.close(scene.tenant, "Carer", by="Jo Park")
    await worked(scene)
    newest = (await workflow_executions.of_candidate(scene.tenant, candidate))[0]
    assert newest.reason == "the job is closed"
    assert len(await texts(scene)) == 1


@pytest.mark.parametrize(
    ("now", "words", "expected"),
    [
        # In Melbourne 4 October 2026 has no 02:30, and 4 April 2027 has it twice.
        ("2026-10-03T12:00+00:00", "02:30", ["2026-10-03T16:30+00:00", "2026-10-04T15:30+00:00"]),
        ("2027-04-03T12:00+00:00", "02:30", ["2027-04-03T15:30+00:00", "2027-04-04T16:30+00:00"]),
    ],
)
def test_a_time_that_a_night_leaves_out_or_has_twice_comes_once(now: str, words: str, expected: list[str]) -> None:
    at, found = datetime.fromisoformat(now), []
    for _ in expected:
        at = workflow_steps.moment_of(words, at, ZoneInfo("Australia/Melbourne"))
        found.append(at)
    assert found == [datetime.fromisoformat(moment) for moment in expected]


async def test_a_worker_whose_clock_jumps_does_nothing_early_and_nothing_twice(scene: Scene) -> None:
    candidate = await begun(scene, ("wait", "2 hours"), TEXT, ("wait", "2 hours"), ("tag", "Nudged"))
    execution = await only(scene, candidate)
    job: Any = SimpleNamespace(subject=execution.id)
    assert execution.due_at is not None
    for minutes in (-600, -1):  # the clock was put back, and is nearly right again
        with time_machine.travel(execution.due_at + timedelta(minutes=minutes), tick=False):
            outcome = await workflow_running.carry_on(scene.tenant, job)
            assert isinstance(outcome, Postponed)
            assert outcome.seconds == -60 * minutes
    with time_machine.travel(execution.due_at + timedelta(days=400), tick=False):  # and jumps far ahead
        for _ in range(4):
            await workflow_running.carry_on(scene.tenant, job)
    now = await only(scene, candidate)
    assert (now.state, now.place) == ("waiting", 2)
    assert len(await texts(scene)) == 1


async def test_a_finished_intent_begins_it_once_what_was_answered_is_filled_in(scene: Scene) -> None:
    intent = await chatbot.made(scene)
    other = await made(scene, ("tag", "Other"), trigger="intent", value=intent.id)
    await workflows.set_state(scene.tenant, other.id, "paused")
    await made(scene, ("text", "Hi {{first_name}}, thank you!"), trigger="intent")
    await chatbot.texted(scene, "JOIN", "yes", "Maya Chen", "1", "5 March 2030")
    await worked(scene)
    assert await texts(scene) == []
    await chatbot.texted(scene, "maya@example.com")
    await worked(scene)
    assert await texts(scene) == ["Hi Maya, thank you!"]


async def test_another_system_is_told_once_of_a_step_and_one_that_is_off_is_passed_over(scene: Scene) -> None:
    candidate, endpoint_id = await maya(scene), new_id()
    whose = {"organisation_id": scene.tenant.organisation_id, "id": endpoint_id}
    facts = {"url": "https://ats.example.com/in", "kinds": "", "secret": b"sealed"}
    await scene.tenant.execute(insert(tables.webhook_endpoints).values(whose | facts))
    workflow = await made(scene, ("webhook", "interview-confirmed", "", endpoint_id), ("tag", "Told"))
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await worked(scene)
    (row,) = await scene.tenant.fetch_all(select(tables.webhook_deliveries))
    (job,) = await scene.tenant.fetch_all(select(tables.jobs).where(tables.jobs.c.kind == deliveries.DELIVER))
    assert job.subject == row.id
    told = json.loads(await payloads.of(scene.tenant, await deliveries.find(scene.tenant, row.id)) or b"")
    assert told["type"] == "workflow.step"
    assert told["data"]["words"] == "interview-confirmed"
    assert told["data"]["candidate"] == {"id": candidate, "name": "Maya Chen", "number": MAYA, "job": None}
    await scene.tenant.execute(update(tables.webhook_endpoints).values(off_at=datetime.now(UTC)))
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await worked(scene)
    assert (await workflow_executions.of_candidate(scene.tenant, candidate))[0].state == "done"
    assert len(await scene.tenant.fetch_all(select(tables.webhook_deliveries))) == 1
    with pytest.raises(Invalid):
        await made(scene, ("webhook", "interview-confirmed", "", endpoint_id))
