"""Large exports: asked for by somebody, written by a worker into pieces, downloaded by the same person, then gone.

One is "running", then "done"; or "cancelled" by whoever asked, "refused" when the right to it was lost meanwhile,
"too_long" for a workbook, or "removed", with everything in it, because somebody of whom it tells was erased.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, delete, insert, select, tuple_, update

from inbox.accounts import companies, users
from inbox.accounts.users import User
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.reports.export_kinds import KINDS, Kind
from inbox.reports.export_rows import Asked
from inbox.storage import jobs
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import export_candidates, export_pieces
from inbox.storage.tables import exports as table

WRITE = "write-export"
KEPT_DAYS = 3
MOST_RUNNING = 3
"""Of one person at once."""
MOST_SHOWN = 50

State = Literal["running", "done", "cancelled", "refused", "too_long", "removed"]
Format = Literal["csv", "xlsx"]


@dataclass(frozen=True, slots=True)
class Export:
    """One of them; `lines` are those that are written, without the heading, `size` is in bytes."""

    id: str
    user_id: str
    kind_name: str
    asked: Asked
    format: Format
    only_in: frozenset[str] | None
    state: State
    place: str | None
    lines: int
    size: int
    created_at: datetime
    ended_at: datetime | None

    @property
    def kind(self) -> Kind:
        """What it is an export of."""
        return KINDS[self.kind_name]

    @property
    def file_name(self) -> str:
        """What its file is called when it is saved."""
        return f"{self.kind.file_name}-{self.created_at:%Y-%m-%d}.{self.format}"

    @property
    def is_running(self) -> bool:
        """Whether a worker is busy with it, or will be."""
        return self.state == "running"

    @property
    def ends_at(self) -> datetime:
        """Until when it can be downloaded (UTC)."""
        return self.created_at + timedelta(days=KEPT_DAYS)

    @property
    def days(self) -> tuple[datetime | None, datetime] | None:
        """The stretch of time that it is about; None where it is about none."""
        if "end" not in self.asked:
            return None
        start, end = (
            datetime.fromisoformat(self.asked[name]) if self.asked.get(name) else None for name in ("start", "end")
        )
        return start, end or self.created_at


async def ask(tenant: Tenant, user: User, kind: str, asked: Asked, format: Format = "csv") -> Export:
    """Have it written as this user may see it; the same one that runs already is not begun twice.

    Raises Refused when too many of the user's run.
    """
    words = json.dumps(dict(asked), sort_keys=True)
    async with tenant.transaction():
        running = [_read(row) for row in await tenant.fetch_all(_running(tenant, user))]
        for one in running:
            if (one.kind_name, one.format, _without_end(one.asked)) == (kind, format, _without_end(asked)):
                return one
        if len(running) >= MOST_RUNNING:
            raise Refused(_("Three of your exports are being written. Wait for one of them, or cancel it."))
        export_id = new_id()
        only_in = None if tenant.only_in is None else json.dumps(sorted(tenant.only_in))
        await tenant.execute(
            insert(table).values(
                organisation_id=tenant.organisation_id,
                id=export_id,
                user_id=user.id,
                kind=kind,
                asked=words,
                format=format,
                only_in=only_in,
            )
        )
        await jobs.enqueue(tenant, WRITE, export_id)
    return await find(tenant, export_id)


async def find(tenant: Tenant, export_id: str, *, user_id: str | None = None) -> Export:
    """One export, of this user where one is named; raises NotFound, also for one whose days are over."""
    query = _selected(tenant).where(table.c.id == export_id, _is_kept())
    if user_id is not None:
        query = query.where(table.c.user_id == user_id)
    row = await tenant.fetch_one(query)
    if row is None:
        raise NotFound
    return _read(row)


async def of_user(tenant: Tenant, user: User) -> Sequence[Export]:
    """Somebody's own, newest first."""
    query = _selected(tenant).where(table.c.user_id == user.id, _is_kept())
    return [_read(row) for row in await tenant.fetch_all(query.order_by(table.c.id.desc()).limit(MOST_SHOWN))]


