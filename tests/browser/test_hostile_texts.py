"""What candidates may write does nothing in a browser: it is shown as the text it is."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, Request

from tests.browser.tabs import Tabs
from tests.faults.caller import Caller
from tests.journeys.installation import Installation
from tests.journeys.waiting import until
from tests.web.test_webhooks_hostile import HOSTILE

SHOWN = "[...document.querySelectorAll('.msg--in [data-text]')].map((text) => text.textContent)"
# What a page of ours loads by itself: itself, what stands on it, and that it was read.
OURS = ("/inbox", "/static/", "/live", "/candidates/")


def as_text(body: bytes) -> str:
    """As HTML holds it, which has one kind of line break."""
    return body.decode().replace("\r\n", "\n").replace("\r", "\n")


def is_plain(body: bytes) -> bool:
    """Whether it can be shown as it came: NUL and broken UTF-8 cannot."""
    try:
        return "\x00" not in body.decode()
    except UnicodeDecodeError:
        return False


def assert_shows_texts_only(page: Page, *, newest: int) -> None:
    shown = page.evaluate(SHOWN)[-newest:]
    for body, text in zip(HOSTILE[-newest:], shown, strict=True):
        assert not is_plain(body) or text == as_text(body), body


def test_sixty_hostile_texts_run_nothing_and_ask_for_nothing(tabs: Tabs, installation: Installation) -> None:
    number, twilio = installation.candidate(), Caller(installation)
    installation.text_in(number, "Hello")
    page = tabs.open(f"/inbox/c/{installation.conversation(number)}?tab=shared")
    dialogs: list[str] = []
    asked: set[str] = set()

    def note(request: Request) -> None:
        asked.add(request.url)

    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", note)

    for body in HOSTILE:
        assert twilio.call(twilio.text(number, body)) == 200
    twilio.close()

    until(lambda: len(page.evaluate(SHOWN)) == len(HOSTILE) + 1)
    assert_shows_texts_only(page, newest=60)
    page.reload()
    # A page begins with the newest forty.
    assert_shows_texts_only(page, newest=40)
    assert dialogs == []
    assert {address for address in asked if not address.startswith(installation.url)} == set()
    assert {path for path in map(_path, asked) if not path.startswith(OURS)} == set()
    assert len(HOSTILE) == 60


def _path(address: str) -> str:
    return urlsplit(address).path
