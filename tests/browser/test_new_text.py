"""A first text by keyboard: from the inbox to somebody found by name, and to a number that nobody has yet."""

from playwright.sync_api import Page, expect

from tests.browser.tabs import Tabs, until_live
from tests.browser.thread import bubble
from tests.journeys.installation import ANA, JO, Installation

NADIA = "Nadia Rahman"


def begin(page: Page, words: str) -> None:
    """Press the key and say whom."""
    page.focus("#convs-scroll") if page.locator("#convs-scroll[tabindex]").count() else page.locator("body").click()
    page.keyboard.press("c")
    expect(page.locator("#q")).to_be_focused()
    page.keyboard.type(words)


def search_again(page: Page) -> None:
    """A late answer, as to the first letters, takes the place of what was found."""
    page.evaluate("document.querySelector('#found').dataset.before = ''")
    page.dispatch_event("#q", "search")
    expect(page.locator("#found[data-before]")).to_have_count(0)


def test_somebody_known_is_texted_without_a_mouse(tabs: Tabs, installation: Installation) -> None:
    installation.sign_in(JO).post("/candidates", data={"name": NADIA, "number": "+44 7700 900988"})
    page = tabs.open("/inbox")
    begin(page, "nadia")
    found = page.get_by_role("button", name=f"Text {NADIA}")
    expect(found).to_be_visible()
    page.keyboard.press("Tab")
    expect(found).to_be_focused()
    search_again(page)
    expect(found).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#thread-name")).to_have_text(NADIA)
    until_live(page)
    page.keyboard.press("r")
    page.keyboard.type("Hello Nadia")
    page.keyboard.press("Control+Enter")
    expect(bubble(page, "Hello Nadia")).to_contain_text("Delivered")


def test_a_new_number_is_named_and_a_colleague_sees_the_name_at_once(tabs: Tabs, installation: Installation) -> None:
    page, other = tabs.open("/inbox"), tabs.open("/inbox?tab=shared", who=ANA)
    begin(page, "+44 7700 900 987")
    page.get_by_role("button", name="Text +44 7700 900987").click()
    page.fill("#body", "Hello, who is this?")
    page.keyboard.press("Control+Enter")
    expect(bubble(page, "Hello, who is this?")).to_contain_text("Delivered")
    row = other.locator(".conv", has_text="Hello, who is this?")
    expect(row).to_contain_text("+44 7700 900987")

    page.get_by_role("link", name="Full profile").click()
    page.get_by_role("link", name="Edit").click()
    page.fill("#name", "Nia Bello")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="Nia Bello")).to_be_visible()
    expect(row).to_contain_text("Nia Bello")
