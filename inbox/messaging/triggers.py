"""What happens to candidates that a workflow or the chatbot may wait for: left as jobs for whoever runs them."""

from collections.abc import Sequence
from uuid import UUID, uuid5

from sqlalchemy import insert, select

from inbox.storage import jobs
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import workflow_triggers, workflows

BEGIN = "workflow_begin"
ANSWER = "chatbot_answer"


async def label_added(tenant: Tenant, label_id: str, candidate_ids: Sequence[str]) -> None:
    """These candidates got a tag or list; in the transaction that gave it to them."""
    waits = await tenant.fetch_one(
        select(workflows.c.id)
        .where(
            workflows.c.organisation_id == tenant.organisation_id,
            workflows.c.label_id == label_id,
            workflows.c.state == "active",
        )
        .limit(1)
    )
    if waits is None:
        return
    for candidate_id in candidate_ids:
        trigger_id = new_id()
        await tenant.execute(
            insert(workflow_triggers).values(
                organisation_id=tenant.organisation_id, id=trigger_id, label_id=label_id, candidate_id=candidate_id
            )
        )
        await jobs.enqueue(tenant, BEGIN, trigger_id)


async def chatbot_texted(tenant: Tenant, conversation_id: str, message_id: str, *, place: int) -> None:
    """A text came in on the chatbot number; in the transaction that stores it. One is answered after the other."""
    queue = str(uuid5(UUID(conversation_id), ANSWER))
    await jobs.enqueue(tenant, ANSWER, message_id, queue=queue, place=place)
