"""Imports of conversations of before: whose list or file is read, how far it has got, and what became of the texts.

An import of a file is "checked" when its file has been read. Then, like that of a list from the beginning, it is
"running", and "stopped" by a person or because it cannot go on, until it is "done". A stopped one can go on. One of a
file can be undone, which makes it "undoing" and "undone".
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import company_numbers, users
from inbox.storage.tables import history_import_rows as rows
from inbox.storage.tables import history_imports as table

State = Literal["checked", "running", "stopped", "done", "undoing", "undone"]
Way = Literal["in", "out"]

KEPT_DAYS = 30
"""How long the rows of a file can be looked at; a file that nobody imported goes after a day."""
_DAY_SECONDS = 86_400.0

REASONS: Mapping[str, str] = {
    "coming": _("on their way at that moment, read the next time"),
    "live": _("received since the account was connected, brought by synchronizing"),
    "doubt": _("perhaps texts of ours that Twilio has not confirmed"),
    "nobody": _("without a number to answer to"),
    "removed": _("of candidates who were removed since"),
}
"""Why a text of the list is not stored, by what is kept of it."""


@dataclass(frozen=True, slots=True)
class HistoryImport:
    """One import; counts are of texts, times UTC."""

    id: str
    kind: Literal["twilio", "file"]
    number_id: str | None
    number: str | None
    since: datetime | None
    until: datetime | None
    way: Way
    reached: datetime | None
    file_name: str
    headings: tuple[str, ...]
    state: State
    listed: int
    stored: int
    known: int
    refused: Mapping[str, int]
    error: str | None
    by: str
    created_at: datetime
    ended_at: datetime | None

    @property
    def goes_on(self) -> bool:
        """Whether a worker is busy with it, or will be."""
        return self.state in ("running", "undoing")

    @property
    def can_be_undone(self) -> bool:
        """Whether it may be taken back: of a file, as one of a list would be brought again."""
        return self.kind == "file" and self.state in ("done", "stopped") and self.stored > 0

    @property
    def left(self) -> int:
        """How many texts were looked at and not stored, but for those that were here before."""
        return sum(self.refused.values())

    @property
    def per_cent(self) -> int:
        """How much of the time the list covers has been read, both ways; of a list alone."""
        if self.since is None or self.until is None:
            return 0
        whole = (self.until - self.since).total_seconds()
        part = (self.until - self.reached).total_seconds() if self.reached else 0.0
        return min(100, round(50 * (part / whole if whole > 0 else 1.0)) + (50 if self.way == "out" else 0))


@dataclass(frozen=True, slots=True)
class Figures:
    """What became of some texts."""

    listed: int = 0
    stored: int = 0
    known: int = 0
    refused: Mapping[str, int] | None = None


async def create_of_list(tenant: Tenant, user_id: str, number_id: str, *, since: datetime, until: datetime) -> str:
    """Keep that a number's list is to be read for texts of [since, until) (UTC); the import's id."""
    return await _create(
        tenant, user_id, kind="twilio", company_number_id=number_id, since=since, until=until, state="running"
    )


async def create_of_file(tenant: Tenant, user_id: str, file_name: str, headings: Sequence[str]) -> str:
    """Keep that a file was chosen; the import's id. Its rows follow in the same transaction."""
    return await _create(
        tenant, user_id, kind="file", file_name=file_name, headings=json.dumps(headings), state="checked"
    )


async def step(tenant: Tenant, import_id: str, before: State, after: State, *, error: str | None = None) -> None:
    """Go from one state to the next. Raises Refused when it is in another one by now."""
    moved = await tenant.fetch_one(
        update(table)
        .where(_is(tenant, import_id), table.c.state == before)
        .values(state=after, error=error, ended_at=None if after in ("running", "undoing") else db_now())
        .returning(table.c.id)
    )
    if moved is None:
        raise Refused(_("This import has gone on meanwhile. See below where it stands."))


