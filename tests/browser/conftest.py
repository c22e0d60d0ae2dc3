"""One browser and one installation for all of these tests; each test gets tabs without memory."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from tests import services
from tests.browser.server import Server
from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation

QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")
# Playwright switches it off, people have it.
KEPT = ("--disable-back-forward-cache",)


# Not for the session: as long as Playwright runs, its event loop runs too, and the async tests need one of their own.
@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with playwright.chromium.launch(executable_path=services.chromium_path(), args=list(QUIET)) as chromium:
        yield chromium


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("browser"))
    yield running
    running.close()


@pytest.fixture
def installation(server: Server) -> Iterator[Installation]:
    """The ways into the installation, without a browser."""
    yield server.ways
    server.ways.close_browsers()


@pytest.fixture
def tabs(browser: Browser, installation: Installation) -> Iterator[Tabs]:
    """Open a page with `tabs.open("/inbox")`."""
    opened = Tabs(browser, installation)
    yield opened
    opened.close()


@pytest.fixture
def whole_tabs(playwright: Playwright, installation: Installation) -> Iterator[Tabs]:
    """Tabs of a browser with all that people have, as a cache of whole pages."""
    program = services.whole_chromium_path()
    with playwright.chromium.launch(
        executable_path=program, args=list(QUIET), ignore_default_args=list(KEPT)
    ) as chromium:
        opened = Tabs(chromium, installation)
        yield opened
        opened.close()
