"""SQLite for `databases`: kept connections with the right pragmas, transactions that begin as writers."""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from databases.backends.sqlite import SQLiteBackend, SQLiteConnection
from databases.interfaces import TransactionBackend
from sqlalchemy import make_url
from sqlalchemy.dialects.sqlite import pysqlite

from inbox.errors import Unavailable
from inbox.storage.rows import Row
from inbox.storage.sqlite_pool import KeptConnection, Pool
from inbox.storage.statements import Translator
from inbox.storage.unavailability import AWAY, unavailable

T = TypeVar("T")
_Raw = tuple[Any, ...]

FULL = "The disk of the inbox is full, so nothing can be stored. Ask whoever runs it to make room, then try again."
READ_ONLY = (
    "The database of the inbox can only be read, so nothing can be stored."
    " Ask whoever runs it to make its file writable, then try again."
)

# The file is locked by another process, gone, or full: the program did nothing wrong (sqlite.org/rescode.html).
_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
}
_SENTENCES = {sqlite3.SQLITE_FULL: FULL, sqlite3.SQLITE_READONLY: READ_ONLY}

# One for the process: what it remembers of a statement holds for every database.
_translator = Translator(pysqlite.dialect(paramstyle="qmark"))


class SqliteBackend(SQLiteBackend):
    """What `databases` opens for sqlite:// URLs."""

    def __init__(self, database_url: Any, **options: Any) -> None:
        super().__init__(database_url, **options)
        self._connections = Pool(make_url(str(self._database_url)).database or "")

    async def connect(self) -> None:
        self._connections.is_closed = False

    async def disconnect(self) -> None:
        await self._connections.close()

    def connection(self) -> "SqliteConnection":
        return SqliteConnection(self._connections, _translator)


class SqliteConnection(SQLiteConnection):
    """One connection as `databases` sees it; `execute` means the same as on PostgreSQL."""

    def __init__(self, connections: Pool, translator: Translator) -> None:
        self._connections = connections
        self._translator = translator
        self._kept: KeptConnection | None = None
        self._is_sound = True
        self.within: int | None = None

    async def acquire(self) -> None:
        self._is_sound = True
        with unavailable(sqlite3.OperationalError, when=_is_outage, sentence=_sentence):
            self._kept = await self._connections.take()

    async def release(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            self._connections.give_back(kept, is_sound=self._is_sound)

    def discard(self) -> None:
        self._is_sound = False

    async def fetch_all(self, query: Any) -> list[Any]:
        return await self._fetch(query, _all_rows)

    async def fetch_one(self, query: Any) -> Any:
        rows = await self._fetch(query, _first_row)
        return rows[0] if rows else None

    async def execute(self, query: Any) -> Any:
        """The first column of the first row, if the statement returns any."""
        return await self.fetch_val(query)

    async def execute_many(self, queries: list[Any]) -> None:
        statements = [self._translator.translate(query) for query in queries]

        def work(connection: sqlite3.Connection) -> None:
            for statement in statements:
                connection.execute(statement.text, statement.args).close()

        await self.run(work)

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`work` on the connection, in its thread."""
        if self._kept is None:
            raise RuntimeError("the connection is not acquired")
        try:
            with unavailable(sqlite3.OperationalError, when=_is_outage, sentence=_sentence):
                return await self._kept.run(work)
        except asyncio.CancelledError:
            self._is_sound = False  # its thread may still be at work
            self._kept.interrupt_now()
            raise
        except Unavailable:
            # What was opened while the file could only be read can only read for ever, and says so at no other time.
            self._connections.renew()
            raise

    def transaction(self) -> TransactionBackend:
        return _Transaction(self)

    async def _fetch(self, query: Any, read: Callable[[sqlite3.Cursor], list[_Raw]]) -> list[Row]:
        statement = self._translator.translate(query)

        def work(connection: sqlite3.Connection) -> tuple[list[str], list[_Raw]]:
            cursor = connection.execute(statement.text, statement.args)
            try:
                return [column[0] for column in cursor.description or ()], read(cursor)
            finally:
                cursor.close()

        names, rows = await self.run(work)
        shape = statement.result.shape_for(names)
        return [shape.row(row) for row in rows]


def _is_outage(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in _OUTAGES


def _sentence(error: sqlite3.OperationalError) -> str:
    return _SENTENCES.get(error.sqlite_errorcode & 0xFF, AWAY)


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
