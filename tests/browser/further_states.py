"""Pages that lead out of the product or that programs stand behind, in their states."""

from playwright.sync_api import Page, expect

from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation

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


FURTHER = (
    webhook_that_cannot_be_kept,
    secret_of_a_webhook,
    webhook,
    no_exports,
    people_from_a_file,
    live_jobs,
    transcript,
)
