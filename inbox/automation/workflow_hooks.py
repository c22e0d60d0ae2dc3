"""Other systems that a workflow tells: the endpoints of the organisation, through the outbox of `hooks`.

Who delivers stands above this part, so a step leaves a row and its job.
"""

import json
from collections.abc import Mapping
from urllib.parse import urlsplit
from uuid import UUID, uuid5

from sqlalchemy import insert, select

from inbox.automation.workflow_executions import Execution
from inbox.automation.workflow_steps import Step
from inbox.messaging.triggers import HOOK
from inbox.storage import jobs
from inbox.storage.database import Tenant
from inbox.storage.tables import webhook_deliveries, webhook_endpoints

KIND = "workflow.step"
"""As `hooks/kinds.py` calls it."""


async def endpoints(tenant: Tenant) -> Mapping[str, str]:
    """The hosts of the endpoints that are on, by the endpoints' ids."""
    table = webhook_endpoints
    rows = await tenant.fetch_all(
        select(table.c.id, table.c.url)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.off_at.is_(None))
        .order_by(table.c.id)
    )
    return {row.id: urlsplit(row.url).netloc for row in rows}


async def tell(tenant: Tenant, execution: Execution, step: Step) -> None:
    """Promise to tell an endpoint of this step, once; in the transaction that does the step."""
    delivery_id = str(uuid5(UUID(execution.id), f"hook {execution.place}"))
    facts = {
        "workflow_id": execution.workflow_id,
        "workflow": execution.workflow,
        "execution_id": execution.id,
        "candidate_id": execution.candidate_id,
        "step": execution.place + 1,
        "words": step.words,
    }
    await tenant.execute(
        insert(webhook_deliveries).values(
            organisation_id=tenant.organisation_id,
            id=delivery_id,
            endpoint_id=step.who,
            kind=KIND,
            told=f"workflow:{execution.id}:{execution.place}",
            facts=json.dumps(facts, ensure_ascii=False),
        )
    )
    await jobs.enqueue(tenant, HOOK, delivery_id)
