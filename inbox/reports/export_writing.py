"""The worker's part of an export: a piece after the other, each committed with the place behind it.

A workbook cannot be written piece by piece: its lines are kept as JSON until all are there, and then bound at once.
"""

import time
from collections.abc import Collection
from typing import Any

import anyio
import msgspec
from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from inbox.accounts import users
from inbox.errors import NotFound, Refused
from inbox.languages.readers import Reader
from inbox.languages.sentences import said
from inbox.reports import export_lines, exports, workbooks
from inbox.reports.export_lines import Line
from inbox.reports.export_rows import Rows
from inbox.reports.exports import Export
from inbox.storage.columns import db_later, db_now
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import candidates, export_candidates, export_pieces
from inbox.storage.tables import exports as table

AT_ONCE = 1_000
"""Rows in a piece."""
BOUND = "~"
"""Stands in the place of a key: all lines of a workbook are there."""
_line: "msgspec.json.Decoder[Line]" = msgspec.json.Decoder(str | list[str | int | float])
_PIECE = 1_000_000
"""Bytes of a piece of a workbook."""
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
            reader = (await users.find(tenant, export.user_id)).reader
            await (_bind if export.place == BOUND else _some)(seen, export, reader)
        except (NotFound, Refused):  # also: what it is about is gone
            await exports.end(tenant, export.id, "refused")
            return None
        if time.monotonic() > until:
            return Postponed(0.0)


async def _some(tenant: Tenant, export: Export, reader: Reader) -> None:
    """A piece. Somebody else may write at the same time, after this worker slept: the place says who was first."""
    rows = await export.kind.read(tenant, export.asked, export.place, AT_ONCE)
    if export.format == "xlsx" and export.lines + len(rows.cells) > workbooks.MOST:
        await exports.end(tenant, export.id, "too_long")
        return
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
    found, is_workbook = rows, export.format == "xlsx"
    if not export.size:
        found = export_lines.below(await export.kind.heading(tenant, export.asked), rows)
    if is_workbook:
        content = b"".join(msgspec.json.encode(line) + b"\n" for line in export_lines.lines(found, reader))
    else:
        content = export_lines.as_csv(found, reader, begins=not export.size).encode()
    if content:
        await _add(tenant, export, export.size, content)
    ended = {"place": BOUND} if is_workbook else {"state": "done", "ended_at": db_now(), "place": None}
    more = {"place": rows.more} if rows.more else ended
    await _move(
        tenant, export, lines=export.lines + len(rows.cells) - len(rows.tables), size=export.size + len(content), **more
    )


async def _bind(tenant: Tenant, export: Export, reader: Reader) -> None:
    """Make the workbook of the lines, in place of them."""
    pieces = await tenant.fetch_all(_pieces(tenant, export).order_by(export_pieces.c.start))
    lines = [_line.decode(line) for row in pieces for line in bytes(row.content).splitlines()]
    found = export_lines.as_sheets(said(export.kind.words, reader), lines)
    content = await anyio.to_thread.run_sync(workbooks.made, found)
    async with tenant.transaction():
        if not await _held(tenant, export):
            return
        of_export = export_pieces.c.organisation_id == tenant.organisation_id, export_pieces.c.export_id == export.id
        await tenant.execute(delete(export_pieces).where(*of_export))
        for start in range(0, len(content), _PIECE):
            await _add(tenant, export, start, content[start : start + _PIECE])
        await _move(tenant, export, state="done", ended_at=db_now(), place=None, size=len(content))


def _pieces(tenant: Tenant, export: Export) -> Select[Any]:
    return select(export_pieces.c.content).where(
        export_pieces.c.organisation_id == tenant.organisation_id, export_pieces.c.export_id == export.id
    )


async def _add(tenant: Tenant, export: Export, start: int, content: bytes) -> None:
    await tenant.execute(
        insert(export_pieces).values(
            organisation_id=tenant.organisation_id, export_id=export.id, start=start, content=content
        )
    )


async def _move(tenant: Tenant, export: Export, **values: Any) -> None:
    await tenant.execute(
        update(table).where(table.c.organisation_id == tenant.organisation_id, table.c.id == export.id).values(**values)
    )
