"""The counter beside the box counts as the server does, which counts as Twilio does."""

import json
from pathlib import Path

from playwright.sync_api import expect

from providers import segments
from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation

ROWS = json.loads((Path(__file__).parent.parent / "data/sms_segments.json").read_text())
MEASURE = "(texts) => texts.map((text) => inbox.measure(text))"
PLAIN = "(texts) => texts.map((text) => inbox.plain(text))"


def test_every_text_of_the_table_is_counted_as_twilio_counts_it(tabs: Tabs) -> None:
    page = tabs.open("/inbox")
    texts = [row["text"] for row in ROWS]

    counted = page.evaluate(MEASURE, texts)
    smart = page.evaluate(MEASURE, page.evaluate(PLAIN, texts))

    for row, here, plain in zip(ROWS, counted, smart, strict=True):
        assert (here["encoding"], here["segments"], here["units"]) == (
            row["encoding"],
            row["segments"],
            row["units"],
        ), row["name"]
        assert (plain["encoding"], plain["segments"]) == (row["smart_encoding"], row["smart_segments"]), row["name"]
        server = segments.measure(row["text"])
        assert (here["limit"], here["odd"]) == (server.limit, server.odd_character), row["name"]


def test_the_counter_follows_the_words_and_offers_plain_ones(tabs: Tabs, installation: Installation) -> None:
    page = tabs.open(newcomer(installation).page)
    counter, odd = page.locator("[data-segments]"), page.locator("[data-odd]")
    expect(counter).to_have_text("0/160 · 1 segment")

    page.fill("#body", "a" * 161)
    expect(counter).to_have_text("161/306 · 2 segments")

    page.fill("#body", "It’s " + "a" * 100)
    expect(counter).to_have_text("105/134 · 2 segments")
    expect(odd).to_contain_text("“’” makes this 2 segments.")
    odd.get_by_role("button", name="Use '").click()

    expect(page.locator("#body")).to_have_value("It's " + "a" * 100)
    expect(page.locator("#body")).to_be_focused()
    expect(counter).to_have_text("105/160 · 1 segment")
    expect(odd).to_be_hidden()
