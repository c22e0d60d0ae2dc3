"""Send later: below the messages for everybody, back into the box to be changed, held by an answer."""

from playwright.sync_api import Page, expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble
from tests.journeys.installation import ANA, Installation


def schedule(page: Page, words: str) -> None:
    """Write and choose tomorrow morning."""
    page.fill("#body", words)
    page.locator(".later__open").click()
    page.locator("#later").get_by_role("button", name="Tomorrow 08:00").click()


def test_a_text_is_scheduled_changed_held_by_an_answer_and_sent_by_a_colleague(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    jo, ana = tabs.open(candidate.page), tabs.open(candidate.page, who=ANA)
    later = {page: page.locator(".scheduled__text") for page in (jo, ana)}
    schedule(jo, "See you at 10")
    for page in (jo, ana):
        expect(later[page]).to_contain_text("See you at 10")
        expect(later[page]).to_contain_text("08:00")
    expect(jo.locator("#body")).to_have_value("")

    jo.fill("#body", "Half a draft")
    later[jo].get_by_role("link", name="Edit").click()
    expect(jo.locator("#body")).to_have_value("See you at 10")
    jo.reload()
    expect(jo.locator("#body")).to_have_value("See you at 10")
    jo.fill("#body", "See you at 11")
    jo.keyboard.press("Control+Enter")
    for page in (jo, ana):
        expect(later[page]).to_contain_text("See you at 11")
    expect(jo.locator("#body")).to_have_value("Half a draft")

    installation.text_in(candidate.number, "I cannot come")
    for page in (jo, ana):
        expect(later[page]).to_contain_text("Held:")
    later[ana].get_by_role("button", name="Send now").click()
    for page in (jo, ana):
        expect(bubble(page, "See you at 11")).to_have_count(1)
        expect(later[page]).to_have_count(0)


def test_a_conversation_is_put_away_by_z_and_comes_back_with_a_text(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page, ana = tabs.open(candidate.page), tabs.open("/inbox?tab=shared", who=ANA)
    row = ana.locator(f"#conv-{candidate.conversation}")
    expect(row).to_be_visible()
    page.locator("#thread-scroll").focus()
    page.keyboard.press("z")
    page.keyboard.press("Enter")  # the first of the menu
    expect(page.locator("#handling-now")).to_contain_text("Snoozed until")
    expect(page.locator("#composer-notice")).to_contain_text("Snoozed.")
    expect(row).to_have_count(0)
    installation.text_in(candidate.number, "Hello again")
    expect(row).to_contain_text("Hello again")
    expect(page.locator("#handling-now")).to_have_text("Not assigned")
