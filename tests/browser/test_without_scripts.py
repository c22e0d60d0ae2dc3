"""Without scripts: the same work, page by page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.candidates import newcomer
from tests.browser.listing import rows
from tests.browser.tabs import Tabs
from tests.browser.thread import send
from tests.journeys.elements import parse
from tests.journeys.installation import JO, Installation
from tests.journeys.waiting import until

GRACE = "+61491570201"
PAGE = 40

Open = Callable[[str], Page]


@pytest.fixture
def opened(tabs: Tabs) -> Open:
    """Open a page in a browser that runs no scripts."""
    return lambda path: tabs.open(path, java_script_enabled=False)


def bubbles(page: Page) -> Locator:
    return page.locator(".msg [data-text]")


def ids(page: Page, selector: str) -> list[str]:
    found: list[str] = page.locator(selector).evaluate_all("all => all.map((one) => one.id)")
    return found


def test_signing_in_leads_to_the_page_that_was_asked_for(tabs: Tabs) -> None:
    page = tabs.open("/inbox?tab=shared&unread=1", who=None, java_script_enabled=False)
    tabs.expect_trouble("422")
    expect(page.get_by_role("button", name="Show password")).to_be_hidden()
    for password in ("wrong", "demo-inbox"):
        page.fill("#email", JO)
        page.fill("#password", password)
        page.get_by_role("button", name="Sign in", exact=True).click()
        if password == "wrong":
            expect(page.locator(".error-summary")).to_contain_text("Email or password do not match.")
            expect(page.locator("#email")).to_have_value(JO)

    page.wait_for_url("**/inbox?tab=shared&unread=1")
    page.get_by_text("Account", exact=True).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_contain_text("You were signed out.")


@pytest.mark.parametrize("width", [1440, 390])
def test_the_filters_are_a_form(tabs: Tabs, installation: Installation, width: int) -> None:
    candidate, other = newcomer(installation, "The bassoon"), newcomer(installation, "The harp")
    page = tabs.open("/inbox?tab=shared", java_script_enabled=False, width=width)
    page.fill("#q", "bassoon")
    page.select_option("#range", "today")
    page.locator("label", has_text="Unread").click()

    page.get_by_role("button", name="Apply").click()

    expect(page.locator(f"#conv-{candidate.conversation}")).to_be_visible()
    expect(page.locator(f"#conv-{other.conversation}")).to_have_count(0)
    for part in ("tab=shared", "q=bassoon", "range=today", "unread=1"):
        assert part in page.url
    page.get_by_role("link", name="Clear").first.click()
    expect(page.locator(f"#conv-{other.conversation}")).to_be_visible()


def test_a_reply_brings_the_thread_again_with_its_bubble(opened: Open, installation: Installation) -> None:
    candidate = newcomer(installation, "Is the job still open?")
    page = opened("/inbox?tab=shared")
    page.locator(f"#conv-{candidate.conversation}-link").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(bubbles(page)).to_have_text(["Is the job still open?"])

    send(page, "It is.")

    expect(bubbles(page)).to_have_text(["Is the job still open?", "It is."])
    expect(page.locator("#body")).to_have_value("")
    until(lambda: installation.sent_to(candidate.number))
    page.reload()
    expect(bubbles(page)).to_have_text(["Is the job still open?", "It is."])
    assert len(installation.asked_to_send(candidate.number)) == 1


def test_a_reply_that_is_refused_comes_back_with_its_words_and_the_reason(
    tabs: Tabs, opened: Open, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = opened(candidate.page)
    tabs.expect_trouble("422", "409")
    long = "a" * 1612

    send(page, long)

    expect(page.locator("#composer-notice")).to_have_text("1,612 of 1,600 characters. Shorten it by 12.")
    expect(page.locator("#body")).to_have_value(long)

    installation.text_in(candidate.number, "Wait")
    send(page, "Too late?")
    expect(page.locator("#composer-notice")).to_contain_text("A new message arrived while you were writing.")
    expect(page.locator("#body")).to_have_value("Too late?")
    expect(bubbles(page)).to_have_text(["Hello", "Wait"])
    page.click("[data-send]")
    expect(bubbles(page)).to_have_text(["Hello", "Wait", "Too late?"])


def test_a_failed_text_is_sent_again_by_a_button(opened: Open, installation: Installation) -> None:
    candidate = newcomer(installation, behaviour="switched_off")
    page = opened(candidate.page)
    send(page, "Are you there?")
    expect(bubbles(page)).to_have_text(["Hello", "Are you there?"])
    again = page.get_by_role("button", name="Try again")
    until(lambda: bool(page.reload()) and again.count())
    installation.behave(candidate.number, "delivers")

    again.click()

    expect(again).to_have_count(0)
    until(lambda: bool(page.reload()) and page.locator(".msg--delivered").count())
    assert len(installation.sent_to(candidate.number)) == 2


@pytest.fixture
def newest(installation: Installation) -> str:
    """The conversation on top of a list that is longer than a page."""
    listed = parse(installation.sign_in(JO).get("/inbox?tab=shared").text).all("conv")
    for _ in range(PAGE + 1 - len(listed)):
        installation.text_in(installation.candidate(), "One of many")
    return newcomer(installation, "The newest").conversation


def test_the_rest_of_a_long_list_is_a_page_of_its_own(opened: Open, newest: str) -> None:
    page = opened("/inbox?tab=shared")
    first = ids(page, "#conv-list > .conv")
    assert len(first) == PAGE
    assert first[0] == f"conv-{newest}"

    page.get_by_role("link", name="Load more").click()

    assert ids(page, "#conv-list > .conv")
    assert not set(ids(page, "#conv-list > .conv")) & set(first)


def test_with_scripts_the_rest_joins_the_list_above(tabs: Tabs, newest: str) -> None:
    page = tabs.open("/inbox?tab=shared")
    first = rows(page)
    assert first[0] == newest
    expect(page.locator("#convs-total")).to_have_text(f"{PAGE} newest")

    page.get_by_role("link", name="Load more").click()

    until(lambda: len(rows(page)) > PAGE)
    assert rows(page)[:PAGE] == first
    assert len(rows(page)) == len(set(rows(page)))
    assert page.url.endswith("/inbox?tab=shared")


def test_earlier_messages_are_a_page_with_a_way_back(opened: Open, installation: Installation) -> None:
    conversation = installation.conversation(GRACE)
    page = opened(f"/inbox/c/{conversation}")
    shown = ids(page, ".msg")

    page.get_by_role("link", name="Show earlier messages").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Earlier messages")
    assert len(ids(page, ".msg")) == PAGE
    assert not set(ids(page, ".msg")) & set(shown)
    page.get_by_role("link", name="Back to the conversation").click()
    assert ids(page, ".msg") == shown


def test_a_candidate_without_a_conversation_is_texted_first(opened: Open) -> None:
    page = opened("/candidates?q=Hana")
    page.get_by_role("link", name="Preview Hana Suzuki").click()
    page.get_by_role("link", name="SMS").click()

    page.get_by_role("button", name="Text Hana").click()

    expect(page.locator("#body")).to_be_visible()
    expect(page.locator("#thread-empty")).to_contain_text("No texts with Hana yet.")
