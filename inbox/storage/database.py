"""The one door to the database: `Database`, and `Tenant`, an organisation's view of it.

What a caller must know:

* A statement of a `Tenant` reaches its organisation's rows, one of `Database` itself everybody's (row_security.py).
* A connection belongs to a task. Inside a transaction query one after the other: no `gather`, no task group.
  A task started inside a transaction is refused until that transaction has ended.
* Changes are counted and confirmed by RETURNING: `rows = await tenant.fetch_all(update.returning(...))`.
  `execute` returns the first column of the first returned row, or None; never a row count.
* `sqlalchemy.dialects.postgresql.insert` (for ON CONFLICT) compiles on both; other dialect parts do not.
* On SQLite one transaction at a time has its turn, so keep them short and read outside of them where you can.
* What runs for each message is built once, with `bindparam`, and given its values:
  `tenant.fetch_all(_STATEMENT, {"name": value})`. To build a statement takes longer than to run it on SQLite.
* Connections are not reset between uses: SET LOCAL inside a transaction, never SET; no session locks, no LISTEN.
* Only Core statements give the right types on both databases (`Id` as str, `Utc` as aware datetime).
* `iterate` is closed: it hangs on a query inside its loop. Read in pages by key.
"""

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, NoReturn, TypeAlias, cast

import databases
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.elements import TextClause

from inbox.storage.rows import Row
from inbox.storage.transactions import Connection, Transaction, refuse_child_tasks

Query: TypeAlias = ClauseElement | str
Values: TypeAlias = dict[str, Any] | None

_MOST_READERS = 8
_NO_WAIT = contextlib.nullcontext()
_READS = re.compile(r"\s*(select|values|explain|with(?!.*\b(insert|update|delete)\b))\b", re.IGNORECASE | re.DOTALL)


class Database(databases.Database):
    """A pool of connections to SQLite or PostgreSQL; `url` starts with sqlite:/// or postgresql://.

    `number_keys` are secrets that are not in the database, the newest first, see number_hashes.py.
    """

    SUPPORTED_BACKENDS = {  # noqa: RUF012 - the base class reads it
        "postgresql": "inbox.storage.postgresql:PostgresqlBackend",
        "sqlite": "inbox.storage.sqlite:SqliteBackend",
    }

    def __init__(self, url: str, *, number_keys: Sequence[str] = ()) -> None:
        super().__init__(url)
        self.number_keys = tuple(number_keys)
        self._writer = asyncio.Lock()
        self._readers = asyncio.Semaphore(_MOST_READERS)
        self._on_commit: Callable[[frozenset[str]], None] | None = None

    @property
    def dialect(self) -> Literal["sqlite", "postgresql"]:
        """Which of the two databases it is."""
        return "sqlite" if self.url.dialect == "sqlite" else "postgresql"

    @property
    def in_transaction(self) -> bool:
        """Whether the current task has a transaction open."""
        held = self._connection
        return held is not None and bool(held._transaction_stack)

    async def ping(self) -> None:
        """One trip to the database; raises what it raises when it is away."""
        await self.fetch_val("select 1")

    async def fetch_all(  # type: ignore[override]
        self, query: Query, values: Values = None, *, within: int | None = None
    ) -> list[Row]:
        connection = self.connection(within)
        async with self._turn(query), connection:
            return await connection.fetch_all(query, values)  # type: ignore[return-value]

    async def fetch_one(  # type: ignore[override]
        self, query: Query, values: Values = None, *, within: int | None = None
    ) -> Row | None:
        connection = self.connection(within)
        async with self._turn(query), connection:
            return await connection.fetch_one(query, values)  # type: ignore[return-value]

    async def fetch_val(
        self, query: Query, values: Values = None, column: Any = 0, *, within: int | None = None
    ) -> Any:
        connection = self.connection(within)
        async with self._turn(query), connection:
            return await connection.fetch_val(query, values, column)

    async def execute(self, query: Query, values: Values = None, *, within: int | None = None) -> Any:
        connection = self.connection(within)
        async with self._turn(query), connection:
            return await connection.execute(query, values)

    async def execute_many(
        self, query: Query, values: Sequence[Mapping[str, Any]], *, within: int | None = None
    ) -> None:
        """Run `query` with each of `values`: all of them or none."""
        async with self.transaction(within=within):
            await self.connection(within).execute_many(query, values)

    def iterate(self, query: Query, values: Values = None) -> NoReturn:
        """Closed, see the module's list."""
        raise RuntimeError("Read in pages by key: a query inside iterate would hang.")

    def connection(self, within: int | None = None) -> Connection:
        """The current task's connection, for a statement of one organisation or with None of all."""
        refuse_child_tasks(self)
        held = self._connection
        if not isinstance(held, Connection):
            held = self._connection = Connection(self, self._backend)
        held.within(within)
        return held

    def transaction(self, *, force_rollback: bool = False, within: int | None = None, **options: Any) -> Transaction:
        """`async with database.transaction():`; commits at the end, rolls back on an exception."""
        return Transaction(partial(self.connection, within), force_rollback, **options)

    def mark(self, word: str) -> None:
        """Have `word` told to whoever asked by `on_commit`, once the transaction that is open here has lasted."""
        root = cast(Transaction, self.connection()._transaction_stack[0])
        root.marks |= {word}

    def on_commit(self, tell: Callable[[frozenset[str]], None]) -> None:
        """Call `tell` with the marks of each transaction right after its commit; it must neither wait nor raise."""
        self._on_commit = tell

    def committed(self, marks: frozenset[str]) -> None:
        """A transaction has lasted; called by the transaction itself."""
        if marks and self._on_commit is not None:
            self._on_commit(marks)

    def write_turn(self) -> contextlib.AbstractAsyncContextManager[Any]:
        """What a writer holds while it writes: the one writer's place on SQLite, nothing on PostgreSQL."""
        return self._writer if self.dialect == "sqlite" else _NO_WAIT

    def _turn(self, query: Query) -> contextlib.AbstractAsyncContextManager[Any]:
        if self.dialect != "sqlite" or self.in_transaction:
            return _NO_WAIT
        return self._readers if _only_reads(query) else self._writer


