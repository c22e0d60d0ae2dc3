"""Does the next step of an execution, exactly once: its place moves in the transaction of what the step did.

A text has an id made of the execution and the step, so a step that a dead worker left by half is found done.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from inbox import clock
from inbox.accounts import organisations
from inbox.automation import (
    live_jobs,
    workflow_asides,
    workflow_deeds,
    workflow_endings,
    workflow_executions,
    workflow_steps,
    workflow_texts,
    workflows,
)
from inbox.automation.workflow_endings import Cause
from inbox.automation.workflow_executions import Execution, Overtaken
from inbox.automation.workflow_steps import Step
from inbox.automation.workflows import Workflow
from inbox.candidates import people
from inbox.candidates.people import Candidate
from inbox.errors import NotFound
from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed

PAUSED_SECONDS = 3600.0
"""How often a paused workflow's executions look whether it goes on; that it was started wakes them, too."""


async def carry_on(tenant: Tenant, job: Job) -> Postponed | None:
    """Do the next step of an execution; None when there is none left or the next one has a job of its own."""
    execution = await workflow_executions.find(tenant, job.subject)
    if execution is None or not execution.is_open:
        return None
    workflow = await workflows.find(tenant, execution.workflow_id)
    try:
        candidate = await people.find(tenant, execution.candidate_id)
    except NotFound:
        return None
    if (over := await _why_over(tenant, workflow, execution, candidate)) is not None:
        reason, cause = over
        await workflow_endings.stop(tenant, execution.id, reason, cause)
        return None
    if workflow.state == "paused":
        return Postponed(PAUSED_SECONDS)
    try:
        return await _go(tenant, workflow, execution, candidate)
    except Overtaken:
        return Postponed(0.0)


async def _why_over(
    tenant: Tenant, workflow: Workflow, execution: Execution, candidate: Candidate
) -> tuple[str, Cause] | None:
    """Why it ends here, as the end of a sentence and for counting; None when it goes on."""
    if workflow.state == "archived":
        return _("the workflow was put away"), "put_away"
    if workflow.live_only and not await live_jobs.is_live(tenant, execution.job):
        return _("the job is closed"), "job"
    return await workflow_asides.why(tenant, execution, candidate)


async def _go(tenant: Tenant, workflow: Workflow, execution: Execution, candidate: Candidate) -> Postponed | None:
    step, now = execution.step, clock.now()
    if step is None or step.kind == "end":
        await workflow_endings.finish(tenant, execution.id, after=execution.place - 1)
        return None
    if step.kind == "reply" and (answered := await workflow_asides.answered_at(tenant, execution)) is not None:
        async with tenant.transaction():
            await workflow_executions.go_on(tenant, execution, outcome="replied", heard_at=answered)
        return None
    if execution.due_at is not None and execution.due_at > now:
        return Postponed((execution.due_at - now).total_seconds())
    if step.kind in ("wait", "until", "reply"):
        await _wait(tenant, execution, step, now)
        return None
    if step.kind == "text":
        await workflow_texts.send(tenant, workflow, execution, candidate, step)
    else:
        await workflow_deeds.do(tenant, workflow, execution, candidate, step)
    if execution.is_at_last:
        await workflow_endings.finish(tenant, execution.id, after=execution.place)
    return None


async def _wait(tenant: Tenant, execution: Execution, step: Step, now: datetime) -> None:
    """Begin to wait, or go on when that is over."""
    async with tenant.transaction():
        if execution.due_at is not None:
            await workflow_executions.go_on(tenant, execution, outcome="silent" if step.kind == "reply" else None)
            return
        until = await _until(tenant, step, now)
        await workflow_executions.wait(tenant, execution, until, seconds=(until - now).total_seconds())
        await workflow_endings.changed(tenant, execution.candidate_id, execution.workflow_id)


async def _until(tenant: Tenant, step: Step, now: datetime) -> datetime:
    if step.kind != "until":
        return now + workflow_steps.wait_of(step.words)
    organisation = await organisations.find(tenant.database, tenant.organisation_id)
    return workflow_steps.moment_of(step.words, now, ZoneInfo(organisation.time_zone))
