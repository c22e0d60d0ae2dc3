"""The first page with nothing in the cache: light, and all of it from here."""

from urllib.parse import urlsplit

from playwright.sync_api import Request

from tests.browser.tabs import Tabs, until_live
from tests.journeys.installation import Installation

WEIGHTS = """Object.fromEntries(
  performance.getEntriesByType('resource').map(({ name, transferSize }) => [name, transferSize]))"""
MOST = 100_000  # bytes over the wire


def test_the_first_inbox_page_weighs_at_most_a_hundred_kilobytes_and_asks_nobody_else(
    tabs: Tabs, installation: Installation
) -> None:
    page = tabs.context().new_page()
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    page.on("request", note)

    page.goto("/inbox?tab=shared", wait_until="networkidle")
    until_live(page)

    hosts = {urlsplit(request.url).netloc for request in asked}
    weight = {urlsplit(request.url).path: request.sizes()["responseBodySize"] for request in asked}
    assert hosts == {urlsplit(installation.url).netloc}
    assert {"/inbox"} < set(weight)
    assert sum(weight.values()) <= MOST, weight


def test_the_next_page_fetches_no_style_and_no_script_again(tabs: Tabs) -> None:
    page = tabs.open("/inbox?tab=shared")

    page.goto("/candidates", wait_until="networkidle")

    weights = page.evaluate(WEIGHTS)
    assert {name.rpartition(".")[2] for name in weights if "/static/app." in name} == {"css", "js"}
    assert all(weight == 0 for name, weight in weights.items() if "/static/app." in name)
