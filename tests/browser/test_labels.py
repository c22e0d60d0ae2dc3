"""Tags beside the thread: live for colleagues and in filtered lists, typed words stay, and the sheet has them too."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble, send
from tests.journeys.installation import ANA, Installation


def field(page: Page, kind: str = "tag", within: str = "#preview") -> Locator:
    """Where a tag or list is typed."""
    return page.locator(f"{within} [data-kind={kind}] [name=name]")


def tags(page: Page, within: str = "#preview") -> Locator:
    return page.locator(f"{within} .label__name")


def test_a_tag_a_colleague_adds_shows_at_once_and_words_that_are_typed_stay(
    tabs: Tabs, installation: Installation
) -> None:
    first, second = newcomer(installation), newcomer(installation)
    ana = tabs.open(first.page, who=ANA)
    field(ana).fill("Live tag")
    field(ana).press("Enter")
    expect(tags(ana)).to_have_text(["Live tag"])
    expect(field(ana)).to_be_focused()

    jo = tabs.open(second.page)
    jo.locator("#tag").select_option(label="Live tag")
    expect(jo.locator("#conv-list > .conv")).to_have_count(1)
    jo.locator("#thread-scroll").focus()
    field(jo, "list").evaluate("(field) => (field.value = 'Half a na')")
    ana.goto(second.page)
    field(ana).press_sequentially("Live")
    expect(ana.locator('#suggestions option[value="Live tag"]')).to_be_attached()
    field(ana).press_sequentially(" tag")
    field(ana).press("Enter")
    expect(jo.locator(f"#conv-{second.conversation}")).to_be_visible()
    expect(tags(jo)).to_have_text(["Live tag"])
    send(ana, "Are you free?")
    expect(bubble(jo, "Are you free?")).to_have_count(1)
    expect(jo.locator("#preview")).to_contain_text("1 from Ana")
    expect(field(jo, "list")).to_have_value("Half a na")

    ana.get_by_role("button", name="Remove the tag Live tag").click()
    expect(tags(ana)).to_have_count(0)
    expect(jo.locator(f"#conv-{second.conversation} .conv__note")).to_be_visible()
    expect(tags(jo)).to_have_count(0)


def test_a_list_is_added_in_the_sheet_where_there_is_no_room_beside_the_thread(
    tabs: Tabs, installation: Installation
) -> None:
    page = tabs.open(newcomer(installation).page, width=900)
    page.get_by_role("link", name="Details").click()
    field(page, "list", "#sheet").fill("In the sheet")
    field(page, "list", "#sheet").press("Enter")
    expect(tags(page, "#sheet")).to_have_text(["In the sheet"])
    expect(field(page, "list", "#sheet")).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Details").click()
    expect(tags(page, "#sheet")).to_have_text(["In the sheet"])


def test_candidates_are_tagged_from_the_list_and_one_click_takes_it_back(
    tabs: Tabs, installation: Installation
) -> None:
    page = tabs.open(f"/candidates?q={newcomer(installation).number[1:]}")
    expect(page.get_by_role("button", name="Add", exact=True)).to_be_hidden()
    page.get_by_label("All on this page").check()
    page.locator("#chosen-name").fill("From the list")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#change")).to_contain_text("The tag “From the list” was added to 1 candidate.")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#change")).to_contain_text("Undone")
