"""The list stays what its filters say while texts come in, and nothing moves under a hand."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.browser.candidates import Candidate, answered, newcomer
from tests.browser.listing import cursor, now, places, rows, seconds_to_top, shown, until_told, watch_top
from tests.browser.server import Server
from tests.browser.tabs import Tabs
from tests.journeys.installation import ANA, JO, Installation

OFFICE = ZoneInfo("Australia/Melbourne")
AMIR, GRACE = "+61491570737", "+61491570201"
SOON = 1.0  # seconds


def days_ago(days: int) -> str:
    """A day of the organisation's calendar."""
    return (datetime.now(OFFICE).date() - timedelta(days=days)).isoformat()


def test_a_text_from_outside_the_dates_changes_nothing_and_one_from_inside_is_on_top_within_a_second(
    tabs: Tabs, installation: Installation
) -> None:
    mine_of_today, amir = answered(installation), installation.conversation(AMIR)
    page = tabs.open(f"/inbox?range=custom&from={days_ago(30)}&to={days_ago(2)}")
    before, stood = shown(page), cursor(page)

    installation.text_in(mine_of_today.number, "Not in your dates")
    until_told(page, stood)

    assert shown(page) == before

    for number, conversation in ((GRACE, installation.conversation(GRACE)), (AMIR, amir)):
        watch_top(page, conversation)
        told = installation.text_in(number, f"In your dates, {conversation}")
        assert told["webhook_status"] == 200
        assert seconds_to_top(page, now()) < SOON
        expect(page.locator(f"#conv-{conversation} .conv__text")).to_have_text(f"In your dates, {conversation}")


def test_the_unread_view_takes_a_question_within_a_second_and_lets_go_of_it_when_it_is_answered(
    tabs: Tabs, installation: Installation
) -> None:
    candidate, other = answered(installation, ANA), newcomer(installation)
    page = tabs.open("/inbox?tab=shared&unread=1")
    before = rows(page)
    assert other.conversation in before

    installation.reply(installation.sign_in(ANA), candidate.conversation, "One more thing")
    watch_top(page, candidate.conversation)
    installation.text_in(candidate.number, "Yes?")

    assert seconds_to_top(page, now()) < SOON
    assert rows(page) == [candidate.conversation, *before][: len(rows(page))]

    installation.reply(installation.sign_in(ANA), candidate.conversation, "Never mind")
    expect(page.locator(f"#conv-{candidate.conversation}")).to_have_count(0)


