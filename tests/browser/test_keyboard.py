"""Everything by keyboard, and nothing by accident."""

from playwright.sync_api import Page, expect

from tests.browser.candidates import answered, newcomer
from tests.browser.states import MAYA
from tests.browser.tabs import Tabs, until_live
from tests.browser.thread import bubble
from tests.journeys.installation import Installation

FOCUSED = "document.activeElement.id"


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, wanted: str, *, most: int = 40) -> None:
    """Press Tab until the element with this id has the focus."""
    for _ in range(most):
        if page.evaluate(FOCUSED) == wanted:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{most} Tabs did not lead to {wanted}")


def test_a_whole_working_day_without_a_mouse(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation, "Any news?", behaviour="switched_off")
    page = tabs.open("/login", who=None)
    expect(page.locator("#email")).to_be_focused()

    page.keyboard.type("jo@demo.test")
    tab_to(page, "password")
    page.keyboard.type("demo-inbox")
    press(page, "Enter")
    page.wait_for_url("**/inbox")
    until_live(page)

    press(page, "g", "s")
    page.wait_for_url("**/inbox?tab=shared")

    press(page, "/")
    expect(page.locator("#q")).to_be_focused()
    tab_to(page, "range")
    page.keyboard.type("Last 7")
    page.wait_for_url("**range=7d*")

    press(page, "Escape")
    tab_to(page, f"conv-{candidate.conversation}-link")
    press(page, "Enter")
    page.wait_for_url(f"**/inbox/c/{candidate.conversation}?*tab=shared&range=7d")
    expect(page.locator("#thread-name")).to_be_focused()

    press(page, "r")
    page.keyboard.type("jk? Yes, soon.")
    press(page, "Control+Enter")
    expect(bubble(page, "jk? Yes, soon.")).to_contain_text("Not delivered")
    expect(page.locator("#body")).to_be_focused()

    installation.behave(candidate.number, "delivers")
    press(page, "Escape")
    expect(page.locator("#thread-scroll")).to_be_focused()
    press(page, "Tab", "Enter")
    expect(bubble(page, "jk? Yes, soon.")).to_contain_text("Delivered")
    expect(page.locator("#thread-scroll")).to_be_focused()

    press(page, "?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()


def test_j_and_k_walk_through_the_list_and_open_nothing(tabs: Tabs, installation: Installation) -> None:
    newcomer(installation)
    page = tabs.open("/inbox?tab=shared")
    links = page.locator("#conv-list .conv__link")

    press(page, "j")
    expect(links.nth(0)).to_be_focused()
    press(page, "j", "j")
    expect(links.nth(2)).to_be_focused()
    press(page, "k")
    expect(links.nth(1)).to_be_focused()
    press(page, "k", "k", "k")
    expect(links.nth(0)).to_be_focused()
    assert page.url.endswith("/inbox?tab=shared")


def test_single_keys_that_are_switched_off_move_nothing_and_stay_off(tabs: Tabs) -> None:
    page = tabs.open("/inbox?tab=shared")
    press(page, "?", "Tab", "Tab", "Space")
    expect(page.locator("[data-single-keys]")).not_to_be_checked()
    press(page, "Escape")
    for _ in range(2):
        focused = page.evaluate(FOCUSED)
        press(page, "j", "k", "r", "/", "g", "m", "?")
        assert page.evaluate(FOCUSED) == focused
        assert page.url.endswith("/inbox?tab=shared")
        expect(page.locator("#shortcuts")).to_be_hidden()
        page.reload()

    page.get_by_text("Account", exact=True).click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.locator("[data-single-keys]").check()
    press(page, "Escape", "j")
    expect(page.locator("#conv-list .conv__link").first).to_be_focused()


def test_letters_in_a_field_and_with_alt_or_control_are_no_shortcuts(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    page.locator("#body").focus()
    page.keyboard.type("j/k?gs")
    expect(page.locator("#body")).to_have_value("j/k?gs")
    assert page.url.endswith(candidate.page)

    page.locator("#thread-scroll").focus()
    press(page, "Alt+j", "Control+j", "Alt+r")
    expect(page.locator("#thread-scroll")).to_be_focused()


def test_end_leads_to_the_newest_message_and_escape_back_to_the_row(tabs: Tabs, installation: Installation) -> None:
    candidate = answered(installation)
    page = tabs.open(candidate.page, height=500)
    page.evaluate("document.querySelector('#thread-scroll').scrollTop = 0")

    page.locator("#thread-scroll").focus()
    press(page, "End")
    expect(page.locator("#thread-scroll .msg").last).to_be_in_viewport()
    press(page, "Escape")

    expect(page.locator(f"#conv-{candidate.conversation}-link")).to_be_focused()


def test_a_preview_returns_the_focus_to_what_opened_it(tabs: Tabs) -> None:
    page = tabs.open("/candidates?q=Maya")
    opener = page.get_by_role("link", name="Preview Maya Chen")
    opener.focus()
    press(page, "Enter")
    expect(page.locator("#card-name")).to_be_focused()

    press(page, "Escape")

    expect(opener).to_be_focused()
    expect(page.locator("#sheet")).to_be_hidden()


def test_brackets_lead_from_day_to_day_of_a_thread(tabs: Tabs, installation: Installation) -> None:
    page = tabs.open(f"/inbox/c/{installation.conversation(MAYA)}?tab=shared", height=500)
    days = page.locator("#thread-scroll .day")
    assert days.count() >= 2
    last = days.count() - 1
    expect(page.locator("#thread-scroll .msg").last).to_be_in_viewport()

    page.locator("#thread-scroll").focus()
    while page.evaluate("document.activeElement !== document.querySelector('#thread-scroll .day')"):
        press(page, "[")
        expect(page.locator(".day:focus")).to_have_count(1)
    press(page, "]")
    expect(days.nth(1)).to_be_focused()
    for _ in range(last):
        press(page, "]")
    expect(page.locator("#thread-scroll .msg").last).to_be_in_viewport()
    press(page, "[")
    expect(days.nth(last - 1)).to_be_focused()


def test_f6_leads_round_the_panes_out_of_the_box_too_and_not_when_keys_are_off(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    places = [f"conv-{candidate.conversation}-link", "thread-scroll", "body", "preview"]
    page.locator("#thread-scroll").focus()
    for place in [*places[2:], *places[:2]]:
        press(page, "F6")
        assert page.evaluate(FOCUSED) == place
    for place in [places[0], *reversed(places[1:])]:
        press(page, "Shift+F6")
        assert page.evaluate(FOCUSED) == place

    page.evaluate("document.activeElement.blur()")
    press(page, "?", "Tab", "Tab", "Space", "Escape")
    page.locator("#body").focus()
    press(page, "F6")
    expect(page.locator("#body")).to_be_focused()
