"""PostgreSQL for `databases`: connections, outages, and whose rows a statement reaches (row_security.py)."""

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from typing import Any, cast

import asyncpg
from databases.backends.postgres import PostgresBackend, PostgresConnection, PostgresTransaction
from databases.interfaces import TransactionBackend
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import Dialect

from inbox.errors import Unavailable, Uncertain
from inbox.storage.postgresql_pools import NOBODY, opened
from inbox.storage.row_security import EVERYWHERE, SETTING
from inbox.storage.statements import Translator
from inbox.storage.unavailability import unavailable

_ACQUIRE_SECONDS = 5.0
IN_DOUBT = "The database went away at this very moment. Look whether it was done before you do it again."
# SQLAlchemy's own for asyncpg: it says each parameter's type, where PostgreSQL would take it for text.
_dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
# One for the process: what it remembers of a statement holds for every database.
_translator = Translator(_dialect)
# The program did nothing wrong and may try again (postgresql.org/docs/current/errcodes-appendix.html).
_OUTAGES = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,  # also our statement_timeout
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionRollbackError,  # a deadlock was broken
    asyncpg.ReadOnlySQLTransactionError,  # a standby that was the primary
    asyncpg.InternalClientError,  # the server said goodbye while asyncpg was not listening
)


class PostgresqlBackend(PostgresBackend):
    """What `databases` opens for postgresql:// URLs; `?min_size=` and `?max_size=` set the pools (1 to 10).

    There is a pool for statements of everybody and one for those of an organisation, so that a connection seldom has
    to say anew whose rows it reaches, which takes as long as a small statement.
    """

    _of_one: asyncpg.Pool | None = None

    async def connect(self) -> None:
        with unavailable(_OUTAGES):
            self._pool = await opened(self._options_of_pools(), everywhere=True)
            try:
                self._of_one = await opened(self._options_of_pools(), everywhere=False)
            except BaseException:
                await self.disconnect()
                raise

    async def disconnect(self) -> None:
        pools, self._of_one = (self._of_one, self._pool), None
        self._pool = None
        for pool in pools:
            if pool is not None:
                await pool.close()

    def pool_of(self, organisation_id: int | None) -> asyncpg.Pool:
        """Where the connections for its statements are, or for those of everybody."""
        pool = self._pool if organisation_id is None else self._of_one
        if pool is None:
            raise RuntimeError("the database is not connected")
        return pool

    def _options_of_pools(self) -> dict[str, Any]:
        url = self._database_url
        options = {name: getattr(url, name) for name in ("port", "password", "database")}
        options |= {"host": url.hostname, "user": url.username, **self._get_connection_kwargs()}
        if "sslmode" in url.options:  # libpq's word, which hosting companies write
            options["ssl"] = url.options["sslmode"]
        return options

    def _get_dialect(self) -> Dialect:
        return _dialect

    def connection(self) -> "PostgresqlConnection":
        return PostgresqlConnection(self, self._dialect, _translator)


class PostgresqlConnection(PostgresConnection):
    """One connection as `databases` sees it."""

    def __init__(self, backend: PostgresqlBackend, dialect: Dialect, translator: Translator) -> None:
        super().__init__(backend, dialect)
        self._translator = translator
        self.within: int | None = None
        """Whose rows the next statement reaches; None: everybody's."""
        self._said: object = NOBODY
        self._pool: Any = None

    async def acquire(self) -> None:
        self._pool = cast(PostgresqlBackend, self._database).pool_of(self.within)
        with self.unavailable():
            async with asyncio.timeout(_ACQUIRE_SECONDS):
                self._connection = await self._pool.acquire()
        self.ended()
        try:
            if self._said != self.within:
                await self._say()
        except BaseException:
            self.discard()
            await self.release()
            raise

    async def release(self) -> None:
        self._connection = await self._pool.release(self._connection)

    async def fetch_all(self, query: Any) -> list[Any]:
        statement = self._translator.translate(query)
        if self._said != self.within:
            await self._say()
        with self._answering():
            records = await self.raw_connection.fetch(statement.text, *statement.args)
        if not records:
            return []
        shape = statement.result.shape_for(records[0].keys())
        return [shape.row(record) for record in records]

    async def fetch_one(self, query: Any) -> Any:
        statement = self._translator.translate(query)
        if self._said != self.within:
            await self._say()
        with self._answering():
            record = await self.raw_connection.fetchrow(statement.text, *statement.args)
        if record is None:
            return None
        return statement.result.shape_for(record.keys()).row(record)

    async def execute(self, query: Any) -> Any:
        """The first column of the first row, if the statement returns any."""
        return await self.fetch_val(query)

    async def execute_many(self, queries: list[Any]) -> None:
        statements = [self._translator.translate(query) for query in queries]
        if self._said != self.within:
            await self._say()
        with self._answering():
            for text, alike in itertools.groupby(statements, key=lambda statement: statement.text):
                await self.raw_connection.executemany(text, [statement.args for statement in alike])

    def transaction(self) -> TransactionBackend:
        return _Transaction(self)

    def ended(self, *, is_root: bool = True) -> None:
        """A transaction is over, and what was said inside it; of what was said in a savepoint nobody knows."""
        self._said = self.raw_connection._con.said if is_root and not self._is_gone() else NOBODY

    async def _say(self) -> None:
        """Have the statements that follow reach what they may: inside a transaction until its end."""
        connection, word = self.raw_connection, EVERYWHERE if self.within is None else str(int(self.within))
        is_inside = connection.is_in_transaction()
        with self._answering():
            await connection.execute(f"SET {'LOCAL ' if is_inside else ''}{SETTING} = '{word}'")
        self._said = self.within
        if not is_inside:
            connection._con.said = self.within

    def discard(self) -> None:
        """Drop the connection without a word to the server, which then rolls back."""
        if not self._is_gone():
            self.raw_connection.terminate()

    def unavailable(self) -> contextlib.AbstractContextManager[None]:
        """Turns what asyncpg raises while the server is away into Unavailable."""
        return unavailable((*_OUTAGES, asyncpg.InterfaceError), when=self._is_outage)

    @contextlib.contextmanager
    def _answering(self) -> Iterator[None]:
        """`unavailable`, and drop a connection that owes an answer: asyncpg would wait for it, or is confused."""
        with self.unavailable():
            try:
                yield
            except (TimeoutError, asyncio.CancelledError, asyncpg.InternalClientError):
                self.discard()
                raise

    def _is_outage(self, error: Exception) -> bool:
        # InterfaceError says many things: that we used asyncpg wrongly, or that the connection is closed.
        return not isinstance(error, asyncpg.InterfaceError) or self._is_gone()

    def _is_gone(self) -> bool:
        if self._connection is None:
            return True
        try:
            return bool(self._connection.is_closed())
        except asyncpg.InterfaceError:
            return True  # asyncpg took a closed connection out of our hands


class _Transaction(PostgresTransaction):
    """BEGIN, COMMIT and ROLLBACK as asyncpg does them."""

    _connection: PostgresqlConnection
    _is_root = False

    async def start(self, is_root: bool, extra_options: dict[Any, Any]) -> None:
        self._is_root = is_root
        with self._connection.unavailable():
            await super().start(is_root, extra_options)

    async def commit(self) -> None:
        try:
            with self._connection.unavailable():
                await super().commit()
        except Unavailable as error:
            if not self._is_root or isinstance(error.__cause__, asyncpg.TransactionRollbackError):
                raise
            raise Uncertain(IN_DOUBT) from error
        if self._is_root:
            self._connection.ended()

    async def rollback(self) -> None:
        await super().rollback()
        self._connection.ended(is_root=self._is_root)
