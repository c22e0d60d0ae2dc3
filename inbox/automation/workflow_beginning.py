"""Who comes into a workflow: by something that happened to them, by a program, or because a person says so."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from inbox.accounts.users import User
from inbox.automation import chatbot_words, live_jobs, workflow_endings, workflow_steps, workflows
from inbox.automation.workflow_executions import OPEN
from inbox.automation.workflows import Workflow
from inbox.candidates import people
from inbox.candidates.people import Candidate
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.messaging import conversations, messages
from inbox.messaging.triggers import STEP
from inbox.storage import jobs
from inbox.storage.columns import db_later, new_id
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job
from inbox.storage.tables import candidates, workflow_triggers
from inbox.storage.tables import workflow_executions as table


@dataclass(frozen=True, slots=True)
class Begun:
    """What became of a workflow that waited for what happened: the execution, or why there is none."""

    workflow: Workflow
    execution_id: str | None
    reason: str


async def begin_triggered(tenant: Tenant, job: Job) -> None:
    """Something happened to a candidate: begin what waits for it, and forget that it happened."""
    async with tenant.transaction():
        row = await tenant.fetch_one(
            delete(workflow_triggers)
            .where(workflow_triggers.c.organisation_id == tenant.organisation_id, workflow_triggers.c.id == job.subject)
            .returning(workflow_triggers.c.kind, workflow_triggers.c.value, workflow_triggers.c.candidate_id)
        )
        if row is None:
            return
        found = await workflows.begun_by(tenant, row.kind, row.value)
        if row.kind == "keyword":
            found = await _named(tenant, found, row.value)
        with suppress(NotFound):  # of somebody who is gone
            await _begin_all(tenant, found, row.candidate_id)


async def happened(
    tenant: Tenant, kind: str, value: str, candidate: Candidate, *, job: str | None = None
) -> Sequence[Begun]:
    """A program says that something happened to a candidate, for `job` where it is not their own; what began.

    In a transaction. Workflows of companies that `tenant` does not see are passed over.
    """
    found = await workflows.begun_by(tenant, kind, value)
    seen = [
        one for one in found if tenant.only_in is None or one.company_id is None or one.company_id in tenant.only_in
    ]
    return await _begin_all(tenant, seen, candidate.id, job=job)


async def begin(tenant: Tenant, workflow: Workflow, candidate_id: str, *, user: User | None = None) -> str:
    """A person, `user`, starts it for a candidate; the execution.

    Raises Refused with what stands against it, NotFound.
    """
    if workflow.state != "active":
        raise Refused(_("This workflow is paused. Start it first."))
    async with tenant.transaction():
        (begun,) = await _begin_all(tenant, [workflow], candidate_id, user=user)
    if begun.execution_id is None:
        raise Refused(begun.reason)
    return begun.execution_id


async def _named(tenant: Tenant, found: Sequence[Workflow], message_id: str) -> Sequence[Workflow]:
    """Those of which the text is a keyword, or begins with one, in the company that got it."""
    texts = await messages.by_ids(tenant, [message_id])
    if not texts or texts[0].event is not None:
        return []
    conversation = await conversations.find(tenant, texts[0].conversation_id)
    words = chatbot_words.plain(texts[0].body)
    first = chatbot_words.plain(words.partition(" ")[0])
    return [
        one
        for one in found
        if one.company_id in (None, conversation.company_id) and {words, first} & set(one.value.split(", "))
    ]


async def _begin_all(
    tenant: Tenant, found: Sequence[Workflow], candidate_id: str, *, job: str | None = None, user: User | None = None
) -> Sequence[Begun]:
    if not found:
        return []
    held = select(candidates.c.id).where(
        candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id
    )
    await tenant.fetch_val(held.with_for_update())  # two who begin at once wait for each other
    candidate = await people.find(tenant, candidate_id)
    begun = [await _begin(tenant, one, candidate, live_jobs.key_of(job or candidate.job)) for one in found]
    for one in begun:
        if one.execution_id is not None:
            await workflow_endings.began(tenant, candidate_id, one.workflow.id, user)
    return begun


async def _begin(tenant: Tenant, workflow: Workflow, candidate: Candidate, job: str) -> Begun:
    reason = await _why_not(tenant, workflow, candidate, job)
    if reason is not None:
        return Begun(workflow, None, reason)
    execution_id = new_id()
    await tenant.execute(
        insert(table).values(
            organisation_id=tenant.organisation_id,
            id=execution_id,
            workflow_id=workflow.id,
            candidate_id=candidate.id,
            version=workflow.version,
            steps=workflow_steps.written(workflow.steps),
            asides=" ".join(sorted(workflow.asides)),
            job=job,
        )
    )
    await jobs.enqueue(tenant, STEP, execution_id)
    return Begun(workflow, execution_id, "")


async def _why_not(tenant: Tenant, workflow: Workflow, candidate: Candidate, job: str) -> str | None:
    """What keeps the candidate out, as a sentence; None when nothing does."""
    if workflow.live_only and not await live_jobs.is_live(tenant, job):
        return (
            _("The job of %(name)s is closed.", name=candidate.first_name)
            if job
            else _("%(name)s has no job, and this workflow is only for live jobs.", name=candidate.first_name)
        )
    theirs = select(table.c.id).where(
        table.c.organisation_id == tenant.organisation_id,
        table.c.candidate_id == candidate.id,
        table.c.workflow_id == workflow.id,
    )
    recent = table.c.begun_at > db_later(-60.0 * workflow.gap_minutes)
    if await tenant.fetch_val(theirs.where(table.c.state.in_(OPEN) | recent).limit(1)) is not None:
        return _("This candidate is in this workflow, or was a short time ago.")
    if workflow.once_per_application and await tenant.fetch_val(theirs.where(table.c.job == job).limit(1)) is not None:
        return _("%(name)s was in this workflow for this job already.", name=candidate.first_name)
    return None
