"""Frames that come twice, out of order, not at all, or too many at once: nothing is double or missing in the end."""

import json
import re
import time

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.browser.candidates import Candidate, newcomer
from tests.browser.fresh_page import assert_as_fresh, refetched, watch_fetches
from tests.browser.lines import Mischief, through_us
from tests.browser.tabs import Tabs, until_heard, until_live
from tests.browser.thread import bubble
from tests.browser.traffic import happen
from tests.journeys.installation import Installation


@pytest.fixture
def crowd(installation: Installation) -> list[Candidate]:
    return [newcomer(installation, f"I am number {number}") for number in range(3)]


@pytest.mark.parametrize(
    ("kinds", "seed"),
    [
        ("reorder", 1),
        ("repeat", 2),
        ("drop", 3),
        ("reorder repeat drop", 4),
        *(pytest.param("reorder repeat drop", seed, marks=pytest.mark.long) for seed in range(5, 25)),
    ],
)
def test_whatever_becomes_of_the_frames_the_page_ends_as_a_fresh_one(
    tabs: Tabs, installation: Installation, crowd: list[Candidate], kinds: str, seed: int
) -> None:
    page = tabs.context().new_page()
    mischief = Mischief(page, kinds, seed)
    page.goto(crowd[0].page)
    until_live(page)
    watch_fetches(page)
    page.locator("#body").press_sequentially("Half a sentence")

    happen(installation, crowd, events=25, seed=seed)
    mischief.end()
    installation.text_in(crowd[0].number, "The last word")

    expect(bubble(page, "The last word")).to_have_count(1)
    assert_as_fresh(page)
    expect(page.locator("#body")).to_have_value("Half a sentence")
    assert page.evaluate("sockets.length") == 1
    fetched = len(refetched(page))
    assert fetched == 0 if kinds == "repeat" else fetched <= len(mischief.frames)
    installation.text_in(crowd[0].number, "And another one")
    expect(bubble(page, "And another one")).to_have_count(1)
    assert len(refetched(page)) == fetched


def test_a_gap_costs_one_fetch_for_each_pane_that_has_it(
    tabs: Tabs, installation: Installation, crowd: list[Candidate]
) -> None:
    page = tabs.context().new_page()
    mischief = Mischief(page, "", 0)
    page.goto(crowd[0].page)
    until_live(page)
    watch_fetches(page)
    mischief.is_lost = True
    installation.text_in(crowd[0].number, "Lost")
    until_heard(page, lambda: any("Lost" in frame and "thread-cursor" in frame for frame in mischief.frames))
    mischief.is_lost = False

    for number in range(10):
        installation.text_in(crowd[0].number, f"After it {number}")

    expect(bubble(page, "Lost")).to_have_count(1)
    assert_as_fresh(page)
    assert sorted("/c/" in name and "?" not in name for name in refetched(page)) == [False, True]


def test_a_stream_of_signals_does_not_put_the_fetch_off_for_ever(tabs: Tabs, crowd: list[Candidate]) -> None:
    page = tabs.context().new_page()
    lines = through_us(page)
    page.goto("/inbox?tab=shared&q=number")
    until_live(page)
    watch_fetches(page)
    began = time.monotonic()

    while time.monotonic() < began + 3 and not refetched(page):
        lines[0].send('{"t":"refetch","slot":"list"}')
        page.wait_for_timeout(50)

    assert time.monotonic() < began + 3


def test_a_pane_that_could_not_be_fetched_is_fetched_when_it_can(
    tabs: Tabs, installation: Installation, crowd: list[Candidate]
) -> None:
    page = tabs.context().new_page()
    mischief = Mischief(page, "", 0)
    page.goto(crowd[0].page)
    until_live(page)
    page.locator("#body").press_sequentially("Half a sentence")
    tabs.expect_trouble("503")
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.fulfill(status=503)

    page.route("**/inbox**", refuse)
    mischief.is_lost = True
    installation.text_in(crowd[0].number, "While the database was away")
    until_heard(page, lambda: len(mischief.frames) >= 2)
    mischief.is_lost = False
    for slot in ("list", "thread", "counts"):
        mischief.lines[0].send(json.dumps({"t": "resync", "slot": slot}))
    until_heard(page, lambda: len(refused) >= 3)
    page.unroute("**/inbox**")

    expect(bubble(page, "While the database was away")).to_have_count(1)
    assert_as_fresh(page)
    expect(page.locator("#convs-failed")).to_be_hidden()
    expect(page.locator("#body")).to_have_value("Half a sentence")


def test_more_frames_than_are_remembered_while_the_list_is_fetched_leave_no_hole(
    tabs: Tabs, installation: Installation, crowd: list[Candidate]
) -> None:
    page = tabs.context().new_page()
    lines = through_us(page)
    page.goto("/inbox?tab=shared")
    until_live(page)
    held = hold_answer(page, "**/inbox?tab=shared")

    lines[0].send('{"t":"resync","slot":"list"}')
    until_heard(page, lambda: held)
    for number in range(45):
        installation.text_in(crowd[number % 3].number, f"Burst {number}")
    stranger = newcomer(installation, "The last of them").conversation
    expect(page.locator(f"#conv-{stranger}")).to_have_count(1)
    answer(held)

    assert_as_fresh(page)


def test_start_right_after_stop_leaves_the_box_open_however_slow_the_answer_to_stop_is(
    tabs: Tabs, installation: Installation, crowd: list[Candidate]
) -> None:
    page = tabs.open(crowd[0].page)
    page.locator("#body").press_sequentially("Half a sentence")
    held = hold_answer(page, "**/composer")

    installation.text_in(crowd[0].number, "STOP")
    until_heard(page, lambda: held)
    installation.text_in(crowd[0].number, "START")
    expect(page.locator("#thread-scroll .event")).to_have_count(2)
    answer(held)

    expect(page.locator("#body")).to_have_value("Half a sentence")
    assert_as_fresh(page)


def test_an_answer_for_a_list_that_was_left_does_not_take_the_place_of_the_present_one(
    tabs: Tabs, crowd: list[Candidate]
) -> None:
    page = tabs.context().new_page()
    lines = through_us(page)
    page.goto("/inbox?tab=shared")
    until_live(page)
    held = hold_answer(page, "**/inbox?tab=shared")

    lines[0].send('{"t":"resync","slot":"list"}')
    until_heard(page, lambda: held)
    page.get_by_text("Failed", exact=True).click()
    page.wait_for_url("**failed=1*")
    expect(page.locator("#conv-list")).to_have_attribute("data-view", re.compile("failed=1"))
    answer(held)

    assert_as_fresh(page)


def hold_answer(page: Page, address: str) -> list[tuple[Route, APIResponse]]:
    """The server answers the next request to this address at once, and the page does not hear of it yet."""
    held: list[tuple[Route, APIResponse]] = []
    page.route(address, lambda route: held.append((route, route.fetch())), times=1)
    return held


def answer(held: list[tuple[Route, APIResponse]]) -> None:
    """Let the page have what was held."""
    for route, response in held:
        route.fulfill(response=response)
