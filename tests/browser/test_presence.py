"""Who else is here, in words: in the thread and in the list, while they are, and not a moment longer."""

from playwright.sync_api import expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs
from tests.journeys.installation import ANA, Installation


def test_a_colleague_who_writes_is_named_at_once_and_gone_after_the_last_key(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    installation.text_in(candidate.number, "Anybody there?")
    page, ana = tabs.open(candidate.page), tabs.open(candidate.page, who=ANA)
    presence = page.locator("#thread-presence")
    expect(presence).to_have_text("Ana Ruiz is here.")
    ana.locator("#body").press_sequentially("I am")
    expect(presence).to_have_text("Ana Ruiz is writing a reply.", timeout=1_500)
    expect(presence).to_have_text("Ana Ruiz is here.", timeout=8_000)
    expect(ana.locator("#thread-presence")).to_have_text("Jo Park is here.")
    ana.close()
    expect(presence).to_be_empty(timeout=3_000)


def test_the_list_says_who_has_a_conversation_open_and_follows_as_they_move(
    tabs: Tabs, installation: Installation
) -> None:
    one, other = newcomer(installation), newcomer(installation)
    for candidate in (one, other):
        installation.text_in(candidate.number, "Hello?")
    page, ana = tabs.open("/inbox?tab=shared"), tabs.open(one.page, who=ANA)
    rows = [page.locator(f"#conv-{candidate.conversation}") for candidate in (one, other)]
    expect(rows[0]).to_contain_text("Ana is here")
    ana.goto(other.page)
    expect(rows[1]).to_contain_text("Ana is here")
    expect(rows[0]).not_to_contain_text("is here")
    page.reload()
    expect(rows[1]).to_contain_text("Ana is here")
    page.goto(other.page)
    expect(page.locator("#thread-presence")).to_have_text("Ana Ruiz is here.")


def test_nobody_is_told_of_oneself_in_another_tab(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    context = tabs.context()
    pages = [context.new_page() for _ in range(2)]
    for page in pages:
        page.goto(candidate.page)
    ana = tabs.open(candidate.page, who=ANA)
    expect(pages[0].locator("#thread-presence")).to_have_text("Ana Ruiz is here.")
    expect(ana.locator("#thread-presence")).to_have_text("Jo Park is here.")
    pages[0].close()
    ana.locator("#body").press_sequentially("Hi")
    expect(pages[1].locator("#thread-presence")).to_have_text("Ana Ruiz is writing a reply.")
    expect(ana.locator("#thread-presence")).to_have_text("Jo Park is here.")
