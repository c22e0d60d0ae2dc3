"""A deploy under open tabs: the old page goes on with the new process, says so, and loses nothing when loaded anew."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.candidates import newcomer
from tests.browser.lines import through_us
from tests.browser.server import Server
from tests.browser.tabs import BROKEN_LINE, Tabs, until_live
from tests.browser.thread import bubble, send
from tests.journeys.installation import Installation

ROOT = Path(__file__).resolve().parents[2]
OFFER = "A new version is here. Your drafts stay."


@pytest.fixture(scope="module")
def next_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the next release: as it is now, but for a script and a template."""
    tree = tmp_path_factory.mktemp("next")
    for folder in ("inbox", "realtime", "providers", "templates", "static"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (tree / "static/js/00-page.js").open("a") as script:
        script.write("window.inbox.isNextBuild = true;\n")
    with (tree / "templates/live/thread.html").open("a") as frame:
        frame.write('<i id="sender" hidden data-of="the next build" hx-swap-oob="true"></i>\n')
    return tree


@pytest.fixture
def after_a_deploy(server: Server) -> Iterator[None]:
    """The build of before again, when the test is over."""
    yield
    server.stop()
    server.start()


def build(page: Page) -> str:
    """Which build the page came from."""
    found: str = page.locator("body").get_attribute("data-build") or ""
    return found


@pytest.mark.usefixtures("after_a_deploy")
def test_an_old_page_goes_on_with_a_new_process_and_offers_to_be_loaded_anew(
    tabs: Tabs, server: Server, installation: Installation, next_build: Path
) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    old = build(page)
    tabs.expect_trouble(*BROKEN_LINE)
    page.locator("#body").press_sequentially("Half a sentence")
    expect(page.locator("#build-banner")).to_be_empty()

    server.stop()
    server.start(code=next_build)

    expect(page.locator("#build-banner")).to_contain_text(OFFER, timeout=20_000)
    installation.text_in(candidate.number, "Are you still there?")
    expect(bubble(page, "Are you still there?")).to_have_count(1)
    expect(page.locator("#sender")).to_have_attribute("data-of", "the next build")
    expect(page.locator("#body")).to_have_value("Half a sentence")
    assert build(page) == old

    page.get_by_role("button", name="Reload").click()

    expect(page.locator(f"body:not([data-build='{old}'])")).to_have_count(1)
    until_live(page)
    expect(page.locator("#body")).to_have_value("Half a sentence")
    expect(page.locator("#build-banner")).to_be_empty()
    expect(bubble(page, "Are you still there?")).to_have_count(1)
    send(page, "Half a sentence and its end")
    expect(bubble(page, "Half a sentence and its end")).to_contain_text("Delivered")


def test_a_page_whose_scripts_come_from_a_process_of_another_build_works(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.context().new_page()
    kinds: list[str] = []

    def of_another_build(route: Route) -> None:
        kinds.append(route.request.url.rpartition(".")[2])
        route.continue_(url=route.request.url.replace("/static/app.", "/static/app.0"))

    page.route("**/static/app.*", of_another_build)
    page.goto(candidate.page)

    until_live(page)
    assert sorted(kinds) == ["css", "js"]
    send(page, "Does it work?")
    expect(bubble(page, "Does it work?")).to_contain_text("Delivered")


def test_frames_and_signals_that_an_old_page_does_not_know_change_nothing(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.context().new_page()
    lines = through_us(page)
    page.goto(candidate.page)
    until_live(page)

    lines[0].send('{"t":"weather","slot":"list","words":"sunny"}')
    lines[0].send(
        '<i id="weather-cursor" data-before="e-1" data-upto="e-2"></i><p id="sender" hx-swap-oob="true">Sun</p>'
    )
    lines[0].send('<p id="sender" hx-swap-oob="true">Rain</p>')
    installation.text_in(candidate.number, "After the weather")

    expect(bubble(page, "After the weather")).to_have_count(1)
    expect(page.locator("#sender")).to_be_empty()
    assert len(lines) == 1


def test_the_offer_goes_when_the_page_is_served_by_its_own_build_again(tabs: Tabs) -> None:
    page = tabs.context().new_page()
    lines = through_us(page)
    page.goto("/inbox")
    until_live(page)

    lines[0].send('{"t":"hello","build":"another"}')
    expect(page.locator("#build-banner")).to_contain_text(OFFER)
    lines[0].send(json.dumps({"t": "hello", "build": build(page)}))

    expect(page.locator("#build-banner")).to_be_empty()
