"""The chat message of a workflow: in the name of its sender, from their number, or else from the company's."""

from uuid import UUID, uuid5

from inbox import clock
from inbox.accounts import companies, users
from inbox.accounts.users import User
from inbox.automation import merge_fields, workflow_endings, workflow_executions
from inbox.automation.field_values import values_of
from inbox.automation.workflow_executions import Execution
from inbox.automation.workflow_steps import Step
from inbox.automation.workflows import Workflow
from inbox.billing import balance
from inbox.candidates.people import Candidate
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.messaging import bulk, opening, permission
from inbox.messaging.blocks import Block
from inbox.messaging.bulk import Batch, BulkText
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.database import Tenant


async def send(tenant: Tenant, workflow: Workflow, execution: Execution, candidate: Candidate, step: Step) -> None:
    """Put the text of this step into the outbox, once, and go on; or end, or wait for a better hour.

    Raises Overtaken.
    """
    if candidate.number is None:
        await workflow_endings.stop(tenant, execution.id, _("there is no mobile number"), "missing")
        return
    sender_id = step.who or workflow.sender_id
    try:
        sender = await users.find(tenant, sender_id)
        number = await permission.sender(tenant, company_id=workflow.company_id, user_id=sender_id)
    except (NotFound, Refused):
        await workflow_endings.stop(tenant, execution.id, _("there is no number to text from"), "missing")
        return
    company = await companies.find(tenant, number.company_id)
    filled = merge_fields.fill(step.words, values_of(candidate, sender, company))
    if filled.missing:
        reason = _("nothing is known for %(field)s", field=filled.missing[0])
        await workflow_endings.stop(tenant, execution.id, reason, "missing")
        return
    text = BulkText(message_id(execution), await _conversation(tenant, number, candidate), filled.text)
    await _queue(tenant, sender, execution, candidate, text)


def message_id(execution: Execution) -> str:
    """The id of the text of the step that is next, the same at each try."""
    return str(uuid5(UUID(execution.id), str(execution.place)))


async def _conversation(tenant: Tenant, number: CompanyNumber, candidate: Candidate) -> str:
    assert candidate.number is not None  # noqa: S101 - asked by the only caller
    async with tenant.transaction():
        return await opening.find_or_open(
            tenant,
            company_id=number.company_id,
            company_number_id=number.id,
            candidate_id=candidate.id,
            candidate_number=candidate.number,
            meant=True,
        )


async def _queue(tenant: Tenant, sender: User, execution: Execution, candidate: Candidate, text: BulkText) -> None:
    async for batch in bulk.queue(tenant, sender, [text], source="workflow", origin_id=execution.workflow_id):
        await _settle(tenant, execution, candidate, text.message_id, batch)


async def _settle(tenant: Tenant, execution: Execution, candidate: Candidate, text_id: str, batch: Batch) -> None:
    why, held = batch.refused.get(text_id), batch.held.get(text_id)
    if held is not None:
        await _hold(tenant, execution, held)
    elif why is None:
        async with tenant.transaction():
            await workflow_executions.go_on(tenant, execution, message_id=text_id)
    elif why == balance.NONE_LEFT:
        await workflow_endings.conclude(tenant, execution.id, why)
    elif candidate.opted_out:  # and the workflow goes on with what is no text
        async with tenant.transaction():
            await workflow_executions.go_on(tenant, execution, did="left")
    else:
        await workflow_endings.stop(tenant, execution.id, why, "refused")


async def _hold(tenant: Tenant, execution: Execution, block: Block) -> None:
    """It goes on when the block has passed, unless it was ended or moved meanwhile."""
    if block.until is None:
        return
    async with tenant.transaction():
        seconds = max(1.0, (block.until - clock.now()).total_seconds())
        await workflow_executions.wait(tenant, execution, block.until, seconds=seconds, reason=block.sentence)
        await workflow_endings.changed(tenant, execution.candidate_id, execution.workflow_id)
