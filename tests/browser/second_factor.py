"""Somebody with an authenticator app, at the page that asks for its code."""

from playwright.sync_api import Page, expect

from inbox.demo import PASSWORD
from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation
from tests.web.codes import code


def set_up(page: Page) -> str:
    """Set the app up on the account page; its secret."""
    page.goto("/account/second-factor")
    page.get_by_role("button", name="Set it up").click()
    picture = page.get_by_role("img", name="QR code of the key below")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.complete && image.naturalWidth > 100")
    secret = page.locator("#secret").inner_text()
    page.fill("#code", code(secret))
    page.get_by_role("button", name="Turn it on").click()
    expect(page.locator(".codes li")).to_have_count(10)
    return secret


def asked_for_a_code(tabs: Tabs, installation: Installation, email: str) -> tuple[Page, str]:
    """Somebody new, whose password was shown, and the secret of the app."""
    added = ("user", "add", email, "--name", "Remy Laurent", "--role", "reporter", "--password", PASSWORD)
    installation.do(*added)
    secret = set_up(tabs.open("/account", who=email))
    page = tabs.open("/login", who=None)
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Enter a code")).to_be_visible()
    return page, secret
