"""How many steps of an organisation's workflows may be done now: as many as leave the outbox short for replies."""

from sqlalchemy import and_, func, select

from inbox.messaging.outbound import SEND
from inbox.storage.database import Tenant
from inbox.storage.tables import company_numbers, jobs, messages

LEAST_AHEAD = 20
AHEAD_SECONDS = 10
"""So many seconds' worth of texts, at the slowest number's rate, are in the outbox at most: no reply waits longer."""


async def free(tenant: Tenant) -> int:
    """How many more texts of workflows the outbox of the organisation takes."""
    is_text = and_(messages.c.organisation_id == jobs.c.organisation_id, messages.c.id == jobs.c.subject)
    waiting = (
        select(func.count())
        .select_from(jobs.join(messages, is_text))
        .where(jobs.c.organisation_id == tenant.organisation_id, jobs.c.kind == SEND, messages.c.source == "workflow")
        .scalar_subquery()
    )
    slowest = (
        select(func.min(company_numbers.c.segments_per_second))
        .where(company_numbers.c.organisation_id == tenant.organisation_id)
        .scalar_subquery()
    )
    row = await tenant.fetch_one(select(waiting.label("waiting"), slowest.label("slowest")))
    most = max(LEAST_AHEAD, int(AHEAD_SECONDS * (row.slowest or 0))) if row is not None else LEAST_AHEAD
    return most - (row.waiting if row is not None else 0)
