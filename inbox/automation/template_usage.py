"""What became of the texts that were written with message templates, as the log of messages counts them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select

from inbox.messaging import outcomes
from inbox.messaging.message_log import Log, within
from inbox.messaging.outcomes import Outcome
from inbox.storage.database import Tenant
from inbox.storage.sight import in_seen
from inbox.storage.tables import messages as table

COUNTED: Sequence[Outcome] = ("sent", "delivered", "replied", "failed")


@dataclass(frozen=True, slots=True)
class Usage:
    """How many texts were written with a template, and when the last one was."""

    number: int
    last_at: datetime


async def latest(tenant: Tenant, template_ids: Sequence[str], log: Log) -> Mapping[str, Usage]:
    """That of some templates, by their ids, in the days and the company of `log`; unused ones are left out."""
    if not template_ids:
        return {}
    columns = (table.c.template_id, func.count().label("number"), func.max(table.c.at).label("last_at"))
    query = _within(tenant, log, *columns).where(table.c.template_id.in_(template_ids))
    rows = await tenant.fetch_all(query.group_by(table.c.template_id))
    return {row.template_id: Usage(row.number, row.last_at) for row in rows}


async def outcomes_of(tenant: Tenant, log: Log) -> Mapping[Outcome, int]:
    """How far the texts of the template that `log` names have come; each number is that of the log's own list."""
    columns = [func.sum(case((outcomes.is_outcome(one), 1), else_=0)).label(one) for one in COUNTED]
    row = await tenant.fetch_one(_within(tenant, log, *columns).where(table.c.template_id == log.template_id))
    return {one: int(getattr(row, one) or 0) for one in COUNTED}


def _within(tenant: Tenant, log: Log, *columns: Any) -> Select[Any]:
    return select(*columns).where(
        table.c.organisation_id == tenant.organisation_id,
        *within(log),
        *in_seen(tenant, table.c.conversation_id, of_one_company=log.company_id is not None),
    )
