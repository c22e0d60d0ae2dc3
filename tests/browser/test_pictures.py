"""Pictures both ways, and emoji: at the composer, in the bubble, on the candidate's phone."""

import base64

from playwright.sync_api import Page, expect

from tests.browser.candidates import Candidate, newcomer
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble
from tests.journeys.installation import Installation
from tests.journeys.waiting import until
from tests.media import PDF, jpeg

AUSTRALIAN = "+61491570300"  # pictures do not travel to the numbers of newcomers
PICTURES = ".msg__picture img"
LOADED = "all => all.every((one) => one.complete && one.naturalWidth > 0)"

PASTE = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  const clipboardData = new DataTransfer();
  clipboardData.items.add(new File([bytes], name, { type: 'image/jpeg' }));
  const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
  document.querySelector('#body').dispatchEvent(event);
}"""


def choose(page: Page, name: str, content: bytes, kind: str = "image/jpeg") -> None:
    """Choose a file by the button."""
    with page.expect_file_chooser() as chooser:
        page.click("[data-adds-pictures]")
    chooser.value.set_files([{"name": name, "mimeType": kind, "buffer": content}])


def test_a_picture_that_comes_in_takes_its_place_in_the_open_thread(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    media = [
        {"content_type": kind, "content": base64.b64encode(content).decode()}
        for kind, content in (("image/jpeg", jpeg(1600, 1200)), ("application/pdf", PDF), ("image/png", b"<script>"))
    ]
    installation.text_in(candidate.number, "My licence", media=media)
    message = bubble(page, "My licence")
    expect(message.locator(PICTURES)).to_have_attribute("width", "256")
    expect(message.locator(PICTURES)).to_have_js_property("complete", True)
    assert message.locator(PICTURES).evaluate_all(LOADED)
    expect(message).to_contain_text("document-2.pdf")
    expect(message).to_contain_text("A file was not kept")
    assert page.evaluate("inbox.isAtEnd()")
    message.locator(".msg__picture").click()
    expect(page.locator("#picture img")).to_have_js_property("naturalWidth", 1600)
    expect(page.locator("#picture-name")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#picture")).to_be_hidden()
    expect(message.locator(".msg__picture")).to_be_focused()
    with page.expect_download() as saved:
        message.locator(".msg__file").click()
    assert saved.value.suggested_filename == "document-2.pdf"


def test_pictures_are_added_removed_held_and_sent(tabs: Tabs, installation: Installation) -> None:
    installation.text_in(AUSTRALIAN, "Which way?")
    candidate = Candidate(AUSTRALIAN, installation.conversation(AUSTRALIAN))
    page = tabs.open(candidate.page)
    tabs.expect_trouble("422", "409", "htmx:responseError", "htmx:afterRequest")
    added = page.locator(".added__one")
    choose(page, "map.jpg", jpeg(colour="navy"))
    page.evaluate(PASTE, ["gate.jpg", base64.b64encode(jpeg(colour="olive")).decode()])
    expect(added).to_have_count(2)
    expect(page.locator("[data-segments]")).to_contain_text("2 pictures")
    page.get_by_role("button", name="Remove gate.jpg").click()
    expect(added).to_have_count(1)
    choose(page, "notes.pdf", PDF, "application/pdf")
    expect(page.locator("#composer-notice")).to_contain_text("“notes.pdf” is no picture that can be sent.")
    page.reload()
    expect(added.get_by_role("img", name="map.jpg")).to_have_js_property("naturalWidth", 512)
    page.fill("#body", "Here is the way")
    page.evaluate("inbox.thread().dataset.seen = 0; document.querySelector('#composer').dataset.seen = 0")
    page.click("[data-send]")
    expect(page.locator("#composer-notice")).to_contain_text("A new message arrived while you were writing.")
    expect(added).to_have_count(1)
    page.click("[data-send]")
    message = bubble(page, "Here is the way")
    expect(message).to_have_count(1)
    expect(message).to_contain_text("Delivered")
    expect(message.locator(PICTURES)).to_have_js_property("naturalWidth", 512)
    expect(added).to_have_count(0)
    phone = tabs.open(f"/sandbox/phones/{candidate.number}", who=None)
    expect(phone.locator(".text__picture img")).to_have_js_property("naturalWidth", 640)

    choose(page, "plan.jpg", jpeg(colour="teal"))
    expect(added).to_have_count(1)
    page.locator(".later__open").click()
    page.locator("#later").get_by_role("button", name="Tomorrow 08:00").click()
    expect(page.locator(".scheduled__text img")).to_have_js_property("naturalWidth", 512)
    expect(page.locator("#added .added__one")).to_have_count(0)


def test_an_emoji_is_found_by_its_name_and_counted(tabs: Tabs, installation: Installation) -> None:
    page = tabs.open(newcomer(installation).page, width=390)
    page.fill("#body", "Well done " + "x" * 70)
    page.focus("#body")
    page.keyboard.press("End")
    page.keyboard.press("Control+.")
    expect(page.get_by_role("option", name="thumbs up", exact=True)).to_be_visible()
    expect(page.locator("#emoji-words")).to_have_text("thumbs up. With it: 2 segments, 134 characters.")
    page.keyboard.type("congrat")
    expect(page.get_by_role("option", name="party popper")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    names = page.locator("#emoji [role=option]").evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#emoji")).to_be_hidden()
    expect(page.locator("#body")).to_be_focused()
    assert names[:2] == ["clapping hands", "partying face"]
    expect(page.locator("#body")).to_have_value("Well done " + "x" * 70 + "🥳")
    expect(page.locator("[data-odd]")).to_contain_text("“🥳” makes this 2 segments.")
    page.click("[data-opens-emoji]")
    page.keyboard.type("nothing of this name")
    expect(page.locator("#emoji-words")).to_have_text("No emoji has this name.")
    page.keyboard.press("Escape")
    expect(page.locator("#body")).to_be_focused()
    until(lambda: page.locator("#emoji").is_hidden())
