"""Writes rows by the million: COPY on PostgreSQL, executemany on SQLite; synchronous, for commands only."""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg
from psycopg import sql

from inbox.storage.row_security import EVERYWHERE, SETTING

Rows = Iterable[tuple[Any, ...]]

_BLOCK = 1_000
_IN_MEMORY = "512MB"


class Bulk(Protocol):
    """One open transaction that takes many rows at once."""

    def write(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        """Store the rows, in the order of `columns`; moments are aware datetimes."""

    def all(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Every row of a query, with "?" for each parameter."""

    def do(self, statement: str, parameters: tuple[Any, ...] = ()) -> None:
        """Carry out a statement, with "?" for each parameter."""


@contextmanager
def bulk(url: str, *, anew: Sequence[str] = ()) -> Iterator[Bulk]:
    """A transaction on the database at `url`: committed at the end, its statistics renewed; undone on an error.

    On PostgreSQL the indexes and keys of the tables `anew` are dropped at the beginning and made again at the end,
    which is faster for millions of rows; nobody else can use these tables meanwhile.
    """
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("pragma foreign_keys = on")
            connection.execute("pragma cache_size = -262144")
            with connection:
                yield _Sqlite(connection)
            connection.execute("analyze")
    else:
        everywhere = f"-c {SETTING}={EVERYWHERE}"
        with psycopg.connect(url, options=everywhere) as postgresql, _made_anew(postgresql, anew):
            sink = _Postgresql(postgresql)
            yield sink
            sink.close()
        with psycopg.connect(url, autocommit=True) as postgresql:
            postgresql.execute("vacuum analyze")


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def write(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(
            f"insert into {table} ({', '.join(columns)}) values ({marks})",  # noqa: S608 - names are ours # nosec B608
            (tuple(_moment(value) if type(value) is datetime else value for value in row) for row in rows),
        )

    def all(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, parameters).fetchall()

    def do(self, statement: str, parameters: tuple[Any, ...] = ()) -> None:
        self._connection.execute(statement, parameters)


class _Postgresql:
    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection
        self._bound: dict[str, bool] = {}

    def write(self, table: str, columns: Sequence[str], rows: Rows) -> None:
        self._open(table)
        statement = sql.SQL("copy {} ({}) from stdin").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            lines: list[str] = []
            for row in rows:
                lines.append("\t".join([_WRITERS[type(value)](value) for value in row]))
                if len(lines) == _BLOCK:
                    copy.write("\n".join(lines) + "\n")
                    lines.clear()
            if lines:
                copy.write("\n".join(lines) + "\n")

    def all(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query.replace("?", "%s").encode(), parameters).fetchall()

    def do(self, statement: str, parameters: tuple[Any, ...] = ()) -> None:
        self._connection.execute(statement.replace("?", "%s").encode(), parameters)

    def close(self) -> None:
        """Bind the owner again."""
        for table, was_bound in self._bound.items():
            if was_bound:
                self._connection.execute(_sql(f"alter table {table} force row level security"))

    def _open(self, table: str) -> None:
        # COPY does not write to a table whose rows the owner is kept from, as by row_security.py.
        if table not in self._bound:
            ((self._bound[table],),) = self.all("select row_security_active(?::text)", (table,))
            if self._bound[table]:
                self._connection.execute(_sql(f"alter table {table} no force row level security"))


@contextmanager
def _made_anew(connection: psycopg.Connection[tuple[Any, ...]], tables: Sequence[str]) -> Iterator[None]:
    if not tables:
        yield
        return
    keys = connection.execute(_KEYS, [list(tables), list(tables)]).fetchall()
    indexes = connection.execute(_INDEXES, [list(tables)]).fetchall()
    for table, name, _ in keys:
        connection.execute(_sql(f"alter table {table} drop constraint {name}"))
    for name, _ in indexes:
        connection.execute(_sql(f"drop index {name}"))
    yield
    connection.execute(_sql(f"set local maintenance_work_mem = '{_IN_MEMORY}'"))
    for _, definition in indexes:
        connection.execute(_sql(definition))
    for table, name, definition in reversed(keys):
        connection.execute(_sql(f"alter table {table} add constraint {name} {definition}"))


# Foreign keys first: those they lead to cannot be dropped before them.
_KEYS = b"""
select conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid) from pg_constraint
where (conrelid::regclass::text = any(%s) or confrelid::regclass::text = any(%s)) and contype in ('f', 'p', 'u')
order by contype = 'f' desc, conname
"""
_INDEXES = b"""
select indexrelid::regclass::text, pg_get_indexdef(indexrelid) from pg_index
where indrelid::regclass::text = any(%s) and not exists (select from pg_constraint where conindid = indexrelid)
"""


def _sql(statement: str) -> sql.SQL:
    return sql.SQL(statement)  # built of names in the catalog


_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: _ESCAPED[found[0]], text) if _SPECIAL.search(text) else text


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).isoformat(" ", "microseconds")[:26]


# As PostgreSQL's COPY reads them: https://www.postgresql.org/docs/current/sql-copy.html
_WRITERS: dict[type, Any] = {
    str: _escaped,
    int: str,
    datetime: lambda value: f"{_moment(value)}+00",
    bool: lambda value: "t" if value else "f",
    type(None): lambda _: "\\N",
}
