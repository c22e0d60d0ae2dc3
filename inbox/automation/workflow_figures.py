"""What a workflow did, step by step: numbers, and behind each of them exactly the executions that it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Select, and_, case, distinct, exists, func, select

from inbox.automation import workflow_steps
from inbox.automation.workflow_endings import CAUSES
from inbox.automation.workflow_executions import OPEN
from inbox.automation.workflow_steps import Step
from inbox.messaging import outcomes
from inbox.storage.database import Tenant
from inbox.storage.sight import with_seen
from inbox.storage.tables import messages
from inbox.storage.tables import workflow_executions as table
from inbox.storage.tables import workflow_steps as step_rows

What = Literal["reached", "waiting", "left", "sent", "delivered", "failed", "replied", "ended"]
WHATS: Sequence[What] = get_args(What)


@dataclass(frozen=True, slots=True)
class StepFigures:
    """How many executions each number of a step counts; `ended` says why those ended that went no further."""

    step: Step
    place: int
    numbers: Mapping[What, int]
    ended: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chosen:
    """One of the numbers: of which version's step, and what it counts; of "ended" the cause, "" for all."""

    version: int
    place: int
    what: What
    cause: str = ""


async def versions(tenant: Tenant, workflow_id: str) -> Sequence[int]:
    """The versions of the steps that anybody came into, the newest first."""
    rows = await tenant.fetch_all(
        select(table.c.version).where(*_of(tenant, workflow_id)).distinct().order_by(table.c.version.desc())
    )
    return [row.version for row in rows]


async def steps_of(tenant: Tenant, workflow_id: str, version: int) -> tuple[Step, ...]:
    """The steps as they were in a version that somebody came into; none for another one."""
    found: str | None = await tenant.fetch_val(
        select(table.c.steps).where(*_of(tenant, workflow_id), table.c.version == version).limit(1)
    )
    return workflow_steps.read(found) if found else ()


async def of(tenant: Tenant, workflow_id: str, version: int, steps: Sequence[Step]) -> Sequence[StepFigures]:
    """The numbers of each step, as they are now."""
    texts = {row.place: row for row in await tenant.fetch_all(_texts(tenant, workflow_id, version))}
    stands: dict[int, dict[tuple[str, str], int]] = {}
    for row in await tenant.fetch_all(_standing(tenant, workflow_id, version)):
        stands.setdefault(row.place, {})[(row.state, row.cause)] = row.number
    return [_figures(step, place, texts.get(place), stands.get(place, {})) for place, step in enumerate(steps)]


def condition(tenant: Tenant, chosen: Chosen) -> ColumnElement[bool]:
    """The executions behind one number."""
    here = and_(table.c.version == chosen.version, table.c.place == chosen.place)
    ended = and_(here, table.c.state.in_(["stopped", "unpaid"]))
    match chosen.what:
        case "waiting":
            return and_(here, table.c.state.in_(OPEN))
        case "ended":
            return and_(ended, table.c.cause == chosen.cause) if chosen.cause else ended
        case "reached":
            return _row(tenant, chosen) | here
        case "left":
            return _row(tenant, chosen, step_rows.c.did == "left")
        case _:
            return _row(tenant, chosen, _text(tenant, _OUTCOMES[chosen.what]))


def _is_reply() -> ColumnElement[bool]:
    """A text of the candidate came after this one of ours, before the next one of a workflow in this conversation."""
    theirs, ours = messages.alias("theirs"), messages.alias("ours")
    same = and_(
        theirs.c.organisation_id == messages.c.organisation_id,
        theirs.c.conversation_id == messages.c.conversation_id,
        theirs.c.at > messages.c.at,
    )
    between = exists().where(
        ours.c.organisation_id == messages.c.organisation_id,
        ours.c.conversation_id == messages.c.conversation_id,
        ours.c.source == "workflow",
        ours.c.at > messages.c.at,
        ours.c.at < theirs.c.at,
    )
    return exists().where(same, theirs.c.direction == "in", ~between)


_OUTCOMES: Mapping[What, ColumnElement[bool]] = {
    "sent": outcomes.is_outcome("sent"),
    "delivered": outcomes.is_outcome("delivered"),
    "failed": outcomes.is_outcome("failed"),
    "replied": _is_reply(),
}


def _texts(tenant: Tenant, workflow_id: str, version: int) -> Select[Any]:
    is_text = and_(messages.c.organisation_id == step_rows.c.organisation_id, messages.c.id == step_rows.c.message_id)
    is_mine = and_(table.c.organisation_id == step_rows.c.organisation_id, table.c.id == step_rows.c.execution_id)
    counted = [func.sum(case((which, 1), else_=0)).label(what) for what, which in _OUTCOMES.items()]
    return (
        select(
            step_rows.c.place,
            func.count(distinct(step_rows.c.execution_id)).label("passed"),
            func.sum(case((step_rows.c.did == "left", 1), else_=0)).label("left"),
            *counted,
        )
        .select_from(step_rows.join(table, is_mine).outerjoin(messages, is_text))
        .where(
            step_rows.c.organisation_id == tenant.organisation_id,
            step_rows.c.workflow_id == workflow_id,
            step_rows.c.version == version,
            *with_seen(tenant, table.c.candidate_id),
        )
        .group_by(step_rows.c.place)
    )


def _standing(tenant: Tenant, workflow_id: str, version: int) -> Select[Any]:
    return (
        select(table.c.place, table.c.state, table.c.cause, func.count().label("number"))
        .where(*_of(tenant, workflow_id), table.c.version == version)
        .group_by(table.c.place, table.c.state, table.c.cause)
    )


def _figures(step: Step, place: int, row: Any, stands: Mapping[tuple[str, str], int]) -> StepFigures:
    waiting = sum(number for (state, _cause), number in stands.items() if state in OPEN)
    ended = {cause: number for (state, cause), number in stands.items() if state in ("stopped", "unpaid")}
    numbers: dict[What, int] = {"reached": (row.passed if row else 0) + sum(stands.values()), "waiting": waiting}
    for what in ("left", *_OUTCOMES):
        numbers[what] = int(getattr(row, what) or 0) if row else 0
    numbers["ended"] = sum(ended.values())
    in_order = {cause: ended[cause] for cause in (*CAUSES, *sorted(set(ended) - set(CAUSES))) if cause in ended}
    return StepFigures(step, place, numbers, in_order)


def _row(tenant: Tenant, chosen: Chosen, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        step_rows.c.organisation_id == tenant.organisation_id,
        step_rows.c.execution_id == table.c.id,
        step_rows.c.version == chosen.version,
        step_rows.c.place == chosen.place,
        *more,
    )


def _text(tenant: Tenant, outcome: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        messages.c.organisation_id == tenant.organisation_id, messages.c.id == step_rows.c.message_id, outcome
    )


def _of(tenant: Tenant, workflow_id: str) -> tuple[ColumnElement[bool], ...]:
    mine = (table.c.organisation_id == tenant.organisation_id, table.c.workflow_id == workflow_id)
    return (*mine, *with_seen(tenant, table.c.candidate_id))
