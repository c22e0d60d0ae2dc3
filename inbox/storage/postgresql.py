"""PostgreSQL for `databases`: pool sizes, time limits and UUIDs as text."""

import asyncio
import contextlib
import itertools
from collections.abc import Iterator
from typing import Any

import asyncpg
from databases.backends.postgres import PostgresBackend, PostgresConnection, PostgresTransaction
from databases.interfaces import TransactionBackend
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.engine.interfaces import Dialect

from inbox.errors import Unavailable, Uncertain
from inbox.storage.cancellation import finish
from inbox.storage.statements import Translator
from inbox.storage.unavailability import unavailable

# A server that is frozen holds a request up for one of them and no longer.
_CONNECT_SECONDS = 5.0
_ACQUIRE_SECONDS = 5.0
_COMMAND_SECONDS = 6.0
IN_DOUBT = "The database went away at this very moment. Look whether it was done before you do it again."
# SQLAlchemy's own for asyncpg: it says each parameter's type, where PostgreSQL would take it for text.
_dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
# One for the process: what it remembers of a statement holds for every database.
_translator = Translator(_dialect)
_SERVER_SETTINGS = {
    "application_name": "inbox",
    # The server gives up before we do (_COMMAND_SECONDS), so that the connection stays usable.
    "statement_timeout": "5000",
    "idle_in_transaction_session_timeout": "15000",
}
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
    """What `databases` opens for postgresql:// URLs; `?min_size=` and `?max_size=` set the pool (1 to 10)."""

    async def connect(self) -> None:
        with unavailable(_OUTAGES):
            await super().connect()

    def _get_connection_kwargs(self) -> dict[str, Any]:
        options = self._database_url.options
        kwargs = {
            "min_size": 1,
            "max_size": 10,
            "timeout": _CONNECT_SECONDS,
            "command_timeout": _COMMAND_SECONDS,
            "server_settings": _SERVER_SETTINGS,
            "connect": _connect,
            "reset": _keep,
            **super()._get_connection_kwargs(),
        }
        if "sslmode" in options:  # libpq's word, which hosting companies write
            kwargs["ssl"] = options["sslmode"]
        return kwargs

    def _get_dialect(self) -> Dialect:
        return _dialect

    def connection(self) -> "PostgresqlConnection":
        return PostgresqlConnection(self, self._dialect, _translator)


class PostgresqlConnection(PostgresConnection):
    """One connection as `databases` sees it."""

    def __init__(self, backend: PostgresqlBackend, dialect: Dialect, translator: Translator) -> None:
        super().__init__(backend, dialect)
        self._translator = translator

    async def acquire(self) -> None:
        with self.unavailable():
            async with asyncio.timeout(_ACQUIRE_SECONDS):
                await super().acquire()

    async def fetch_all(self, query: Any) -> list[Any]:
        statement = self._translator.translate(query)
        with self._answering():
            records = await self.raw_connection.fetch(statement.text, *statement.args)
        if not records:
            return []
        shape = statement.result.shape_for(records[0].keys())
        return [shape.row(record) for record in records]

    async def fetch_one(self, query: Any) -> Any:
        statement = self._translator.translate(query)
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
        with self._answering():
            for text, alike in itertools.groupby(statements, key=lambda statement: statement.text):
                await self.raw_connection.executemany(text, [statement.args for statement in alike])

    def transaction(self) -> TransactionBackend:
        return _Transaction(self)

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


async def _connect(*args: Any, **options: Any) -> asyncpg.Connection:
    """Open a connection that takes and gives UUIDs as text."""
    opened: list[asyncpg.Connection] = []

    async def connect() -> None:
        connection = await asyncpg.connect(*args, **options)
        opened.append(connection)
        await connection.set_type_codec("uuid", encoder=str, decoder=str, schema="pg_catalog")

    try:
        # asyncpg leaves unheard errors behind when it is cancelled while connecting.
        await finish(connect())
    except BaseException:
        for connection in opened:
            connection.terminate()
        raise
    return opened[0]


async def _keep(connection: asyncpg.Connection) -> None:
    """Nothing to reset: no query changes the session, so the round trip after each one is saved."""
