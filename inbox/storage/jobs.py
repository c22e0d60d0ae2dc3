"""Work that may be slow or fail: promised in the transaction that needs it, done by a worker.

A job is claimed for a lease; a worker that dies lets it expire and the job is claimed again, so doing a job twice
must do no harm. Leases run by the database's clock. Jobs of one queue are done one after the other, by their places.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, Float, Integer, and_, bindparam, case, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ColumnElement

from inbox.storage.columns import Id, db_later, db_now, new_id
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


@dataclass(frozen=True, slots=True)
class Postponed:
    """What a worker says of a job whose turn has not come: due again in so many seconds, and not tried."""

    seconds: float


def _promised() -> UpdateBase:
    new = insert(jobs).values(
        organisation_id=bindparam("organisation"),
        id=bindparam("job"),
        kind=bindparam("what"),
        subject=bindparam("with_what"),
        queue=bindparam("in_queue", type_=Id()),
        place=bindparam("at_place", type_=BigInteger()),
        due_at=db_later(bindparam("delay", type_=Float())),
    )
    return new.on_conflict_do_update(
        index_elements=["organisation_id", "kind", "subject"],
        set_={
            "state": case((_is_queued, _QUEUED), else_=_WANTED),
            "due_at": new.excluded.due_at,
            "queue": new.excluded.queue,
            "place": new.excluded.place,
        },
        where=or_(jobs.c.state == _RUNNING, new.excluded.due_at < jobs.c.due_at),
    )


def _is_first() -> ColumnElement[bool]:
    earlier = jobs.alias("earlier")
    return ~exists().where(
        earlier.c.organisation_id == jobs.c.organisation_id,
        earlier.c.queue == jobs.c.queue,
        earlier.c.place < jobs.c.place,
    )


def _claimed(ready: ColumnElement[bool], order: ColumnElement[datetime], *whose: ColumnElement[bool]) -> UpdateBase:
    # SQLite has no SKIP LOCKED and needs none: a writer is alone.
    chosen = (
        select(jobs.c.id)
        .where(ready, jobs.c.kind.in_(bindparam("kinds", expanding=True)), *whose, _is_first())
        .order_by(order)
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(skip_locked=True)
        .cte("chosen")
    )
    return (
        update(jobs)
        .where(jobs.c.id.in_(select(chosen.c.id)))
        .values(
            state=_RUNNING,
            claim=bindparam("new_claim"),
            lease_until=db_later(bindparam("lease", type_=Float())),
            tries=jobs.c.tries + 1,
        )
        .returning(jobs)
    )


# Built once: building these statements takes longer than the databases take to run them.
_PROMISED = _promised()
has_expired = and_(_is_claimed, jobs.c.lease_until <= db_now())
is_due = and_(_is_queued, jobs.c.due_at <= db_now())
_of_one = jobs.c.organisation_id == bindparam("organisation")
_READY = (_claimed(has_expired, jobs.c.lease_until), _claimed(is_due, jobs.c.due_at))
_READY_OF_ONE = (_claimed(has_expired, jobs.c.lease_until, _of_one), _claimed(is_due, jobs.c.due_at, _of_one))
_is_mine = and_(jobs.c.id == bindparam("job"), jobs.c.claim == bindparam("proof"))
_RENEWED = (
    update(jobs).where(_is_mine).values(lease_until=db_later(bindparam("lease", type_=Float()))).returning(jobs.c.id)
)
_FORGOTTEN = delete(jobs).where(_is_mine, jobs.c.state == _RUNNING).returning(jobs.c.id)
_ALL_FORGOTTEN = (
    delete(jobs)
    .where(
        jobs.c.id.in_(bindparam("jobs", expanding=True)),
        jobs.c.claim == bindparam("proof"),
        jobs.c.state == _RUNNING,
    )
    .returning(jobs.c.id)
)
_queued = update(jobs).where(_is_mine).values(state=_QUEUED, claim=None, lease_until=None).returning(jobs.c.id)
_TO_DO_AGAIN = _queued.values(tries=0)
_GIVEN_BACK = _queued.values(
    due_at=db_later(bindparam("delay", type_=Float())), tries=jobs.c.tries - bindparam("uncounted", type_=Integer())
)


async def enqueue(
    tenant: Tenant,
    kind: str,
    subject: str,
    *,
    delay_seconds: float = 0.0,
    queue: str | None = None,
    place: int = 0,
) -> None:
    """Promise to do `kind` with `subject`, at the earliest after the delay.

    The same promise twice is one job, at the earlier of the two times. One that is running at this moment may
    have looked at things before they changed, so it runs once more. In a `queue` (the id of what it is about) it
    waits until the jobs with lower places are done.
    """
    await tenant.execute(_PROMISED, _promise(tenant, kind, subject, delay_seconds, queue, place))
    if tenant.database.in_transaction:
        tenant.database.mark(MARK)


async def enqueue_many(tenant: Tenant, kind: str, promises: Iterable[tuple[str, str | None, int]]) -> None:
    """`enqueue` for each (subject, queue, place), without a delay; in a transaction."""
    rows = [_promise(tenant, kind, subject, 0.0, queue, place) for subject, queue, place in promises]
    await tenant.execute_many(_PROMISED, rows)
    tenant.database.mark(MARK)


def _promise(
    tenant: Tenant, kind: str, subject: str, delay_seconds: float, queue: str | None, place: int
) -> dict[str, Any]:
    return {
        "organisation": tenant.organisation_id,
        "job": new_id(),
        "what": kind,
        "with_what": subject,
        "delay": float(delay_seconds),
        "in_queue": queue,
        "at_place": place,
    }


async def claim(
    database: Database, *, kinds: Collection[str], limit: int, lease_seconds: float, organisation_id: int | None = None
) -> list[Job]:
    """Up to `limit` jobs that are due, of one organisation or all, ours for `lease_seconds`; first expired ones."""
    found: list[Job] = []
    whose, either = ({}, _READY) if organisation_id is None else ({"organisation": organisation_id}, _READY_OF_ONE)
    for ready in either:
        values = {
            "kinds": list(kinds),
            "most": limit - len(found),
            "new_claim": new_id(),
            "lease": float(lease_seconds),
            **whose,
        }
        rows = await database.fetch_all(ready, values) if len(found) < limit else []
        rows.sort(key=lambda row: (row.due_at, row.id))
        found += [Job(row.organisation_id, row.id, row.kind, row.subject, row.tries, row.claim) for row in rows]
    return found


async def renew(database: Database, job: Job, *, lease_seconds: float) -> bool:
    """Keep a long job ours for so many more seconds; False when it is somebody else's by now."""
    return await database.fetch_val(_RENEWED, _proof(job) | {"lease": float(lease_seconds)}) is not None


