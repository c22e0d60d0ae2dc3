"""One candidate's way through a workflow: begun once, a step at a time, and out of the way when a person is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.automation import workflow_steps, workflows
from inbox.automation.workflow_steps import Step
from inbox.automation.workflows import Workflow
from inbox.errors import Refused
from inbox.languages import _, gathered, known
from inbox.storage import jobs
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job
from inbox.storage.sight import with_seen
from inbox.storage.tables import candidates, workflow_triggers
from inbox.storage.tables import workflow_executions as table
from inbox.storage.tables import workflows as workflow_rows

STEP = "workflow_step"
PAGE = 50

State = Literal["running", "waiting", "done", "stopped", "unpaid"]
STATE_WORDS: Mapping[State, str] = {
    "running": _("Going on"),
    "waiting": _("Waiting"),
    "done": _("Done"),
    "stopped": _("Stepped aside"),
    "unpaid": _("Stopped: no segments left"),
}


@dataclass(frozen=True, slots=True)
class Execution:
    """Where a candidate stands; `place` is the step that is next."""

    id: str
    workflow_id: str
    workflow: str
    candidate_id: str
    name: str | None
    steps: tuple[Step, ...]
    place: int
    state: State
    reason: str
    due_at: datetime | None
    begun_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether something will still happen."""
        return self.state in ("running", "waiting")

    @property
    def words(self) -> str:
        """Its state, with the reason."""
        words, told = STATE_WORDS[self.state], self.reason if self.state in ("stopped", "waiting") else ""
        return gathered((words, known(told)), ": ") if told else words


async def begin_triggered(tenant: Tenant, job: Job) -> None:
    """A candidate got a label: begin what waits for it, and forget that it happened."""
    async with tenant.transaction():
        row = await tenant.fetch_one(
            delete(workflow_triggers)
            .where(workflow_triggers.c.organisation_id == tenant.organisation_id, workflow_triggers.c.id == job.subject)
            .returning(workflow_triggers.c.label_id, workflow_triggers.c.candidate_id)
        )
        if row is None:
            return
        for workflow in await workflows.begun_by(tenant, row.label_id):
            if await _may_begin(tenant, workflow, row.candidate_id):
                await _begin(tenant, workflow, row.candidate_id)


async def begin(tenant: Tenant, workflow: Workflow, candidate_id: str) -> None:
    """A person starts it for a candidate. Raises Refused when it is not active, or they are in it."""
    if workflow.state != "active":
        raise Refused(_("This workflow is paused. Start it first."))
    async with tenant.transaction():
        if not await _may_begin(tenant, workflow, candidate_id):
            raise Refused(_("This candidate is in this workflow, or was a short time ago."))
        await _begin(tenant, workflow, candidate_id)


async def stop(tenant: Tenant, execution_id: str, reason: str) -> None:
    """End it before its end; nothing happens to one that has ended."""
    await end(tenant, execution_id, "stopped", reason)


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
            .values(state="running", reason="", ended_at=None)
            .returning(table.c.id)
        )
        for row in rows:
            await jobs.enqueue(tenant, STEP, row.id)
    return len(rows)


async def end(tenant: Tenant, execution_id: str, state: State, reason: str = "") -> None:
    """It has come to its end, or to another one."""
    await tenant.execute(
        update(table)
        .where(is_execution(tenant, execution_id), table.c.state.in_(["running", "waiting"]))
        .values(state=state, reason=reason, due_at=None, ended_at=db_now())
    )


async def go_on(tenant: Tenant, execution: Execution, *, at: datetime | None = None, seconds: float = 0.0) -> bool:
    """The step is done, the next one is due after so many seconds; False when it was ended meanwhile."""
    moved = await tenant.fetch_one(
        update(table)
        .where(is_execution(tenant, execution.id), table.c.place == execution.place, table.c.state == execution.state)
        .values(place=execution.place + 1, state="waiting" if at else "running", due_at=at, reason="")
        .returning(table.c.id)
    )
    if moved is None:
        return False
    await jobs.enqueue(tenant, STEP, execution.id, delay_seconds=seconds)
    return True


