"""Workflows: what is done with a candidate after something happened to them. New ones are active at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, Text, and_, cast, func, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.accounts.users import User
from inbox.automation import workflow_steps, workflow_wishes
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import TRIGGERS, Trigger, Wish
from inbox.errors import Changed, NotFound
from inbox.languages import _, gathered
from inbox.messaging.triggers import STEP
from inbox.storage import jobs
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.tables import chatbot_intents, users, workflow_executions
from inbox.storage.tables import labels as label_rows
from inbox.storage.tables import workflows as table

State = Literal["active", "paused", "archived"]


@dataclass(frozen=True, slots=True)
class Workflow:
    """`label_id`: the tag or list that begins it; `value`: what else does. `about` is the name
    of either, if it is there.

    `version` is that of the steps, which executions keep.
    """

    id: str
    name: str
    company_id: str | None
    sender_id: str
    sender: str
    trigger: Trigger
    label_id: str | None
    value: str
    about: str | None
    gap_minutes: int
    once_per_application: bool
    live_only: bool
    asides: frozenset[str]
    steps: tuple[Step, ...]
    version: int
    state: State
    changed_at: datetime

    @property
    def trigger_words(self) -> str:
        """What begins it, in words."""
        if self.trigger == "label":
            return (
                _("When a candidate gets “%(name)s”", name=self.about)
                if self.about
                else _("When a candidate gets a label that is gone")
            )
        which = self.about if self.trigger == "intent" else self.value
        return gathered((TRIGGERS[self.trigger], which), ": ") if which else TRIGGERS[self.trigger]

    @property
    def mark(self) -> str:
        """Tells whether it is still the one that a form was filled in from."""
        return self.changed_at.isoformat()


async def create(tenant: Tenant, user: User, wish: Wish, *, company_id: str | None = None) -> str:
    """A new one of a company, active at once; its id. `user` is the sender if nobody else is chosen. Raises Invalid."""
    workflow_id = new_id()
    values = await workflow_wishes.checked(tenant, wish, company_id=company_id)
    whose = {"company_id": company_id, "sender_id": wish.sender_id or user.id}
    await tenant.execute(
        insert(table).values(organisation_id=tenant.organisation_id, id=workflow_id, **whose, **values)
    )
    return workflow_id


async def change(tenant: Tenant, workflow_id: str, wish: Wish, *, mark: str | None = None) -> None:
    """Other words for it; who is in it goes on as it was begun. In a transaction.

    `mark` is that of the workflow the form was filled in from. Raises Invalid, NotFound, and Changed when somebody
    changed it since.
    """
    held = select(table.c.id).where(is_workflow(tenant, workflow_id)).with_for_update()
    await tenant.fetch_val(held)
    before = await find(tenant, workflow_id)
    if mark is not None and mark != before.mark:
        raise Changed(_("Somebody changed this workflow meanwhile. Nothing was saved."), seen=0)
    values = await workflow_wishes.checked(tenant, wish, company_id=before.company_id)
    values["sender_id"] = wish.sender_id or before.sender_id
    values["version"] = before.version + (workflow_steps.read(values["steps"]) != before.steps)
    await _update(tenant, workflow_id, **values)


async def set_state(tenant: Tenant, workflow_id: str, state: State) -> None:
    """Pause it, start it again, or put it away: in none but the active state anybody new comes into it.

    What is due in one that was started or put away goes on, or ends, at once.
    """
    async with tenant.transaction():
        await _update(tenant, workflow_id, state=state)
        if state != "paused":
            await _wake(tenant, workflow_id)


async def _wake(tenant: Tenant, workflow_id: str) -> None:
    """Have every execution of it that goes on look what is next."""
    executions = workflow_executions
    rows = await tenant.fetch_all(
        select(executions.c.id).where(
            executions.c.organisation_id == tenant.organisation_id,
            executions.c.workflow_id == workflow_id,
            executions.c.state.in_(["running", "waiting"]),
        )
    )
    if rows:
        await jobs.enqueue_many(tenant, STEP, [(row.id, None, 0) for row in rows])


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


async def begun_by(tenant: Tenant, trigger: str, value: str) -> Sequence[Workflow]:
    """The active ones that this begins: a label or an intent by its id, anything else by its words.

    All of them for a keyword, which is found in a text by whoever has it.
    """
    query = _selected(tenant).where(table.c.trigger == trigger, table.c.state == "active")
    if trigger == "label":
        query = query.where(table.c.label_id == value)
    found = [_read(row) for row in await tenant.fetch_all(query.order_by(table.c.id))]
    if trigger in ("label", "keyword"):
        return found
    wanted = " ".join(value.split()).casefold()
    return [one for one in found if one.value.casefold() in ("", wanted)]


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


def _selected(tenant: Tenant) -> Select[Any]:
    def same(other: Any, is_it: ColumnElement[bool]) -> ColumnElement[bool]:
        return and_(other.c.organisation_id == table.c.organisation_id, is_it)

    about = func.coalesce(label_rows.c.name, chatbot_intents.c.name).label("about")
    joined = (
        table.outerjoin(users, same(users, users.c.id == table.c.sender_id))
        .outerjoin(label_rows, same(label_rows, label_rows.c.id == table.c.label_id))
        .outerjoin(chatbot_intents, same(chatbot_intents, cast(chatbot_intents.c.id, Text) == table.c.trigger_value))
    )
    return (
        select(table, func.coalesce(users.c.name, "").label("sender"), about)
        .select_from(joined)
        .where(table.c.organisation_id == tenant.organisation_id)
    )


def _read(row: Any) -> Workflow:
    facts = (
        "id",
        "name",
        "company_id",
        "sender_id",
        "sender",
        "trigger",
        "label_id",
        "about",
        "gap_minutes",
        "version",
    )
    return Workflow(
        value=row.trigger_value,
        once_per_application=bool(row.once_per_application),
        live_only=bool(row.live_only),
        asides=frozenset(row.asides.split()),
        steps=workflow_steps.read(row.steps),
        state=row.state,
        changed_at=row.changed_at,
        **{fact: getattr(row, fact) for fact in facts},
    )