async def done(database: Database, job: Job) -> bool:
    """Forget a finished job; False when its lease had expired and it is somebody else's by now."""
    for ended in (_FORGOTTEN, _TO_DO_AGAIN):
        if await database.fetch_val(ended, _proof(job)) is not None:
            return True
    return False


async def all_done(database: Database, finished: Iterable[Job]) -> None:
    """`done` for many jobs, in one trip for those that were claimed together."""
    for claim_id, some in groupby(sorted(finished, key=_claim_of), key=_claim_of):
        together = list(some)
        values = {"jobs": [job.id for job in together], "proof": claim_id}
        forgotten = {row.id for row in await database.fetch_all(_ALL_FORGOTTEN, values)}
        for job in together:
            if job.id not in forgotten:
                await done(database, job)


async def again(database: Database, job: Job, *, seconds: float, counted: bool = True) -> bool:
    """Give a job back, to be tried again in so many seconds; False when it is somebody else's by now.

    `counted` False: it was not tried, only not yet its turn.
    """
    values = {"delay": float(seconds), "uncounted": int(not counted)}
    return await database.fetch_val(_GIVEN_BACK, _proof(job) | values) is not None


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


def _claim_of(job: Job) -> str:
    return job.claim


def _proof(job: Job) -> dict[str, Any]:
    return {"job": job.id, "proof": job.claim}
