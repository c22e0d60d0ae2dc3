"""Back and forward: the page of the address, whole, whatever arrives when."""

import re

from playwright.sync_api import expect

from tests.browser.candidates import newcomer
from tests.browser.listing import rows
from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation
from tests.journeys.waiting import until


def test_going_back_brings_list_and_thread_of_that_address(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open("/inbox?tab=shared")
    listed = rows(page)
    page.locator(f"#conv-{candidate.conversation}-link").click()
    expect(page.locator("#thread-name")).to_be_focused()
    page.locator("#tab-mine").click()
    page.wait_for_url(lambda url: candidate.conversation in url and "tab=" not in url)
    until(lambda: rows(page) != listed)

    page.go_back()
    until(lambda: rows(page) == listed)
    expect(page.locator(f"#conv-{candidate.conversation}-link")).to_have_attribute("aria-current", "true")
    page.go_back()
    expect(page.locator(".thread--none")).to_be_visible()
    assert rows(page) == listed

    page.goto("/sandbox/phones")
    page.go_back()
    expect(page.locator("#convs")).to_be_visible()
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()


def test_going_back_twice_does_not_wait_for_the_page_between(tabs: Tabs, installation: Installation) -> None:
    one, other = newcomer(installation), newcomer(installation)
    page = tabs.open(one.page)
    for candidate in (other, one):
        page.locator(f"#conv-{candidate.conversation}-link").click()
        expect(page.locator("#thread")).to_have_attribute("data-conv", candidate.conversation)
    between = re.compile(other.conversation)
    page.route(between, lambda _: None)  # never answered

    with page.expect_request(between):
        page.evaluate("history.back()")
    with page.expect_event("requestfailed", lambda request: between.search(request.url) is not None):
        page.evaluate("history.back()")

    expect(page.locator("#thread")).to_have_attribute("data-conv", one.conversation)
    assert page.url.endswith(one.page)


def test_back_never_steps_through_the_letters_of_a_search(tabs: Tabs) -> None:
    page = tabs.open("/inbox?tab=shared")
    page.get_by_text("Unread", exact=True).click()
    page.wait_for_url("**unread=1*")
    typed = ""
    for letter in "priya":
        typed += letter
        page.locator("#q").press_sequentially(letter)
        page.wait_for_url(f"**q={typed}*")
    expect(page.locator("#conv-list > .conv")).to_have_count(1)

    page.go_back()
    page.wait_for_url("**/inbox?tab=shared")
    expect(page.locator("#q")).to_have_value("")
    expect(page.locator("#unread")).not_to_be_checked()

    page.go_forward()
    page.wait_for_url("**q=priya*")
    expect(page.locator("#q")).to_have_value("priya")
    expect(page.locator("#conv-list > .conv")).to_have_count(1)
