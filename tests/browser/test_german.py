"""In German, whose words are long, a phone shows the main pages whole, and scripts speak it too."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looks import faults, violations
from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation

ADMIN = "admin@demo.test"
MAYA = "+61491570110"
PAGES = (
    "/inbox?tab=shared",
    "/candidates",
    "/settings/organisation/sms/billing-log",
    "/account",
)


def choose(page: Page, language: str) -> None:
    """Choose a language on the account page; "" for the organisation's."""
    page.goto("/account")
    page.select_option("#language", language)
    page.locator("form[action='/account/language'] button[type=submit]").click()
    page.wait_for_url("**/account?saved=profile")


@pytest.fixture
def german(tabs: Tabs) -> Iterator[Page]:
    """A phone of an admin who reads German, for this test only."""
    page = tabs.context(who=ADMIN, width=390, height=844).new_page()
    choose(page, "de")
    yield page
    choose(page, "")


def test_the_main_pages_fit_a_phone_in_german_and_scripts_speak_it(german: Page, installation: Installation) -> None:
    found = parts_of_the_settings(german)
    for path in (*PAGES, f"/inbox/c/{installation.conversation(MAYA)}?tab=shared"):
        german.goto(path)
        assert german.evaluate("document.documentElement.lang") == "de"
        found += [f"{path}: {fault}" for fault in faults(german)]
    found += violations(german)
    assert not found, "\n".join(found)
    german.fill("#body", "")
    german.locator("[data-send]").click()
    expect(german.locator("#composer-notice")).to_have_text("Schreiben Sie zuerst etwas.")
    expect(german.locator("[data-segments]")).to_have_text("0/160 · 1 Segment")


def parts_of_the_settings(page: Page) -> list[str]:
    """What is wrong with the list of their parts that a phone brings up from below, which then leads to one of them."""
    page.goto("/settings/users")
    page.get_by_role("button", name="Einstellungen: Benutzer").click()
    parts = page.get_by_role("navigation", name="Einstellungen")
    found = [*faults(page), *violations(page)]
    parts.get_by_role("link", name="Arbeitszeiten").click()
    page.wait_for_url("**/settings/company/hours")
    expect(parts).to_be_hidden()
    return found
