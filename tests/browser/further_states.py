"""Pages that lead out of the product or that programs stand behind, in their states."""

import re

from playwright.sync_api import Page, expect

from inbox.demo import PASSWORD
from tests.browser.second_factor import asked_for_a_code
from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation
from tests.web.codes import next_code

ADMIN = "admin@demo.test"
MAYA = "+61491570110"
WANTED = f"Mobile number,Name\n{MAYA},Maya\n+44 7700 900 999,Nobody\n,Without\n"


def webhook_that_cannot_be_kept(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/webhooks", who=ADMIN)
    tabs.expect_trouble("422")
    page.fill("#url", "http://example.com/inbox")
    page.get_by_role("button", name="Add endpoint").click()
    expect(page.locator("#url-error")).to_be_visible()
    return page


def secret_of_a_webhook(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/webhooks", who=ADMIN)
    page.fill("#url", "https://hooks.example.com/inbox")
    page.get_by_role("checkbox").first.check()
    page.get_by_role("button", name="Add endpoint").click()
    expect(page.locator("#secret")).to_be_visible()
    return page


def webhook(tabs: Tabs, installation: Installation) -> Page:
    page = secret_of_a_webhook(tabs, installation)
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("hooks.example.com")
    return page


def no_exports(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/exports", who="kim@demo.test")


def people_from_a_file(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/campaigns/files")
    page.set_input_files("#file", [{"name": "thursday.csv", "mimeType": "text/csv", "buffer": WANTED.encode()}])
    page.get_by_role("button", name="Look for these people").click()
    expect(page.get_by_role("link", name="Write to 1 person")).to_be_visible()
    return page


def live_jobs(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/workflows/jobs")


def transcript(tabs: Tabs, installation: Installation) -> Page:
    return tabs.open(f"/inbox/c/{installation.conversation(MAYA)}/transcript", who=ADMIN)


def provider_that_cannot_be_kept(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/sign-in", who=ADMIN)
    tabs.expect_trouble("422")
    page.fill("#issuer", "https://login.example.com")
    page.fill("#client_id", "shared-inbox")
    page.fill("#client_secret", "a secret")
    page.fill("#domains", "example")
    page.fill("#claim-0", "groups")
    page.fill("#value-0", "leads")
    page.get_by_label("Password sign-in off").check()
    page.locator("#sso").get_by_role("button", name="Save").click()
    expect(page.locator("#domains-error")).to_be_visible()
    expect(page.locator("#keeper_id-error")).to_be_visible()
    return page


def second_factor_with_a_wrong_code(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/account/second-factor", who="kim@demo.test")
    tabs.expect_trouble("422")
    page.get_by_role("button", name="Set it up").click()
    page.fill("#code", "000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator("#code-error")).to_be_visible()
    return page


def wrong_code_at_the_sign_in(tabs: Tabs, installation: Installation) -> Page:
    page, _ = asked_for_a_code(tabs, installation, "remy@demo.test")
    tabs.expect_trouble("422")
    page.fill("#code", "000000")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#code-error")).to_be_visible()
    return page


def recovery_codes(tabs: Tabs, installation: Installation) -> Page:
    page, secret = asked_for_a_code(tabs, installation, "robin@demo.test")
    page.fill("#code", next_code(secret))
    page.get_by_role("button", name="Sign in").click()
    page.goto("/account")
    page.fill("#proof", PASSWORD)
    page.get_by_role("button", name="New recovery codes").click()
    expect(page.locator(".codes li")).to_have_count(10)
    return page


def undo_of_a_merge(tabs: Tabs, installation: Installation) -> Page:
    page, ids = tabs.open("/candidates/new"), list[str]()
    for name in ("Lee Wong", "L. Wong"):
        page.goto("/candidates/new")
        page.fill("#name", name)
        page.fill("#number", installation.candidate())
        page.locator("#name").press("Enter")
        expect(page).to_have_url(re.compile("/candidates/[0-9a-f]{8}-"))
        ids.append(page.url.rpartition("/")[2])
    page.goto(f"/candidates/{ids[0]}/merge?with={ids[1]}")
    page.get_by_role("button", name="Merge").click()
    expect(page).to_have_url(re.compile(f"/candidates/{ids[0]}$"))
    page.goto(f"/candidates/{ids[1]}/unmerge")
    expect(page.get_by_role("button", name="Undo the merge")).to_be_visible()
    return page


FURTHER = (
    provider_that_cannot_be_kept,
    second_factor_with_a_wrong_code,
    wrong_code_at_the_sign_in,
    recovery_codes,
    undo_of_a_merge,
    webhook_that_cannot_be_kept,
    secret_of_a_webhook,
    webhook,
    no_exports,
    people_from_a_file,
    live_jobs,
    transcript,
)
