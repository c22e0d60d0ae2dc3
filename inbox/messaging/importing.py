"""Carries out an import of candidates, and takes one back: as a job, a few hundred rows a transaction.

A row that was reached stands at another outcome in the transaction that did it, so a worker that dies leaves nothing
by half and the next one goes on behind it.
"""

import time

from sqlalchemy import update

from inbox.candidates import imported_rows, imports
from inbox.candidates.imported_rows import AT_ONCE
from inbox.candidates.imports import Import
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.messaging import import_adding, import_undoing
from inbox.storage import jobs
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import candidate_imports

IMPORT = "import_candidates"
_SECONDS = 10.0
"""After so long a job is given back, so that its lease never ends under it and others have their turn."""


async def begin(tenant: Tenant, import_id: str) -> None:
    """Have a checked file imported. Raises Refused when that has begun."""
    async with tenant.transaction():
        await imports.step(tenant, import_id, "checked", "running")
        await jobs.enqueue(tenant, IMPORT, import_id)


async def stop(tenant: Tenant, import_id: str) -> None:
    """Import no further rows. Raises Refused when there is nothing to stop."""
    await imports.step(tenant, import_id, "running", "done")


async def undo(tenant: Tenant, import_id: str) -> None:
    """Have what an import did taken back. Raises Refused unless it is done."""
    async with tenant.transaction():
        await imports.step(tenant, import_id, "done", "undoing")
        await jobs.enqueue(tenant, IMPORT, import_id)


async def carry_on(tenant: Tenant, job: Job) -> Postponed | None:
    """Do the next rows; None when there are none left."""
    until = time.monotonic() + _SECONDS
    try:
        file = await imports.find(tenant, job.subject)
        while file.goes_on and not await _some(tenant, file):
            if time.monotonic() > until:
                return Postponed(0.0)
    except (NotFound, Refused):
        return None  # it was thrown away, or stopped by somebody
    return None


async def _some(tenant: Tenant, file: Import) -> bool:
    """Do a few hundred rows in one transaction; whether they were the last ones. Raises Refused when it is over."""
    undoing = file.state == "undoing"
    async with tenant.transaction():
        await _hold(tenant, file)
        outcomes = ("added", "filled") if undoing else ("new", "known")
        rows = await imported_rows.first(tenant, file.id, outcomes, most=AT_ONCE)
        act = import_undoing.take_back if undoing else import_adding.take_in
        await act(tenant, file, rows)
        if len(rows) < AT_ONCE:
            await imports.step(tenant, file.id, file.state, "undone" if undoing else "done")
            return True
    return False


async def _hold(tenant: Tenant, file: Import) -> None:
    """Keep its state until the end of the transaction. Raises Refused when it is another one by now."""
    held = await tenant.fetch_one(
        update(candidate_imports)
        .where(
            candidate_imports.c.organisation_id == tenant.organisation_id,
            candidate_imports.c.id == file.id,
            candidate_imports.c.state == file.state,
        )
        .values(state=file.state)
        .returning(candidate_imports.c.id)
    )
    if held is None:
        raise Refused(_("It was stopped."))
