"""Imports of candidates from files: whose they are, how their columns are read, and how far they have got.

An import is "checked" when its file has been read, then "running", "done", "undoing" and "undone". What becomes of
each of its rows stands in `imported_rows.py`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.candidates import imported_rows
from inbox.candidates.import_files import ImportFile
from inbox.candidates.import_rows import Planned
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import candidate_import_rows as rows
from inbox.storage.tables import candidate_imports as table
from inbox.storage.tables import users

State = Literal["checked", "running", "done", "undoing", "undone"]
Known = Literal["leave", "fill"]
"""What is done with candidates that are here already: left as they are, or filled in where a fact is missing."""

KEPT_DAYS = 30
"""How long an import can be looked at and undone; a file that nobody imported goes after a day."""
_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Import:
    """A file on its way; `columns` are the fields that its columns hold, `counts` the rows of each outcome."""

    id: str
    file_name: str
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    known: Known
    state: State
    by: str
    created_at: datetime
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """How many rows have not been reached."""
        return self.count("new", "known")

    @property
    def goes_on(self) -> bool:
        """Whether a worker is busy with it, or will be."""
        return self.state in ("running", "undoing")

    @property
    def can_be_undone(self) -> bool:
        """Whether it changed something that may be taken back."""
        return self.state == "done" and self.count("added", "filled") > 0

    def count(self, *outcomes: str) -> int:
        """How many rows stand at one of these outcomes."""
        return sum(self.counts.get(outcome, 0) for outcome in outcomes)


async def create(
    tenant: Tenant, user_id: str, file_name: str, file: ImportFile, columns: Sequence[str], plans: Sequence[Planned]
) -> str:
    """Keep a file with what its rows would become; the import's id."""
    import_id = new_id()
    async with tenant.transaction():
        await tenant.execute(
            insert(table).values(
                organisation_id=tenant.organisation_id,
                id=import_id,
                user_id=user_id,
                file_name=file_name,
                headings=json.dumps(file.headings),
                columns=json.dumps(columns),
            )
        )
        await imported_rows.keep(tenant, import_id, plans)
    return import_id


async def check_again(
    tenant: Tenant, import_id: str, columns: Sequence[str], known: Known, plans: Sequence[Planned]
) -> None:
    """Keep what the rows would become with other columns. Raises Refused when it has begun."""
    async with tenant.transaction():
        await step(tenant, import_id, "checked", "checked", columns=json.dumps(columns), known=known)
        await imported_rows.keep(tenant, import_id, plans)


async def step(tenant: Tenant, import_id: str, before: State, after: State, **values: Any) -> None:
    """Go from one state to the next. Raises Refused when it is in another one by now."""
    moved = await tenant.fetch_one(
        update(table)
        .where(_is(tenant, import_id), table.c.state == before)
        .values(state=after, changed_at=db_now(), **values)
        .returning(table.c.id)
    )
    if moved is None:
        raise Refused(_("This import has gone on meanwhile. See below where it stands."))


async def find(tenant: Tenant, import_id: str) -> Import:
    """The import; raises NotFound."""
    row = await tenant.fetch_one(_chosen(tenant).where(_is(tenant, import_id)))
    if row is None:
        raise NotFound
    return _import(row, await imported_rows.counts(tenant, import_id))


async def latest(tenant: Tenant, most: int = 20) -> list[Import]:
    """Those that were begun in the last weeks, newest first, without their counts."""
    query = _chosen(tenant).where(table.c.state != "checked").order_by(table.c.id.desc()).limit(most)
    return [_import(row, {}) for row in await tenant.fetch_all(query)]


async def prune(database: Database) -> None:
    """Throw away the files that can no longer be undone, and those that nobody imported."""
    is_over = and_(
        table.c.state.in_(["checked", "done", "undone"]),
        or_(
            table.c.created_at < db_later(-KEPT_DAYS * _DAY_SECONDS),
            and_(table.c.state == "checked", table.c.created_at < db_later(-_DAY_SECONDS)),
        ),
    )
    over = select(table.c.organisation_id, table.c.id).where(is_over)
    async with database.transaction():
        await database.execute(delete(rows).where(tuple_(rows.c.organisation_id, rows.c.import_id).in_(over)))
        await database.execute(delete(table).where(is_over))


def _is(tenant: Tenant, import_id: str) -> ColumnElement[bool]:
    return and_(table.c.organisation_id == tenant.organisation_id, table.c.id == import_id)


def _chosen(tenant: Tenant) -> Select[Any]:
    by = and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.user_id)
    query = select(table, func.coalesce(users.c.name, "").label("by")).select_from(table.outerjoin(users, by))
    return query.where(table.c.organisation_id == tenant.organisation_id)


def _import(row: Any, counts: Mapping[str, int]) -> Import:
    return Import(
        id=row.id,
        file_name=row.file_name,
        headings=tuple(json.loads(row.headings)),
        columns=tuple(json.loads(row.columns)),
        known=row.known,
        state=row.state,
        by=row.by,
        created_at=row.created_at,
        counts=counts,
    )
