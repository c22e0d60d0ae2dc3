"""The thread in a page of another system, from another origin: what works there, and what must not."""

import os
import runpy
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import HTTPServer
from threading import Thread
from typing import Any, cast
from unittest.mock import patch
from urllib.parse import quote

import pytest
from playwright.sync_api import FrameLocator, Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from tests.browser.looks import faults, violations
from tests.browser.server import Server
from tests.browser.tabs import Tabs
from tests.embeds.signing import EXAMPLE, signed
from tests.journeys.elements import parse
from tests.journeys.installation import JO, Installation
from tests.journeys.waiting import until
from tests.media import jpeg

ADMIN = "admin@demo.test"
SETTINGS = "/settings/embeds"
AUSTRALIAN = "+61491570301"  # pictures do not travel to the numbers of newcomers
LIVE = "window.sockets.filter(({ readyState, heard }) => readyState === WebSocket.OPEN && heard).length"


@dataclass
class Ats:
    """The example's system, at two origins of which one is let in; its key, and who uses it."""

    port: int
    key_id: str
    secret: str
    tabs: Tabs
    installation: Installation

    @property
    def origin(self) -> str:
        """The one that may show threads."""
        return f"http://localhost:{self.port}"

    @property
    def stranger(self) -> str:
        """The same system under an origin that is in nobody's list."""
        return f"http://127.0.0.1:{self.port}"

    def page(self, number: str, *, at: str | None = None, **options: Any) -> Page:
        """The page of a candidate, in a browser that is signed in nowhere."""
        page = self.tabs.context(who=None, **options).new_page()
        page.goto(f"{at or self.origin}/?candidate={quote(number)}")
        return page

    def token(self, number: str, **changes: Any) -> str:
        """A token of its server."""
        secret = changes.pop("secret", self.secret)
        return signed(self.installation.url, self.key_id, secret, JO, number, **changes)


@pytest.fixture
def ats(tabs: Tabs, installation: Installation) -> Iterator[Ats]:
    """The example's server runs in this process, and an admin has let its origin in."""
    admin = installation.sign_in(ADMIN)
    made = parse(admin.post(f"{SETTINGS}/keys").text)
    key_id, secret = made.by_id("key-id").words, made.by_id("secret").words  # type: ignore[union-attr]
    environment = {"EMBED_URL": installation.url, "EMBED_KEY": key_id, "EMBED_SECRET": secret, "EMBED_USER": JO}
    with patch.dict(os.environ, environment):
        system = HTTPServer(("127.0.0.1", 0), runpy.run_path(str(EXAMPLE))["Candidates"])
        thread = Thread(target=system.serve_forever, daemon=True)
        thread.start()
        ats = Ats(system.server_port, key_id, secret, tabs, installation)
        assert admin.post(f"{SETTINGS}/origins", data={"origin": ats.origin}).status_code == 303
        yield ats
        system.shutdown()
        thread.join()
        system.server_close()
    admin.post(f"{SETTINGS}/origins/remove", data={"origin": ats.origin})
    admin.post(f"{SETTINGS}/keys/{key_id}/revoke")


def thread_in(page: Page) -> FrameLocator:
    """The widget's frame, once it shows a thread and its socket is open."""
    frame = page.frame_locator("iframe")
    expect(frame.locator("#thread")).to_be_visible()
    until(lambda: page.frames[-1].evaluate(LIVE) == 1)
    return frame


def test_a_recruiter_reads_and_answers_in_the_page_of_another_system(ats: Ats, installation: Installation) -> None:
    number = installation.candidate()
    installation.text_in(number, "Is the job still open?")
    page = ats.page(number)
    frame = thread_in(page)
    expect(frame.get_by_text("Is the job still open?")).to_be_visible()

    assert page.evaluate("document.activeElement.tagName") == "BODY"  # the widget takes no focus by itself
    frame.locator("#body").fill("It is. Can you start on Monday?")
    frame.locator("#body").press("Control+Enter")
    expect(frame.locator(".msg--delivered, .msg--sent").get_by_text("Can you start on Monday?")).to_be_visible(
        timeout=20_000
    )
    assert [text["body"] for text in installation.sent_to(number)] == ["It is. Can you start on Monday?"]
    installation.text_in(number, "Monday is fine")
    expect(frame.get_by_text("Monday is fine")).to_be_visible()

    page.select_option("#theme", "dark")
    expect(frame.locator("html")).to_have_css("color-scheme", "dark")
    page.locator("shared-inbox-thread").evaluate("(one) => one.setAttribute('height', '480')")
    expect(page.locator("iframe")).to_have_css("height", "480px")
    page.set_viewport_size({"width": 320, "height": 700})
    inner = cast(Page, page.frames[-1])
    # The page around has the heading of the first level.
    assert not [*violations(inner, but=["page-has-heading-one"]), *faults(inner)]
    with page.context.expect_page() as opened:
        frame.locator("#handling summary").first.click()
        frame.get_by_role("link", name="Guests…").click()
    assert opened.value.url.startswith(f"{installation.url}/login")
    assert [cookie["name"] for cookie in page.context.cookies()] in ([], ["visit"])  # of the login page, in its own tab


