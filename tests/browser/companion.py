"""Chromium with Sourcing Companion in it: its icon is pressed as people do, and its window is kept open."""

import json
import re
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, Playwright, expect

from extension import build
from tests import services
from tests.journeys.installation import JO, Installation
from tests.journeys.waiting import until

QUIET = ("--headless=new", "--no-sandbox", "--disable-background-networking", "--no-first-run")
SITE = "https://people.example.com"
"""Where public profiles stand; nothing of it leaves the browser."""


@dataclass
class Profile:
    """A page about somebody, as networks and job boards show one."""

    path: str
    name: str
    lines: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        """The page, with a menu, a heading and what is known."""
        lines = "".join(f"<p>{line}</p>" for line in self.lines)
        return (
            f'<!doctype html><html lang="en"><title>{self.name} | People</title><nav><a href="/">People</a></nav>'
            f"<main><h1>{self.name}</h1><p>Registered Nurse, Geelong</p>{lines}</main></html>"
        )


@dataclass
class Companion:
    """The browser, and the extension's id in it."""

    context: BrowserContext
    troubles: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    _messages: Any = field(default_factory=lambda: count(1))

    @classmethod
    def launched(cls, playwright: Playwright, folder: Path, *, scheme: str = "light") -> "Companion":
        """With the unpacked extension, built into `folder`."""
        build.build(folder / "companion")
        context = playwright.chromium.launch_persistent_context(
            "",
            executable_path=services.whole_chromium_path(),
            headless=False,  # by the flag: only the new way of being headless knows extensions
            args=[*QUIET, "--enable-unsafe-extension-debugging", f"--load-extension={folder / 'companion'}"],
            ignore_default_args=["--disable-extensions"],
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="reduce",
        )
        companion = cls(context)
        context.on("console", lambda said: companion.troubles.append(said.text) if said.type == "error" else None)
        context.on("weberror", lambda thrown: companion.troubles.append(str(thrown.error)))
        return companion

    def expect_trouble(self, *words: str) -> None:
        """What the console will rightly say in this test: an error with any of these words in it."""
        self.expected += words

    def at(self, profile: Profile) -> Page:
        """A tab on this profile."""
        page = self.context.new_page()
        page.route(
            f"{SITE}/**", lambda route: route.fulfill(body=profile.html, content_type="text/html; charset=utf-8")
        )
        page.goto(SITE + profile.path)
        return page

    def pressed(self, page: Page) -> Page:
        """The icon is pressed over a page, and in the popup "Keep open": the window that then stays."""
        page.bring_to_front()
        browser = self._browser()
        # The browser tells of an address a moment after its page does.
        until(lambda: any(one["url"] == page.url for one in self._targets(browser, "tab")))
        tab = next(one for one in self._targets(browser, "tab") if one["url"] == page.url)
        (extension,) = browser.send("Extensions.getExtensions")["extensions"]
        browser.send("Extensions.triggerAction", {"id": extension["id"], "targetId": tab["targetId"]})
        popup = f"chrome-extension://{extension['id']}/popup.html"
        until(lambda: any(one["url"] == popup for one in self._targets(browser, "page")))
        (shown,) = [one for one in self._targets(browser, "page") if one["url"] == popup]
        session = browser.send("Target.attachToTarget", {"targetId": shown["targetId"], "flatten": False})["sessionId"]
        heard: list[str] = []
        browser.on("Target.receivedMessageFromTarget", lambda told: heard.append(told["message"]))
        until(lambda: self._is_ready(browser, session, heard))
        with self.context.expect_page() as kept:
            self._evaluate(browser, session, "document.querySelector('#keep').click()")
        window = kept.value
        expect(window.locator("#view > :not([hidden])").first).to_be_visible()
        return window

    def _browser(self) -> CDPSession:
        assert self.context.browser is not None
        return self.context.browser.new_browser_cdp_session()

    @staticmethod
    def _targets(browser: CDPSession, kind: str) -> list[dict[str, Any]]:
        found = browser.send("Target.getTargets", {"filter": [{"type": kind, "exclude": False}]})
        return list(found["targetInfos"])

    def _is_ready(self, browser: CDPSession, session: str, heard: list[str]) -> bool:
        """Whether the popup shows what it found: then its buttons are alive."""
        self._evaluate(browser, session, "String(!document.querySelector('#keep').hidden)")
        return any('"value":"true"' in message for message in heard)

    def _evaluate(self, browser: CDPSession, session: str, script: str) -> None:
        message = {"id": next(self._messages), "method": "Runtime.evaluate", "params": {"expression": script}}
        browser.send("Target.sendMessageToTarget", {"sessionId": session, "message": json.dumps(message)})

    @staticmethod
    def connect(window: Page, installation: Installation, who: str = JO) -> None:
        """Type the address and a code of this user's into a window."""
        code = re.search(r'data-code="([^"]+)"', installation.sign_in(who).post("/companion").text)
        assert code is not None
        window.fill("#server", installation.url)
        window.fill("#code", code[1].lower())
        window.get_by_role("button", name="Connect").click()

    def close(self) -> None:
        """Close the browser; nothing may have gone wrong in it."""
        self.context.close()
        unexpected = [trouble for trouble in self.troubles if not any(words in trouble for words in self.expected)]
        assert not unexpected, unexpected