def test_the_unassigned_view_lets_go_of_what_somebody_takes_and_takes_what_somebody_lets_go(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    row = f"#conv-{candidate.conversation}"
    page = tabs.open("/inbox?tab=shared")
    page.get_by_label("Who has it").select_option("Unassigned")
    page.wait_for_url("**/inbox?tab=shared&owner=nobody")
    expect(page.locator(row)).to_have_count(1)
    expect(page.locator(".filters__clear")).to_be_visible()
    ana = installation.sign_in(ANA)

    assert ana.post(f"/inbox/c/{candidate.conversation}/claim").status_code == 303
    expect(page.locator(row)).to_have_count(0)
    gone = ana.post(f"/inbox/c/{candidate.conversation}/assign", data={"assignee": "", "version": "1"})
    assert gone.status_code == 303
    expect(page.locator(row)).to_have_count(1)

    page.get_by_label("Who has it").select_option("Ana Ruiz")
    expect(page.locator(row)).to_have_count(0)
    page.locator("#tab-mine").click()
    expect(page.get_by_label("Who has it")).to_have_count(0)
    assert "owner" not in page.url


def test_who_waits_longest_stands_on_top_until_somebody_answers(tabs: Tabs, installation: Installation) -> None:
    first, second = answered(installation, ANA), answered(installation, ANA)
    page = tabs.open("/inbox", who=ANA)
    page.get_by_text("Waiting", exact=True).click()
    page.wait_for_url("**/inbox?waiting=1")
    before = rows(page)
    assert not {first.conversation, second.conversation} & set(before)

    for number, words in ((first.number, "Are you there?"), (second.number, "Hello?"), (first.number, "Still here")):
        installation.text_in(number, words)

    expect(page.locator(f"#conv-{first.conversation} .conv__text")).to_have_text("Still here")
    assert rows(page) == [*before, first.conversation, second.conversation]
    expect(page.locator(f"#conv-{first.conversation} .conv__time")).to_contain_text("since ")

    installation.reply(installation.sign_in(ANA), first.conversation, "Yes")
    expect(page.locator(f"#conv-{first.conversation}")).to_have_count(0)
    assert rows(page) == [*before, second.conversation]


def test_the_failed_view_ignores_texts_that_arrive_and_shows_one_that_does_not(
    tabs: Tabs, installation: Installation
) -> None:
    landline, other = newcomer(installation, behaviour="landline"), newcomer(installation)
    page = tabs.open("/inbox?tab=shared&failed=1")
    before, stood = shown(page), cursor(page)

    installation.text_in(other.number, "All is well")
    until_told(page, stood)

    assert shown(page) == before

    watch_top(page, landline.conversation)
    installation.reply(installation.sign_in(JO), landline.conversation, "Are you there?")
    expect(page.locator("#conv-list > .conv").first).to_have_id(f"conv-{landline.conversation}")
    expect(page.locator(f"#conv-{landline.conversation}")).to_contain_text("Not delivered")


def test_a_search_finds_what_comes_in_and_leaves_out_the_rest(tabs: Tabs, installation: Installation) -> None:
    one, other = newcomer(installation, "About the zither"), newcomer(installation, "About the oboe")
    page = tabs.open("/inbox?tab=shared&q=zither")
    assert rows(page) == [one.conversation]

    installation.text_in(other.number, "Still about the oboe")
    installation.text_in(other.number, "Or rather the zither")

    expect(page.locator("#conv-list > .conv")).to_have_count(2)
    assert rows(page) == [other.conversation, one.conversation]
    installation.text_in(one.number, "The zither again")
    expect(page.locator("#conv-list > .conv").first).to_have_id(f"conv-{one.conversation}")


@pytest.mark.parametrize("query", ["unread=1", "failed=1", "q=geelong", f"range=custom&from={days_ago(60)}"])
def test_an_address_shows_a_colleague_the_same_rows_in_the_same_order(tabs: Tabs, query: str) -> None:
    page = tabs.open("/inbox?tab=shared")
    fill_in(page, query)
    mine = rows(page)

    theirs = rows(tabs.open(page.url, who=ANA))

    assert mine
    assert theirs == mine


def fill_in(page: Page, query: str) -> None:
    """Set one filter by hand and wait for its list."""
    name, _, value = query.rpartition("&")[2].partition("=")
    with page.expect_response(lambda answer: f"{name}={value}" in answer.url):
        if name == "q":
            page.fill("#q", value)
        elif name == "from":
            page.select_option("#range", "custom")
            page.fill("#from", value)
        else:
            page.get_by_text(name.capitalize(), exact=True).click()
    page.wait_for_url(f"**{name}={value}*")


@pytest.fixture(scope="module")
def crowd(server: Server) -> dict[str, Candidate]:
    """So many candidates, by their conversations, that the list is longer than the window."""
    candidates = [newcomer(server.ways, f"I am number {number}") for number in range(8)]
    return {candidate.conversation: candidate for candidate in candidates}


def focus_the_third_row(page: Page) -> None:
    page.locator("#conv-list .conv__link").nth(2).focus()


def rest_the_pointer_on_the_list(page: Page) -> None:
    page.locator("#conv-list .conv__link").nth(1).hover()


def scroll_the_list(page: Page) -> None:
    page.evaluate("document.querySelector('#convs-scroll').scrollTop = 30")


@pytest.mark.parametrize("hands", [focus_the_third_row, rest_the_pointer_on_the_list, scroll_the_list])
def test_ten_events_move_nothing_under_a_hand_but_change_the_words_in_place(
    tabs: Tabs, installation: Installation, crowd: dict[str, Candidate], hands: Callable[[Page], None]
) -> None:
    page = tabs.open("/inbox?tab=shared", height=600)
    hands(page)
    stood, listed, focused = places(page), rows(page), page.evaluate("document.activeElement.id")

    texting = [conversation for conversation in listed if conversation in crowd][-4:]
    for number in range(9):
        installation.text_in(crowd[texting[number % 4]].number, f"Word {number}")
    stranger = newcomer(installation, "I am new").conversation

    expect(page.locator("#convs-updates")).to_have_text("5 updates. Show")
    for conversation, last in zip(texting, (8, 5, 6, 7), strict=True):
        expect(page.locator(f"#conv-{conversation} .conv__text")).to_have_text(f"Word {last}")
    assert places(page) == stood
    assert page.evaluate("document.activeElement.id") == focused

    page.locator("#convs-updates").click()
    newest = [stranger, texting[0], texting[3], texting[2], texting[1]]
    assert rows(page) == [*newest, *(other for other in listed if other not in newest)]
    expect(page.locator("#convs-updates")).to_be_hidden()
    expect(page.locator("#conv-list .conv__link").first).to_be_focused()


def test_updates_that_waited_go_in_when_the_pointer_leaves(
    tabs: Tabs, installation: Installation, crowd: dict[str, Candidate]
) -> None:
    page = tabs.open("/inbox?tab=shared")
    rest_the_pointer_on_the_list(page)
    texting = next(conversation for conversation in rows(page)[1:] if conversation in crowd)
    installation.text_in(crowd[texting].number, "Me first")
    expect(page.locator("#convs-updates")).to_have_text("1 update. Show")

    page.mouse.move(900, 450)

    expect(page.locator("#conv-list > .conv").first).to_have_id(f"conv-{texting}")
    expect(page.locator("#convs-updates")).to_be_hidden()


def test_the_open_conversation_stays_in_a_view_it_no_longer_matches(tabs: Tabs, installation: Installation) -> None:
    candidate, other = newcomer(installation), newcomer(installation)
    page = tabs.open(f"/inbox/c/{candidate.conversation}?tab=shared&unread=1")

    installation.reply(installation.sign_in(ANA), candidate.conversation, "Done")

    row = page.locator(f"#conv-{candidate.conversation}")
    expect(row).to_contain_text("No longer matches your filters")
    page.locator(f"#conv-{other.conversation}-link").click()
    page.mouse.move(900, 450)
    page.locator("#thread-name").focus()
    expect(row).to_have_count(0)
