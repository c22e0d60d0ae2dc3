"""A text that did not arrive: the reason and the next step beside it, for every hand and eye."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.candidates import Candidate, in_doubt, newcomer
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble, send
from tests.journeys.installation import ANA, Installation

PHONE = 390  # pixels
# No frame reaches the page from now on.
DEAFEN = """document.addEventListener('htmx:wsBeforeMessage', (event) => {
  event.stopImmediatePropagation();
  event.preventDefault();
}, true)"""
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


def not_confirmed(tabs: Tabs, installation: Installation, *, width: int = 1440) -> tuple[Page, Candidate]:
    """A page with two equal texts on it of which Twilio cannot tell whether they went out."""
    candidate = in_doubt(installation, "Did it go?")
    page = tabs.open(candidate.page, width=width)
    for place in (0, 1):
        button = bubble(page, "Did it go?").nth(place).get_by_role("button", name="Discard")
        expect(button).to_be_visible(timeout=20_000)
    return page, candidate


@pytest.mark.parametrize("width", [1440, PHONE])
def test_a_person_decides_by_keyboard_about_a_text_that_is_not_confirmed(
    tabs: Tabs, installation: Installation, width: int
) -> None:
    page, candidate = not_confirmed(tabs, installation, width=width)
    first, second = bubble(page, "Did it go?").nth(0), bubble(page, "Did it go?").nth(1)
    expect(first.locator(".msg__failure p")).to_have_text("Twilio has not confirmed this text. It may have arrived.")
    for button in first.get_by_role("button").all():
        assert button.evaluate(IN_SIGHT)

    first.get_by_role("button", name="Send again").focus()
    page.keyboard.press("Enter")
    expect(first).to_contain_text("Delivered")
    expect(page.locator("#thread-scroll")).to_be_focused()

    second.get_by_role("button", name="Discard").focus()
    page.keyboard.press("Enter")
    expect(second).to_contain_text("Discarded")
    expect(second).to_contain_text("It may have arrived.")
    expect(second.get_by_role("button")).to_have_count(0)
    expect(page.locator(f"#conv-{candidate.conversation} .conv__flag--failed")).to_have_count(0)
    assert len(installation.asked_to_send(candidate.number)) == 3


def test_whoever_decides_second_sees_what_the_first_one_did(tabs: Tabs, installation: Installation) -> None:
    page, candidate = not_confirmed(tabs, installation)
    slow = bubble(page, "Did it go?").nth(0)
    page.evaluate(DEAFEN)
    message = (slow.get_attribute("id") or "").removeprefix("msg-")
    ana = installation.sign_in(ANA)
    ana.post(f"/inbox/c/{candidate.conversation}/messages/{message}/discard")
    tabs.expect_trouble("409")

    slow.get_by_role("button", name="Send again").click()

    expect(page.locator("#composer-notice")).to_have_text("Ana has already discarded this text.")
    expect(slow).to_contain_text("Discarded")
    assert len(installation.asked_to_send(candidate.number)) == 2


def test_without_scripts_a_text_that_is_not_confirmed_is_decided_about(tabs: Tabs, installation: Installation) -> None:
    _, candidate = not_confirmed(tabs, installation)
    page = tabs.open(candidate.page, java_script_enabled=False)

    bubble(page, "Did it go?").nth(0).get_by_role("button", name="Discard").click()

    expect(bubble(page, "Did it go?").nth(0)).to_contain_text("Discarded")
    expect(bubble(page, "Did it go?").nth(1)).to_contain_text("Not confirmed")
