"""The limit of ingest: a bare Starlette handler with one insert of the body, and nothing else.

BARE_DATABASE=postgresql://... uvicorn bench.bare_ingest:app
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiosqlite
import asyncpg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

DATABASE = os.environ.get("BARE_DATABASE", "")
_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response />'
_TABLE = "create table if not exists texts (id {}, body text not null)"


async def _into_postgresql(request: Request) -> Response:
    body = (await request.body()).decode()
    async with request.app.state.pool.acquire() as connection:
        await connection.execute("insert into texts (body) values ($1)", body)
    return Response(_TWIML, media_type="text/xml")


async def _into_sqlite(request: Request) -> Response:
    body = (await request.body()).decode()
    await request.app.state.connection.execute("insert into texts (body) values (?)", (body,))
    return Response(_TWIML, media_type="text/xml")


@asynccontextmanager
async def _postgresql(app: Starlette) -> AsyncIterator[None]:
    async with asyncpg.create_pool(DATABASE, min_size=10, max_size=10) as pool:
        await pool.execute(_TABLE.format("bigserial primary key"))
        app.state.pool = pool
        yield


@asynccontextmanager
async def _sqlite(app: Starlette) -> AsyncIterator[None]:
    async with aiosqlite.connect(DATABASE.removeprefix("sqlite:///"), isolation_level=None) as connection:
        for pragma in ("journal_mode=wal", "synchronous=full"):
            await connection.execute(f"pragma {pragma}")
        await connection.execute(_TABLE.format("integer primary key"))
        app.state.connection = connection
        yield


_is_sqlite = DATABASE.startswith("sqlite")
app = Starlette(
    routes=[
        Route("/healthz", lambda request: Response("ok")),
        Route("/hooks/twilio/{token}/message", _into_sqlite if _is_sqlite else _into_postgresql, methods=["POST"]),
    ],
    lifespan=_sqlite if _is_sqlite else _postgresql,
)
