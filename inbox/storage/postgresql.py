"""PostgreSQL for `databases`: pool sizes, time limits and UUIDs as text."""

import asyncio
from typing import Any

import asyncpg
from databases.backends.postgres import PostgresBackend, PostgresConnection
from sqlalchemy.sql import ClauseElement

from inbox.storage.rows import unnamed_types
from inbox.storage.statements import translate

_ACQUIRE_SECONDS = 10.0
_COMMAND_SECONDS = 10.0
_SERVER_SETTINGS = {
    "application_name": "inbox",
    # The server gives up before we do (_COMMAND_SECONDS), so that the connection stays usable.
    "statement_timeout": "5000",
    "idle_in_transaction_session_timeout": "15000",
}


class PostgresqlBackend(PostgresBackend):
    """What `databases` opens for postgresql:// URLs; `?min_size=` and `?max_size=` set the pool (1 to 10)."""

    def _get_connection_kwargs(self) -> dict[str, Any]:
        options = self._database_url.options
        kwargs = {
            "min_size": 1,
            "max_size": 10,
            "command_timeout": _COMMAND_SECONDS,
            "server_settings": _SERVER_SETTINGS,
            "init": _prepare,
            "reset": _keep,
            **super()._get_connection_kwargs(),
        }
        if "sslmode" in options:  # libpq's word, which hosting companies write
            kwargs["ssl"] = options["sslmode"]
        return kwargs

    def connection(self) -> "PostgresqlConnection":
        return PostgresqlConnection(self, self._dialect)


class PostgresqlConnection(PostgresConnection):
    """One connection as `databases` sees it."""

    async def acquire(self) -> None:
        async with asyncio.timeout(_ACQUIRE_SECONDS):
            await super().acquire()

    async def fetch_all(self, query: ClauseElement) -> list[Any]:
        statement = translate(query, self._dialect)
        records = await self.raw_connection.fetch(statement.text, *statement.args)
        if not records:
            return []
        shape = statement.shape or unnamed_types(list(records[0].keys()))
        return [shape.row(record) for record in records]

    async def fetch_one(self, query: ClauseElement) -> Any:
        statement = translate(query, self._dialect)
        record = await self.raw_connection.fetchrow(statement.text, *statement.args)
        if record is None:
            return None
        return (statement.shape or unnamed_types(list(record.keys()))).row(record)

    async def execute(self, query: ClauseElement) -> Any:
        """The first column of the first row, if the statement returns any."""
        return await self.fetch_val(query)

    async def execute_many(self, queries: list[ClauseElement]) -> None:
        for query in queries:
            await self.execute(query)

    def discard(self) -> None:
        """Drop the connection without a word to the server, which then rolls back."""
        if self._connection is not None:
            self._connection.terminate()


async def _prepare(connection: asyncpg.Connection) -> None:
    await connection.set_type_codec("uuid", encoder=str, decoder=str, schema="pg_catalog")


async def _keep(connection: asyncpg.Connection) -> None:
    """Nothing to reset: no query changes the session, so the round trip after each one is saved."""
