"""Who sees only their own conversations: one that is given away is out of sight at once, what was typed is kept."""

import re

from playwright.sync_api import expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs
from tests.journeys.installation import ANA, Installation


def test_a_conversation_that_is_given_away_is_gone_from_the_page_and_its_draft_comes_back_with_it(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    admin = installation.sign_in("admin@demo.test")
    (ana,) = re.findall(r'href="/settings/users/([^"]+)">.{0,200}Ana Ruiz', admin.get("/settings/users").text)
    form, thread = {"name": "Ana Ruiz", "role": "recruiter", "every_company": "1"}, f"/inbox/c/{candidate.conversation}"
    assert admin.post(f"/settings/users/{ana}", data=form | {"own_only": "1"}).status_code == 303
    try:
        assert admin.post(f"{thread}/assign", data={"assignee": ana, "version": "0"}).status_code == 303
        page = tabs.open(candidate.page, who=ANA)
        row = page.locator(f"#conv-{candidate.conversation}")
        expect(row).to_have_count(1)
        page.fill("#body", "On Monday")

        assert admin.post(f"{thread}/assign", data={"assignee": "", "version": "1"}).status_code == 303

        expect(page.get_by_role("heading", name="This conversation is not yours any more.")).to_be_visible()
        expect(row).to_have_count(0)
        assert admin.post(f"{thread}/assign", data={"assignee": ana, "version": "2"}).status_code == 303
        row.get_by_role("link").click()
        expect(page.locator("#body")).to_have_value("On Monday")
    finally:
        admin.post(f"/settings/users/{ana}", data=form)
