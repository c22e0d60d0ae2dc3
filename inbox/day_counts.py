"""Has the days of reports counted ahead, with little of the database's time, so that nobody who texts waits for it."""

import asyncio
import time

import structlog

from inbox.reports import keeping
from inbox.storage.database import Database, Tenant

EVERY_SECONDS = 5.0
REST = 9
"""Times as long as a look has taken it rests afterwards: a tenth of one connection is the most that it takes."""
QUIET_SECONDS = 600.0
"""After so long also those are looked at in whose organisation nothing has happened, as days are over all the same."""

_log = structlog.stdlib.get_logger(__name__)


async def keep(database: Database) -> None:
    """Count until cancelled; what fails is tried again at the next look."""
    looked: dict[int, float] = {}
    pause = EVERY_SECONDS
    while True:
        await asyncio.sleep(pause)
        began = time.monotonic()
        try:
            await _look(database, looked)
        except Exception:  # whatever the driver raises: what is not counted ahead is counted when it is asked for
            _log.exception("days could not be counted")
        pause = max(EVERY_SECONDS, REST * (time.monotonic() - began))


async def _look(database: Database, looked: dict[int, float]) -> None:
    changed = set(await keeping.behind(database))
    for organisation_id in await keeping.organisations_of(database):
        since = time.monotonic() - looked.get(organisation_id, -QUIET_SECONDS)
        if organisation_id in changed or since >= QUIET_SECONDS:
            if await keeping.catch_up(Tenant(database, organisation_id)):
                looked[organisation_id] = time.monotonic()
            else:
                looked.pop(organisation_id, None)
