"""A database that goes away and comes back below open pages: said in time, nothing lost, mended by itself."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import LIVE, Tabs
from tests.browser.thread import bubble, send
from tests.faults.installation import Breakable, production
from tests.journeys.waiting import until

AWAY = (
    "The inbox’s database is away. Texts that come in are kept and shown as soon as it is back. "
    "Keep writing; sending waits."
)
BACK = "Everything is back. You are up to date."
REFUSED = "The inbox cannot reach its database at the moment. Please try again. Your text is back in the box."
# What the browser and htmx say of a 503.
UNAVAILABLE = ("503 (Service Unavailable)", "Response Status Error Code 503", "htmx:responseError")

pytestmark = pytest.mark.timeout(180)  # a database and four processes are started for the first of them


@pytest.fixture(scope="module")
def _breakable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Breakable]:
    with production(tmp_path_factory.mktemp("away"), webs=1, through=("postgres",)) as running:
        yield running


@pytest.fixture
def breakable(_breakable: Breakable) -> Iterator[Breakable]:
    """One web process and one worker over a PostgreSQL that can be cut off, whole again after each test."""
    yield _breakable
    _breakable.restore()
    _breakable.close_browsers()


def banner(page: Page, words: str, *, seconds: float = 20) -> None:
    expect(page.locator("#net-banner")).to_have_text(words, timeout=seconds * 1000)


def test_an_open_page_says_so_holds_send_keeps_the_text_and_is_up_to_date_again(
    tabs: Tabs, breakable: Breakable
) -> None:
    candidate = newcomer(breakable)
    page = tabs.open(candidate.page, at=breakable)
    sockets = page.evaluate("window.sockets.length")
    tabs.expect_trouble(*UNAVAILABLE)
    tabs.expect_trouble("409 (Conflict)")
    page.locator("#body").press_sequentially("Patience")

    breakable.database.crash()
    breakable.text_in(candidate.number, "Meanwhile")

    banner(page, AWAY)
    expect(page.locator("[data-send]")).to_have_attribute("aria-disabled", "true")
    page.locator("#body").press_sequentially(" is kept")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#body")).to_have_value("Patience is kept")
    assert page.evaluate(LIVE) == 1

    breakable.database.start()
    back = time.monotonic()

    expect(bubble(page, "Meanwhile")).to_have_count(1, timeout=20_000)
    assert time.monotonic() - back < 15
    expect(page.locator("[data-send]")).to_have_attribute("aria-disabled", "false")
    banner(page, BACK)
    banner(page, "")
    assert page.evaluate("window.sockets.length") == sockets
    page.keyboard.press("Control+Enter")
    expect(page.locator("#composer-notice")).to_contain_text("A new message arrived while you were writing.")
    page.keyboard.press("Control+Enter")
    expect(bubble(page, "Patience is kept")).to_contain_text("Delivered")
    until(lambda: [text["body"] for text in breakable.sent_to(candidate.number)] == ["Patience is kept"])


def test_a_text_sent_before_anybody_noticed_is_back_in_the_box_with_the_reason(
    tabs: Tabs, breakable: Breakable
) -> None:
    candidate = newcomer(breakable)
    page = tabs.open(candidate.page, at=breakable)
    tabs.expect_trouble(*UNAVAILABLE)

    breakable.lines["postgres"].refuse()
    send(page, "Too late")

    expect(page.locator("#composer-notice")).to_have_text(REFUSED)
    expect(page.locator("#body")).to_have_value("Too late")
    expect(page.locator("#thread-scroll .msg--out")).to_have_count(0)


def test_a_page_opened_meanwhile_says_so_and_opens_by_itself(tabs: Tabs, breakable: Breakable) -> None:
    candidate = newcomer(breakable)
    context = tabs.context(at=breakable)
    tabs.expect_trouble(*UNAVAILABLE)
    breakable.lines["postgres"].refuse()
    page = context.new_page()
    page.goto(candidate.page)
    expect(page.get_by_role("heading")).to_have_text("Not available at the moment")
    expect(page.get_by_text("This page opens by itself as soon as the inbox is back.")).to_be_visible()
    breakable.text_in(candidate.number, "Meanwhile")

    breakable.lines["postgres"].restore()

    expect(bubble(page, "Meanwhile")).to_have_count(1, timeout=20_000)
    assert page.url.endswith(candidate.page)
