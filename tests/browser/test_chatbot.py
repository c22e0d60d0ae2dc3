"""Text Engage on the page: a dialogue runs live in the inbox until somebody replies, and is tried and moved about."""

from playwright.sync_api import expect

from inbox.demo import CHATBOT_NUMBER
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble, send
from tests.journeys.installation import Installation


def test_a_dialogue_runs_live_until_a_reply_takes_over(tabs: Tabs, installation: Installation) -> None:
    number = installation.candidate()
    installation.text_in(number, "Hello?", to=CHATBOT_NUMBER)
    page = tabs.open(f"/inbox/c/{installation.conversation(number)}?tab=shared")
    expect(bubble(page, "You can text one of these words")).to_be_visible()
    installation.text_in(number, "join", to=CHATBOT_NUMBER)
    expect(bubble(page, "May Harbour Health keep your answers")).to_be_visible()
    expect(page.locator("#handling-now")).to_contain_text("With Text Engage")
    expect(page.locator("#conv-list .conv").first).to_contain_text("Text Engage")
    send(page, "Hi, this is Jo. Shall I ring you?")
    expect(page.locator(".msg--act").last).to_contain_text("Text Engage handed over: Jo Park replied.")
    expect(page.locator("#handling-now")).to_have_text("Assigned to Jo Park")
    installation.text_in(number, "Yes, do ring me", to=CHATBOT_NUMBER)
    expect(bubble(page, "Yes, do ring me")).to_be_visible()
    assert len(installation.sent_to(number)) == 3


def test_the_simulator_keeps_the_focus_and_the_editor_its_place(tabs: Tabs, installation: Installation) -> None:
    page = tabs.open("/chatbot")
    page.locator("tbody").get_by_role("link", name="Join the talent network").click()
    field = page.locator("#simulator-text")
    for text, said in (("perhaps", "Please text YES or NO."), ("yes", "What is your name?")):
        field.fill(text)
        field.press("Enter")
        expect(page.locator(".simulator__lines .msg--out").last).to_contain_text(said)
        expect(field).to_be_focused()
    page.get_by_role("link", name="Edit").click()
    page.fill("#name", "Half a name")
    page.get_by_role("button", name="Down Question 1").click()
    expect(page.locator("#ask-1")).to_be_focused()
    expect(page.locator("#ask-1")).to_have_value("What is your name?")
    expect(page.locator("#name")).to_have_value("Half a name")
