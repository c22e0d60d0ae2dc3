"""What an answer seems to say is offered below the last text alone, and gone when a person has confirmed it."""

from playwright.sync_api import expect

from tests.browser.candidates import answered
from tests.browser.looks import violations
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble
from tests.journeys.installation import ANA, Installation


def test_an_answer_is_confirmed_once_and_live_for_everybody(tabs: Tabs, installation: Installation) -> None:
    candidate = answered(installation)
    jo, ana = tabs.open(candidate.page), tabs.open(candidate.page, who=ANA)
    installation.text_in(candidate.number, "Yes")
    installation.text_in(candidate.number, "Sorry, could we do Friday?")
    for page in (jo, ana):
        expect(bubble(page, "Sorry, could we do Friday?").locator(".msg__meaning")).to_be_visible()
        expect(bubble(page, "Yes").locator(".msg__meaning")).to_be_hidden()
    assert violations(jo) == []
    jo.reload()
    jo.locator(".msg__meaning:visible").get_by_role("button", name="Confirm and tag").click()
    for page in (jo, ana):
        expect(page.locator(".msg--meant")).to_contain_text("Jo Park took the answer for “Another time”.")
        expect(page.locator(".msg__meaning:visible")).to_have_count(0)
    expect(jo.locator("#preview .label__name")).to_have_text(["Wants another time"])
