"""What every test may ask for: the loop of anyio, a database of its own, a Redis."""

from collections.abc import Iterator

import pytest

from tests import services
from tests.databases import (  # noqa: F401 - the fixtures of databases, with what they stand on
    _migrated_postgresql,
    _migrated_sqlite,
    database,
    database_url,
    postgresql_url,
    sqlite_url,
)
from tests.figures import figure, pytest_terminal_summary  # noqa: F401


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--both-databases` runs the tests of pages on each kind of database, as all others are anyway."""
    parser.addoption("--both-databases", action="store_true")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests and fixtures run on asyncio, as the product does."""
    return "asyncio"


@pytest.fixture
def postgres_database() -> Iterator[str]:
    """URL of an empty PostgreSQL database that only this test sees."""
    with services.fresh_postgres_database() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> str:
    """URL of a running Redis that other runs may share: use names of your own in it."""
    return services.redis_url()
