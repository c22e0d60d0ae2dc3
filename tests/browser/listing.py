"""The list of conversations as it stands on the page."""

import time
from typing import Any

from playwright.sync_api import Page

from tests.journeys.waiting import until

ROWS = "[...document.querySelectorAll('#conv-list > .conv')].map((row) => row.id.slice(5))"
PLACES = (
    """[...document.querySelectorAll('#conv-list > .conv')].map((row) => [row.id, row.getBoundingClientRect().top])"""
)
WAIT_FOR_TOP = """(id) => {
  window.onTopAt = null;
  const look = () => {
    if (document.querySelector('#conv-list > .conv')?.id === `conv-${id}`) window.onTopAt ??= Date.now();
  };
  new MutationObserver(look).observe(document.querySelector('#convs'), { childList: true, subtree: true });
}"""


def rows(page: Page) -> list[str]:
    """The conversations, from the top."""
    listed: list[str] = page.evaluate(ROWS)
    return listed


def places(page: Page) -> list[Any]:
    """Each row with its distance from the top of the window in pixels."""
    found: list[Any] = page.evaluate(PLACES)
    return found


def shown(page: Page) -> tuple[list[str], str]:
    """Everything the list says: the words of its rows in their order, and its number of conversations."""
    return page.locator("#conv-list > .conv").all_inner_texts(), page.locator("#convs-total").inner_text()


def watch_top(page: Page, conversation: str) -> None:
    """Note from now on when this conversation comes to the top."""
    page.evaluate(WAIT_FOR_TOP, conversation)


def seconds_to_top(page: Page, since: float) -> float:
    """How long after the moment `since` (seconds of the epoch) the watched conversation was on top."""
    return float(until(lambda: page.evaluate("window.onTopAt"))) / 1000 - since


def now() -> float:
    """The moment on the clock that the browser reads as well."""
    return time.time()


def cursor(page: Page) -> str:
    """How far in the log of events the list stands."""
    return str(page.locator("#conv-list").get_attribute("data-cursor"))


def until_told(page: Page, before: str) -> None:
    """Wait until the list has been told of something since the cursor `before`."""
    until(lambda: cursor(page) != before)
