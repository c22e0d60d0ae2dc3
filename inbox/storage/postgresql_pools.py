"""Pools of PostgreSQL connections: what each is told at its start, and whose rows it reaches so far."""

from typing import Any

import asyncpg

from inbox.storage.cancellation import finish
from inbox.storage.row_security import EVERYWHERE, SETTING

# A server that is frozen holds a request up for one of them and no longer.
_CONNECT_SECONDS = 5.0
_COMMAND_SECONDS = 6.0
_SERVER_SETTINGS = {
    "application_name": "inbox",
    # The server gives up before we do (_COMMAND_SECONDS), so that the connection stays usable.
    "statement_timeout": "5000",
    "idle_in_transaction_session_timeout": "15000",
}
NOBODY = object()
"""What a connection reaches that has not said anything: no row."""


async def opened(options: dict[str, Any], *, everywhere: bool) -> asyncpg.Pool:
    """A pool, of 1 to 10 connections unless `options` say otherwise, that reach every row at their start or none."""
    return await asyncpg.create_pool(
        **{"min_size": 1, "max_size": 10} | options,
        timeout=_CONNECT_SECONDS,
        command_timeout=_COMMAND_SECONDS,
        server_settings=_SERVER_SETTINGS | ({SETTING: EVERYWHERE} if everywhere else {}),
        connect=_connect,
        reset=_keep,
        connection_class=Session,
    )


class Session(asyncpg.Connection):  # type: ignore[misc]
    """A connection that knows whose rows it reaches outside of transactions: one organisation's, None for all."""

    __slots__ = ("said",)

    said: object


async def _connect(*args: Any, **options: Any) -> asyncpg.Connection:
    """Open a connection that takes and gives UUIDs as text."""
    opened: list[asyncpg.Connection] = []

    async def connect() -> None:
        connection = await asyncpg.connect(*args, **options)
        opened.append(connection)
        connection.said = None if SETTING in options["server_settings"] else NOBODY
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
