"""The worker's part of an export: a piece after the other, each committed with the place behind it."""

import time
from collections.abc import Collection
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from inbox.accounts import users
from inbox.errors import NotFound, Refused
from inbox.languages.readers import Reader
from inbox.reports import exports, sheets
from inbox.reports.export_rows import Rows
from inbox.reports.exports import Export
from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import candidates, export_candidates, export_pieces
from inbox.storage.tables import exports as table

AT_ONCE = 1_000
"""Rows in a piece."""
_SECONDS = 5.0
"""After so long a job is given back, so that its lease never ends under it and others have their turn."""
_ERASING_SECONDS = 300.0
"""Longer than an erasure can take from its first statement to its commit."""


async def write(tenant: Tenant, job: Job) -> Postponed | None:
    """Write the next pieces; None when there are none left, or nobody may have them any more."""
    until = time.monotonic() + _SECONDS
    while True:
        try:
            export = await exports.find(tenant, job.subject)
        except NotFound:
            return None
        if not export.is_running:
            return None
        try:
            seen = await exports.seen_by_asker(tenant, export)
            await _some(seen, export, (await users.find(tenant, export.user_id)).reader)
        except (NotFound, Refused):  # also: what it is about is gone
            await exports.end(tenant, export.id, "refused")
            return None
        if time.monotonic() > until:
            return Postponed(0.0)


async def _some(tenant: Tenant, export: Export, reader: Reader) -> None:
    """A piece. Somebody else may write at the same time, after this worker slept: the place says who was first."""
    rows = await export.kind.read(tenant, export.asked, export.place, AT_ONCE)
    async with tenant.transaction():
        if not await _held(tenant, export):
            return
        await _name(tenant, export, rows.candidates)
        if await _erased_just_now(tenant, rows.candidates):
            rows = await export.kind.read(tenant, export.asked, export.place, AT_ONCE)
        await _keep(tenant, export, rows, reader)


async def _held(tenant: Tenant, export: Export) -> bool:
    """Whether it stands where it was read; nobody moves it until the transaction ends."""
    row = await tenant.fetch_one(
        select(table.c.state, table.c.size)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.id == export.id)
        .with_for_update()
    )
    return row is not None and (row.state, row.size) == (export.state, export.size)


async def _name(tenant: Tenant, export: Export, ids: Collection[str]) -> None:
    """Whom it tells of. The key to each candidate waits for an erasure that is under way, as one waits for it."""
    rows = [
        {"organisation_id": tenant.organisation_id, "export_id": export.id, "candidate_id": one} for one in sorted(ids)
    ]
    if rows:
        await tenant.execute(insert(export_candidates).values(rows).on_conflict_do_nothing())


async def _erased_just_now(tenant: Tenant, ids: Collection[str]) -> bool:
    found: Any = await tenant.fetch_val(
        select(candidates.c.id)
        .where(
            candidates.c.organisation_id == tenant.organisation_id,
            candidates.c.id.in_(sorted(ids)),
            candidates.c.erased_at > db_later(-_ERASING_SECONDS),
        )
        .limit(1)
    )
    return found is not None


async def _keep(tenant: Tenant, export: Export, rows: Rows, reader: Reader) -> None:
    heading = [] if export.size else [await export.kind.heading(tenant, export.asked)]
    content = sheets.lines([*heading, *rows.cells], reader).encode()
    if content:
        await tenant.execute(
            insert(export_pieces).values(
                organisation_id=tenant.organisation_id, export_id=export.id, start=export.size, content=content
            )
        )
    ended = {} if rows.more else {"state": "done", "ended_at": db_now()}
    await tenant.execute(
        update(table)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.id == export.id)
        .values(
            place=rows.more,
            lines=export.lines + len(rows.cells),
            size=export.size + len(content),
            **ended,
        )
    )
