"""A line that breaks, falls silent, is closed or slept through: said in time, mended without loss, once."""

import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.candidates import newcomer
from tests.browser.lines import through_us
from tests.browser.server import Server
from tests.browser.tabs import BROKEN_LINE, LIVE, Tabs, until_live
from tests.browser.thread import bubble
from tests.journeys.installation import Installation
from tests.journeys.waiting import until

LOST = "Connection lost. Trying again… Keep writing; sending waits."
BACK = "Connected. You are up to date."
SIGNED_OUT = "You were signed out. Your drafts are still on this computer."


def stays_empty(page: Page, selector: str, *, until: float) -> bool:
    """Whether nothing stands there at any moment before `until` (time.monotonic)."""
    while time.monotonic() < until:
        if page.locator(selector).inner_text():
            return False
    return True


def test_a_server_that_is_away_for_ten_seconds_is_told_of_and_costs_nothing(
    tabs: Tabs, server: Server, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    tabs.expect_trouble(*BROKEN_LINE)
    page.locator("#body").press_sequentially("Patience")

    server.stop()
    gone = time.monotonic()

    assert stays_empty(page, "#net-banner", until=gone + 1.5)
    expect(page.locator("#net-banner")).to_have_text(LOST, timeout=1000 * (gone + 5 - time.monotonic()))
    expect(page.locator("[data-send]")).to_have_attribute("aria-disabled", "true")
    expect(page.locator("[data-waits]")).to_have_text("Sending waits.")
    page.locator("#body").press_sequentially(" is kept")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#body")).to_have_value("Patience is kept")
    expect(page.locator("#thread-scroll .msg--out")).to_have_count(0)
    until(lambda: time.monotonic() > gone + 8)
    server.start()
    for number in range(3):
        installation.text_in(candidate.number, f"Missed {number}")

    expect(page.locator("#net-banner")).to_have_text(BACK, timeout=20_000)
    for number in range(3):
        expect(bubble(page, f"Missed {number}")).to_have_count(1)
    expect(page.locator("[data-send]")).to_have_attribute("aria-disabled", "false")
    expect(page.locator("[data-waits]")).to_be_hidden()
    expect(page.locator("#body")).to_have_value("Patience is kept")
    expect(page.locator("#net-banner")).to_have_text("", timeout=6000)
    until_live(page)
    assert texts(page) == ["Hello", "Missed 0", "Missed 1", "Missed 2"]


def test_a_line_that_falls_silent_is_told_of_and_mended(tabs: Tabs, server: Server, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open("/login", who=None)
    tabs.sign_in(page.context, "jo@demo.test")
    page.clock.install()
    page.goto(candidate.page)
    until_live(page)
    tabs.expect_trouble(*BROKEN_LINE)

    with server.frozen():
        page.clock.fast_forward(60_000)
        expect(page.locator("#net-banner")).to_have_text(LOST, timeout=10_000)
        expect(page.locator("[data-send]")).to_have_attribute("aria-disabled", "true")
    installation.text_in(candidate.number, "Are you back?")

    expect(bubble(page, "Are you back?")).to_have_count(1, timeout=20_000)
    expect(page.locator("[data-send]")).to_have_attribute("aria-disabled", "false")
    until(lambda: page.evaluate(LIVE) == 1)


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1011, 1012, 1013])
def test_a_socket_that_is_closed_comes_back_where_it_was(tabs: Tabs, installation: Installation, code: int) -> None:
    candidate = newcomer(installation)
    page = tabs.context().new_page()
    lines = through_us(page)
    page.goto(candidate.page)
    until_live(page)

    lines[0].close(code=code)
    installation.text_in(candidate.number, f"After {code}")

    expect(bubble(page, f"After {code}")).to_have_count(1)
    assert len(lines) == 2
    for slot in ("list=", "thread=", "counts="):
        assert slot in lines[1].url
    expect(page.locator(f"#conv-{candidate.conversation} .conv__text")).to_have_text(f"After {code}")


def test_a_socket_that_is_refused_stops_and_says_so(tabs: Tabs) -> None:
    page = tabs.context().new_page()
    lines = through_us(page)
    page.goto("/inbox")
    until_live(page)

    lines[0].close(code=4403)

    expect(page.locator("#net-banner")).to_have_text("Live updates stopped. Reload the page to see new messages.")
    assert len(lines) == 1


def test_a_page_that_floods_the_socket_is_cut_off_and_comes_back(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)

    page.evaluate("for (let number = 0; number < 150; number += 1) sockets[0].send('{}')")

    until(lambda: page.evaluate("sockets.length") == 2 and page.evaluate(LIVE) == 1)
    installation.text_in(candidate.number, "Still here")
    expect(bubble(page, "Still here")).to_have_count(1)


def test_signing_out_in_another_tab_leads_to_the_sign_in_page_and_back_to_the_same_view(
    tabs: Tabs, installation: Installation
) -> None:
    context = tabs.context(who=None)
    page = context.new_page()
    page.goto("/inbox?tab=shared&unread=1")
    sign_in(page)
    page.wait_for_url("**/inbox?tab=shared&unread=1")
    until_live(page)
    other = context.new_page()
    other.goto("/candidates")

    other.get_by_text("Account", exact=True).click()
    other.get_by_role("button", name="Sign out").click()

    expect(other.get_by_role("status")).to_contain_text(SIGNED_OUT)
    assert "next" not in other.url
    page.wait_for_url("**/login?next=%2Finbox%3Ftab%3Dshared%26unread%3D1*")
    expect(page.get_by_role("status")).to_contain_text(SIGNED_OUT)
    sign_in(page)
    page.wait_for_url("**/inbox?tab=shared&unread=1")
    expect(page.locator("#unread")).to_be_checked()


def test_coming_back_from_another_page_leaves_exactly_one_socket(
    tabs: Tabs, server: Server, installation: Installation
) -> None:
    candidate = newcomer(installation)
    until(lambda: server.sockets() == 0)
    page = tabs.open(candidate.page)
    page.goto("/sandbox/phones")
    until(lambda: server.sockets() == 0)
    installation.text_in(candidate.number, "While you were away")

    page.go_back()

    expect(bubble(page, "While you were away")).to_have_count(1, timeout=2000)
    until_live(page)
    assert server.sockets() == 1
    installation.text_in(candidate.number, "Now you are here")
    expect(bubble(page, "Now you are here")).to_have_count(1)


def test_walking_through_the_inbox_keeps_its_one_socket(tabs: Tabs, server: Server, installation: Installation) -> None:
    one, other = newcomer(installation), newcomer(installation)
    page = tabs.open("/inbox?tab=shared")

    for candidate in (one, other, one):
        page.locator(f"#conv-{candidate.conversation}-link").click()
        expect(page.locator("#thread")).to_have_attribute("data-conv", candidate.conversation)
    page.locator("#tab-mine").click()
    page.wait_for_url(lambda url: one.conversation in url and "tab=" not in url)
    page.go_back()
    page.go_back()
    expect(page.locator("#thread")).to_have_attribute("data-conv", other.conversation)

    installation.text_in(other.number, "Found you")
    expect(bubble(page, "Found you")).to_have_count(1)
    assert page.evaluate("sockets.length") == 1
    assert server.sockets() == 1


def sign_in(page: Page) -> None:
    """Fill in the sign-in page."""
    page.fill("#email", "jo@demo.test")
    page.fill("#password", "demo-inbox")
    page.keyboard.press("Enter")


def texts(page: Page) -> list[str]:
    """The words of the thread."""
    return page.locator("#thread-scroll [data-text]").all_inner_texts()
