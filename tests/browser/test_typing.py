"""Typed words are never lost, never changed under the fingers, and never stand in another person's box."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

from playwright.sync_api import Page, expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble
from tests.journeys.installation import ANA, JO, Installation
from tests.journeys.waiting import until

CARET = "(box => [box.selectionStart, box.selectionEnd])(document.querySelector('#body'))"
COUNT_FRAMES = "window.arrived = 0; addEventListener('htmx:wsBeforeMessage', () => { window.arrived += 1 })"
FOCUSED = "document.activeElement.id"


def test_two_hundred_characters_stand_as_typed_while_fifty_frames_arrive(
    tabs: Tabs, installation: Installation
) -> None:
    candidate, other = newcomer(installation), newcomer(installation)
    page = tabs.open(candidate.page)
    page.evaluate(COUNT_FRAMES)
    page.fill("#body", "Dear Maya, yours, Jo")
    page.evaluate("document.querySelector('#body').setSelectionRange(11, 11)")
    typed = "".join(chr(ord("a") + number % 26) for number in range(200))

    def text_in(number: int) -> None:
        installation.text_in((candidate, other)[number % 5 == 0].number, f"Meanwhile {number}")

    with ThreadPoolExecutor(1) as phone:
        texts = phone.map(text_in, range(30))
        written = 0
        while written < len(typed):
            page.keyboard.type(typed[written : written + 5])
            written += 5
        list(texts)
    # Texts that come together are told together: as many more as it takes.
    more = count(30)

    def fifty_have_arrived() -> bool:
        if page.evaluate("window.arrived") >= 50:
            return True
        text_in(next(more))
        return False

    until(fifty_have_arrived)

    expect(bubble(page, "Meanwhile 29")).to_be_attached()
    assert page.locator("#body").input_value() == f"Dear Maya, {typed}yours, Jo"
    assert page.evaluate(CARET) == [211, 211]
    assert page.evaluate(FOCUSED) == "body"


def test_each_draft_is_in_its_own_box_after_switching_and_reloading(tabs: Tabs, installation: Installation) -> None:
    one, other = newcomer(installation), newcomer(installation)
    page = tabs.open(one.page)
    page.locator("#body").press_sequentially("For one")

    open_row(page, other.conversation)
    expect(page.locator("#body")).to_have_value("")
    expect(page.locator(f"#conv-{one.conversation}")).to_contain_text("Draft: For one")
    page.locator("#body").press_sequentially("For the other")

    for conversation, words in ((one.conversation, "For one"), (other.conversation, "For the other")):
        open_row(page, conversation)
        expect(page.locator("#body")).to_have_value(words)
        page.reload()
        expect(page.locator("#body")).to_have_value(words)

    page.go_back()
    page.wait_for_url(f"**{one.conversation}*")
    expect(page.locator("#body")).to_have_value("For one")


def test_the_box_of_the_profile_and_of_the_preview_has_the_same_draft(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    page.locator("#body").press_sequentially("Wherever you look")

    page.get_by_role("link", name="Full profile").click()
    page.get_by_role("link", name="SMS").click()

    expect(page.locator("#body")).to_have_value("Wherever you look")


def test_nobody_else_sees_a_draft_in_the_same_browser(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    page.locator("#body").press_sequentially("Between us")

    page.reload()
    expect(page.locator("#body")).to_have_value("Between us")

    tabs.sign_in(page.context, ANA)
    page.reload()

    expect(page.locator("#body")).to_have_value("")


def test_stop_closes_the_box_at_once_and_start_brings_it_back_with_the_draft(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    page.locator("#body").press_sequentially("Half a sentence")

    installation.text_in(candidate.number, "STOP")

    expect(page.locator("#composer")).to_contain_text("Nobody here can text this number until")
    expect(page.locator("#body")).to_have_count(0)
    expect(page.locator("#composer")).to_be_focused()
    expect(page.locator("#thread-scroll .event")).to_contain_text("opted out")
    expect(page.locator(f"#conv-{candidate.conversation}")).to_contain_text("Opted out")
    refused = installation.reply(installation.sign_in(JO), candidate.conversation, "Half a sentence")
    assert refused.status_code == 422
    assert installation.asked_to_send(candidate.number) == []

    installation.text_in(candidate.number, "START")

    expect(page.locator("#body")).to_have_value("Half a sentence")
    expect(page.locator("#body")).to_be_focused()
    page.click("[data-send]")
    expect(bubble(page, "Half a sentence")).to_contain_text("Delivered")


def open_row(page: Page, conversation: str) -> None:
    """Click a row of the list and wait for its thread."""
    page.locator(f"#conv-{conversation}-link").click()
    expect(page.locator("#thread")).to_have_attribute("data-conv", conversation)
