"""Sourcing Companion in Chromium: connect it, find the person of a page, text them, add them, and its ends."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, expect

from tests.browser.candidates import newcomer
from tests.browser.companion import SITE, Companion, Profile
from tests.journeys.installation import JO, Installation

ADMIN = "admin@demo.test"


@pytest.fixture
def companion(playwright: Playwright, tmp_path: Path, installation: Installation) -> Iterator[Companion]:
    """The browser with the extension, which is not connected yet."""
    launched = Companion.launched(playwright, tmp_path)
    yield launched
    launched.close()


def test_the_person_of_a_page_is_found_and_texted_live(companion: Companion, installation: Installation) -> None:
    candidate = newcomer(installation, "Is the job still open?")
    app = companion.context.new_page()
    app.context.add_cookies(
        [{"name": name, "value": value, "url": installation.url} for name, value in _cookies(installation).items()]
    )
    app.goto(f"{installation.url}/companion")
    app.get_by_role("button", name="Show a code").click()
    window = companion.pressed(app)
    expect(window.locator("#server")).to_have_value(installation.url)
    window.get_by_role("button", name="Connect").click()
    expect(window.get_by_text("Connected.")).to_be_visible()

    maya = Profile("/in/maya", "Maya Example", (f"Mobile: {candidate.number}",))
    window = companion.pressed(companion.at(maya))
    expect(window.locator("#sub")).to_contain_text("by number")
    expect(window.locator(".msg--in")).to_contain_text("Is the job still open?")
    window.get_by_role("button", name="Remember this page").click()
    expect(window.get_by_text("This page is remembered")).to_be_visible()
    window.get_by_label("Message template").select_option("Documents")
    window.locator("#text").press("End")
    window.locator("#text").press_sequentially(" Thank you")
    words = window.locator("#text").input_value()
    window.locator("#text").press("Control+Enter")
    expect(window.locator(".msg--out")).to_contain_text(words)
    expect(window.locator("#text")).to_have_value("")
    expect(window.locator(".msg--delivered")).to_be_visible(timeout=15_000)
    assert [one["body"] for one in installation.sent_to(candidate.number)] == [words]
    installation.text_in(candidate.number, "I will bring them")
    expect(window.locator(".msg--in").last).to_contain_text("I will bring them")

    again = companion.pressed(companion.at(Profile("/in/maya", "Somebody else by name")))
    expect(again.locator("#sub")).to_contain_text("by this page")
    installation.text_in(candidate.number, "STOP")
    expect(again.locator("[data-blocked]")).to_contain_text("until")
    expect(again.locator("#text")).to_be_hidden()


def test_who_is_not_in_the_pool_is_added_and_then_texted(companion: Companion, installation: Installation) -> None:
    number, name = installation.candidate(), "Zoë Example"
    local = f"0{number.removeprefix('+44')}"
    lines = ('<a href="mailto:zoe@example.com">Write</a>', f'<a href="tel:{local}">Call</a>')
    page = companion.at(Profile("/p/zoe?utm_source=list", name, lines))
    window = companion.pressed(page)
    window.fill("#server", "ftp://inbox")
    window.get_by_role("button", name="Connect").click()
    expect(window.locator("#server-error")).to_contain_text("https://")
    companion.expect_trouble("422")
    window.fill("#server", installation.url)
    window.fill("#code", "AAAA-AAAA")
    window.get_by_role("button", name="Connect").click()
    expect(window.locator("#code-error")).to_contain_text("not good")
    companion.connect(window, installation)
    expect(window.get_by_text(f"{name} is not in the talent pool.")).to_be_visible()
    expect(window.locator("#email")).to_have_value("zoe@example.com")
    window.get_by_role("button", name="Add to talent pool").click()
    expect(window.locator("#number-error")).to_be_visible()  # a number of another country than the company's
    window.fill("#number", number)
    window.get_by_role("button", name="Add to talent pool").click()
    expect(window.locator("#title")).to_have_text(name)
    window.fill("#text", "Hello Zoë")
    window.get_by_role("button", name="Send").click()
    expect(window.locator(".msg--out")).to_contain_text("Hello Zoë")
    expect(companion.pressed(page).locator("#sub")).to_contain_text("by this page")


def test_it_says_when_it_is_out_of_reach_and_when_it_was_disconnected(
    companion: Companion, installation: Installation
) -> None:
    candidate = newcomer(installation, "Hello?")
    page = companion.at(Profile("/in/tom", "Tom Example", (candidate.number,)))
    window = companion.pressed(page)
    companion.connect(window, installation)
    window.fill("#text", "Half a sentence")
    companion.expect_trouble("net::ERR", "401")
    companion.context.set_offline(True)
    expect(window.locator("#line")).to_contain_text("Connection lost", timeout=10_000)
    expect(window.get_by_role("button", name="Send")).to_have_attribute("aria-disabled", "true")
    companion.context.set_offline(False)
    expect(window.locator("#line")).to_be_hidden(timeout=10_000)
    kept = companion.pressed(page)
    expect(kept.locator("#text")).to_have_value("Half a sentence")

    admin = installation.sign_in(ADMIN)
    for action in re.findall(
        r'action="(/settings/api-tokens/companions/[^"]+)"', admin.get("/settings/api-tokens").text
    ):
        assert admin.post(action).status_code == 303
    expect(kept.get_by_text("was disconnected")).to_be_visible(timeout=10_000)
    expect(kept.locator("#server")).to_have_value(installation.url)
    companion.connect(kept, installation)
    expect(kept.locator("#text")).to_be_visible()
    assert SITE in page.url


def _cookies(installation: Installation) -> dict[str, str]:
    return dict(installation.sign_in(JO).cookies)
