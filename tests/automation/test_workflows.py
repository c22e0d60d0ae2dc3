"""A workflow does each of its steps once, waits as long as it should, and steps aside when a person is needed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from inbox.automation import (
    workflow_beginning,
    workflow_endings,
    workflow_executions,
    workflow_running,
    workflow_steps,
    workflows,
)
from inbox.automation.workflow_executions import Execution
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.automation.workflows import Workflow
from inbox.billing import balance
from inbox.candidates import labels, people
from inbox.errors import Invalid, NotFound, Refused
from inbox.messaging import bulk, handing_over, labelling, messages, triggers
from inbox.storage import jobs, tables
from inbox.storage.jobs import Postponed
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio

TEXT = ("text", "Hi {{first_name|there}}, still interested?")
TAG = ("tag", "Nudged")


def written(*steps: tuple[str, ...]) -> tuple[Step, ...]:
    return tuple(Step(*step) for step in steps)


async def made(scene: Scene, *steps: tuple[str, ...], **changes: Any) -> Workflow:
    wish = {"name": "Nudge", "steps": written(*steps) or (Step(*TEXT),)} | changes
    company_id = scene.company.id
    made_id = await workflows.create(scene.tenant, scene.jo, Wish(**wish), company_id=company_id)
    return await workflows.find(scene.tenant, made_id)


async def maya(scene: Scene) -> str:
    return await people.create(scene.tenant, name="Maya Chen", number=MAYA)


async def worked(scene: Scene, *, most: int = 20) -> None:
    """A worker does what is due now."""
    deeds: dict[str, Any] = {
        triggers.BEGIN: workflow_beginning.begin_triggered,
        triggers.STEP: workflow_running.carry_on,
    }
    for _ in range(most):
        claimed = await jobs.claim(scene.tenant.database, kinds=list(deeds), limit=1, lease_seconds=60)
        if not claimed:
            return
        outcome = await deeds[claimed[0].kind](scene.tenant, claimed[0])
        if outcome is None:
            await jobs.done(scene.tenant.database, claimed[0])
        else:
            assert isinstance(outcome, Postponed)
            await jobs.again(scene.tenant.database, claimed[0], seconds=outcome.seconds, counted=False)
    raise AssertionError("it goes on for ever")


async def later(scene: Scene) -> None:
    """The wait is over."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    await scene.tenant.execute(
        update(tables.workflow_executions).where(tables.workflow_executions.c.due_at.is_not(None)).values(due_at=past)
    )
    await scene.tenant.execute(update(tables.jobs).values(due_at=past))


async def texts(scene: Scene) -> list[str]:
    rows = await scene.tenant.fetch_all(
        select(tables.messages.c.body)
        .where(
            tables.messages.c.organisation_id == scene.tenant.organisation_id, tables.messages.c.source == "workflow"
        )
        .order_by(tables.messages.c.at)
    )
    return [row.body for row in rows]


async def only(scene: Scene, candidate_id: str) -> Execution:
    (found,) = await workflow_executions.of_candidate(scene.tenant, candidate_id)
    return found


async def test_steps_are_done_one_after_the_other_and_a_wait_is_waited_for(scene: Scene) -> None:
    candidate = await maya(scene)
    workflow = await made(scene, TAG, ("wait", "2 days"), TEXT, ("end", ""), TEXT)
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await worked(scene)
    assert [label.name for label in await labels.of_candidate(scene.tenant, candidate)] == ["Nudged"]
    execution = await only(scene, candidate)
    assert (execution.state, execution.place, await texts(scene)) == ("waiting", 1, [])
    assert execution.due_at is not None
    assert timedelta(days=1, hours=23) < execution.due_at - datetime.now(UTC) <= timedelta(days=2)
    await later(scene)
    await worked(scene)
    assert await texts(scene) == ["Hi Maya, still interested?"]
    assert (await only(scene, candidate)).state == "done"


async def test_a_label_begins_it_once_for_each_candidate(scene: Scene) -> None:
    candidate = await maya(scene)
    tag = await labelling.add(scene.tenant, scene.jo, candidate, "tag", "Applied")
    await made(scene, TEXT, ("wait", "1 day"), trigger="label", value=tag.id)
    await labelling.remove(scene.tenant, scene.jo, candidate, tag.id)
    for _ in range(2):
        await labelling.add(scene.tenant, scene.jo, candidate, "tag", "Applied")
        await labelling.remove(scene.tenant, scene.jo, candidate, tag.id)
    await worked(scene)
    assert len(await texts(scene)) == 1
    await labelling.add(scene.tenant, scene.jo, candidate, "tag", "Another")
    await worked(scene)
    assert (await only(scene, candidate)).state == "waiting"


