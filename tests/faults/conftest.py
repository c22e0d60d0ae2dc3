"""Installations to break; they end with these tests, as processes that nobody asks anything still take time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.caller import Caller
from tests.faults.installation import Breakable, embedded, production
from tests.figures import Figure
from tests.messaging.scene import scene  # noqa: F401 - the organisation that texts, without processes

__all__ = ["Figure"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test with an installation waits until all of its processes have started."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(150 if item.get_closest_marker("long") is None else 1800))


@pytest.fixture(scope="package")
def _production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    folder = tmp_path_factory.mktemp("production")
    with production(folder, workers=2, through=("postgres", "redis", "twilio")) as installation:
        yield installation


@pytest.fixture
def installation(_production: Breakable) -> Iterator[Breakable]:
    """Two web processes and two workers over a PostgreSQL and a Redis of their own, whole again after each test."""
    yield _production
    _production.restore()
    _production.close_browsers()


@pytest.fixture(scope="package")
def twilio(_production: Breakable) -> Iterator[Caller]:
    """Twilio's calls to the installation, made by hand."""
    caller = Caller(_production)
    yield caller
    caller.close()


@pytest.fixture(scope="package")
def _embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    with embedded(tmp_path_factory.mktemp("embedded")) as installation:
        yield installation


@pytest.fixture
def small(_embedded: Breakable) -> Iterator[Breakable]:
    """One process on SQLite that works as well, whole again after each test."""
    yield _embedded
    _embedded.restore()
    _embedded.close_browsers()
