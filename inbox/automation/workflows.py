"""Workflows: what is done with a candidate after something happened to them. New ones are active at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.accounts.users import User
from inbox.automation import workflow_steps
from inbox.automation.workflow_steps import Step
from inbox.candidates import labels
from inbox.errors import Invalid, NotFound, too_long
from inbox.languages import _
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import labels as label_rows
from inbox.storage.tables import users
from inbox.storage.tables import workflows as table

State = Literal["active", "paused", "archived"]
MOST_NAME = 80


@dataclass(frozen=True, slots=True)
class Workflow:
    """`label_id`: the tag or list that begins it; None: only a person does. `label` is its name, while it is there."""

    id: str
    name: str
    company_id: str | None
    sender_id: str
    sender: str
    label_id: str | None
    label: str | None
    gap_minutes: int
    steps_aside: bool
    steps: tuple[Step, ...]
    state: State
    changed_at: datetime

    @property
    def trigger_words(self) -> str:
        """What begins it, in words."""
        if self.label_id is None:
            return _("Started by a person")
        return (
            _("When a candidate gets “%(name)s”", name=self.label)
            if self.label
            else _("When a candidate gets a label that is gone")
        )


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody typed of a workflow."""

    name: str
    label_id: str
    gap_minutes: str
    steps_aside: bool
    steps: Sequence[tuple[str, str]]


async def create(tenant: Tenant, user: User, wish: Wish, *, company_id: str | None = None) -> str:
    """A new one of a company in the name of `user`, active at once; its id. Raises Invalid."""
    workflow_id = new_id()
    values = await _checked(tenant, wish)
    whose = {"organisation_id": tenant.organisation_id, "company_id": company_id, "sender_id": user.id}
    await tenant.execute(insert(table).values(id=workflow_id, **whose, **values))
    return workflow_id


async def change(tenant: Tenant, workflow_id: str, wish: Wish) -> None:
    """Other words for it; who is in it goes on as it was begun. Raises Invalid, NotFound."""
    values = await _checked(tenant, wish)
    await _update(tenant, workflow_id, **values)


async def set_state(tenant: Tenant, workflow_id: str, state: State) -> None:
    """Pause it, start it again, or put it away: in none but the active state anybody new comes into it."""
    await _update(tenant, workflow_id, state=state)


async def find(tenant: Tenant, workflow_id: str) -> Workflow:
    """The workflow; raises NotFound."""
    row = await tenant.fetch_one(_selected(tenant).where(table.c.id == workflow_id))
    if row is None:
        raise NotFound
    return _read(row)


async def all_of(tenant: Tenant, *, company_id: str | None = None, archived: bool = False) -> Sequence[Workflow]:
    """Those in use by name, or those that were put away; of a company, or with None of all."""
    is_archived = table.c.state == "archived"
    query = _selected(tenant).where(is_archived if archived else ~is_archived)
    if company_id is not None:
        query = query.where(or_(table.c.company_id == company_id, table.c.company_id.is_(None)))
    return [_read(row) for row in await tenant.fetch_all(query.order_by(func.lower(table.c.name), table.c.id))]


async def begun_by(tenant: Tenant, label_id: str) -> Sequence[Workflow]:
    """The active ones that a new candidate of this label begins."""
    query = _selected(tenant).where(table.c.label_id == label_id, table.c.state == "active")
    return [_read(row) for row in await tenant.fetch_all(query.order_by(table.c.id))]


async def _update(tenant: Tenant, workflow_id: str, **values: Any) -> None:
    changed = await tenant.fetch_one(
        update(table)
        .where(is_workflow(tenant, workflow_id))
        .values(changed_at=db_now(), **values)
        .returning(table.c.id)
    )
    if changed is None:
        raise NotFound


def is_workflow(tenant: Tenant, workflow_id: str) -> ColumnElement[bool]:
    """The condition that finds one workflow of the organisation."""
    return and_(table.c.organisation_id == tenant.organisation_id, table.c.id == workflow_id)


async def _checked(tenant: Tenant, wish: Wish) -> dict[str, Any]:
    wrong: dict[str, str] = {}
    name = " ".join(wish.name.split())
    if not name or len(name) > MOST_NAME:
        wrong["name"] = _("Enter a name.") if not name else too_long(len(name), MOST_NAME)
    gap = wish.gap_minutes.strip() or "0"
    if not gap.isdecimal() or len(gap) > 6:
        wrong["gap_minutes"] = _("Enter a number of minutes, 0 for none.")
    if wish.label_id:
        try:
            await labels.find(tenant, wish.label_id)
        except NotFound:
            wrong["label_id"] = _("This tag or list is not here any more. Choose another one.")
    try:
        steps = workflow_steps.checked(wish.steps)
    except Invalid as error:
        raise Invalid(error.fields | wrong) from None
    if wrong:
        raise Invalid(wrong)
    return {
        "name": name,
        "trigger": "label" if wish.label_id else "manual",
        "label_id": wish.label_id or None,
        "gap_minutes": int(gap),
        "steps_aside": wish.steps_aside,
        "steps": workflow_steps.written(steps),
    }


def _selected(tenant: Tenant) -> Select[Any]:
    sender = and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.sender_id)
    label = and_(label_rows.c.organisation_id == table.c.organisation_id, label_rows.c.id == table.c.label_id)
    return (
        select(table, func.coalesce(users.c.name, "").label("sender"), label_rows.c.name.label("label"))
        .select_from(table.outerjoin(users, sender).outerjoin(label_rows, label))
        .where(table.c.organisation_id == tenant.organisation_id)
    )


def _read(row: Any) -> Workflow:
    return Workflow(
        id=row.id,
        name=row.name,
        company_id=row.company_id,
        sender_id=row.sender_id,
        sender=row.sender,
        label_id=row.label_id,
        label=row.label,
        gap_minutes=row.gap_minutes,
        steps_aside=bool(row.steps_aside),
        steps=workflow_steps.read(row.steps),
        state=row.state,
        changed_at=row.changed_at,
    )
