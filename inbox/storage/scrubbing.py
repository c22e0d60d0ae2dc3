"""What was removed leaves the files of SQLite too: the search index keeps words that are only marked, the log pages.

Rows and freed pages are overwritten by `secure_delete`, which each connection sets. On PostgreSQL there is nothing to
do here: dead rows go with its own VACUUM.
"""

import time

from sqlalchemy import text

from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.search_index import SQLITE_INDEXES

SCRUB = "scrub"

_SECONDS = 1.0
"""After so long others have their turn."""
_PAGES = 200
_BUSY_SECONDS = 5.0


async def scrub(tenant: Tenant, job: Job) -> Postponed | None:
    """Have nothing of removed rows left in the files; postponed while there is more to do, or somebody reads."""
    until = time.monotonic() + _SECONDS
    if tenant.database.dialect != "sqlite":
        return None
    for index in SQLITE_INDEXES:
        # A negative number of pages puts all parts of the index to be merged into one; what goes on is not begun anew.
        pages = -_PAGES
        while await _merge(tenant, index, pages):
            pages = _PAGES
            if time.monotonic() > until:
                return Postponed(0.0)
    is_busy = await tenant.fetch_val(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    return Postponed(_BUSY_SECONDS) if is_busy else None


async def _merge(tenant: Tenant, index: str, pages: int) -> bool:
    """Whether there was something to merge (sqlite.org/fts5.html#the_merge_command)."""
    changes = text("SELECT total_changes()")
    async with tenant.transaction():
        before: int = await tenant.fetch_val(changes)
        await tenant.execute(text(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', {pages})"))  # noqa: S608
        after: int = await tenant.fetch_val(changes)
    return after - before > 1
