"""An execution comes to its end, or to another one: people read of it beside the thread."""

from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import and_, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.accounts.users import User
from inbox.automation.workflow_executions import OPEN, is_execution
from inbox.languages import _, stored
from inbox.messaging import act_lines
from inbox.messaging.triggers import STEP
from inbox.storage import events, jobs
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations
from inbox.storage.tables import workflow_executions as table
from inbox.storage.tables import workflows as workflow_rows

Cause = Literal["person", "reply", "opt_out", "rejected", "by_hand", "put_away", "job", "refused", "missing", "unpaid"]
CAUSES: Mapping[Cause, str] = {
    "reply": _("The candidate wrote"),
    "person": _("A colleague wrote"),
    "opt_out": _("The candidate opted out"),
    "rejected": _("The candidate was rejected"),
    "by_hand": _("A colleague stopped it"),
    "unpaid": _("No segments were left"),
    "missing": _("Something needed was not known"),
    "refused": _("The text could not be sent"),
    "job": _("The job is closed"),
    "put_away": _("The workflow was put away"),
}
"""Why one ends before its end, in the order of the figures."""


async def stop(tenant: Tenant, execution_id: str, reason: str, cause: Cause, *, user: User | None = None) -> None:
    """End it before its end, and say so in the thread; nothing happens to one that has ended."""
    async with tenant.transaction():
        if (ended := await _end(tenant, execution_id, "stopped", reason, cause)) is not None:
            await _tell(tenant, ended, reason, user)


async def conclude(tenant: Tenant, execution_id: str, reason: str) -> None:
    """It has come to a text while no segments were left; it can be run again after a top-up."""
    async with tenant.transaction():
        if (ended := await _end(tenant, execution_id, "unpaid", reason, "unpaid")) is not None:
            await _tell(tenant, ended, _("no segments are left"), None)


async def finish(tenant: Tenant, execution_id: str, *, after: int) -> None:
    """It has done all its steps, if it stands behind the step at `after`: one that is held there does not."""
    async with tenant.transaction():
        is_behind = table.c.place > after
        if (ended := await _end(tenant, execution_id, "done", "", "", is_behind)) is not None:
            await changed(tenant, ended.candidate_id, ended.workflow_id)


async def run_again(tenant: Tenant, workflow_id: str) -> int:
    """Go on with those that stopped for want of segments; how many."""
    async with tenant.transaction():
        rows = await tenant.fetch_all(
            update(table)
            .where(
                table.c.organisation_id == tenant.organisation_id,
                table.c.workflow_id == workflow_id,
                table.c.state == "unpaid",
            )
            .values(state="running", reason="", cause="", ended_at=None)
            .returning(table.c.id)
        )
        if rows:
            await jobs.enqueue_many(tenant, STEP, [(row.id, None, 0) for row in rows])
    return len(rows)


async def began(tenant: Tenant, candidate_id: str, workflow_id: str, user: User | None) -> None:
    """Say in the thread that it began, by `user` or by what it waited for; last in the transaction."""
    conversation_id, name = await _where(tenant, candidate_id, workflow_id)
    if conversation_id is not None:
        await act_lines.tell(tenant, user, conversation_id, "began", name)


async def changed(tenant: Tenant, candidate_id: str, workflow_id: str) -> None:
    """Have an open thread show what runs now; last in the transaction."""
    conversation_id, _name = await _where(tenant, candidate_id, workflow_id)
    if conversation_id is not None:
        await events.record(tenant, EventKind.CONVERSATION_CHANGED, conversation_id=conversation_id)


async def _end(
    tenant: Tenant, execution_id: str, state: str, reason: str, cause: str, *conditions: ColumnElement[bool]
) -> Any:
    return await tenant.fetch_one(
        update(table)
        .where(is_execution(tenant, execution_id), table.c.state.in_(OPEN), *conditions)
        .values(state=state, reason=stored(reason), cause=cause, due_at=None, ended_at=db_now())
        .returning(table.c.candidate_id, table.c.workflow_id)
    )


async def _tell(tenant: Tenant, ended: Any, reason: str, user: User | None) -> None:
    conversation_id, name = await _where(tenant, ended.candidate_id, ended.workflow_id)
    if conversation_id is None:
        return
    subject = f"{name}\n{stored(reason)}"
    await act_lines.tell(tenant, user, conversation_id, "aside", subject, kind=EventKind.NOTE_ADDED)


async def _where(tenant: Tenant, candidate_id: str, workflow_id: str) -> tuple[str | None, str]:
    """The candidate's newest conversation with the workflow's company, and the workflow's name."""
    row = await tenant.fetch_one(
        select(conversations.c.id, workflow_rows.c.name)
        .join(
            workflow_rows,
            and_(
                workflow_rows.c.organisation_id == conversations.c.organisation_id,
                or_(workflow_rows.c.company_id.is_(None), workflow_rows.c.company_id == conversations.c.company_id),
            ),
        )
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.candidate_id == candidate_id,
            workflow_rows.c.id == workflow_id,
        )
        .order_by(conversations.c.last_message_at.desc(), conversations.c.id.desc())
        .limit(1)
    )
    return (row.id, row.name) if row is not None else (None, "")