async def seen_by_asker(tenant: Tenant, export: Export) -> Tenant:
    """The organisation as whoever asked may see it, no wider than it was then.

    Raises Refused when the person may not have it any more, or sees less than what it may hold.
    """
    user = await users.find(tenant, export.user_id)
    now = companies.sight(tenant, user, await companies.of(tenant, user))
    is_less = now.only_of is not None or now.only_conversation is not None
    if now.only_in is not None:
        is_less = is_less or export.only_in is None or not export.only_in <= now.only_in
    if user.deactivated or not user.may(export.kind.act) or is_less:
        raise Refused(_("You may not see all that this export holds any more."))
    return Tenant(tenant.database, tenant.organisation_id, only_in=export.only_in)


async def cancel(tenant: Tenant, export: Export) -> None:
    """Write no more of it and forget what was written, also of one that is done."""
    await end(tenant, export.id, "cancelled")


async def end(tenant: Tenant, export_id: str, state: State) -> None:
    """Take everything out of it for a reason."""
    async with tenant.transaction():
        await tenant.execute(update(table).where(_is(tenant, export_id)).values(state=state, size=0, ended_at=db_now()))
        await _empty(tenant, [export_id])


async def forget(tenant: Tenant, candidate_id: str) -> None:
    """Take everything out of those that tell of a candidate, in the transaction that erases them."""
    rows = await tenant.fetch_all(
        select(export_candidates.c.export_id).where(
            export_candidates.c.organisation_id == tenant.organisation_id,
            export_candidates.c.candidate_id == candidate_id,
        )
    )
    for export_id in sorted(row.export_id for row in rows):
        await end(tenant, export_id, "removed")


async def piece(tenant: Tenant, export_id: str, at: int) -> tuple[int, bytes]:
    """Where the piece begins that holds the byte `at`, and the piece; raises NotFound when it is gone meanwhile."""
    row = await tenant.fetch_one(
        select(export_pieces.c.start, export_pieces.c.content)
        .where(
            export_pieces.c.organisation_id == tenant.organisation_id,
            export_pieces.c.export_id == export_id,
            export_pieces.c.start <= at,
        )
        .order_by(export_pieces.c.start.desc())
        .limit(1)
    )
    if row is None:
        raise NotFound
    return row.start, bytes(row.content)


async def prune(database: Database) -> None:
    """Throw away those whose days are over."""
    over = select(table.c.organisation_id, table.c.id).where(~_is_kept())
    async with database.transaction():
        for part in (export_pieces, export_candidates):
            await database.execute(delete(part).where(tuple_(part.c.organisation_id, part.c.export_id).in_(over)))
        await database.execute(delete(table).where(~_is_kept()))


async def _empty(tenant: Tenant, ids: Sequence[str]) -> None:
    for part in (export_pieces, export_candidates):
        await tenant.execute(
            delete(part).where(part.c.organisation_id == tenant.organisation_id, part.c.export_id.in_(ids))
        )


def _is(tenant: Tenant, export_id: str) -> ColumnElement[bool]:
    return and_(table.c.organisation_id == tenant.organisation_id, table.c.id == export_id)


def _is_kept() -> ColumnElement[bool]:
    return table.c.created_at > db_later(-86_400 * KEPT_DAYS)


def _running(tenant: Tenant, user: User) -> Select[Any]:
    return _selected(tenant).where(table.c.user_id == user.id, table.c.state == "running", _is_kept())


def _without_end(asked: Asked) -> Mapping[str, str]:
    """Days that reach to now end a little later each time that they are asked for."""
    return {name: value for name, value in asked.items() if name != "end" or not asked.get("open")}


def _selected(tenant: Tenant) -> Select[Any]:
    return select(table).where(table.c.organisation_id == tenant.organisation_id)


def _read(row: Any) -> Export:
    return Export(
        id=row.id,
        user_id=row.user_id,
        kind_name=row.kind,
        asked=json.loads(row.asked),
        format=row.format,
        only_in=None if row.only_in is None else frozenset(json.loads(row.only_in)),
        state=row.state,
        place=row.place,
        lines=row.lines,
        size=row.size,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