def _only_reads(query: Query) -> bool:
    if isinstance(query, str | TextClause):
        return _READS.match(query if isinstance(query, str) else query.text) is not None
    return isinstance(query, Executable) and query.is_select


@dataclass(frozen=True, slots=True)
class Tenant:
    """One organisation's queries; every noun and verb module takes it first."""

    database: Database
    organisation_id: int
    only_of: str | None = None
    """The user whose own conversations are all that may be seen, see `sight`; None: those of everybody."""
    only_in: frozenset[str] | None = None
    """The companies whose conversations are all that may be seen; None: those of every one."""

    only_conversation: str | None = None
    """The one conversation that may be seen at all; None: every other condition decides."""

    @property
    def whole(self) -> "Tenant":
        """The same organisation with everything in it, for what an act has to look after beyond what is seen."""
        return replace(self, only_of=None, only_in=None, only_conversation=None)

    def sees(self, conversation_id: str, assignee_id: str | None, company_id: str) -> bool:
        """Whether a conversation that this user has, of this company, may be seen."""
        if self.only_conversation not in (None, conversation_id):
            return False
        return self.only_of in (None, assignee_id) and (self.only_in is None or company_id in self.only_in)

    @property
    def channel(self) -> str:
        """Where this organisation's events are announced."""
        return str(self.organisation_id)

    async def fetch_all(self, query: Query, values: Values = None) -> list[Row]:
        """Every row."""
        return await self.database.fetch_all(query, values, within=self.organisation_id)

    async def fetch_one(self, query: Query, values: Values = None) -> Row | None:
        """The first row, or None."""
        return await self.database.fetch_one(query, values, within=self.organisation_id)

    async def fetch_val(self, query: Query, values: Values = None) -> Any:
        """The first column of the first row, or None."""
        return await self.database.fetch_val(query, values, within=self.organisation_id)

    async def execute(self, query: Query, values: Values = None) -> Any:
        """The first column of the first row that the statement returns, or None."""
        return await self.database.execute(query, values, within=self.organisation_id)

    async def execute_many(self, query: Query, values: Sequence[Mapping[str, Any]]) -> None:
        """Run `query` with each of `values`: all of them or none."""
        await self.database.execute_many(query, values, within=self.organisation_id)

    def transaction(self, *, force_rollback: bool = False) -> Transaction:
        """`async with tenant.transaction():`; commits at the end, rolls back on an exception."""
        return self.database.transaction(force_rollback=force_rollback, within=self.organisation_id)
