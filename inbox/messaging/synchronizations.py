"""The runs that read the provider's list of messages: why, when, what they found and how they ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.languages import _
from inbox.messaging import reach
from inbox.messaging.reach import Reach, Reason
from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import provider_accounts, synchronizations

SWEEP_EVERY = timedelta(days=1)
KEPT_DAYS = 30
INTERRUPTED = _("It was interrupted. The next run began anew where this one had begun.")

_LONGEST_BACKOFF = 5


@dataclass(frozen=True, slots=True)
class Synchronization:
    """One run; counts are of messages, times UTC."""

    id: int
    reason: Reason
    started_at: datetime
    finished_at: datetime | None
    listed: int
    texts: int
    statuses: int
    error: str | None

    @property
    def is_running(self) -> bool:
        """Whether it goes on at this moment, or was interrupted and nobody has looked since."""
        return self.finished_at is None


async def begin(tenant: Tenant, known: Reach) -> Synchronization:
    """A new run, for the reason that was noted; one that never ended is told to be interrupted."""
    async with tenant.transaction():
        asked = await reach.take_reason(tenant, known.account_id)
        broken = await tenant.fetch_val(
            update(synchronizations)
            .where(_of(tenant, known.account_id), synchronizations.c.finished_at.is_(None))
            .values(finished_at=db_now(), error=INTERRUPTED)
            .returning(synchronizations.c.reason)
        )
        started = await tenant.fetch_one(
            insert(synchronizations)
            .values(
                organisation_id=tenant.organisation_id,
                provider_account_id=known.account_id,
                reason=asked or broken or await _usual_reason(tenant, known),
            )
            .returning(synchronizations)
        )
    return _synchronization(started)


async def count(tenant: Tenant, run_id: int, *, listed: int, texts: int, statuses: int) -> None:
    """What a run that goes on has found so far."""
    await tenant.execute(
        update(synchronizations).where(_is_open(tenant, run_id)).values(listed=listed, texts=texts, statuses=statuses)
    )


async def end(tenant: Tenant, account_id: str, run_id: int, *, error: str | None = None) -> None:
    """A run is over: at its end, or with the sentence why not. Earlier ones that found nothing are forgotten."""
    await tenant.execute(
        update(synchronizations).where(_is_open(tenant, run_id)).values(finished_at=db_now(), error=error)
    )
    if error is None:
        await tenant.execute(
            delete(synchronizations).where(
                _of(tenant, account_id), synchronizations.c.id < run_id, _found_nothing(), _is_usual()
            )
        )


async def failures_in_a_row(tenant: Tenant, account_id: str) -> int:
    """How many runs have failed since one got to its end, counted up to five."""
    newest = await recent(tenant, account_id, most=_LONGEST_BACKOFF)
    ended = [run for run in newest if not run.is_running]
    return next((place for place, run in enumerate(ended) if run.error is None), len(ended))


async def recent(tenant: Tenant, account_id: str, *, most: int) -> Sequence[Synchronization]:
    """The last runs, newest first."""
    rows = await tenant.fetch_all(
        select(synchronizations).where(_of(tenant, account_id)).order_by(synchronizations.c.id.desc()).limit(most)
    )
    return [_synchronization(row) for row in rows]


async def seconds_since_end(database: Database) -> float | None:
    """How long ago the account that has waited longest was last read to its end; None where there is none.

    An account that never was counts from its connection.
    """
    ended = (
        select(func.max(synchronizations.c.finished_at))
        .where(
            synchronizations.c.organisation_id == provider_accounts.c.organisation_id,
            synchronizations.c.provider_account_id == provider_accounts.c.id,
            synchronizations.c.error.is_(None),
        )
        .scalar_subquery()
    )
    row = await database.fetch_one(
        select(db_now().label("now"), func.min(func.coalesce(ended, provider_accounts.c.created_at)).label("since"))
    )
    return None if row is None or row.since is None else (row.now - row.since).total_seconds()


async def prune(database: Database) -> None:
    """Forget runs of more than 30 days ago, but each account's last."""
    last = select(func.max(synchronizations.c.id)).group_by(synchronizations.c.provider_account_id)
    await database.execute(
        delete(synchronizations).where(
            synchronizations.c.started_at < db_later(-86_400 * KEPT_DAYS), synchronizations.c.id.not_in(last)
        )
    )


async def _usual_reason(tenant: Tenant, known: Reach) -> Reason:
    now: datetime = await tenant.fetch_val(select(db_now()))
    is_due = known.swept_at is not None and now - known.swept_at >= SWEEP_EVERY
    return "sweep" if is_due else "schedule"


def _found_nothing() -> ColumnElement[bool]:
    return and_(
        synchronizations.c.texts == 0,
        synchronizations.c.statuses == 0,
        synchronizations.c.error.is_(None),
        synchronizations.c.finished_at.is_not(None),
    )


def _is_usual() -> ColumnElement[bool]:
    return synchronizations.c.reason == "schedule"


def _of(tenant: Tenant, account_id: str) -> ColumnElement[bool]:
    return and_(
        synchronizations.c.organisation_id == tenant.organisation_id,
        synchronizations.c.provider_account_id == account_id,
    )


def _is_open(tenant: Tenant, run_id: int) -> ColumnElement[bool]:
    return and_(
        synchronizations.c.organisation_id == tenant.organisation_id,
        synchronizations.c.id == run_id,
        synchronizations.c.finished_at.is_(None),
    )


def _synchronization(row: Any) -> Synchronization:
    return Synchronization(
        row.id, row.reason, row.started_at, row.finished_at, row.listed, row.texts, row.statuses, row.error
    )
