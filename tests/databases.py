"""A migrated database for each test, on SQLite and on PostgreSQL; both are copies of one made at the start."""

import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from inbox.storage import migrate
from inbox.storage.database import Database
from tests import services


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """URL of a migrated, empty database of this test alone; the test runs once on each kind."""
    return str(request.getfixturevalue(f"{request.param}_url"))


@pytest.fixture
async def database(database_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """A connected database, once of each kind."""
    async with Database(database_url) as connected:
        yield connected


@pytest.fixture
def sqlite_url(tmp_path: Path, _migrated_sqlite: Path) -> str:
    """URL of a migrated SQLite database of this test alone."""
    path = shutil.copy(_migrated_sqlite, tmp_path / "inbox.db")
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(_migrated_postgresql: str) -> Iterator[str]:
    """URL of a migrated PostgreSQL database of this test alone."""
    name = f"inbox_test_{uuid.uuid4().hex[:12]}"
    _tell_postgresql(f"CREATE DATABASE {name} TEMPLATE {_migrated_postgresql}")
    try:
        yield _on_server(name)
    finally:
        _tell_postgresql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("migrated") / "inbox.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def _migrated_postgresql() -> Iterator[str]:
    with services.fresh_postgres_database() as url:
        migrate.upgrade(url)
        yield urlsplit(url).path.removeprefix("/")


def _on_server(name: str) -> str:
    return urlsplit(services.postgres_url())._replace(path=f"/{name}").geturl()


def _tell_postgresql(statement: str) -> None:
    with psycopg.connect(services.postgres_url(), autocommit=True) as connection:
        connection.execute(statement.encode())
