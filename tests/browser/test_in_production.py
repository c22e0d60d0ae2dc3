"""The heart of it over PostgreSQL and Redis: two browsers, a worker of its own, and every step live."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.candidates import newcomer
from tests.browser.listing import now, rows, seconds_to_top, watch_top
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble, record, recorded, send
from tests.journeys import installation as installations
from tests.journeys.installation import ANA, JO, Installation
from tests.journeys.screen import page as page_of

SOON = 1.0  # seconds


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installations.production(tmp_path_factory.mktemp("production")) as running:
        yield running
        running.close_browsers()


@pytest.mark.timeout(150)  # four processes and a database are started for it
def test_a_text_and_its_answer_are_live_in_both_browsers(tabs: Tabs, production: Installation) -> None:
    candidate = newcomer(production)
    jo = tabs.open(candidate.page, at=production)
    ana = tabs.open("/inbox?tab=shared", who=ANA, at=production)
    stranger = newcomer(production, "I am new here")
    expect(ana.locator("#conv-list > .conv").first).to_have_id(f"conv-{stranger.conversation}")

    watch_top(ana, candidate.conversation)
    production.text_in(candidate.number, "Do you have a minute?")
    assert seconds_to_top(ana, now()) < SOON
    expect(bubble(jo, "Do you have a minute?")).to_be_visible()

    record(jo, "Always.")
    send(jo, "Always.")

    expect(bubble(jo, "Always.")).to_contain_text("Delivered")
    expect(ana.locator(f"#conv-{candidate.conversation} .conv__text")).to_have_text("Jo: Always.")
    steps = [step for look in recorded(jo) for step in look]
    assert steps[0] == "sending: Sending…"
    assert len(steps) == len(set(steps))
    assert [text["body"] for text in production.sent_to(candidate.number)] == ["Always."]
    elsewhere = production.browser(production.webs[-1], cookies=dict(production.sign_in(JO).cookies))
    assert page_of(elsewhere, "/inbox?tab=shared").all("conv")[0].id == f"conv-{rows(ana)[0]}"
