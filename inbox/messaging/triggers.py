"""What happens to candidates that a workflow or the chatbot may wait for: left as jobs for whoever runs them."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy import insert, select
from sqlalchemy.sql.elements import ColumnElement

from inbox.storage import jobs
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations, workflow_executions, workflow_triggers, workflows

BEGIN = "workflow_begin"
STEP = "workflow_step"
ANSWER = "chatbot_answer"
HOOK = "webhook"


async def label_added(tenant: Tenant, label_id: str, candidate_ids: Sequence[str]) -> None:
    """These candidates got a tag or list; in the transaction that gave it to them."""
    if await _is_awaited(tenant, "label", workflows.c.label_id == label_id):
        await _keep(tenant, "label", label_id, candidate_ids)


async def happened(
    tenant: Tenant, kind: str, value: str, candidate_id: str, *, queue: str | None = None, place: int = 0
) -> None:
    """Something else of a kind that workflows can begin with happened to a candidate; in its transaction.

    In a `queue` what begins waits for its jobs with lower places.
    """
    if await _is_awaited(tenant, kind):
        await _keep(tenant, kind, value, [candidate_id], queue=queue, place=place)


async def stage_changed(tenant: Tenant, candidate_id: str, stage: str | None) -> None:
    """A candidate has another stage, None for none, in its transaction: workflows may begin, and others end."""
    if stage:
        await happened(tenant, "stage", stage, candidate_id)
    await touched(tenant, candidate_id)


async def texted(tenant: Tenant, conversation_id: str, message_id: str, *, with_chatbot: bool) -> None:
    """A live text came in, in its transaction. Keywords on the chatbot's number are the chatbot's."""
    candidate_id: str = await tenant.fetch_val(
        select(conversations.c.candidate_id).where(
            conversations.c.organisation_id == tenant.organisation_id, conversations.c.id == conversation_id
        )
    )
    if not with_chatbot:
        await happened(tenant, "keyword", message_id, candidate_id)
    await touched(tenant, candidate_id)


async def touched(tenant: Tenant, candidate_id: str) -> None:
    """Somebody wrote to or from a candidate, in its transaction: what runs for them looks whether it steps aside."""
    rows = await tenant.fetch_all(
        select(workflow_executions.c.id).where(
            workflow_executions.c.organisation_id == tenant.organisation_id,
            workflow_executions.c.candidate_id == candidate_id,
            workflow_executions.c.state.in_(["running", "waiting"]),
        )
    )
    for row in rows:
        await jobs.enqueue(tenant, STEP, row.id)


async def chatbot_texted(tenant: Tenant, conversation_id: str, message_id: str, *, place: int) -> None:
    """A text came in on the chatbot number; in the transaction that stores it. One is answered after the other."""
    queue = str(uuid5(UUID(conversation_id), ANSWER))
    await jobs.enqueue(tenant, ANSWER, message_id, queue=queue, place=place)


async def _is_awaited(tenant: Tenant, kind: str, *conditions: ColumnElement[bool]) -> bool:
    waits = await tenant.fetch_one(
        select(workflows.c.id)
        .where(
            workflows.c.organisation_id == tenant.organisation_id,
            workflows.c.trigger == kind,
            workflows.c.state == "active",
            *conditions,
        )
        .limit(1)
    )
    return waits is not None


async def _keep(
    tenant: Tenant, kind: str, value: str, candidate_ids: Sequence[str], *, queue: str | None = None, place: int = 0
) -> None:
    for candidate_id in candidate_ids:
        trigger_id = new_id()
        await tenant.execute(
            insert(workflow_triggers).values(
                organisation_id=tenant.organisation_id,
                id=trigger_id,
                candidate_id=candidate_id,
                kind=kind,
                value=value,
            )
        )
        await jobs.enqueue(tenant, BEGIN, trigger_id, queue=queue, place=place)
