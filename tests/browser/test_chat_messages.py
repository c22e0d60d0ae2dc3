"""From the log of messages to one of them in its thread, far back or not."""

import re

from playwright.sync_api import expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation


def test_a_message_of_the_log_is_shown_where_it_stands_and_new_ones_still_come(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    installation.text_in(candidate.number, "The very first")
    for number in range(45):
        installation.text_in(candidate.number, f"Text {number}")
    page = tabs.open("/chat-messages?range=today&direction=in")
    while not page.locator(".log__text", has_text="The very first").count():
        page.get_by_role("link", name="Load more").click()
        expect(page.locator(".log__text").nth(50)).to_be_visible()
    page.locator("tr", has_text="The very first").get_by_role("link", name="message of").click()

    wanted = page.locator(".msg:target")
    expect(wanted).to_contain_text("The very first")
    expect(wanted).to_be_in_viewport()
    expect(wanted).to_be_focused()

    installation.text_in(candidate.number, "And one more")
    expect(page.locator("#thread-list .msg")).to_contain_text(["And one more"])
    expect(wanted).to_be_in_viewport()
    page.keyboard.press("End")
    expect(page.locator(".msg", has_text="And one more")).to_be_in_viewport()


def test_the_file_has_what_the_filters_say_after_they_were_changed(tabs: Tabs) -> None:
    for address, name, value in (
        ("/chat-messages", "direction", "in"),
        ("/settings/audit-log", "act", "export"),
        ("/settings/organisation/sms/billing-log", "kind", "sent"),
        ("/reports/chat", "usage", "campaign"),
    ):
        page = tabs.open(address, who="admin@demo.test")
        page.locator(f"select[name={name}]").select_option(value)
        for words in ("Export", "Excel"):
            link = page.get_by_role("link", name=words, exact=True)
            expect(link).to_have_attribute("href", re.compile(f"[?&]{name}={value}"))
