"""One candidate's way through a workflow: where it stands, step by step, each of which leaves a row behind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.automation import workflow_steps
from inbox.automation.workflow_steps import Step
from inbox.languages import _, gathered, known, stored
from inbox.messaging.triggers import STEP
from inbox.storage import jobs
from inbox.storage.database import Tenant
from inbox.storage.sight import with_seen
from inbox.storage.tables import candidates
from inbox.storage.tables import workflow_executions as table
from inbox.storage.tables import workflow_steps as step_rows
from inbox.storage.tables import workflows as workflow_rows

PAGE = 50

State = Literal["running", "waiting", "done", "stopped", "unpaid"]
STATE_WORDS: Mapping[State, str] = {
    "running": _("Going on"),
    "waiting": _("Waiting"),
    "done": _("Done"),
    "stopped": _("Stepped aside"),
    "unpaid": _("Stopped: no segments left"),
}
OPEN: Sequence[State] = ("running", "waiting")


@dataclass(frozen=True, slots=True)
class Execution:
    """Where a candidate stands; `place` is the step that is next, `outcome` that of the last wait for a reply.

    `asides` are those it was begun with, and `version` is that of its steps.
    """

    id: str
    workflow_id: str
    workflow: str
    candidate_id: str
    name: str | None
    version: int
    steps: tuple[Step, ...]
    asides: frozenset[str]
    job: str
    place: int
    state: State
    reason: str
    outcome: str
    heard_at: datetime | None
    due_at: datetime | None
    begun_at: datetime
    ended_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether something will still happen."""
        return self.state in OPEN

    @property
    def step(self) -> Step | None:
        """What is next; None at the end."""
        return self.steps[self.place] if self.place < len(self.steps) else None

    @property
    def is_at_last(self) -> bool:
        """Whether nothing is left to do behind the step that is next."""
        place = workflow_steps.following(self.steps, self.place + 1, self.outcome)
        return place >= len(self.steps) or self.steps[place].kind == "end"

    @property
    def words(self) -> str:
        """Its state, with the reason."""
        words, told = STATE_WORDS[self.state], self.reason if self.state in ("stopped", "waiting") else ""
        return gathered((words, told), ": ") if told else words


class Overtaken(Exception):
    """Somebody ended the execution meanwhile, or did this step; whoever raises it undoes their own."""


async def go_on(
    tenant: Tenant,
    execution: Execution,
    *,
    message_id: str | None = None,
    did: Literal["done", "left"] = "done",
    outcome: str | None = None,
    heard_at: datetime | None = None,
) -> None:
    """The step is done, or was left out, and the next one has a job. Last in the transaction of what it did.

    With `outcome` a wait for a reply is over; without, whoever does the last step ends the execution in the same job,
    which another worker is given when this one dies before. Raises Overtaken.
    """
    is_last = outcome is None and execution.is_at_last
    outcome = execution.outcome if outcome is None else outcome
    values: dict[str, Any] = {"outcome": outcome} | ({"heard_at": heard_at} if heard_at else {})
    values["place"] = workflow_steps.following(execution.steps, execution.place + 1, outcome)
    await _move(tenant, execution, state="running", due_at=None, reason="", **values)
    await tenant.execute(
        insert(step_rows).values(
            organisation_id=tenant.organisation_id,
            execution_id=execution.id,
            place=execution.place,
            workflow_id=execution.workflow_id,
            version=execution.version,
            message_id=message_id,
            did=did,
        )
    )
    if not is_last:
        await jobs.enqueue(tenant, STEP, execution.id)


async def wait(tenant: Tenant, execution: Execution, until: datetime, *, seconds: float, reason: str = "") -> None:
    """The step is not done before `until` (UTC), in so many seconds; `reason` says why, where it is no wait itself.

    In a transaction. Raises Overtaken.
    """
    await _move(tenant, execution, state="waiting", due_at=until, reason=stored(reason))
    await jobs.enqueue(tenant, STEP, execution.id, delay_seconds=max(0.0, seconds))


async def _move(tenant: Tenant, execution: Execution, **values: Any) -> None:
    moved = await tenant.fetch_one(
        update(table)
        .where(
            is_execution(tenant, execution.id),
            table.c.place == execution.place,
            table.c.state == execution.state,
            table.c.due_at.is_not_distinct_from(execution.due_at),
        )
        .values(**values)
        .returning(table.c.id)
    )
    if moved is None:
        raise Overtaken


async def find(tenant: Tenant, execution_id: str) -> Execution | None:
    """The execution, None when it is not there."""
    row = await tenant.fetch_one(_selected(tenant).where(table.c.id == execution_id))
    return None if row is None else _read(row)


async def of_candidate(tenant: Tenant, candidate_id: str, most: int = 20) -> Sequence[Execution]:
    """The latest ones of a candidate."""
    query = _selected(tenant).where(table.c.candidate_id == candidate_id).order_by(table.c.id.desc()).limit(most)
    return [_read(row) for row in await tenant.fetch_all(query)]


async def running_for(
    tenant: Tenant, whose: Collection[tuple[str, str]]
) -> Mapping[tuple[str, str], Sequence[Execution]]:
    """What runs for these candidates in the companies beside them, by candidate and company."""
    if not whose:
        return {}
    query = _selected(tenant).add_columns(workflow_rows.c.company_id)
    asked = query.where(table.c.candidate_id.in_(sorted({one for one, _company in whose})), table.c.state.in_(OPEN))
    rows = await tenant.fetch_all(asked.order_by(table.c.id))
    return {
        (candidate_id, company_id): [
            _read(row) for row in rows if row.candidate_id == candidate_id and row.company_id in (None, company_id)
        ]
        for candidate_id, company_id in whose
    }


async def of_workflow(
    tenant: Tenant,
    workflow_id: str,
    *,
    state: str = "",
    only: ColumnElement[bool] | None = None,
    before: str | None = None,
    most: int = PAGE,
) -> tuple[Sequence[Execution], str | None]:
    """The latest ones of a workflow; the id to ask the next page with. `only` is a condition on their rows."""
    query = _selected(tenant).where(table.c.workflow_id == workflow_id).order_by(table.c.id.desc()).limit(most + 1)
    if state:
        query = query.where(table.c.state == state)
    if only is not None:
        query = query.where(only)
    if before is not None:
        query = query.where(table.c.id < before)
    found = [_read(row) for row in await tenant.fetch_all(query)]
    return found[:most], found[most - 1].id if len(found) > most else None


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
    same = ("id", "workflow_id", "workflow", "candidate_id", "name", "version", "job", "place", "state")
    moments = ("outcome", "heard_at", "due_at", "begun_at", "ended_at")
    return Execution(
        steps=workflow_steps.read(row.steps),
        asides=frozenset(row.asides.split()),
        reason=known(row.reason),
        **{fact: getattr(row, fact) for fact in (*same, *moments)},
    )
