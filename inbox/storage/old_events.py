"""Events of long ago, which no reader needs any more: who is that far behind starts afresh."""

from sqlalchemy import delete, func, select

from inbox.storage.columns import db_later
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import event_counters, events

_MOST_PRUNED_AT_ONCE = 5_000


async def prune(database: Database, *, keep_days: int = 7) -> int:
    """Delete events older than `keep_days` days and return how many; readers that far behind start afresh."""
    deleted = 0
    for counter in await database.fetch_all(select(event_counters)):
        deleted += await _prune(Tenant(database, counter.organisation_id), counter.seq, keep_days)
    return deleted


async def _prune(tenant: Tenant, newest: int, keep_days: int) -> int:
    mine = events.c.organisation_id == tenant.organisation_id
    first: int | None = await tenant.fetch_val(select(func.min(events.c.seq)).where(mine))
    # Numbers rise with time, so the oldest to keep is found by reading the ones to delete, not those to keep.
    kept: int | None = await tenant.fetch_val(
        select(events.c.seq).where(mine, events.c.at >= db_later(-86_400 * keep_days)).order_by(events.c.seq).limit(1)
    )
    end = newest + 1 if kept is None else kept
    deleted = 0
    while first is not None and first < end:
        # Small steps, so that on SQLite other writers get their turn in between.
        step = min(end, first + _MOST_PRUNED_AT_ONCE)
        rows = await tenant.fetch_all(delete(events).where(mine, events.c.seq < step).returning(events.c.seq))
        deleted += len(rows)
        first = step
    return deleted
