"""Writes rows by the million: COPY on PostgreSQL, executemany on SQLite; synchronous, for commands only."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg
from psycopg import sql

Rows = Iterable[tuple[Any, ...]]


class Bulk(Protocol):
    """One open transaction that takes many rows at once."""

    def write(self, table: str, columns: tuple[str, ...], rows: Rows) -> None:
        """Store the rows, in the order of `columns`; moments are aware datetimes."""

    def all(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        """Every row of a query, with "?" for each parameter."""


@contextmanager
def bulk(url: str) -> Iterator[Bulk]:
    """A transaction on the database at `url`: committed at the end, its statistics renewed; undone on an error."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            connection.execute("pragma foreign_keys = on")
            with connection:
                yield _Sqlite(connection)
            connection.execute("analyze")
    else:
        with psycopg.connect(url) as postgresql:
            yield _Postgresql(postgresql)
        with psycopg.connect(url, autocommit=True) as postgresql:
            postgresql.execute("vacuum analyze")


class _Sqlite:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def write(self, table: str, columns: tuple[str, ...], rows: Rows) -> None:
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(
            f"insert into {table} ({', '.join(columns)}) values ({marks})",  # noqa: S608 - names are ours
            (tuple(_sqlite_value(value) for value in row) for row in rows),
        )

    def all(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query, parameters).fetchall()


class _Postgresql:
    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self._connection = connection

    def write(self, table: str, columns: tuple[str, ...], rows: Rows) -> None:
        statement = sql.SQL("copy {} ({}) from stdin").format(
            sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
        )
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def all(self, query: str, parameters: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
        return self._connection.execute(query.replace("?", "%s").encode(), parameters).fetchall()


def _sqlite_value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value
