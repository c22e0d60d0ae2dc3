"""Packets get lost, the line is slow or dead: a page is late, and in the end it shows what a fresh page shows."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.candidates import Candidate, newcomer
from tests.browser.conftest import QUIET
from tests.browser.fresh_page import WRITTEN, assert_same
from tests.browser.network import ADDRESS, Network
from tests.browser.server import Server
from tests.browser.tabs import BROKEN_LINE, Tabs
from tests.browser.thread import bubble
from tests.browser.traffic import happen
from tests.figures import Figure
from tests.journeys.waiting import until
from tests.services import chromium_path

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

TEXTS = 40
NOTE_ARRIVALS = """
  window.arrivals = {};
  new MutationObserver(() => {
    for (const { textContent } of document.querySelectorAll('#thread-scroll [data-text]')) {
      window.arrivals[textContent] ??= Date.now();
    }
  }).observe(document.querySelector('#thread-scroll'), { childList: true, subtree: true });
"""


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    built = Network()
    yield built
    built.close()


@pytest.fixture(scope="module")
def far_server(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("far"), host=ADDRESS)
    yield running
    running.close()


@pytest.fixture
def far_tabs(
    browser: Browser, network: Network, far_server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tabs]:
    """Tabs of a browser inside the network."""
    yield from tabs_of(browser, far_server, network.browser(tmp_path_factory.mktemp("browser")))


@pytest.fixture
def near_tabs(browser: Browser, far_server: Server) -> Iterator[Tabs]:
    """Tabs of a browser that has a good line to the same server."""
    yield from tabs_of(browser, far_server, Path(chromium_path()))


def tabs_of(browser: Browser, server: Server, program: Path) -> Iterator[Tabs]:
    """Tabs of another browser, to which the server is as good as one that speaks HTTPS."""
    trusting = f"--unsafely-treat-insecure-origin-as-secure={server.url}"
    other = browser.browser_type.launch(executable_path=program, args=[*QUIET, trusting])
    tabs = Tabs(other, server.ways)
    tabs.expect_trouble(*BROKEN_LINE)
    yield tabs
    tabs.close()
    other.close()


@pytest.fixture
def crowd(far_server: Server) -> Iterator[list[Candidate]]:
    yield [newcomer(far_server.ways, f"I am number {number}") for number in range(3)]
    far_server.ways.close_browsers()


@pytest.mark.parametrize("percent", [1, 5, 20])
def test_lost_packets_make_a_page_late_and_nothing_else(
    far_tabs: Tabs,
    near_tabs: Tabs,
    network: Network,
    far_server: Server,
    crowd: list[Candidate],
    figure: Figure,
    percent: int,
) -> None:
    page = typed(far_tabs, crowd[0])
    with network.losing(percent):
        late = arrivals(page, far_server, crowd[0])
        happen(far_server.ways, crowd, events=20, seed=percent)
        assert_same(page, near_tabs.open(crowd[0].page), seconds=90, but=WRITTEN)

    figure(f"from a text to its bubble with {percent} % of the packets lost (ms, p50 and p99)", percentiles(late))
    expect(page.locator("#body")).to_have_value("Half a sentence")


def test_a_slow_line_makes_a_page_late_and_nothing_else(
    far_tabs: Tabs, near_tabs: Tabs, network: Network, far_server: Server, crowd: list[Candidate], figure: Figure
) -> None:
    page = typed(far_tabs, crowd[0])
    with network.slow("1mbit"):
        late = arrivals(page, far_server, crowd[0])
        happen(far_server.ways, crowd, events=20, seed=30)
        assert_same(page, near_tabs.open(crowd[0].page), seconds=90, but=WRITTEN)

    figure("from a text to its bubble over 1 Mbit/s (ms, p50 and p99)", percentiles(late))
    expect(page.locator("#body")).to_have_value("Half a sentence")


def test_a_line_that_is_dead_for_a_minute_is_noticed_on_both_sides(
    far_tabs: Tabs, near_tabs: Tabs, network: Network, far_server: Server, crowd: list[Candidate], figure: Figure
) -> None:
    until(lambda: far_server.sockets() == 0)
    page = typed(far_tabs, crowd[0])
    page.evaluate(
        "window.downAt = null; document.addEventListener('inbox:down', () => { window.downAt ??= Date.now(); })"
    )
    with network.losing(100):
        began = time.time()
        happen(far_server.ways, crowd, events=20, seed=31)
        until(lambda: far_server.sockets() == 0, seconds=45)
        figure("a dead network noticed by the server after (s)", round(time.time() - began, 1))
        noticed = float(until(lambda: page.evaluate("window.downAt"), seconds=45)) / 1000 - began
        figure("a dead network noticed by the page after (s)", round(noticed, 1))
        assert noticed < 45
    back = time.time()

    assert_same(page, near_tabs.open(crowd[0].page), seconds=30, but=WRITTEN)
    figure("catch-up after a network that was dead without a word (s)", round(time.time() - back, 1))
    expect(page.locator("#body")).to_have_value("Half a sentence")


def typed(tabs: Tabs, candidate: Candidate) -> Page:
    """A page of this candidate with half a sentence in its box."""
    page = tabs.open(candidate.page)
    page.locator("#body").press_sequentially("Half a sentence")
    return page


def arrivals(page: Page, server: Server, candidate: Candidate) -> list[float]:
    """Milliseconds from a text until it stands on the page, for many texts in a row; the shortest first."""
    page.evaluate(NOTE_ARRIVALS)
    sent: dict[str, float] = {}
    for number in range(TEXTS):
        words = f"Number {number}."
        sent[words] = time.time()
        server.ways.text_in(candidate.number, words)
    expect(bubble(page, f"Number {TEXTS - 1}.")).to_have_count(1, timeout=90_000)
    arrived: dict[str, int] = page.evaluate("window.arrivals")
    return sorted(arrived[words] - 1000 * at for words, at in sent.items())


def percentiles(late: list[float]) -> str:
    """The middle one and the last but the hundredth part."""
    return f"{late[len(late) // 2]:.0f}, {late[-1 - len(late) // 100]:.0f}"
