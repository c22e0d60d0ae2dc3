"""Inboxes of many conversations, each in a database of its own, served in this process and asked without a network."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from starlette.applications import Starlette

from inbox import clock, demo, seeding
from inbox.accounts import sessions, users
from inbox.app import create_app
from inbox.messaging.conditions import OPEN
from inbox.messaging.places import key_of
from inbox.storage import migrate
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import conversations
from inbox.storage.vault import Vault
from tests import services
from tests.messaging.scene import KEY
from tests.web.house import settings

PAGE = 40
MESSAGES_EACH = 10


@dataclass
class Store:
    """An inbox of so many conversations, served in this process."""

    url: str
    app: Starlette
    cookie: str
    keys: Mapping[str, str]

    async def get(self, path: str) -> float:
        """Seconds from the request to the last byte of the answer, without a network."""
        path, _, query = path.format(**self.keys).partition("?")
        scope = {
            **{"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "https"},
            **{"path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": ""},
            **{"client": ("127.0.0.1", 1), "server": ("inbox.example.com", 443), "state": {}},
            "headers": [(b"host", b"inbox.example.com"), (b"cookie", f"__Host-session={self.cookie}".encode())],
        }
        statuses = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        began = time.perf_counter()
        await self.app(scope, receive, send)
        seconds = time.perf_counter() - began
        if statuses != [200]:
            raise RuntimeError(f"{path}?{query}: {statuses}")
        return seconds


@contextmanager
def seeded(kind: str, size: int) -> Iterator[str]:
    """URL of a database with so many conversations, dropped at the end."""
    with services.fresh_postgres_database() as fresh, tempfile.TemporaryDirectory() as folder:
        url = fresh if kind == "postgresql" else f"sqlite:///{folder}/inbox.db"
        fill(url, size)
        yield url


def fill(url: str, size: int) -> None:
    """Make the demo organisation in an empty database, with so many conversations."""
    migrate.upgrade(url)

    async def make() -> int:
        async with Database(url) as database:
            return (await demo.create(database, Vault([KEY]))).id

    seeding.fill(url, asyncio.run(make()), conversations=size, messages=MESSAGES_EACH * size)


@asynccontextmanager
async def served(url: str) -> AsyncIterator[Store]:
    """The application over a database that was filled, with Jo signed in."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings(url, Path(folder)), works=False)
        async with app.router.lifespan_context(app):
            database: Database = app.state.database
            jo = await users.by_email(database, "jo@demo.test")
            if jo is None:
                raise LookupError("the database was not filled")
            tenant = Tenant(database, jo.organisation_id)
            yield Store(url, app, await sessions.start(tenant, jo.id), await _keys(tenant))


async def _keys(tenant: Tenant) -> dict[str, str]:
    """Where further pages begin, and the longest thread among the first two thousand."""
    keys = {"earlier": key_of(clock.now(), new_id())}
    for name, page in (("second", 1), ("fiftieth", 49), ("deep", 999)):
        keys[name] = await _end_of(tenant, page)
    longest = await tenant.fetch_one(
        "select conversation_id, candidate_id"
        " from (select conversation_id, words from search_documents order by id limit 2000) as d"
        " join conversations c on c.organisation_id = :organisation and c.id = d.conversation_id"
        " order by length(words) desc limit 1",
        {"organisation": tenant.organisation_id},
    )
    if longest is None:
        raise LookupError("there is no conversation")
    return keys | {"long": str(longest[0]), "candidate": str(longest[1])}


async def _end_of(tenant: Tenant, page: int) -> str:
    """The key of the last row of this page of open conversations, of the middle one where there are fewer pages."""
    open_ones = await tenant.fetch_val(select(func.count()).select_from(conversations).where(_is_open(tenant)))
    rows = PAGE * page if PAGE * page < open_ones else open_ones // 2
    listed = (
        select(conversations.c.last_message_at, conversations.c.id)
        .where(_is_open(tenant))
        .order_by(conversations.c.last_message_at.desc(), conversations.c.id.desc())
        .limit(rows)
        .subquery()
    )
    last = await tenant.fetch_one(select(listed).order_by(listed.c.last_message_at, listed.c.id).limit(1))
    if last is None:
        raise LookupError("there are too few conversations")
    return key_of(last.last_message_at, last.id)


def _is_open(tenant: Tenant) -> ColumnElement[bool]:
    return and_(conversations.c.organisation_id == tenant.organisation_id, OPEN)
