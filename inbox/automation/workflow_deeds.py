"""What a step does besides texting and waiting, in one transaction with that it was done.

Locks are taken in one order: conversations, the execution with its job, the event counter.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from sqlalchemy import select

from inbox.accounts import users
from inbox.automation import workflow_endings, workflow_executions, workflow_hooks
from inbox.automation.workflow_executions import Execution
from inbox.automation.workflow_steps import Step
from inbox.automation.workflows import Workflow
from inbox.candidates import labels, profiles
from inbox.candidates.people import Candidate
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import company_conversations, conversations, labelling, notes, renaming
from inbox.storage import events, notifications
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.notifications import ASSIGNED
from inbox.storage.tables import conversations as conversation_rows

NOTICE = "workflow"
"""The kind of the notifications of workflows, which have words of their own."""


async def do(tenant: Tenant, workflow: Workflow, execution: Execution, candidate: Candidate, step: Step) -> None:
    """Do it and go on, or end where it cannot be done. Raises Overtaken, and nothing was done then."""
    try:
        async with tenant.transaction():
            await _DEEDS[step.kind](tenant, workflow, execution, candidate, step)
    except Invalid as error:
        await workflow_endings.stop(tenant, execution.id, error.sentence.rstrip("."), "refused")


async def _tag(tenant: Tenant, _workflow: Workflow, execution: Execution, candidate: Candidate, step: Step) -> None:
    """One more tag; a candidate who has all that there may be gets none, and the workflow goes on."""
    held = await labels.of_candidate(tenant, candidate.id)
    label = await labels.ensure(tenant, "tag", step.words)
    is_full = len(held) >= labelling.MOST and label.id not in {one.id for one in held}
    changed = [] if is_full else await labelling.apply(tenant, label, "add", [candidate.id])
    await _hold_conversations(tenant, candidate.id)
    await workflow_executions.go_on(tenant, execution, did="left" if is_full else "done")
    await labelling.follow(tenant, label, "add", changed, actor_id=None)


async def _stage(tenant: Tenant, _workflow: Workflow, execution: Execution, candidate: Candidate, step: Step) -> None:
    """Another stage. Nothing begins with it, as two workflows could begin each other for ever."""
    await _hold_conversations(tenant, candidate.id)
    await workflow_executions.go_on(tenant, execution)
    before = await profiles.find(tenant, candidate.id)
    after = replace(before, stage=step.words)
    await profiles.change(tenant, candidate.id, after, mark=before.mark)
    await renaming.renamed(tenant, candidate.id, before, after, actor_id=None, begins=False)


async def _assign(tenant: Tenant, workflow: Workflow, execution: Execution, candidate: Candidate, step: Step) -> None:
    """The candidate's newest conversation becomes a colleague's; where there is none yet, it is passed over."""
    await _hold_conversations(tenant, candidate.id)
    conversation_id = await _conversation(tenant, workflow, candidate)
    if conversation_id is None:
        await workflow_executions.go_on(tenant, execution, did="left")
        return
    before = await conversations.find(tenant, conversation_id)
    team = await users.who_may_have_conversations(tenant, in_company=before.company_id)
    owner = next((user for user in team if user.id == step.who), None)
    if owner is None:
        raise Invalid({"assignee": _("the person it was to be assigned to cannot have it")})
    await workflow_executions.go_on(tenant, execution)
    if before.assignee_id == owner.id:
        return
    note_id = new_id()
    await conversations.change(tenant, conversation_id, assignee_id=owner.id, version=before.version + 1)
    seq = await events.record(
        tenant,
        EventKind.CONVERSATION_CHANGED,
        conversation_id=conversation_id,
        message_id=note_id,
        previous_assignee_id=before.assignee_id,
    )
    await notes.add_act(tenant, None, conversation_id, note_id=note_id, act="assigned", subject=owner.name, seq=seq)
    await notifications.notify(tenant, {owner.id}, ASSIGNED, conversation_id=conversation_id, message_id=note_id)


async def _notify(tenant: Tenant, workflow: Workflow, execution: Execution, candidate: Candidate, step: Step) -> None:
    """A colleague reads it at the bell, and it leads to the conversation or the profile."""
    conversation_id = await _conversation(tenant, workflow, candidate)
    await workflow_executions.go_on(tenant, execution)
    await notifications.notify(
        tenant,
        {step.who or workflow.sender_id},
        NOTICE,
        conversation_id=conversation_id,
        words=f"{candidate.name}: {step.words}",
        address=f"/candidates/{candidate.id}",
    )


async def _webhook(tenant: Tenant, _workflow: Workflow, execution: Execution, _who: Candidate, step: Step) -> None:
    """An endpoint is told, signed and as often as it takes; one that is off or gone is passed over."""
    is_there = step.who in await workflow_hooks.endpoints(tenant)
    await workflow_executions.go_on(tenant, execution, did="done" if is_there else "left")
    if is_there:
        await workflow_hooks.tell(tenant, execution, step)


_DEEDS: Mapping[str, Callable[[Tenant, Workflow, Execution, Candidate, Step], Awaitable[None]]] = {
    "tag": _tag,
    "stage": _stage,
    "assign": _assign,
    "notify": _notify,
    "webhook": _webhook,
}


async def _conversation(tenant: Tenant, workflow: Workflow, candidate: Candidate) -> str | None:
    if workflow.company_id is None:
        return candidate.conversation_id
    return await company_conversations.of_candidate(tenant, candidate.id, workflow.company_id)


async def _hold_conversations(tenant: Tenant, candidate_id: str) -> None:
    await tenant.fetch_all(
        select(conversation_rows.c.id)
        .where(
            conversation_rows.c.organisation_id == tenant.organisation_id,
            conversation_rows.c.candidate_id == candidate_id,
        )
        .order_by(conversation_rows.c.id)
        .with_for_update()
    )
