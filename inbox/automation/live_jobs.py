"""Which jobs are live: every one of which nobody has said that it is closed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from inbox.candidates.profiles import MOST
from inbox.errors import Invalid, too_long
from inbox.languages import _
from inbox.messaging.triggers import STEP
from inbox.storage import jobs as promised
from inbox.storage.database import Tenant
from inbox.storage.tables import candidates, workflow_executions
from inbox.storage.tables import closed_jobs as table

MOST_SHOWN = 500


@dataclass(frozen=True, slots=True)
class LiveJob:
    """A job by its name; who closed it and when (UTC), None for one that is live."""

    name: str
    closed_by: str | None
    closed_at: datetime | None


def key_of(name: str | None) -> str:
    """A job as it is compared: "" for none."""
    return " ".join((name or "").split()).casefold()


async def is_live(tenant: Tenant, name: str) -> bool:
    """Whether somebody is looked for; not for no job at all."""
    if not key_of(name):
        return False
    found = await tenant.fetch_val(
        select(table.c.job).where(table.c.organisation_id == tenant.organisation_id, table.c.job == key_of(name))
    )
    return found is None


async def close(tenant: Tenant, name: str, *, by: str) -> None:
    """Nobody is looked for any more; what runs for its candidates looks at once whether it ends. Raises Invalid."""
    name = " ".join(name.split())
    if not name or len(name) > MOST:
        raise Invalid({"job": _("Enter the name of a job.") if not name else too_long(len(name), MOST)})
    async with tenant.transaction():
        await tenant.execute(
            insert(table)
            .values(organisation_id=tenant.organisation_id, job=key_of(name), name=name, author=by)
            .on_conflict_do_nothing(index_elements=["organisation_id", "job"])
        )
        running = await tenant.fetch_all(
            select(workflow_executions.c.id).where(
                workflow_executions.c.organisation_id == tenant.organisation_id,
                workflow_executions.c.state.in_(["running", "waiting"]),
                workflow_executions.c.job == key_of(name),
            )
        )
        if running:
            await promised.enqueue_many(tenant, STEP, [(row.id, None, 0) for row in running])


async def reopen(tenant: Tenant, name: str) -> None:
    """Somebody is looked for again."""
    await tenant.execute(
        delete(table).where(table.c.organisation_id == tenant.organisation_id, table.c.job == key_of(name))
    )


async def all_of(tenant: Tenant) -> Sequence[LiveJob]:
    """The jobs of candidates and those that are closed, by name."""
    rows = await tenant.fetch_all(
        select(candidates.c.job)
        .where(candidates.c.organisation_id == tenant.organisation_id, candidates.c.job.is_not(None))
        .group_by(candidates.c.job)
        .order_by(func.lower(candidates.c.job))
        .limit(MOST_SHOWN)
    )
    closed = await tenant.fetch_all(select(table).where(and_(table.c.organisation_id == tenant.organisation_id)))
    found = {key_of(row.job): LiveJob(row.job, None, None) for row in rows}
    found |= {row.job: LiveJob(row.name, row.author, row.at) for row in closed}
    return [found[key] for key in sorted(found)]
