"""Saved views: what is shown is saved from the menu above the list, which then follows the address."""

from playwright.sync_api import expect

from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation

MAYA = "+61491570110"


def test_the_menu_saves_what_is_shown_and_opens_it_beside_an_open_thread(
    tabs: Tabs, installation: Installation
) -> None:
    page = tabs.open(f"/inbox/c/{installation.conversation(MAYA)}?tab=shared")
    menu, shown = page.locator("#saved-views"), page.locator("#saved-views-shown")
    page.get_by_label("Failed").check(force=True)
    page.wait_for_url("**failed=1")
    shown.click()
    menu.get_by_role("link", name="Save these filters…").click()
    page.get_by_label("Name").fill("What failed")
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/inbox?tab=shared&failed=1")
    expect(shown).to_have_text("What failed")

    page.goto(f"/inbox/c/{installation.conversation(MAYA)}?tab=shared")
    expect(shown).to_have_text("Views")
    shown.focus()
    page.keyboard.press("Enter")
    menu.get_by_role("link", name="What failed").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/c/*?tab=shared&failed=1")
    expect(shown).to_have_text("What failed")
    expect(shown).to_be_focused()
    expect(page.locator("#thread")).to_be_visible()
    page.get_by_label("Failed").uncheck(force=True)
    expect(shown).to_have_text("Views")
    shown.click()
    menu.get_by_role("link", name="Manage views").click()
    page.get_by_role("link", name="Change What failed").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("link", name="What failed", exact=True)).to_be_visible()
