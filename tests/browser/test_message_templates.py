"""Message templates at the composer: found by typing, taken by keyboard or by hand, and nothing typed is lost."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble
from tests.journeys.installation import JO, Installation

OWN = {"Hello": "Hi {{first_name|there}}, {{my_first_name}} here.", "Which job": "About {{job}}?"}


@pytest.fixture
def thread(tabs: Tabs, installation: Installation) -> Iterator[Page]:
    """A conversation with a stranger, and two templates that only Jo sees, besides those of all."""
    browser = installation.sign_in(JO)
    for name, body in OWN.items():
        answer = browser.post("/message-templates", data={"name": name, "body": body, "shared": ""})
        assert answer.status_code == 303, answer.text
    yield tabs.open(newcomer(installation).page)
    for name in OWN:
        (own,) = re.findall(
            r'href="/message-templates/([0-9a-f-]{36})"', browser.get(f"/message-templates?q={name}").text
        )
        browser.post(f"/message-templates/{own}/archive")


def test_a_slash_in_an_empty_box_finds_a_template_and_enter_takes_it(thread: Page) -> None:
    thread.focus("#body")
    thread.keyboard.press("/")
    expect(thread.locator("#picker-q")).to_be_focused()
    expect(thread.get_by_role("option", name="Which job")).to_be_visible()
    thread.keyboard.type("hel")
    expect(thread.get_by_role("option", name="Which job")).to_have_count(0)
    thread.keyboard.press("Enter")
    expect(thread.locator("#body")).to_be_focused()
    expect(thread.locator("#body")).to_have_value("Hi there, Jo here.")
    expect(thread.locator("#picker")).to_be_hidden()
    thread.keyboard.press("Control+Enter")
    expect(bubble(thread, "Hi there, Jo here.")).to_contain_text("Delivered")


def test_escape_gives_back_the_slash_and_what_was_typed_behind_it(thread: Page) -> None:
    thread.focus("#body")
    thread.keyboard.press("/")
    expect(thread.get_by_role("option", name="Which job")).to_be_visible()
    thread.keyboard.type("10 an hour")
    thread.keyboard.press("Escape")
    expect(thread.locator("#body")).to_be_focused()
    expect(thread.locator("#body")).to_have_value("/10 an hour")
    thread.keyboard.type(" / day")
    expect(thread.locator("#body")).to_have_value("/10 an hour / day")


def test_the_button_puts_a_template_where_the_caret_stands_and_undo_takes_it_out(thread: Page) -> None:
    thread.fill("#body", "Start. End.")
    thread.evaluate("document.querySelector('#body').setSelectionRange(7, 7)")
    thread.click("[data-opens-picker]")
    expect(thread.get_by_role("option", name="Which job")).to_be_visible()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp"):
        thread.keyboard.press(key)
    expect(thread.locator("#picker-q")).to_have_attribute("aria-activedescendant", picked(thread, "Hello"))
    thread.get_by_role("option", name="Hello").click()
    expect(thread.locator("#body")).to_have_value("Start. Hi there, Jo here.End.")
    thread.keyboard.press("Control+z")
    expect(thread.locator("#body")).to_have_value("Start. End.")


def test_a_field_that_is_not_known_must_be_written_by_hand(tabs: Tabs, thread: Page) -> None:
    tabs.expect_trouble("422")
    thread.click("[data-opens-picker]")
    thread.get_by_role("option", name="Which job").click()
    expect(thread.locator("#body")).to_have_value("About {{job}}?")
    thread.keyboard.press("Control+Enter")
    expect(thread.locator("#composer-notice")).to_contain_text("Put words in place of {{job}} first.")
    expect(thread.locator("#body")).to_have_value("About {{job}}?")


def picked(page: Page, name: str) -> str:
    """The id of the option with this name."""
    found: str = page.get_by_role("option", name=name).get_attribute("id") or ""
    return found