async def find(tenant: Tenant, execution_id: str) -> Execution | None:
    """The execution, None when it is not there."""
    row = await tenant.fetch_one(_selected(tenant).where(table.c.id == execution_id))
    return None if row is None else _read(row)


async def of_candidate(tenant: Tenant, candidate_id: str, most: int = 20) -> Sequence[Execution]:
    """The latest ones of a candidate."""
    query = _selected(tenant).where(table.c.candidate_id == candidate_id).order_by(table.c.id.desc()).limit(most)
    return [_read(row) for row in await tenant.fetch_all(query)]


async def of_workflow(
    tenant: Tenant, workflow_id: str, *, state: str = "", before: str | None = None
) -> tuple[Sequence[Execution], str | None]:
    """The latest ones of a workflow; the id to ask the next page with."""
    query = _selected(tenant).where(table.c.workflow_id == workflow_id).order_by(table.c.id.desc()).limit(PAGE + 1)
    if state:
        query = query.where(table.c.state == state)
    if before is not None:
        query = query.where(table.c.id < before)
    found = [_read(row) for row in await tenant.fetch_all(query)]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


async def counts(tenant: Tenant, workflow_id: str) -> Mapping[str, int]:
    """How many stand in each state."""
    rows = await tenant.fetch_all(
        select(table.c.state, func.count().label("number"))
        .where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.workflow_id == workflow_id,
            *with_seen(tenant, table.c.candidate_id),
        )
        .group_by(table.c.state)
    )
    return {row.state: row.number for row in rows}


def is_execution(tenant: Tenant, execution_id: str) -> ColumnElement[bool]:
    """The condition that finds one execution of the organisation."""
    return and_(table.c.organisation_id == tenant.organisation_id, table.c.id == execution_id)


async def _may_begin(tenant: Tenant, workflow: Workflow, candidate_id: str) -> bool:
    """Whether they are not in it now, and were not within its gap. Two who ask at once wait for each other."""
    held = select(candidates.c.id).where(
        candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id
    )
    await tenant.fetch_val(held.with_for_update())
    recent = table.c.begun_at > db_later(-60.0 * workflow.gap_minutes)
    row = await tenant.fetch_one(
        select(table.c.id)
        .where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.candidate_id == candidate_id,
            table.c.workflow_id == workflow.id,
            table.c.state.in_(["running", "waiting"]) | recent,
        )
        .limit(1)
    )
    return row is None


async def _begin(tenant: Tenant, workflow: Workflow, candidate_id: str) -> None:
    execution_id = new_id()
    await tenant.execute(
        insert(table).values(
            organisation_id=tenant.organisation_id,
            id=execution_id,
            workflow_id=workflow.id,
            candidate_id=candidate_id,
            steps=workflow_steps.written(workflow.steps),
        )
    )
    await jobs.enqueue(tenant, STEP, execution_id)


def _selected(tenant: Tenant) -> Select[Any]:
    workflow = and_(
        workflow_rows.c.organisation_id == table.c.organisation_id, workflow_rows.c.id == table.c.workflow_id
    )
    candidate = and_(candidates.c.organisation_id == table.c.organisation_id, candidates.c.id == table.c.candidate_id)
    return (
        select(table, workflow_rows.c.name.label("workflow"), candidates.c.name)
        .select_from(table.join(workflow_rows, workflow).join(candidates, candidate))
        .where(table.c.organisation_id == tenant.organisation_id, *with_seen(tenant, table.c.candidate_id))
    )


def _read(row: Any) -> Execution:
    return Execution(
        id=row.id,
        workflow_id=row.workflow_id,
        workflow=row.workflow,
        candidate_id=row.candidate_id,
        name=row.name,
        steps=workflow_steps.read(row.steps),
        place=row.place,
        state=row.state,
        reason=row.reason,
        due_at=row.due_at,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
    )
