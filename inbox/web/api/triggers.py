"""What other systems say happened to a candidate, so that workflows begin; and which jobs are live."""

from dataclasses import replace
from typing import Annotated, Literal

from msgspec import Meta, Struct

from inbox.accounts.scopes import Scope
from inbox.automation import live_jobs, workflow_beginning
from inbox.candidates import people, profiles
from inbox.languages.sentences import said
from inbox.messaging import renaming
from inbox.web.api.operations import Call, Input, Line, Nothing, Operation
from inbox.web.forms import as_id

Event = Literal["stage", "form", "email", "referral", "referred"]


class Trigger(Input):
    """Something that happened to a candidate.

    `value` is the new stage (which is kept on the profile), the form's or event's name, or free words on a referral.
    `job` is what it is about, where that is not the candidate's own job: workflows may run at most once for each job
    application, and for live jobs only.
    """

    candidate_id: Line
    event: Event
    value: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] = ""
    job: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00]*$")] | None = None


class Begun(Struct):
    """A workflow that waited for it: the execution that began, or why there is none."""

    workflow_id: str
    workflow: str
    execution_id: str | None
    reason: str


class Triggered(Struct):
    """All that waited for it; empty when nothing did."""

    data: list[Begun]


class JobState(Input):
    """A job by its name, and whether somebody is still looked for."""

    job: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    live: bool


async def create(call: Call[Trigger, Nothing]) -> Triggered:
    """Begin the workflows that wait for it. Under an Idempotency-Key a repeat begins nothing again."""
    told, tenant = call.body, call.tenant
    candidate = await people.find(tenant, as_id(told.candidate_id))
    async with tenant.transaction():
        begun = await workflow_beginning.happened(tenant, told.event, told.value, candidate, job=told.job)
        if told.event == "stage":
            await _keep_stage(call, candidate.id, " ".join(told.value.split()))
    reader = call.me.reader
    return Triggered(
        [Begun(one.workflow.id, one.workflow.name, one.execution_id, said(one.reason, reader)) for one in begun]
    )


async def set_job(call: Call[JobState, Nothing]) -> JobState:
    """Close a job or open it again; workflows for live jobs only look at it."""
    told = call.body
    if told.live:
        await live_jobs.reopen(call.tenant, told.job)
    else:
        await live_jobs.close(call.tenant, told.job, by=call.me.user.name)
    return told


async def _keep_stage(call: Call[Trigger, Nothing], candidate_id: str, stage: str) -> None:
    """The profile says the same; what begins with it has begun."""
    before = await profiles.find(call.tenant, candidate_id)
    if not stage or stage == before.stage:
        return
    after = replace(before, stage=stage)
    await profiles.change(call.tenant, candidate_id, after, mark=before.mark, by=call.me.user.name)
    await renaming.renamed(call.tenant, candidate_id, before, after, actor_id=call.me.user.id, begins=False)


OPERATIONS = (
    Operation(
        "POST",
        "/triggers",
        "Say what happened to a candidate, so that workflows begin",
        create,
        Triggered,
        status=201,
        scope=Scope.WORKFLOWS_TRIGGER,
        takes=Trigger,
        refusals=(404, 409),
    ),
    Operation(
        "PUT",
        "/jobs",
        "Say whether a job is live",
        set_job,
        JobState,
        scope=Scope.WORKFLOWS_TRIGGER,
        takes=JobState,
    ),
)
