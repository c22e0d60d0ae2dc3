"""Does the next step of an execution, exactly once: its place moves in the transaction of what the step did.

A text has an id made of the execution and the step, so a step that a dead worker left by half is found done.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select

from inbox import clock
from inbox.accounts import companies, organisations, users
from inbox.automation import merge_fields, workflow_executions, workflow_holds, workflow_steps, workflows
from inbox.automation.message_templates import values_of
from inbox.automation.workflow_executions import Execution
from inbox.automation.workflow_steps import Step
from inbox.automation.workflows import Workflow
from inbox.billing import balance
from inbox.candidates import people
from inbox.candidates.people import Candidate
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.messaging import bulk, labelling, opening, permission
from inbox.messaging.bulk import BulkText
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import conversations as conversation_rows
from inbox.storage.tables import messages

PAUSED_SECONDS = 300.0
"""How often a paused workflow's executions look whether it goes on."""


async def carry_on(tenant: Tenant, job: Job) -> Postponed | None:
    """Do the next step of an execution; None when there is none left or the next one has a job of its own."""
    execution = await workflow_executions.find(tenant, job.subject)
    if execution is None or not execution.is_open:
        return None
    left = _seconds_left(execution, clock.now())
    if left > 0:
        return Postponed(left)
    workflow = await workflows.find(tenant, execution.workflow_id)
    if workflow.state == "paused":
        return Postponed(PAUSED_SECONDS)
    try:
        candidate = await people.find(tenant, execution.candidate_id)
    except NotFound:
        return None
    if reason := await _steps_aside(tenant, workflow, execution, candidate):
        await workflow_executions.stop(tenant, execution.id, reason)
    elif execution.place >= len(execution.steps) or execution.steps[execution.place].kind == "end":
        await workflow_executions.end(tenant, execution.id, "done")
    else:
        await _do(tenant, workflow, execution, candidate, execution.steps[execution.place])
    return None


def _seconds_left(execution: Execution, now: datetime) -> float:
    return (execution.due_at - now).total_seconds() if execution.due_at else 0.0


async def _steps_aside(tenant: Tenant, workflow: Workflow, execution: Execution, candidate: Candidate) -> str | None:
    """Why a person takes over from here, as the end of a sentence; None when nobody does."""
    if candidate.opted_out:
        return _("%(name)s opted out", name=candidate.first_name)
    if workflow.state == "archived":
        return _("the workflow was put away")
    if not workflow.steps_aside:
        return None
    row = await tenant.fetch_one(
        select(messages.c.direction, messages.c.author)
        .join(
            conversation_rows,
            and_(
                conversation_rows.c.organisation_id == messages.c.organisation_id,
                conversation_rows.c.id == messages.c.conversation_id,
            ),
        )
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            conversation_rows.c.candidate_id == candidate.id,
            messages.c.at > execution.begun_at,
            or_(messages.c.direction == "in", messages.c.source == "person"),
        )
        .order_by(messages.c.at)
        .limit(1)
    )
    if row is None:
        return None
    return _("%(name)s wrote", name=candidate.first_name if row.direction == "in" else row.author)


async def _do(tenant: Tenant, workflow: Workflow, execution: Execution, candidate: Candidate, step: Step) -> None:
    if step.kind == "text":
        await _text(tenant, workflow, execution, candidate, step)
        return
    async with tenant.transaction():
        if step.kind == "tag":
            sender = await users.find(tenant, workflow.sender_id)
            await labelling.add(tenant, sender, candidate.id, "tag", step.words)
            await workflow_executions.go_on(tenant, execution)
            return
        at = await _next(tenant, step)
        await workflow_executions.go_on(tenant, execution, at=at, seconds=(at - clock.now()).total_seconds())


async def _next(tenant: Tenant, step: Step) -> datetime:
    now = clock.now()
    if step.kind == "wait":
        wait: timedelta = workflow_steps.wait_of(step.words)
        return now + wait
    organisation = await organisations.find(tenant.database, tenant.organisation_id)
    return workflow_steps.moment_of(step.words, now, ZoneInfo(organisation.time_zone))


async def _text(tenant: Tenant, workflow: Workflow, execution: Execution, candidate: Candidate, step: Step) -> None:
    if candidate.number is None:
        await workflow_executions.stop(tenant, execution.id, _("there is no mobile number"))
        return
    try:
        number = await permission.sender(tenant, company_id=workflow.company_id, user_id=workflow.sender_id)
    except Refused:
        await workflow_executions.stop(tenant, execution.id, _("there is no number to text from"))
        return
    sender, company = await users.find(tenant, workflow.sender_id), await companies.find(tenant, number.company_id)
    filled = merge_fields.fill(step.words, values_of(candidate, sender, company))
    if filled.missing:
        await workflow_executions.stop(
            tenant, execution.id, _("nothing is known for %(field)s", field=filled.missing[0])
        )
        return
    async with tenant.transaction():
        conversation_id = await opening.find_or_open(
            tenant,
            company_id=number.company_id,
            company_number_id=number.id,
            candidate_id=candidate.id,
            candidate_number=candidate.number,
            meant=True,
        )
    message_id = str(uuid5(UUID(execution.id), str(execution.place)))
    text = BulkText(message_id, conversation_id, filled.text)
    async for batch in bulk.queue(tenant, sender, [text], source="workflow"):
        why = batch.refused.get(message_id)
        if why == balance.NONE_LEFT:
            await workflow_executions.end(tenant, execution.id, "unpaid", why)
        elif why:
            await workflow_executions.stop(tenant, execution.id, why)
        elif held := batch.held.get(message_id):
            await workflow_holds.hold(tenant, execution, held)
        else:
            async with tenant.transaction():
                await workflow_executions.go_on(tenant, execution)
