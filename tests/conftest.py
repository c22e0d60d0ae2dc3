"""What every test may ask for: the loop of anyio, a database of its own, a Redis."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.databases import (  # noqa: F401 - the fixtures of databases, with what they stand on
    _migrated_postgresql,
    _migrated_sqlite,
    database,
    database_url,
    postgresql_url,
    spared,
    sqlite_url,
    users_url,
)
from tests.figures import figure, pytest_configure, pytest_terminal_summary  # noqa: F401

HERE = Path(__file__).parent
gc.disable()  # until everything is imported, see pytest_collection_finish
HALVED = ("accounts", "automation", "hooks", "provisioning", "web")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--both-databases` runs the tests of the folders below on each kind of database, as all others are anyway."""
    parser.addoption("--both-databases", action="store_true")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run what stands over plain statements on one kind of database; a mark asks for both, as does the option."""
    if config.getoption("both_databases"):
        return
    left_out = spared(item for item in items if item.path.relative_to(HERE).parts[0] in HALVED)
    config.hook.pytest_deselected(items=list(left_out))
    items[:] = [item for item in items if item not in left_out]


def pytest_collection_finish() -> None:
    """Look for cycles seldom, and never among what was imported: it stays, and to look there takes long."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Async tests and fixtures run on asyncio over uvloop, as the product does."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture
def postgres_database() -> Iterator[str]:
    """URL of an empty PostgreSQL database that only this test sees."""
    with services.fresh_postgres_database() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> str:
    """URL of a running Redis that other runs may share: use names of your own in it."""
    return services.redis_url()
