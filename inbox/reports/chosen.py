"""Whom campaigns and workflows chose, before any text to them, and who of them could be texted."""

from typing import Any

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.sql.elements import ColumnElement

from inbox.provisioning import company_numbers
from inbox.reports.reading import Days
from inbox.storage.database import Tenant
from inbox.storage.sight import with_seen
from inbox.storage.tables import campaign_recipients, campaigns, workflow_steps, workflows
from inbox.storage.tables import workflow_executions as executions

_COULD_NOT = ("missing", "refused", "opt_out")
"""Why a workflow ended for whom it could not text, see workflow_endings.py."""


async def by_campaigns(tenant: Tenant, days: Days, *, only_texted: bool) -> Select[Any]:
    """Who was chosen for the campaigns that began in these days; with `only_texted` who was not left out."""
    begun = exists().where(
        campaigns.c.organisation_id == campaign_recipients.c.organisation_id,
        campaigns.c.id == campaign_recipients.c.campaign_id,
        campaigns.c.begun_at.is_not(None),
        *between(campaigns.c.begun_at, days),
        *await _of_company(tenant, campaigns.c.company_id, days),
    )
    query = (
        select(campaign_recipients.c.candidate_id.label("candidate_id"))
        .distinct()
        .where(
            campaign_recipients.c.organisation_id == tenant.organisation_id,
            begun,
            *with_seen(tenant, campaign_recipients.c.candidate_id),
        )
    )
    return query.where(campaign_recipients.c.state != "skipped") if only_texted else query


async def by_workflows(tenant: Tenant, days: Days, *, only_texted: bool) -> Select[Any]:
    """Who came into a workflow in these days; with `only_texted` not those whom it could not text even once."""
    query = (
        select(executions.c.candidate_id.label("candidate_id"))
        .distinct()
        .join(
            workflows,
            and_(
                workflows.c.organisation_id == executions.c.organisation_id, workflows.c.id == executions.c.workflow_id
            ),
        )
        .where(
            executions.c.organisation_id == tenant.organisation_id,
            *between(executions.c.begun_at, days),
            *await _of_company(tenant, workflows.c.company_id, days),
            *with_seen(tenant, executions.c.candidate_id),
        )
    )
    if not only_texted:
        return query
    could_not = or_(executions.c.cause.in_(_COULD_NOT), _has_step(workflow_steps.c.did == "left"))
    return query.where(or_(~could_not, _has_step(workflow_steps.c.message_id.is_not(None))))


def between(at: ColumnElement[Any], days: Days) -> list[ColumnElement[bool]]:
    """The conditions that a moment is in these days."""
    begins = [] if days.start is None else [at >= days.start]
    return begins if days.end is None else [*begins, at < days.end]


async def _of_company(tenant: Tenant, company_id: ColumnElement[Any], days: Days) -> list[ColumnElement[bool]]:
    """What names no company is the first one's."""
    if days.company_id is None:
        return []
    whose = [company_id == days.company_id]
    if days.company_id == await company_numbers.first_company(tenant):
        whose.append(company_id.is_(None))
    return [or_(*whose)]


def _has_step(which: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        workflow_steps.c.organisation_id == executions.c.organisation_id,
        workflow_steps.c.execution_id == executions.c.id,
        which,
    )
