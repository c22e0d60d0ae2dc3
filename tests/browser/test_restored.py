"""An older copy of the database is restored: every open page shows it after one fetch a pane, and keeps its draft."""

from playwright.sync_api import expect

from tests.browser.candidates import newcomer
from tests.browser.fresh_page import assert_as_fresh, refetched, watch_fetches
from tests.browser.server import Server
from tests.browser.tabs import BROKEN_LINE, Tabs
from tests.browser.thread import bubble, send
from tests.journeys.installation import ANA, JO, Installation
from tests.journeys.waiting import until


def test_open_pages_show_the_restored_past_after_one_fetch_a_pane_and_keep_the_draft(
    tabs: Tabs, server: Server, installation: Installation
) -> None:
    candidate, other = newcomer(installation, "In the copy"), newcomer(installation)
    installation.sign_in(ANA), installation.sign_in(JO)
    copy = server.copy_database()
    for number in range(3):
        installation.text_in(candidate.number, f"Not in the copy {number}")
    page = tabs.open(candidate.page)
    tabs.expect_trouble(*BROKEN_LINE)
    expect(bubble(page, "Not in the copy 2")).to_have_count(1)
    page.locator("#body").press_sequentially("Half a sentence")
    watch_fetches(page)

    server.stop()
    server.restore_database(copy)
    server.start()

    until(lambda: len(refetched(page)) == 3, seconds=30)
    assert_as_fresh(page)
    assert sorted(page.evaluate("window.told")) == ["counts", "list", "thread"]
    expect(page.locator("#body")).to_have_value("Half a sentence")

    # The numbers of events begin again below those that this page has seen.
    installation.reply(installation.sign_in(ANA), candidate.conversation, "I take it")
    installation.text_in(other.number, "What about me?")
    expect(bubble(page, "I take it")).to_contain_text("Delivered")
    expect(page.locator(f"#conv-{other.conversation} .conv__text")).to_have_text("What about me?")
    assert len(refetched(page)) == 3
    tabs.expect_trouble("409")
    page.click("[data-send]")
    expect(page.locator("#composer-notice")).to_contain_text("Send again")
    expect(page.locator("#body")).to_have_value("Half a sentence")
    assert_as_fresh(page)


def test_pages_learn_of_another_past_also_without_a_restart(
    tabs: Tabs, server: Server, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    expect(page.locator(f"#conv-{candidate.conversation}")).not_to_have_class("conv conv--unread")
    watch_fetches(page)

    installation.do("restored")

    until(lambda: len(refetched(page)) == 3)
    assert_as_fresh(page)
    send(page, "Do you hear me?")
    expect(bubble(page, "Do you hear me?")).to_contain_text("Delivered")
    assert_as_fresh(page)
    assert len(refetched(page)) == len(page.evaluate("window.told")) == 3
