"""Browser tabs in which nothing may go wrong: no error in the console, none thrown, none against the CSP."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from tests.journeys.installation import JO, Installation
from tests.journeys.waiting import until

WATCH = """
    window.sockets = [];
    window.WebSocket = class extends WebSocket {
      constructor(...address) {
        super(...address);
        window.sockets.push(this);
        this.addEventListener('message', () => (this.heard = true), { once: true });
      }
    };
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`CSP: ${violatedDirective} ${blockedURI}`));
"""
NO_ANSWER = ("net::ERR_", "htmx:sendError", "htmx:timeout", "htmx:afterRequest")
"""What htmx and the browser say of a request that nobody answered."""
BROKEN_LINE = ("WebSocket connection to", "[object Event]", *NO_ANSWER)
"""What they say when the server is away."""
LIVE = "window.sockets.filter(({ readyState, heard }) => readyState === WebSocket.OPEN && heard).length"


class Tabs:
    """Every tab of one test, each in a context of its own, closed at the end."""

    def __init__(self, browser: Browser, installation: Installation) -> None:
        self._browser = browser
        self._installation = installation
        self._contexts: list[BrowserContext] = []
        self._troubles: list[str] = []
        self._expected: list[str] = []

    def expect_trouble(self, *words: str) -> None:
        """What the console will rightly say in this test: an error with any of these words in it."""
        self._expected += words

    def open(self, path: str, *, who: str | None = JO, at: Installation | None = None, **options: Any) -> Page:
        """A tab on this page, with its socket open where it has one."""
        page = self.context(who=who, at=at, **options).new_page()
        page.goto(path)
        if options.get("java_script_enabled", True) and page.locator("#live[ws-connect]").count():
            until_live(page)
        return page

    def context(
        self,
        *,
        who: str | None = JO,
        at: Installation | None = None,
        width: int = 1440,
        height: int = 900,
        **options: Any,
    ) -> BrowserContext:
        """A browser without any memory but the sign-in of this user."""
        installation = at or self._installation
        context = self._browser.new_context(
            base_url=installation.url, viewport={"width": width, "height": height}, reduced_motion="reduce", **options
        )
        self._contexts.append(context)
        if who is not None:
            self.sign_in(context, who, at=installation)
        if options.get("java_script_enabled", True):
            context.add_init_script(WATCH)
        context.on("console", lambda said: self._troubles.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda thrown: self._troubles.append(str(thrown.error)))
        return context

    def sign_in(self, context: BrowserContext, who: str, *, at: Installation | None = None) -> None:
        """Make the pages of a context this user's from now on."""
        installation = at or self._installation
        cookies = dict(installation.sign_in(who).cookies)
        context.add_cookies(
            [{"name": name, "value": value, "url": installation.url} for name, value in cookies.items()]
        )

    def close(self) -> None:
        """Close them all; nothing may have gone wrong that was not expected."""
        for context in self._contexts:
            context.close()
        unexpected = [trouble for trouble in self._troubles if not any(words in trouble for words in self._expected)]
        assert not unexpected, unexpected


def until_live(page: Page) -> None:
    """Wait for the page's one socket, and the server's first word on it."""
    until(lambda: page.evaluate(LIVE) == 1)


def until_heard(page: Page, happens: Callable[[], object]) -> None:
    """Wait for what the browser tells us by itself, as of a request: we hear it only while we speak to it."""
    until(lambda: (page.evaluate("null"), happens())[1])
