"""A text at a wrong moment comes back into the box, asks why it cannot wait, and goes out with the reason."""

from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from tests.browser.candidates import newcomer
from tests.browser.office_states import ADMIN
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble, send
from tests.journeys.installation import Installation

PRIYA = "+61491570156"  # has not written for an hour: who has just texted is awake
RULES = {"scope": "company", "hours": "off", "daily_cap": ""}


def test_above_the_cap_a_reason_is_asked_and_stays_with_the_text(tabs: Tabs, installation: Installation) -> None:
    admin, page = installation.sign_in(ADMIN), tabs.open(newcomer(installation).page)
    assert admin.post("/settings/company/rules", data=RULES | {"daily_cap": "1"}).status_code == 303
    try:
        send(page, "The first one")
        expect(bubble(page, "The first one")).to_contain_text("Delivered")
        tabs.expect_trouble("422")
        send(page, "The second one")
        expect(page.locator("#composer-notice")).to_contain_text("Write why one more is needed")
        expect(page.locator("#body")).to_have_value("The second one")
        page.get_by_label("Why it cannot wait").fill("She asked for the address")
        page.locator("#body").press("Control+Enter")
        expect(bubble(page, "The second one")).to_contain_text("Sent all the same: “She asked for the address”")
        expect(page.locator("#composer-notice")).to_be_empty()
    finally:
        assert admin.post("/settings/company/rules", data=RULES).status_code == 303


def test_in_quiet_hours_the_text_can_wait_for_their_end_by_one_button(tabs: Tabs, installation: Installation) -> None:
    admin, page = installation.sign_in(ADMIN), tabs.open(f"/inbox/c/{installation.conversation(PRIYA)}")
    hour = (datetime.now(ZoneInfo("Australia/Melbourne")).hour + 12) % 24
    hours = {"hours": "own", "from": f"{hour:02}:00", "to": f"{hour:02}:30"}
    assert admin.post("/settings/company/rules", data=RULES | hours).status_code == 303
    try:
        tabs.expect_trouble("422")
        send(page, "See you on Monday")
        page.get_by_role("button", name="their time").click()
        expect(page.locator(".scheduled__text")).to_contain_text("See you on Monday")
        expect(page.locator("#composer-notice")).to_be_empty()
        expect(page.locator("#body")).to_have_value("")
    finally:
        assert admin.post("/settings/company/rules", data=RULES).status_code == 303
