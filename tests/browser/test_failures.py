"""A text that did not arrive: the reason and the next step beside it, for every hand and eye."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.candidates import Candidate, newcomer
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble, send
from tests.journeys.installation import Installation

PHONE = 390  # pixels
# What lies at the middle of an element: itself, or something that hides it.
IN_SIGHT = """(element) => {
  const { left, top, width, height } = element.getBoundingClientRect();
  const there = document.elementFromPoint(left + width / 2, top + height / 2);
  return element.contains(there);
}"""


def failed(tabs: Tabs, installation: Installation, behaviour: str, width: int = 1440) -> tuple[Page, Candidate]:
    """A page with a text on it that did not arrive."""
    candidate = newcomer(installation, behaviour=behaviour)
    page = tabs.open(candidate.page, width=width)
    send(page, "Are you there?")
    expect(bubble(page, "Are you there?")).to_contain_text("Not delivered")
    return page, candidate


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("landline", "The carrier says this number is a landline. It cannot receive texts. 30006"),
        ("switched_off", "The phone could not be reached: off, or out of range. 30003"),
        ("blocks", "The person's carrier or phone blocked this message. 30004"),
    ],
)
def test_the_reason_is_in_sight_on_a_phone_without_pointing_at_anything(
    tabs: Tabs, installation: Installation, behaviour: str, reason: str
) -> None:
    page, candidate = failed(tabs, installation, behaviour, width=PHONE)

    words = bubble(page, "Are you there?").locator(".msg__failure p")
    expect(words).to_have_text(reason)
    expect(words).to_be_in_viewport(ratio=1)
    assert words.evaluate(IN_SIGHT)
    state = bubble(page, "Are you there?").locator("[data-state]").inner_text()

    page.get_by_role("link", name="Inbox").first.click()

    flag = page.locator(f"#conv-{candidate.conversation} .conv__flag--failed")
    expect(flag).to_be_in_viewport(ratio=1)
    assert flag.inner_text() == state == "Not delivered"


@pytest.mark.parametrize("width", [1440, 390])
def test_a_failed_text_is_sent_again_by_keyboard_alone(tabs: Tabs, installation: Installation, width: int) -> None:
    page, candidate = failed(tabs, installation, "switched_off", width=width)
    again = bubble(page, "Are you there?").get_by_role("button", name="Try again")
    assert again.evaluate(IN_SIGHT)
    installation.behave(candidate.number, "delivers")

    page.locator("#thread-scroll").focus()
    page.keyboard.press("Tab")
    expect(again).to_be_focused()
    page.keyboard.press("Enter")

    expect(bubble(page, "Are you there?")).to_contain_text("Delivered")
    expect(bubble(page, "Are you there?")).to_have_count(1)
    expect(page.locator(f"#conv-{candidate.conversation} .conv__flag--failed")).to_have_count(0)
    assert len(installation.sent_to(candidate.number)) == 2


def test_words_that_the_carrier_filtered_go_back_into_the_box(tabs: Tabs, installation: Installation) -> None:
    page, _ = failed(tabs, installation, "filtered")

    bubble(page, "Are you there?").get_by_role("button", name="Edit and send").click()

    expect(page.locator("#body")).to_have_value("Are you there?")
    expect(page.locator("#body")).to_be_focused()
