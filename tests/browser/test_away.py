"""A browser whose line was gone, or that slept, misses nothing: it shows what a fresh page shows, without a reload."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.candidates import Candidate, newcomer
from tests.browser.fresh_page import WRITTEN, assert_as_fresh, assert_same, refetched, watch_fetches
from tests.browser.line import Line
from tests.browser.lines import Mischief
from tests.browser.server import Server
from tests.browser.tabs import BROKEN_LINE, LIVE, Tabs, until_live
from tests.browser.thread import bubble
from tests.browser.traffic import happen
from tests.figures import Figure
from tests.journeys.installation import ANA, Installation
from tests.journeys.waiting import until

AFTERWARDS = 3.0  # seconds


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    with Line(urlsplit(server.url).port or 0) as laid:
        yield laid


@pytest.fixture
def crowd(installation: Installation) -> list[Candidate]:
    return [newcomer(installation, f"I am number {number}") for number in range(3)]


def behind(line: Line, tabs: Tabs, path: str) -> Page:
    """A page that has only this line, and will say that it broke."""
    tabs.expect_trouble(*BROKEN_LINE)
    page = tabs.open(path, **line.options)
    page.evaluate("window.isTheSamePage = true")
    watch_fetches(page)
    return page


def unplug(page: Page, line: Line) -> None:
    """The network goes, and the browser is told so by its computer."""
    line.refuse()
    page.context.set_offline(True)


def plug_in(page: Page, line: Line) -> None:
    line.restore()
    page.context.set_offline(False)


@pytest.mark.parametrize("away", [0.0, pytest.param(30.0, marks=pytest.mark.long)])
@pytest.mark.timeout(180)
def test_a_browser_that_was_offline_shows_at_once_what_it_missed(
    tabs: Tabs, installation: Installation, line: Line, crowd: list[Candidate], away: float, figure: Figure
) -> None:
    page = behind(line, tabs, crowd[0].page)
    page.locator("#body").press_sequentially("Half a sentence")
    other = tabs.open(crowd[0].page, who=ANA)

    unplug(page, line)
    gone = time.monotonic()
    happen(installation, crowd, events=60, seed=1)
    page.locator("#body").press_sequentially(", and the rest")
    until(lambda: time.monotonic() > gone + away, seconds=away + 1)
    fresh = tabs.open(crowd[0].page)
    plug_in(page, line)
    back = time.monotonic()

    assert_same(page, fresh, seconds=AFTERWARDS, but=WRITTEN)
    took = time.monotonic() - back
    figure(f"catch-up after {max(away, back - gone):.0f} s offline (ms)", round(1000 * took))
    assert_as_fresh(page)
    expect(page.locator("#body")).to_have_value("Half a sentence, and the rest")
    assert page.evaluate("window.isTheSamePage")
    assert page.evaluate("window.told") == refetched(page) == []
    expect(other.locator("#body")).to_have_value("")


def test_a_browser_that_slept_until_its_place_was_thrown_away_fetches_each_pane_once(
    tabs: Tabs, browser: Browser, installation: Installation, server: Server, line: Line, crowd: list[Candidate]
) -> None:
    page = behind(line, tabs, crowd[0].page)
    page.locator("#body").press_sequentially("Half a sentence")

    with asleep(browser):
        line.refuse()
        happen(installation, crowd, events=30, seed=2)
        server.forget_events()
        line.restore()

    until(lambda: len(refetched(page)) == 3)
    assert_as_fresh(page)
    assert sorted(page.evaluate("window.told")) == ["counts", "list", "thread"]
    expect(page.locator("#body")).to_have_value("Half a sentence")
    installation.text_in(crowd[0].number, "Are you awake?")
    expect(bubble(page, "Are you awake?")).to_have_count(1)
    assert_as_fresh(page)
    assert len(refetched(page)) == len(page.evaluate("window.told")) == 3
    assert page.evaluate("window.isTheSamePage")
    assert page.evaluate(LIVE) == 1


def test_a_page_that_its_browser_froze_shows_what_it_missed_when_it_thaws(
    tabs: Tabs, installation: Installation, server: Server, crowd: list[Candidate]
) -> None:
    page = tabs.open(crowd[0].page)
    watch_fetches(page)
    lifecycle = page.context.new_cdp_session(page)

    lifecycle.send("Page.setWebLifecycleState", {"state": "frozen"})
    happen(installation, crowd, events=30, seed=3)
    lifecycle.send("Page.setWebLifecycleState", {"state": "active"})

    assert_as_fresh(page)
    assert page.evaluate("window.told") == refetched(page) == []
    assert page.evaluate("sockets.length") == 1


def test_a_tab_that_was_hidden_for_15_minutes_asks_again_even_if_its_socket_seems_fine(
    tabs: Tabs, installation: Installation, crowd: list[Candidate]
) -> None:
    page, mischief = slow_clock(tabs, crowd[0].page)
    hide(page)
    mischief.is_lost = True
    happen(installation, crowd, events=10, seed=4)
    fresh = tabs.open(crowd[0].page)

    jump(page, minutes=15)
    mischief.lines[0].send('{"t":"beat"}')
    mischief.is_lost = False
    show(page)

    assert_same(page, fresh, seconds=AFTERWARDS)
    assert page.evaluate("sockets.length") == 2


def test_a_short_look_elsewhere_leaves_the_socket_alone(tabs: Tabs, crowd: list[Candidate]) -> None:
    page, _ = slow_clock(tabs, crowd[0].page)

    hide(page)
    jump(page, minutes=0.4)
    show(page)

    assert page.evaluate("sockets.length") == 1


def test_a_line_that_is_dead_without_a_word_is_noticed_within_45_seconds(
    tabs: Tabs, installation: Installation, line: Line, crowd: list[Candidate]
) -> None:
    page = slow_clock(tabs, crowd[0].page, line)[0]
    page.locator("#body").press_sequentially("Half a sentence")
    line.strand()
    happen(installation, crowd, events=20, seed=5)
    fresh = tabs.open(crowd[0].page)

    page.clock.fast_forward(44_000)

    assert_same(page, fresh, but=WRITTEN)
    expect(page.locator("#body")).to_have_value("Half a sentence")


@pytest.mark.long
@pytest.mark.timeout(120)
def test_the_server_notices_a_dead_line_within_45_seconds(
    tabs: Tabs, server: Server, line: Line, crowd: list[Candidate], figure: Figure
) -> None:
    until(lambda: server.sockets() == 0)
    page = behind(line, tabs, crowd[0].page)
    assert server.sockets() == 1
    page.evaluate("window.WebSocket = class { addEventListener() {} close() {} }; null")  # it does not come back

    line.strand()
    began = time.monotonic()

    until(lambda: server.sockets() == 0, seconds=45)
    figure("a dead line noticed by the server after (s)", round(time.monotonic() - began, 1))


def test_another_network_is_taken_at_once_though_the_old_socket_seems_fine(
    tabs: Tabs, installation: Installation, line: Line, crowd: list[Candidate]
) -> None:
    page = behind(line, tabs, crowd[0].page)
    line.strand()
    happen(installation, crowd, events=20, seed=6)
    fresh = tabs.open(crowd[0].page)

    page.context.set_offline(True)
    page.context.set_offline(False)

    assert_same(page, fresh, seconds=AFTERWARDS)


def test_who_touches_the_page_does_not_wait_for_the_next_try(
    tabs: Tabs, installation: Installation, line: Line, crowd: list[Candidate]
) -> None:
    page = slow_clock(tabs, crowd[0].page, line)[0]
    line.refuse()
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 20)
    until(lambda: page.evaluate("sockets.at(-1).readyState === WebSocket.CLOSED"))
    installation.text_in(crowd[0].number, "Are you there?")
    line.restore()
    jump(page, minutes=0.05)

    page.locator("#body").press_sequentially("Y")

    expect(bubble(page, "Are you there?")).to_have_count(1, timeout=3000)


def test_a_frame_that_is_cut_in_its_middle_comes_again_and_whole(
    tabs: Tabs, installation: Installation, line: Line, crowd: list[Candidate]
) -> None:
    page = behind(line, tabs, crowd[0].page)

    for number in range(3):
        line.break_after = 100 + 7 * number
        installation.text_in(crowd[0].number, f"Cut {number}: " + "long " * 100)
        until(lambda: line.break_after is None)
        until_live(page)

    assert_as_fresh(page)
    assert [bubble(page, f"Cut {number}:").count() for number in range(3)] == [1] * 3
    assert page.evaluate("window.told") == []


def test_a_page_from_the_back_forward_cache_shows_what_happened_meanwhile(
    whole_tabs: Tabs, installation: Installation, line: Line, crowd: list[Candidate]
) -> None:
    line.lets_pages_be_kept = True
    page = behind(line, whole_tabs, crowd[0].page)
    page.locator("#body").press_sequentially("Half a sentence")
    page.goto("/sandbox/phones")
    happen(installation, crowd, events=30, seed=7)

    page.go_back(wait_until="commit")

    assert page.evaluate("window.isTheSamePage")
    assert_as_fresh(page, seconds=AFTERWARDS + 3)
    expect(page.locator("#body")).to_have_value("Half a sentence")
    assert page.evaluate(LIVE) == 1


def test_each_outage_costs_one_connection_however_often_the_page_is_told_of_it(
    tabs: Tabs, installation: Installation, line: Line, crowd: list[Candidate]
) -> None:
    page = slow_clock(tabs, crowd[0].page, line)[0]
    line.refuse()
    for _ in range(6):
        page.evaluate("dispatchEvent(new Event('online'))")
        until(lambda: page.evaluate("sockets.at(-1).readyState === WebSocket.CLOSED"))
    line.restore()
    page.clock.fast_forward(16_000)
    until_live(page)
    sockets = page.evaluate("sockets.length")

    page.clock.fast_forward(16_000)
    page.clock.fast_forward(16_000)
    installation.text_in(crowd[0].number, "Still the same line?")

    expect(bubble(page, "Still the same line?")).to_have_count(1)
    assert page.evaluate("sockets.length") == sockets


def slow_clock(tabs: Tabs, path: str, line: Line | None = None) -> tuple[Page, Mischief]:
    """A page, perhaps behind this line, whose clock and frames are in our hands."""
    tabs.expect_trouble(*BROKEN_LINE)
    page = tabs.context(**line.options if line else {}).new_page()
    mischief = Mischief(page, "", 0)
    page.clock.install()
    page.goto(path)
    until_live(page)
    return page, mischief


def jump(page: Page, *, minutes: float) -> None:
    """Time goes by, and no timer runs, as in a tab that nobody looks at."""
    page.clock.set_system_time(page.evaluate("Date.now()") / 1000 + 60 * minutes)


def hide(page: Page) -> None:
    """Another tab is in front."""
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def show(page: Page) -> None:
    """This tab is in front again."""
    page.evaluate("delete document.hidden")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@contextmanager
def asleep(browser: Browser) -> Iterator[None]:
    """The computer sleeps: no process of the browser does anything."""
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")
    processes = [process["id"] for process in found["processInfo"]]
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)
