"""SQLite for `databases`: kept connections with the right pragmas, transactions that begin as writers."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import aiosqlite
from databases.backends.sqlite import SQLiteBackend, SQLiteConnection
from databases.interfaces import TransactionBackend
from sqlalchemy.sql import ClauseElement

from inbox.storage.cancellation import finish
from inbox.storage.rows import Row, unnamed_types
from inbox.storage.statements import translate

T = TypeVar("T")
_Raw = tuple[Any, ...]

_MOST_KEPT = 8
_BUSY_SECONDS = 10.0
# journal_mode stays in the file, the others must be set on each connection. With a write-ahead log "normal"
# survives a crash of the process without a loss, and a power cut without damage (sqlite.org/pragma.html).
_PRAGMAS = ("journal_mode=wal", "foreign_keys=on", "synchronous=normal")


class SqliteBackend(SQLiteBackend):
    """What `databases` opens for sqlite:// URLs."""

    def __init__(self, database_url: Any, **options: Any) -> None:
        super().__init__(database_url, **options)
        self._connections = _Connections(self._database_url.database)

    async def connect(self) -> None:
        self._connections.is_closed = False

    async def disconnect(self) -> None:
        await self._connections.close()

    def connection(self) -> "SqliteConnection":
        return SqliteConnection(self._connections, self._dialect)


class SqliteConnection(SQLiteConnection):
    """One connection as `databases` sees it; `execute` means the same as on PostgreSQL."""

    def __init__(self, connections: "_Connections", dialect: Any) -> None:
        self._connections = connections
        self._dialect = dialect
        self._kept: _Kept | None = None
        self._is_sound = True

    async def acquire(self) -> None:
        self._is_sound = True
        self._kept = await self._connections.take()

    async def release(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            self._connections.give_back(kept, is_sound=self._is_sound)

    def discard(self) -> None:
        self._is_sound = False

    async def fetch_all(self, query: ClauseElement) -> list[Any]:
        return await self._fetch(query, _all_rows)

    async def fetch_one(self, query: ClauseElement) -> Any:
        rows = await self._fetch(query, _first_row)
        return rows[0] if rows else None

    async def execute(self, query: ClauseElement) -> Any:
        """The first column of the first row, if the statement returns any."""
        return await self.fetch_val(query)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`work` on the connection, in its thread."""
        if self._kept is None:
            raise RuntimeError("the connection is not acquired")
        try:
            return await self._kept.run(work)
        except asyncio.CancelledError:
            self._is_sound = False  # its thread is still at work
            raise

    def transaction(self) -> TransactionBackend:
        return _Transaction(self)

    async def _fetch(self, query: ClauseElement, read: Callable[[sqlite3.Cursor], list[_Raw]]) -> list[Row]:
        statement = translate(query, self._dialect)

        def work(connection: sqlite3.Connection) -> tuple[list[str], list[_Raw]]:
            cursor = connection.execute(statement.text, statement.args)
            try:
                return [column[0] for column in cursor.description or ()], read(cursor)
            finally:
                cursor.close()

        names, rows = await self.run(work)
        shape = statement.shape or unnamed_types(names)
        return [shape.row(row) for row in rows]


def _all_rows(cursor: sqlite3.Cursor) -> list[_Raw]:
    return cursor.fetchall()


def _first_row(cursor: sqlite3.Cursor) -> list[_Raw]:
    return cursor.fetchmany(1)


class _Transaction(TransactionBackend):
    def __init__(self, connection: SqliteConnection) -> None:
        self._connection = connection
        self._savepoint = ""

    async def start(self, is_root: bool, extra_options: Mapping[Any, Any]) -> None:
        if is_root:
            # After a deferred BEGIN a transaction that has read cannot write once another one wrote.
            await self._connection.run(lambda connection: connection.execute("begin immediate"))
            return
        self._savepoint = f"savepoint_{id(self)}"
        await self._connection.run(lambda connection: connection.execute(f"savepoint {self._savepoint}"))

    async def commit(self) -> None:
        await self._connection.run(self._commit)

    async def rollback(self) -> None:
        await self._connection.run(self._rollback)

    def _commit(self, connection: sqlite3.Connection) -> None:
        if self._savepoint:
            connection.execute(f"release {self._savepoint}")
            return
        try:
            connection.execute("commit")
        except sqlite3.Error:
            self._rollback(connection)  # a refused COMMIT leaves the transaction open
            raise

    def _rollback(self, connection: sqlite3.Connection) -> None:
        if not connection.in_transaction:
            return  # SQLite has rolled back by itself, as it does when the disk is full
        if self._savepoint:
            connection.execute(f"rollback to {self._savepoint}")
            connection.execute(f"release {self._savepoint}")
        else:
            connection.execute("rollback")


class _Connections:
    """The connections to one file that nobody uses at the moment."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._free: list[_Kept] = []
        self.is_closed = False

    async def take(self) -> "_Kept":
        if self._free:
            return self._free.pop()
        connection = _Kept(self._path)
        try:
            await finish(connection.open())
        except BaseException:
            connection.stop()
            raise
        return connection

    def give_back(self, connection: "_Kept", *, is_sound: bool) -> None:
        if is_sound and not connection.in_transaction and len(self._free) < _MOST_KEPT and not self.is_closed:
            self._free.append(connection)
        else:
            connection.stop()

    async def close(self) -> None:
        self.is_closed = True
        while self._free:
            await self._free.pop().close()


class _Kept(aiosqlite.Connection):
    """A SQLite connection and its thread; each statement is one trip to the thread."""

    def __init__(self, path: str) -> None:
        super().__init__(lambda: _open(path), iter_chunk_size=1)
        self._thread.daemon = True  # a forgotten disconnect must not keep the process from ending

    async def open(self) -> None:
        await self

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return result


def _open(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, cached_statements=256)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"pragma {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection
