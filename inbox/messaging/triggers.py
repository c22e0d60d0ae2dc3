"""What happens to candidates that a workflow may wait for: left as jobs for whoever runs workflows."""

from collections.abc import Sequence

from sqlalchemy import insert, select

from inbox.storage import jobs
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import workflow_triggers, workflows

BEGIN = "workflow_begin"


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
