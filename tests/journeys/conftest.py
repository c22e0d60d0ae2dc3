"""The two installations every journey is made in."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.journeys import installation as installations
from tests.journeys.installation import Installation

_MODES = {"embedded": installations.embedded, "production": installations.production}


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """The first journey in an installation waits until all of its processes have started."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(150))


@pytest.fixture(scope="package", params=list(_MODES))
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation for all journeys; each test brings candidates of its own."""
    with _MODES[request.param](tmp_path_factory.mktemp(request.param)) as installation:
        yield installation


@pytest.fixture
def installation(running: Installation) -> Iterator[Installation]:
    """The installation, with every browser of the test closed at its end."""
    yield running
    running.close_browsers()
