"""A number that two candidates have: what a colleague says of it is live in every open thread."""

from playwright.sync_api import expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs
from tests.journeys.installation import ANA, Installation


def test_a_colleague_says_who_writes_and_the_open_thread_stands_under_that_name(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    jo, ana = tabs.open(candidate.page), tabs.open(candidate.page, who=ANA)
    ana.fill("#body", "Half a draft")
    made = installation.sign_in("jo@demo.test").post(
        "/candidates", data={"name": "Lin Chen", "number": candidate.number, "shares": candidate.number}
    )
    assert made.status_code == 303
    for page in (jo, ana):
        expect(page.locator("#handling-now")).to_contain_text("2 people have this number. Who is it?")
        expect(page.locator(f"#conv-{candidate.conversation}")).to_contain_text("2 people have this number")
    jo.get_by_role("link", name="2 people have this number. Who is it?").click()
    jo.get_by_role("button", name="It is Lin").click()
    for page in (jo, ana):
        expect(page.locator("#thread-name")).to_have_text("Lin Chen")
        expect(page.locator("#handling-now")).to_contain_text("Shared number. Not Lin?")
    expect(ana.locator("#body")).to_have_value("Half a draft")