async def test_the_minimum_delay_keeps_somebody_from_being_texted_again_too_soon(scene: Scene) -> None:
    candidate = await maya(scene)
    workflow = await made(scene, gap="60")
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await worked(scene)
    with pytest.raises(Refused):
        await workflow_beginning.begin(scene.tenant, workflow, candidate)
    begun = datetime.now(UTC) - timedelta(minutes=61)
    await scene.tenant.execute(update(tables.workflow_executions).values(begun_at=begun))
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await worked(scene)
    assert len(await texts(scene)) == 2


@pytest.mark.parametrize("who", ["candidate", "colleague", "STOP", "nobody"])
async def test_it_steps_aside_when_somebody_writes(scene: Scene, who: str) -> None:
    candidate = await maya(scene)
    workflow = await made(scene, TEXT, ("wait", "1 day"), TEXT)
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await worked(scene)
    if who in ("candidate", "STOP"):
        await scene.text_in(MAYA, "Yes" if who == "candidate" else "STOP")
    elif who == "colleague":
        await scene.reply(await scene.conversation(MAYA))
    await later(scene)
    await worked(scene)
    execution = await only(scene, candidate)
    reasons = {"candidate": "Maya wrote", "colleague": "Jo Park wrote", "STOP": "Maya opted out", "nobody": ""}
    assert execution.reason == reasons[who]
    assert execution.state == ("done" if who == "nobody" else "stopped")
    assert len(await texts(scene)) == (2 if who == "nobody" else 1)


async def test_one_that_does_not_step_aside_goes_on_after_a_reply_but_never_after_a_stop(scene: Scene) -> None:
    candidate = await maya(scene)
    workflow = await made(scene, ("wait", "1 day"), TEXT, ("wait", "1 day"), TEXT, asides=("opt_out",))
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await worked(scene)
    await scene.text_in(MAYA, "Hello")
    await later(scene)
    await worked(scene)
    assert len(await texts(scene)) == 1
    await scene.text_in(MAYA, "STOP")
    await later(scene)
    await worked(scene)
    assert len(await texts(scene)) == 1


