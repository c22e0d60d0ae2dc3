"""Signing in at a real identity provider, as a browser does it: with a code of ours afterwards, and without."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.second_factor import set_up
from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation
from tests.web.codes import next_code
from tests.web.identity import CLIENT, SECRET, Provider, provider

ADMIN, NIA = "admin@demo.test", "nia@demo.test"
PAGE = "/settings/sign-in/sso"


@pytest.fixture
def identity(installation: Installation) -> Iterator[Provider]:
    """A provider that the demo's admin has connected, until the end of the test."""
    with provider() as running:
        running.knows("s-7", email=NIA, email_verified=True, name="Nia Bello")
        fields = {"issuer": running.url, "client_id": CLIENT, "client_secret": SECRET, "domains": "demo.test"}
        admin = installation.sign_in(ADMIN)
        kept = admin.post(PAGE, data={**fields, "creates_people": "1", "default_role": "reporter"})
        assert kept.status_code == 303, kept.text
        yield running
        assert admin.post(f"{PAGE}/remove").status_code == 303


def sign_in(tabs: Tabs) -> Page:
    """Up to where the provider has sent the browser back to."""
    page = tabs.open("/login?next=/account", who=None)
    page.fill("#email", NIA)
    page.get_by_role("button", name="Sign in with single sign-on").click()
    page.get_by_placeholder("sub").fill("s-7")
    page.get_by_role("button", name="Authorize").click()
    return page


def test_a_provider_signs_somebody_in_and_a_code_of_ours_is_asked_for_once_it_is_set_up(
    tabs: Tabs, identity: Provider
) -> None:
    tabs.expect_trouble("404", "ERR_NAME_NOT_RESOLVED")  # the provider has no icon, and its style is elsewhere
    page = sign_in(tabs)
    expect(page.get_by_text(NIA, exact=True)).to_be_visible()
    assert page.url.endswith("/account")
    secret = set_up(page)
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_text("Recovery codes that are left: 10")).to_be_visible()
    page = sign_in(tabs)
    expect(page.get_by_role("heading", name="Enter a code")).to_be_visible()
    page.fill("#code", next_code(secret))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Recovery codes that are left: 10")).to_be_visible()
    assert page.url.endswith("/account")
