"""From a webhook's first byte to the bubble in a browser's page, in both modes."""

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import httpx2
from playwright.sync_api import Page, sync_playwright
from twilio.request_validator import RequestValidator

from bench import timings
from bench.contest import Figures, number
from bench.report import Report
from inbox.demo import PASSWORD
from tests import services
from tests.journeys import installation as installations
from tests.journeys.installation import Installation

TEXTS = 50
WARM_UP = 5
CANDIDATE = "+61491570110"

# The page's own clock tells when a text is first in the thread, in milliseconds since 1970.
WATCH = """() => {
  window.shown = {};
  window.waiting = () => {};
  new MutationObserver(() => {
    const at = performance.timeOrigin + performance.now();
    for (const text of document.querySelectorAll("#thread-list [data-text]")) window.shown[text.textContent] ??= at;
    window.waiting();
  }).observe(document.body, {childList: true, subtree: true});
}"""
WHEN_SHOWN = """(body) => new Promise((tell) => {
  window.waiting = () => window.shown[body] && tell(window.shown[body]);
  window.waiting();
})"""


def measure(rounds: int) -> list[Report]:
    """Milliseconds from sending the webhook to the bubble in each mode, over `rounds` times 50 texts."""
    modes = {"embedded": installations.embedded, "production": installations.production}
    figures = {name: timings.figures(_mode(rounds * TEXTS, start)) for name, start in modes.items()}
    lines = [{"mode": name, "texts": str(rounds * TEXTS), **_shown(one)} for name, one in figures.items()]
    return [Report("From a webhook to the bubble in a browser", lines, data={"modes": figures})]


def _shown(figures: Figures) -> dict[str, str]:
    return {name: number(value) for name, value in figures.items()}


def _mode(count: int, start: Callable[[Path], AbstractContextManager[Installation]]) -> list[float]:
    """Seconds that each of so many texts took."""
    with tempfile.TemporaryDirectory() as folder, start(Path(folder)) as installation, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=services.chromium_path(), args=["--no-sandbox"])
        page = browser.new_page()
        _open_thread(page, installation)
        took = _texts(page, installation, count)
        browser.close()
    return took


def _open_thread(page: Page, installation: Installation) -> None:
    page.goto(f"{installation.url}/login")
    page.fill("[name=email]", installations.JO)
    page.fill("[name=password]", PASSWORD)
    page.click("button[type=submit]")
    with page.expect_websocket():
        page.goto(f"{installation.url}/inbox/c/{installation.conversation(CANDIDATE)}")
    page.evaluate(WATCH)


def _texts(page: Page, installation: Installation, count: int) -> list[float]:
    """One text after the other, each sent when the one before has been shown."""
    info = json.loads(installation.do("info", "--json"))
    signer = RequestValidator(info["auth_token"])
    took = []
    with httpx2.Client(trust_env=False) as twilio:
        for number in range(WARM_UP + count):
            body = f"Text number {number}"
            form = {
                "MessageSid": f"SM{number:032x}",
                "AccountSid": info["account_sid"],
                "From": CANDIDATE,
                "To": info["numbers"]["messaging"],
                "Body": body,
                "NumMedia": "0",
                "NumSegments": "1",
            }
            signature = signer.compute_signature(info["message_webhook"], form)
            sent = time.time()
            twilio.post(info["message_webhook"], data=form, headers={"X-Twilio-Signature": signature})
            took.append(page.evaluate(WHEN_SHOWN, body) / 1000 - sent)
    return took[WARM_UP:]
