"""A house behind a line that can be cut and held, and the database beside it."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from inbox.storage.database import Database
from tests.faults.proxy import Proxy
from tests.web.house import House, opened


@pytest.fixture
def line(postgresql_url: str) -> Iterator[Proxy]:
    """The line between the application and PostgreSQL."""
    with Proxy(urlsplit(postgresql_url).port or 5432) as proxy:
        yield proxy


@pytest.fixture
async def far_house(postgresql_url: str, line: Proxy, tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    """The application behind that line."""
    parts = urlsplit(postgresql_url)
    through = parts._replace(netloc=f"{parts.username}@127.0.0.1:{line.port}").geturl()
    async with opened(through, tmp_path) as house:
        yield house
        line.restore()


@pytest.fixture
async def beside(postgresql_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """The same database, reached past the line."""
    async with Database(postgresql_url) as database:
        yield database


async def until(happens: Callable[[], Awaitable[object]], *, seconds: float = 20.0) -> None:
    """Wait until `happens` answers something true. Fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while not await happens():
        assert time.monotonic() < deadline, "it did not come about"
        await asyncio.sleep(0.05)
