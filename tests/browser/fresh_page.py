"""The judge of every fault: a page that went through one shows what the same address shows to who opens it now."""

import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.browser.tabs import until_live

SHOWN = Path(__file__).with_suffix(".js").read_text()
WATCH_FETCHES = """
  window.fetched = [];
  new PerformanceObserver((list) => window.fetched.push(...list.getEntries().map(({ name }) => name)))
    .observe({ type: 'resource' });
  window.told = [];
  document.addEventListener('htmx:wsBeforeMessage', ({ detail }) => {
    if (detail.message.startsWith('{"t":"re')) window.told.push(JSON.parse(detail.message).slot);
  });
"""
WRITTEN = ("draft", "segments")
"""What only the browser it was typed in knows."""


def shown(page: Page) -> dict[str, Any]:
    """What a page shows, with the rows that waited for a free hand in their places."""
    found: dict[str, Any] = page.evaluate(SHOWN)
    return found


def differences(lived: dict[str, Any], fresh: dict[str, Any]) -> list[str]:
    """What a page that lived through something shows differently from a fresh one; a line for each.

    It may show more: rows and messages that a fresh page would have to load.
    """
    lived, fresh = dict(lived), dict(fresh)
    if fresh["more"]:
        rows = min(len(lived["rows"]), len(fresh["rows"]))
        lived["rows"], fresh["rows"], lived["more"] = lived["rows"][:rows], fresh["rows"][:rows], True
    if fresh["earlier"]:
        lived["messages"], lived["earlier"] = lived["messages"][-len(fresh["messages"]) :], True
    return [f"{part}: {_first(lived[part], fresh[part])}" for part in fresh if lived[part] != fresh[part]]


def _first(lived: Any, fresh: Any) -> str:
    """Where two values part."""
    if not isinstance(lived, list):
        return f"{lived!r} instead of {fresh!r}"
    for number, (one, other) in enumerate(zip(lived, fresh, strict=False)):
        if one != other:
            return f"{len(lived)} instead of {len(fresh)}, number {number} is {one!r} instead of {other!r}"
    return f"{len(lived)} instead of {len(fresh)}"


def assert_same(page: Page, fresh: Page, *, seconds: float = 20.0, but: tuple[str, ...] = ()) -> None:
    """Wait until both show the same, but for the parts named; fails after so many seconds with what differs."""
    deadline = time.monotonic() + seconds
    while found := [line for line in differences(shown(page), shown(fresh)) if not line.startswith(but)]:
        assert time.monotonic() < deadline, "\n".join(found)
        page.wait_for_timeout(20)


def assert_as_fresh(page: Page, *, seconds: float = 20.0) -> None:
    """Open the page's address in another tab of its browser, and wait until both show the same."""
    fresh = page.context.new_page()
    try:
        fresh.goto(page.url)
        until_live(fresh)
        assert_same(page, fresh, seconds=seconds)
    finally:
        fresh.close()


def watch_fetches(page: Page) -> None:
    """Note from now on what the page fetches, and of which panes it is told to."""
    page.evaluate(WATCH_FETCHES)


def refetched(page: Page) -> list[str]:
    """The panes and pages that it has fetched since then."""
    fetched: list[str] = page.evaluate("window.fetched")
    return [address for address in fetched if "/inbox" in address and not address.endswith(("/read", "/messages"))]
