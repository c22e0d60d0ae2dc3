"""Work that may be slow or fail: promised in the transaction that needs it, done by a worker.

A job is claimed for a lease; a worker that dies lets it expire and the job is claimed again, so doing a job twice
must do no harm. Leases run by the database's clock.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.elements import ColumnElement

from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import jobs

MARK = "jobs"
"""What a transaction that promised a job is marked with when it has been committed."""

_QUEUED = "queued"
_RUNNING = "running"
_WANTED = "wanted"  # running, and promised once more meanwhile

_is_queued = jobs.c.state == _QUEUED
_is_claimed = jobs.c.state.in_([_RUNNING, _WANTED])


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job: what to do (`kind`) with what (`subject`), and the claim that proves it is ours."""

    organisation_id: int
    id: str
    kind: str
    subject: str
    tries: int
    claim: str


async def enqueue(tenant: Tenant, kind: str, subject: str, *, delay_seconds: float = 0.0) -> None:
    """Promise to do `kind` with `subject`, at the earliest after the delay.

    The same promise twice is one job, at the earlier of the two times. One that is running at this moment may
    have looked at things before they changed, so it runs once more.
    """
    new = insert(jobs).values(
        organisation_id=tenant.organisation_id,
        id=new_id(),
        kind=kind,
        subject=subject,
        due_at=db_later(delay_seconds),
    )
    await tenant.execute(
        new.on_conflict_do_update(
            index_elements=["organisation_id", "kind", "subject"],
            set_={"state": case((_is_queued, _QUEUED), else_=_WANTED), "due_at": new.excluded.due_at},
            where=or_(jobs.c.state == _RUNNING, new.excluded.due_at < jobs.c.due_at),
        )
    )
    if tenant.database.in_transaction:
        tenant.database.mark(MARK)


async def claim(database: Database, *, kinds: Collection[str], limit: int, lease_seconds: float) -> list[Job]:
    """Up to `limit` jobs that are due, ours for `lease_seconds`: first those with an expired lease."""
    expired = and_(_is_claimed, jobs.c.lease_until <= db_now())
    found = await _claim(database, expired, jobs.c.lease_until, kinds, limit, lease_seconds)
    if len(found) < limit:
        due = and_(_is_queued, jobs.c.due_at <= db_now())
        found += await _claim(database, due, jobs.c.due_at, kinds, limit - len(found), lease_seconds)
    return found


async def done(database: Database, job: Job) -> bool:
    """Forget a finished job; False when its lease had expired and it is somebody else's by now."""
    mine = _is_mine(job)
    if await database.fetch_val(delete(jobs).where(mine, jobs.c.state == _RUNNING).returning(jobs.c.id)):
        return True
    wanted = update(jobs).where(mine).values(state=_QUEUED, claim=None, lease_until=None, tries=0)
    return await database.fetch_val(wanted.returning(jobs.c.id)) is not None


async def again(database: Database, job: Job, *, seconds: float) -> bool:
    """Give a job back, to be tried again in so many seconds; False when it is somebody else's by now."""
    given_back = (
        update(jobs)
        .where(_is_mine(job))
        .values(state=_QUEUED, claim=None, lease_until=None, due_at=db_later(seconds))
        .returning(jobs.c.id)
    )
    return await database.fetch_val(given_back) is not None


async def next_due_seconds(database: Database, kinds: Collection[str]) -> float | None:
    """Seconds until there is something to claim, 0 when there is already; None when no job waits."""
    wanted = jobs.c.kind.in_(kinds)
    row = await database.fetch_one(
        select(
            db_now().label("now"),
            select(func.min(jobs.c.due_at)).where(wanted, _is_queued).scalar_subquery().label("due"),
            select(func.min(jobs.c.lease_until)).where(wanted, _is_claimed).scalar_subquery().label("expires"),
        )
    )
    if row is None:
        return None
    moments: list[datetime] = [moment for moment in (row.due, row.expires) if moment is not None]
    return max(0.0, (min(moments) - row.now).total_seconds()) if moments else None


async def _claim(
    database: Database,
    condition: ColumnElement[bool],
    order: ColumnElement[datetime],
    kinds: Collection[str],
    limit: int,
    lease_seconds: float,
) -> list[Job]:
    # SQLite has no SKIP LOCKED and needs none: a writer is alone.
    chosen = (
        select(jobs.c.id)
        .where(condition, jobs.c.kind.in_(kinds))
        .order_by(order)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    claimed = (
        update(jobs)
        .where(jobs.c.id.in_(select(chosen.c.id)))
        .values(state=_RUNNING, claim=new_id(), lease_until=db_later(lease_seconds), tries=jobs.c.tries + 1)
        .returning(
            jobs.c.organisation_id,
            jobs.c.id,
            jobs.c.kind,
            jobs.c.subject,
            jobs.c.tries,
            jobs.c.claim,
            jobs.c.due_at,
        )
    )
    rows = sorted(await database.fetch_all(claimed), key=lambda row: (row.due_at, row.id))
    return [Job(row.organisation_id, row.id, row.kind, row.subject, row.tries, row.claim) for row in rows]


def _is_mine(job: Job) -> ColumnElement[bool]:
    return and_(jobs.c.id == job.id, jobs.c.claim == job.claim)