def test_a_picture_is_added_and_shown_in_the_page_of_another_system(ats: Ats, installation: Installation) -> None:
    installation.text_in(AUSTRALIAN, "Which way in?")
    page = ats.page(AUSTRALIAN)
    frame = thread_in(page)
    # Without a cookie a picture is fetched by a script; the policy of the frame lets no other request out.
    frame.locator("[data-files]").set_input_files([{"name": "map.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}])
    drawn = "(image) => image.naturalWidth > 0"
    expect(frame.locator("#added img[src^='blob:']")).to_be_visible()
    frame.get_by_role("button", name="Send", exact=True).click()
    expect(frame.locator(".msg--delivered .msg__picture img[src^='blob:']")).to_be_visible(timeout=20_000)
    until(lambda: frame.locator(".msg__picture img").evaluate(drawn))


def test_what_is_being_written_outlives_the_session_of_a_widget(
    ats: Ats, installation: Installation, server: Server
) -> None:
    number = installation.candidate()
    installation.text_in(number, "Is the job still open?")
    page = ats.page(number)
    frame = thread_in(page)
    ats.tabs.expect_trouble("status of 401", "Response Status Error Code 401")
    frame.locator("#body").fill("Half a sentence")
    server.end_widgets()
    until(lambda: page.frames[-1].evaluate("inbox.isLetIn()") and server.open_widgets() == 1)
    until(lambda: page.frames[-1].evaluate(LIVE) == 1)
    expect(frame.locator("#body")).to_have_value("Half a sentence")
    frame.get_by_role("button", name="Send", exact=True).click()
    expect(frame.locator(".msg--delivered, .msg--sent").get_by_text("Half a sentence")).to_be_visible(timeout=20_000)


def test_pages_that_are_not_in_the_list_and_pages_of_the_inbox_are_not_framed(
    ats: Ats, installation: Installation
) -> None:
    ats.tabs.expect_trouble("frame-ancestors", "Refused to frame", "Framing", "401")
    number = installation.candidate()
    installation.text_in(number, "A secret between us")
    context = ats.tabs.context(who=None)
    strange = context.new_page()
    strange.clock.install()
    strange.goto(f"{ats.stranger}/?candidate={quote(number)}")
    until(lambda: any(frame.url.startswith("chrome-error:") for frame in strange.frames))
    strange.clock.fast_forward(11_000)
    expect(strange.locator("shared-inbox-thread [role=status]")).to_contain_text("not among those that may show it")

    page = ats.page(number)
    frame = thread_in(page)
    for path in ("/inbox", "/login", "/settings/embeds", "/embed/content"):
        page.evaluate(
            """(url) => new Promise((loaded) => {
                const frame = Object.assign(document.createElement('iframe'), { src: url, onload: loaded });
                document.body.append(frame);
            })""",
            installation.url + path,
        )
        assert page.frames[-1].url.startswith("chrome-error:"), path
        page.locator("body > iframe").evaluate("(frame) => frame.remove()")
    # Nor can the page around look in, write, or open a socket, whatever it bears.
    assert page.evaluate("(() => { try { return window[0].document.title } catch { return 'closed' } })()") == "closed"
    session = page.frames[-1].evaluate("inbox.bearer()").removeprefix("Bearer ")
    address = installation.url.replace("http", "ws") + "/embed/live"
    bearing = [Subprotocol("shared-inbox-embed"), Subprotocol(session)]
    with pytest.raises(InvalidStatus, match="403"), connect(address, origin=Origin(ats.origin), subprotocols=bearing):
        pass
    with connect(address, origin=Origin(installation.url), subprotocols=bearing) as line:
        assert line.subprotocol == "shared-inbox-embed"
    inner = page.frames[-1]
    assert inner.evaluate("fetch('/inbox', { headers: { Authorization: inbox.bearer() } }).then(({ url }) => url)") == (
        f"{installation.url}/login?next=/inbox"
    )
    # A page that is not in the list may not speak to the frame either: it hears its parent alone.
    inner.evaluate("postMessage({ sharedInbox: 'theme', theme: 'dark' }, '*')")
    expect(frame.locator("html")).not_to_have_attribute("data-theme", "dark")


def test_tokens_that_are_not_in_order_are_told_in_words_in_place_of_the_thread(
    ats: Ats, installation: Installation
) -> None:
    ats.tabs.expect_trouble("status of 401", "[object Event]")  # of a line that is given up while it is opened
    number = installation.candidate()
    installation.text_in(number, "Hello")
    page = ats.page(number)
    frame = thread_in(page)
    renew = "(one, token) => one.setAttribute('token', token)"
    element = page.locator("shared-inbox-thread")
    element.evaluate(renew, ats.token(number, secret="sik_" + "x" * 43))
    expect(frame.get_by_role("status").last).to_contain_text("was not signed with this key")
    expect(frame.locator("#thread")).to_have_count(0)
    element.evaluate(renew, ats.token("+447700900999"))
    expect(frame.get_by_text("This candidate is not in Shared Inbox yet.")).to_be_visible()
    element.evaluate(renew, ats.token(number))
    expect(frame.locator("#thread")).to_be_visible()
    # One that has run out asks the page for another, and gets it.
    element.evaluate(renew, ats.token(number, iat=1_600_000_000, exp=1_600_000_300))
    until(lambda: page.frames[-1].evaluate("inbox.isLetIn()"))
    expect(frame.get_by_text("Hello")).to_be_visible()
    # Without the script: a frame, whose token stands behind the #.
    page.goto("about:blank")
    page.goto(ats.origin)
    page.evaluate(
        "(url) => document.body.replaceChildren(Object.assign(document.createElement('iframe'), { src: url }))",
        f"{installation.url}/embed/thread?key={ats.key_id}&theme=dark#token={ats.token(number)}",
    )
    expect(page.frame_locator("iframe").get_by_text("Hello")).to_be_visible()
    assert "token" not in page.frames[-1].url
