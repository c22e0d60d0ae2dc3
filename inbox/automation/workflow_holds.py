"""An execution whose next step is a text that has to wait for a better hour where the candidate is."""

from sqlalchemy import update

from inbox import clock
from inbox.automation.workflow_executions import STEP, Execution, is_execution
from inbox.messaging.blocks import Block
from inbox.storage import jobs
from inbox.storage.database import Tenant
from inbox.storage.tables import workflow_executions as table


async def hold(tenant: Tenant, execution: Execution, block: Block) -> None:
    """It goes on when the block has passed, unless it was ended or moved meanwhile."""
    async with tenant.transaction():
        held = await tenant.fetch_one(
            update(table)
            .where(
                is_execution(tenant, execution.id), table.c.place == execution.place, table.c.state == execution.state
            )
            .values(state="waiting", due_at=block.until, reason=str(block.sentence))
            .returning(table.c.id)
        )
        if held is not None and block.until is not None:
            seconds = (block.until - clock.now()).total_seconds()
            await jobs.enqueue(tenant, STEP, execution.id, delay_seconds=max(1.0, seconds))