async def test_a_worker_that_dies_after_the_text_sends_no_second_one(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    candidate = await maya(scene)
    await workflow_beginning.begin(scene.tenant, await made(scene), candidate)
    (job,) = await jobs.claim(scene.tenant.database, kinds=[triggers.STEP], limit=1, lease_seconds=60)
    queue = bulk.queue

    async def dies(*arguments, **more):  # type: ignore[no-untyped-def]
        async for _ in queue(*arguments, **more):
            raise RuntimeError("killed")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(bulk, "queue", dies)
        with pytest.raises(RuntimeError):
            await workflow_running.carry_on(scene.tenant, job)
    assert await workflow_running.carry_on(scene.tenant, job) is None
    await jobs.done(scene.tenant.database, job)
    await worked(scene)
    assert len(await texts(scene)) == 1
    assert (await only(scene, candidate)).state == "done"


async def test_the_last_step_ends_it_in_one_job_and_what_a_dead_worker_left_is_ended_by_the_next(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow, first, second = (
        await made(scene),
        await maya(scene),
        await people.create(scene.tenant, name="Tom", number=TOM),
    )
    for candidate in (first, second):
        await workflow_beginning.begin(scene.tenant, workflow, candidate)
    whole, broken = await jobs.claim(scene.tenant.database, kinds=[triggers.STEP], limit=2, lease_seconds=0)
    assert await workflow_running.carry_on(scene.tenant, whole) is None
    await jobs.done(scene.tenant.database, whole)

    async def dies(*arguments: Any, **more: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(workflow_endings, "finish", dies)
        with pytest.raises(RuntimeError):
            await workflow_running.carry_on(scene.tenant, broken)
    states = {(await only(scene, candidate)).state for candidate in (first, second)}
    assert states == {"done", "running"}
    await worked(scene)
    assert (await only(scene, first)).state == (await only(scene, second)).state == "done"
    assert len(await texts(scene)) == 2


async def test_at_zero_it_is_concluded_and_can_be_run_again_after_a_top_up(scene: Scene) -> None:
    candidate = await maya(scene)
    workflow = await made(scene, TEXT, TAG)
    await scene.tenant.execute(update(tables.segment_balances).values(balance=0))
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await worked(scene)
    assert (await only(scene, candidate)).state == "unpaid"
    assert await workflow_executions.counts(scene.tenant, workflow.id) == {"unpaid": 1}
    await balance.top_up(scene.tenant, "Kim", 10, "")
    assert await workflow_endings.run_again(scene.tenant, workflow.id) == 1
    await worked(scene)
    assert (await only(scene, candidate)).state == "done"
    assert len(await texts(scene)) == 1


async def test_a_paused_one_begins_nobody_and_does_nothing_until_it_is_started(scene: Scene) -> None:
    candidate = await maya(scene)
    workflow = await made(scene, TEXT)
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await workflows.set_state(scene.tenant, workflow.id, "paused")
    await worked(scene)
    assert await texts(scene) == []
    paused = await workflows.find(scene.tenant, workflow.id)
    with pytest.raises(Refused):
        await workflow_beginning.begin(scene.tenant, paused, candidate)
    await workflows.set_state(scene.tenant, workflow.id, "active")
    await later(scene)
    await worked(scene)
    assert len(await texts(scene)) == 1


async def test_who_is_in_it_goes_on_with_the_steps_it_was_begun_with(scene: Scene) -> None:
    candidate = await maya(scene)
    workflow = await made(scene, ("wait", "1 day"), ("text", "Old words"))
    await workflow_beginning.begin(scene.tenant, workflow, candidate)
    await worked(scene)
    await workflows.change(scene.tenant, workflow.id, Wish("Nudge", written(("text", "New words"))))
    await later(scene)
    await worked(scene)
    assert await texts(scene) == ["Old words"]


@pytest.mark.parametrize(
    ("steps", "field", "words"),
    [
        ([("wait", "soon")], "step-0", "Enter a time such as 2 days, 3 hours or 30 minutes."),
        ([("wait", "0 days")], "step-0", "Enter a time such as 2 days"),
        ([TEXT, ("until", "25:00")], "step-1", "Enter a time such as 09:00."),
        ([("text", "")], "step-0", "Write something first."),
        ([("text", "Hi {{x}}")], "step-0", "There is no field “x”."),
        ([("", "words without a step")], "step-0", "Choose what is done with these words."),
        ([("wait", "1 day")], "steps", "Nothing happens in this workflow."),
        ([("jump", "x")], "step-0", "There is no such step."),
    ],
)
async def test_steps_that_make_no_sense_are_said_where_they_stand(
    scene: Scene, steps: Sequence[tuple[str, str]], field: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await made(scene, *steps)
    assert refused.value.fields[field].startswith(words)


async def test_a_mistyped_wait_for_a_reply_is_the_only_thing_that_is_wrong(scene: Scene) -> None:
    with pytest.raises(Invalid) as refused:
        await made(scene, TEXT, ("reply", "soon"), ("text", "Great", "replied"), ("text", "Still there?", "silent"))
    assert list(refused.value.fields) == ["step-1"]


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    zone=st.sampled_from(["Australia/Melbourne", "Europe/London", "America/New_York", "Asia/Kathmandu"]),
)
def test_a_time_of_the_day_is_the_next_one_in_the_zone(at: datetime, hour: int, minute: int, zone: str) -> None:
    now, place = at.replace(tzinfo=UTC), ZoneInfo(zone)
    moment = workflow_steps.moment_of(f"{hour}:{minute:02d}", now, place)
    assert timedelta() < moment - now <= timedelta(hours=25)
    shown = moment.astimezone(place)
    # In spring an hour is left out, and its times are those of the hour behind.
    assert (shown.hour, shown.minute) == (hour, minute) or shown.utcoffset() != (shown - timedelta(hours=2)).utcoffset()


async def test_another_organisations_workflow_is_not_there(scene: Scene, other: Scene) -> None:
    workflow = await made(scene)
    await workflow_beginning.begin(scene.tenant, workflow, await maya(scene))
    with pytest.raises(NotFound):
        await workflows.find(other.tenant, workflow.id)
    assert await workflows.all_of(other.tenant) == []
    assert (await workflow_executions.of_workflow(other.tenant, workflow.id))[0] == []
    assert await workflow_endings.run_again(other.tenant, workflow.id) == 0
    assert await messages.by_ids(other.tenant, []) == []


async def test_who_leaves_hands_over_what_texts_in_their_name_or_it_waits(scene: Scene) -> None:
    workflow = await made(scene)
    await handing_over.hand_over(scene.tenant, scene.ana, scene.jo.id, scene.ana)
    assert (await workflows.find(scene.tenant, workflow.id)).sender == "Ana Ruiz"
    await handing_over.hand_over(scene.tenant, scene.jo, scene.ana.id, None)
    assert (await workflows.find(scene.tenant, workflow.id)).state == "paused"


async def test_without_a_number_to_text_from_a_text_ends_it_with_the_reason(scene: Scene) -> None:
    candidate = await maya(scene)
    await workflow_beginning.begin(scene.tenant, await made(scene), candidate)
    await scene.tenant.execute(update(tables.company_numbers).values(purpose="former"))
    await worked(scene)
    execution = await only(scene, candidate)
    assert (execution.state, execution.reason) == ("stopped", "there is no number to text from")
