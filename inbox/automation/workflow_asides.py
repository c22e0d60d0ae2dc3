"""When a workflow steps aside: a person is needed, or is there already. Each rule is a setting, on by default."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Select, and_, or_, select

from inbox.automation.workflow_endings import Cause
from inbox.automation.workflow_executions import Execution
from inbox.candidates.people import Candidate
from inbox.languages import _
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations, messages, workflow_steps

Aside = Literal["reply", "person", "opt_out", "rejected"]
ASIDES: Mapping[Aside, str] = {
    "reply": _("the candidate replies"),
    "person": _("a colleague writes to them"),
    "opt_out": _("the candidate opts out"),
    "rejected": _("the candidate is rejected"),
}
REJECTED = frozenset(
    {"rejected", "declined", "not selected", "unsuccessful", "withdrawn", "abgelehnt", "absage", "zurückgezogen"}
)
"""Stages in which nobody is nudged on, in small letters."""


def is_rejected(stage: str | None) -> bool:
    """Whether a candidate of this stage was turned down, or turned us down."""
    return (stage or "").casefold() in REJECTED


async def why(tenant: Tenant, execution: Execution, candidate: Candidate) -> tuple[str, Cause] | None:
    """Why a person takes over from here, as the end of a sentence and for counting; None when nobody does."""
    rules, name = execution.asides, candidate.first_name
    if "opt_out" in rules and candidate.opted_out:
        return _("%(name)s opted out", name=name), "opt_out"
    if "rejected" in rules and is_rejected(candidate.stage):
        return _("%(name)s was rejected", name=name), "rejected"
    awaited = execution.step is not None and execution.step.kind == "reply"
    heard: list[ColumnElement[bool]] = []
    if "reply" in rules and not awaited:
        heard.append(_is_reply(execution.heard_at or execution.begun_at))
    if "person" in rules:
        by_a_person = and_(messages.c.direction == "out", messages.c.source == "person")
        heard.append(and_(by_a_person, messages.c.at > execution.begun_at))
    if not heard:
        return None
    row = await tenant.fetch_one(_texts(tenant, candidate.id).where(or_(*heard)).order_by(messages.c.at).limit(1))
    if row is None:
        return None
    if row.direction == "in":
        return _("%(name)s wrote", name=name), "reply"
    return _("%(name)s wrote", name=row.author), "person"


async def answered_at(tenant: Tenant, execution: Execution) -> datetime | None:
    """When the candidate answered what the execution asked last (UTC); None: not yet."""
    asked: datetime | None = await tenant.fetch_val(
        select(messages.c.at)
        .join(
            workflow_steps,
            and_(
                workflow_steps.c.organisation_id == messages.c.organisation_id,
                workflow_steps.c.message_id == messages.c.id,
            ),
        )
        .where(
            workflow_steps.c.organisation_id == tenant.organisation_id, workflow_steps.c.execution_id == execution.id
        )
        .order_by(workflow_steps.c.place.desc())
        .limit(1)
    )
    moments = [at for at in (asked, execution.heard_at, execution.begun_at) if at is not None]
    answers = and_(_is_reply(max(moments)), messages.c.event.is_(None))  # a STOP or START is none
    query = _texts(tenant, execution.candidate_id).where(answers)
    row = await tenant.fetch_one(query.order_by(messages.c.at).limit(1))
    return None if row is None else row.at


def _is_reply(after: datetime) -> ColumnElement[bool]:
    return and_(messages.c.direction == "in", messages.c.at > after)


def _texts(tenant: Tenant, candidate_id: str) -> Select[tuple[str, str | None, datetime]]:
    same = and_(
        conversations.c.organisation_id == messages.c.organisation_id, conversations.c.id == messages.c.conversation_id
    )
    return (
        select(messages.c.direction, messages.c.author, messages.c.at)
        .join(conversations, same)
        .where(
            messages.c.organisation_id == tenant.organisation_id,
            conversations.c.candidate_id == candidate_id,
        )
    )
