"""A sound and a notification for a new text: asked for by a press, once for all tabs, and only while nobody looks."""

from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs, until_live
from tests.journeys.installation import Installation
from tests.journeys.waiting import until

# Headless Chromium shows no notification and plays no sound: the page's own calls are what can be counted.
RECORD = """
    window.shown = [];
    window.rung = 0;
    window.asked = 0;
    window.Notification = class extends EventTarget {
      static permission = 'default';
      static async requestPermission() {
        window.asked += 1;
        return (Notification.permission = 'granted');
      }
      constructor(title, options) {
        super();
        window.shown.push([title, options.body, options.tag]);
      }
    };
    const { start } = OscillatorNode.prototype;
    OscillatorNode.prototype.start = function (...when) {
      window.rung += 0.5; // two tones each time
      return start.apply(this, when);
    };
    window.hasReader = true;
    window.decisions = 0; // the tab that calls looks at itself last
    document.hasFocus = () => {
      window.decisions += 1;
      return window.hasReader;
    };
"""


def listening(context: BrowserContext, path: str = "/candidates") -> Page:
    """A page that counts its sounds and notifications."""
    page = context.new_page()
    page.goto(path)
    until_live(page)
    return page


def switch_on(page: Page, *names: str) -> None:
    page.get_by_text("Account", exact=True).click()
    page.get_by_role("button", name="Sound and notifications").click()
    for name in names:
        page.get_by_label(name, exact=True).check()
    page.keyboard.press("Escape")


def counted(*pages: Page) -> list[Any]:
    """Over all pages: notifications, and how often the sound was heard."""
    shown = [note for page in pages for note in page.evaluate("window.shown")]
    return [shown, sum(page.evaluate("window.rung") for page in pages)]


def test_nobody_is_asked_before_he_presses_and_the_switches_stay(tabs: Tabs) -> None:
    context = tabs.context()
    context.add_init_script(RECORD)
    page = listening(context)
    assert page.evaluate("[window.asked, window.rung]") == [0, 0]
    switch_on(page, "Sound", "Desktop notification")
    assert page.evaluate("[window.asked, window.rung]") == [1, 1]
    page.evaluate("Notification.permission = 'denied'")
    page.get_by_text("Account", exact=True).click()
    page.get_by_role("button", name="Sound and notifications").click()
    expect(page.get_by_label("Sound", exact=True)).to_be_checked()
    expect(page.get_by_label("Desktop notification")).not_to_be_checked()
    expect(page.locator("[data-alerts-blocked]")).to_be_visible()


def test_two_tabs_that_nobody_looks_at_call_once_and_one_that_is_looked_at_keeps_all_quiet(
    tabs: Tabs, installation: Installation
) -> None:
    context = tabs.context()
    context.add_init_script(RECORD)
    first = listening(context)
    switch_on(first, "Sound", "Desktop notification")
    second = listening(context, "/inbox")
    for page in (first, second):
        page.evaluate("window.hasReader = false; Notification.permission = 'granted'; window.rung = 0")
    candidate = newcomer(installation)

    installation.text_in(candidate.number, "Are you there?")

    until(lambda: counted(first, second)[0])
    (note,) = counted(first, second)[0]
    assert note[0].startswith("New text from +44")
    assert note[1:] == ["", f"conversation-{candidate.conversation}"]
    assert counted(first, second)[1] == 1

    second.evaluate("window.hasReader = true")
    first.evaluate("window.decisions = 0")
    newcomer(installation, "And you?")
    until(lambda: first.evaluate("window.decisions"))
    assert len(counted(first, second)[0]) == 1


def test_a_text_for_a_colleague_calls_nobody_else(tabs: Tabs, installation: Installation) -> None:
    owned = newcomer(installation)
    ana = installation.sign_in("ana@demo.test")
    installation.reply(ana, owned.conversation, "Hi, Ana here")
    contexts = {who: tabs.context(who=who) for who in ("jo@demo.test", "ana@demo.test")}
    pages = {}
    for who, context in contexts.items():
        context.add_init_script(RECORD)
        pages[who] = listening(context)
        switch_on(pages[who], "Desktop notification", "Show the text in it")
        pages[who].evaluate("window.hasReader = false")

    installation.text_in(owned.number, "For Ana")

    until(lambda: counted(pages["ana@demo.test"])[0])
    assert counted(pages["ana@demo.test"])[0][0][1] == "For Ana"
    assert counted(pages["jo@demo.test"])[0] == []
    page = pages["ana@demo.test"]
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", "/static/icons/app-unread.svg")
    assert page.title().startswith(f"({page.locator('.rail [data-count=mine]').inner_text()}) Candidates")
