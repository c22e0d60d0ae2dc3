"""A text on its way: one bubble that only goes forward, whatever the line does."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.candidates import newcomer
from tests.browser.server import Server
from tests.browser.tabs import NO_ANSWER, Tabs
from tests.browser.thread import bubble, record, recorded, send
from tests.journeys.installation import Installation
from tests.journeys.waiting import until

WAY = ["sending: Sending…", "queued: Queued", "sent: Sent", "delivered: Delivered"]


def only_forward(looks: list[list[str]]) -> bool:
    """Whether there was one bubble at every moment, which never went back."""
    steps = [WAY.index(look[0]) for look in looks]
    return all(len(look) == 1 for look in looks) and steps == sorted(steps)


def test_a_text_is_one_bubble_from_sending_to_delivered(tabs: Tabs, installation: Installation) -> None:
    page = tabs.open(newcomer(installation).page)
    record(page, "See you at ten")

    send(page, "See you at ten")

    expect(bubble(page, "See you at ten")).to_contain_text("Delivered")
    assert only_forward(recorded(page))
    assert recorded(page)[0] == [WAY[0]]
    assert recorded(page)[-1] == [WAY[-1]]
    expect(page.locator("#body")).to_have_value("")
    expect(page.locator("#body")).to_be_focused()


def test_statuses_that_wait_for_each_other_are_all_shown(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation, behaviour="waits")
    page = tabs.open(candidate.page)
    record(page, "Step by step")

    send(page, "Step by step")

    until(lambda: installation.sent_to(candidate.number))
    (sent,) = installation.sent_to(candidate.number)
    for status, words in (("sent", "Sent"), ("delivered", "Delivered"), ("sent", "Delivered")):
        installation.report(sent["sid"], status)
        expect(bubble(page, "Step by step").locator("[data-state]")).to_have_text(words)
    assert recorded(page) == [[step] for step in WAY]


def test_an_answer_that_is_overtaken_by_the_socket_turns_nothing_back(tabs: Tabs, installation: Installation) -> None:
    page = tabs.open(newcomer(installation).page)
    record(page, "Overtaken")
    held: list[Callable[[], None]] = []

    def hold(route: Route) -> None:
        answer = route.fetch()
        held.append(lambda: route.fulfill(response=answer))

    page.route("**/messages", hold)
    send(page, "Overtaken")
    expect(bubble(page, "Overtaken")).to_contain_text("Delivered")
    with page.expect_event("requestfinished"):
        held[0]()

    expect(bubble(page, "Overtaken")).to_contain_text("Delivered")
    assert only_forward(recorded(page))


@pytest.mark.parametrize("status", [500, 503])
def test_a_server_that_fails_gives_the_text_back(tabs: Tabs, installation: Installation, status: int) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    tabs.expect_trouble(str(status), "Response Status Error")
    page.route("**/messages", lambda route: route.fulfill(status=status, body="It broke"))

    send(page, "Not lost")

    expect(page.locator("#composer-notice")).to_have_text("Not sent. Your text is back in the box.")
    expect(page.locator("#body")).to_have_value("Not lost")
    expect(bubble(page, "Not lost")).to_have_count(0)
    page.unroute("**/messages")
    page.click("[data-send]")
    expect(bubble(page, "Not lost")).to_contain_text("Delivered")
    expect(page.locator("#composer-notice")).to_have_text("")
    assert len(installation.sent_to(candidate.number)) == 1


def test_a_text_nobody_answered_for_is_tried_again_under_its_id(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    tabs.expect_trouble(*NO_ANSWER)
    asked: list[str] = []

    def lose(route: Route) -> None:
        asked.append(id_in(route))
        route.abort()

    page.route("**/messages", lose)
    send(page, "Did it go?")
    expect(bubble(page, "Did it go?").locator("[data-state]")).to_have_text("Not confirmed")
    expect(page.locator("#body")).to_have_value("")
    page.reload()
    expect(bubble(page, "Did it go?").locator("[data-state]")).to_have_text("Not confirmed")

    page.unroute("**/messages")
    with page.expect_request("**/messages") as again:
        page.get_by_role("button", name="Try again").click()

    expect(bubble(page, "Did it go?")).to_contain_text("Delivered")
    expect(bubble(page, "Did it go?")).to_have_count(1)
    assert f"id={asked[0]}&" in str(again.value.post_data)
    assert len(installation.asked_to_send(candidate.number)) == 1


def test_a_text_that_arrived_is_not_called_unconfirmed_when_its_answer_gets_lost(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    tabs.expect_trouble(*NO_ANSWER)
    record(page, "Answer lost")
    held: list[Route] = []

    def lose(route: Route) -> None:
        route.fetch()
        held.append(route)

    page.route("**/messages", lose)
    send(page, "Answer lost")
    expect(bubble(page, "Answer lost")).to_contain_text("Delivered")
    with page.expect_event("requestfailed"):
        held[0].abort()

    expect(bubble(page, "Answer lost")).to_contain_text("Delivered")
    assert only_forward(recorded(page))
    page.reload()
    expect(bubble(page, "Answer lost")).to_have_count(1)


def test_a_server_that_is_silent_leaves_it_open_and_trying_again_sends_once(
    tabs: Tabs, server: Server, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    tabs.expect_trouble(*NO_ANSWER)

    with server.frozen():
        send(page, "Anybody there?")
        expect(bubble(page, "Anybody there?").locator("[data-state]")).to_have_text("Not confirmed", timeout=15_000)
        page.get_by_role("button", name="Try again").click()
        expect(bubble(page, "Anybody there?").locator("[data-state]")).to_have_text("Sending…")

    expect(bubble(page, "Anybody there?")).to_contain_text("Delivered")
    expect(bubble(page, "Anybody there?")).to_have_count(1)
    assert len(installation.asked_to_send(candidate.number)) == 1


def test_a_text_to_somebody_who_has_just_written_is_held_once(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    page.locator("#body").press_sequentially("On Monday")
    installation.text_in(candidate.number, "I meant where, not when")
    expect(bubble(page, "I meant where")).to_be_visible()
    tabs.expect_trouble("409")

    page.click("[data-send]")

    expect(page.locator("#composer-notice")).to_have_text(
        "A new message arrived while you were writing. Read it, then press Send again."
    )
    expect(page.locator("#body")).to_have_value("On Monday")
    expect(page.locator("#body")).to_be_focused()
    expect(bubble(page, "On Monday")).to_have_count(0)
    assert installation.sent_to(candidate.number) == []

    page.click("[data-send]")

    expect(bubble(page, "On Monday")).to_contain_text("Delivered")
    expect(page.locator("#composer-notice")).to_have_text("")
    assert [text["body"] for text in installation.sent_to(candidate.number)] == ["On Monday"]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("  ", "Write something first."),
        ("a" * 1612, "1,612 of 1,600 characters. Shorten it by 12."),
    ],
)
def test_a_text_that_cannot_be_sent_stays_in_the_box_with_the_reason(
    tabs: Tabs, installation: Installation, words: str, reason: str
) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)

    send(page, words)

    expect(page.locator("#composer-notice")).to_have_text(reason)
    expect(page.locator("#body")).to_have_value(words)
    assert installation.sent_to(candidate.number) == []


def test_texts_that_are_written_fast_go_out_in_their_order(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page: Page = tabs.open(candidate.page)

    for word in ("One", "Two", "Three"):
        page.fill("#body", word)
        page.keyboard.press("Control+Enter")

    for word in ("One", "Two", "Three"):
        expect(bubble(page, word)).to_contain_text("Delivered")
    assert [text["body"] for text in installation.sent_to(candidate.number)] == ["One", "Two", "Three"]


def id_in(route: Route) -> str:
    """The id a send carries."""
    fields = dict(pair.split("=", 1) for pair in str(route.request.post_data).split("&"))
    return fields["id"]