async def hold(tenant: Tenant, import_id: str, state: State = "running") -> HistoryImport:
    """An import in this state, kept so until the transaction ends. Raises Refused when it is in another by now."""
    await step(tenant, import_id, state, state)
    return await find(tenant, import_id)


async def move(
    tenant: Tenant, held: HistoryImport, found: Figures, *, way: Way | None = None, reached: datetime | None = None
) -> None:
    """Add up what became of some texts, and keep how far the list was read; in the transaction that holds it."""
    refused = Counter(held.refused) + Counter(found.refused or {})
    values: dict[str, Any] = {
        "listed": held.listed + found.listed,
        "stored": held.stored + found.stored,
        "known": held.known + found.known,
        "refused": json.dumps(refused),
        "error": None,
    }
    if way is not None:
        values |= {"way": way, "reached": reached}
    await tenant.execute(update(table).where(_is(tenant, held.id)).values(**values))


async def note_error(tenant: Tenant, import_id: str, error: str) -> None:
    """Why it does not go on at this moment, though it is tried again by itself."""
    await tenant.execute(update(table).where(_is(tenant, import_id), table.c.state == "running").values(error=error))


async def find(tenant: Tenant, import_id: str) -> HistoryImport:
    """The import; raises NotFound."""
    row = await tenant.fetch_one(_chosen(tenant).where(_is(tenant, import_id)))
    if row is None:
        raise NotFound
    return _import(row)


async def latest(tenant: Tenant, most: int = 20) -> list[HistoryImport]:
    """Those that were begun last, newest first."""
    query = _chosen(tenant).where(table.c.state != "checked").order_by(table.c.id.desc()).limit(most)
    return [_import(row) for row in await tenant.fetch_all(query)]


async def prune(database: Database) -> None:
    """Throw away files that nobody imported, and the rows of those that were imported long ago."""
    day_ago, long_ago = db_later(-_DAY_SECONDS), db_later(-KEPT_DAYS * _DAY_SECONDS)
    unwanted = and_(table.c.state == "checked", table.c.created_at < day_ago)
    over = or_(unwanted, and_(table.c.state.not_in(["running", "undoing"]), table.c.created_at < long_ago))
    whose = select(table.c.organisation_id, table.c.id).where(over)
    async with database.transaction():
        await database.execute(delete(rows).where(tuple_(rows.c.organisation_id, rows.c.import_id).in_(whose)))
        await database.execute(delete(table).where(unwanted))


async def _create(tenant: Tenant, user_id: str, **values: Any) -> str:
    import_id = new_id()
    await tenant.execute(
        insert(table).values(organisation_id=tenant.organisation_id, id=import_id, user_id=user_id, **values)
    )
    return import_id


def _is(tenant: Tenant, import_id: str) -> ColumnElement[bool]:
    return and_(table.c.organisation_id == tenant.organisation_id, table.c.id == import_id)


def _chosen(tenant: Tenant) -> Select[Any]:
    by = and_(users.c.organisation_id == table.c.organisation_id, users.c.id == table.c.user_id)
    ours = and_(
        company_numbers.c.organisation_id == table.c.organisation_id,
        company_numbers.c.id == table.c.company_number_id,
    )
    return (
        select(table, func.coalesce(users.c.name, "").label("by"), company_numbers.c.number)
        .select_from(table.outerjoin(users, by).outerjoin(company_numbers, ours))
        .where(table.c.organisation_id == tenant.organisation_id)
    )


def _import(row: Any) -> HistoryImport:
    return HistoryImport(
        id=row.id,
        kind=row.kind,
        number_id=row.company_number_id,
        number=row.number,
        since=row.since,
        until=row.until,
        way=row.way,
        reached=row.reached,
        file_name=row.file_name,
        headings=tuple(json.loads(row.headings)),
        state=row.state,
        listed=row.listed,
        stored=row.stored,
        known=row.known,
        refused=json.loads(row.refused),
        error=row.error,
        by=row.by,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
