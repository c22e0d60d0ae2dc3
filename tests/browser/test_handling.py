"""Two people at one conversation: who has it, closing and undoing, and words that nobody touches."""

from playwright.sync_api import Page, Route, expect

from tests.browser.candidates import newcomer
from tests.browser.listing import rows
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble
from tests.journeys.installation import ANA, JO, Installation
from tests.journeys.waiting import until

NOW = "#handling-now"


def assign(page: Page, name: str) -> None:
    """Give the open conversation to somebody."""
    page.get_by_text("Assign to…").click()
    page.locator(".handling .menu__item", has_text=name).click()


def test_who_has_it_is_live_for_both_and_mine_follows(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    jo, ana = tabs.open(candidate.page, who=JO), tabs.open(candidate.page, who=ANA)
    anas_list = tabs.open("/inbox", who=ANA)
    expect(jo.locator(NOW)).to_have_text("Not assigned")

    jo.get_by_role("button", name="Take it").click()

    for page in (jo, ana):
        expect(page.locator(NOW)).to_have_text("Assigned to Jo Park")
        expect(page.get_by_role("button", name="Take it")).to_be_hidden()
    assert candidate.conversation not in rows(anas_list)

    assign(jo, "Ana Ruiz")

    expect(ana.locator(NOW)).to_have_text("Assigned to Ana Ruiz")
    until(lambda: candidate.conversation in rows(anas_list))
    assign(ana, "Nobody")
    expect(jo.locator(NOW)).to_have_text("Not assigned")
    expect(jo.get_by_role("button", name="Take it")).to_be_visible()
    until(lambda: candidate.conversation not in rows(anas_list))


def test_whoever_was_late_reads_what_stands_now_and_keeps_every_word(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    jo = tabs.open(candidate.page)
    tabs.expect_trouble("409")
    jo.locator("#body").press_sequentially("On Monday at ten")
    # The page hears of nothing: what it shows is old when the button is pressed.
    jo.evaluate("document.addEventListener('htmx:wsBeforeMessage', (event) => event.preventDefault(), true)")
    taken = installation.sign_in(ANA).post(f"/inbox/c/{candidate.conversation}/claim")
    assert taken.status_code == 303

    jo.get_by_role("button", name="Take it").click()

    expect(jo.locator("#composer-notice")).to_have_text("Ana Ruiz has this conversation now. Nothing was changed.")
    expect(jo.locator(NOW)).to_have_text("Assigned to Ana Ruiz")
    expect(jo.locator("#body")).to_have_value("On Monday at ten")
    expect(jo.get_by_role("button", name="Take it")).to_be_hidden()
    expect(jo.locator(".handling summary").first).to_be_focused()

    jo.get_by_role("button", name="Close").click()
    expect(jo.locator(NOW)).to_contain_text("Closed by Jo Park")
    expect(jo.locator("#body")).to_have_value("On Monday at ten")


def test_two_who_answer_at_once_one_goes_out_and_the_other_has_the_words_back(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation, "When do I start?")
    jo, ana = tabs.open(candidate.page, who=JO), tabs.open(candidate.page, who=ANA)
    tabs.expect_trouble("409")
    jo.locator("#body").press_sequentially("On Monday")
    ana.locator("#body").press_sequentially("On Tuesday")

    for page in (jo, ana):
        page.click("[data-send]", no_wait_after=True)

    for page in (jo, ana):
        expect(bubble(page, "On Monday")).to_contain_text("Delivered")
    expect(ana.locator("#composer-notice")).to_contain_text("A new message arrived while you were writing")
    expect(ana.locator("#body")).to_have_value("On Tuesday")
    expect(bubble(ana, "On Tuesday")).to_have_count(0)
    assert [text["body"] for text in installation.sent_to(candidate.number)] == ["On Monday"]


def test_what_is_closed_leaves_the_list_and_can_be_taken_back(tabs: Tabs, installation: Installation) -> None:
    candidate, other = newcomer(installation), newcomer(installation)
    jo, ana = tabs.open(candidate.page, who=JO), tabs.open("/inbox?tab=shared", who=ANA)
    expect(ana.locator(f"#conv-{candidate.conversation}")).to_be_visible()

    jo.get_by_role("button", name="Close").click()

    expect(jo.locator("#composer-notice")).to_contain_text("Closed.")
    expect(jo.get_by_role("button", name="Reopen")).to_be_focused()
    expect(jo.locator(".composer__reopens")).to_be_visible()
    expect(jo.locator(f"#conv-{candidate.conversation} .conv__note")).to_have_text("Closed")
    until(lambda: candidate.conversation not in rows(ana))
    assert other.conversation in rows(ana)
    ana.locator("#filters-rest > summary").click()
    ana.locator("label", has_text="Closed").click()
    expect(ana.locator(f"#conv-{candidate.conversation}")).to_contain_text("Closed")
    assert other.conversation not in rows(ana)

    jo.get_by_role("button", name="Undo").click()

    expect(jo.locator(NOW)).to_have_text("Not assigned")
    expect(jo.locator("#composer-notice")).to_be_empty()
    expect(jo.get_by_role("button", name="Close")).to_be_focused()
    expect(jo.locator(".composer__reopens")).to_be_hidden()
    expect(jo.locator(f"#conv-{candidate.conversation} .conv__note")).to_have_count(0)
    until(lambda: candidate.conversation not in rows(ana))


def test_a_text_and_an_answer_open_a_closed_conversation_again(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    page.get_by_role("button", name="Close").click()
    expect(page.locator(NOW)).to_contain_text("Closed by Jo Park")

    installation.text_in(candidate.number, "One more thing")

    expect(page.locator(NOW)).to_have_text("Not assigned")
    expect(bubble(page, "One more thing")).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.locator(NOW)).to_contain_text("Closed by Jo Park")
    page.fill("#body", "Gladly")
    page.click("[data-send]")
    expect(page.locator(NOW)).to_have_text("Assigned to Jo Park")
    expect(page.get_by_role("button", name="Close")).to_be_visible()


def test_a_opens_the_menu_and_e_closes_and_reopens(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    page.locator("#thread-scroll").focus()

    page.keyboard.press("a")
    expect(page.locator(".handling .menu__item").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".handling .menu__panel").first).to_be_hidden()
    expect(page.locator(".handling summary").first).to_be_focused()
    page.keyboard.press("a")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(NOW)).to_have_text("Assigned to Ana Ruiz")
    expect(page.locator(".handling summary").first).to_be_focused()

    page.keyboard.press("e")
    expect(page.locator(NOW)).to_contain_text("Closed by Jo Park")
    page.keyboard.press("e")
    expect(page.locator(NOW)).to_have_text("Assigned to Ana Ruiz")
    page.locator("#body").focus()
    page.keyboard.type("ae")
    expect(page.locator("#body")).to_have_value("ae")
    expect(page.locator(NOW)).to_have_text("Assigned to Ana Ruiz")


def test_a_second_press_before_the_first_is_answered_is_kept_and_done_after_it(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/close", hold)
    page.get_by_role("button", name="Close").click()
    other = tabs.open(candidate.page)
    other.get_by_role("button", name="Close").click()
    expect(page.locator(NOW)).to_contain_text("Closed by Jo Park")

    page.get_by_role("button", name="Reopen").click()
    held[0].continue_()

    expect(page.locator(NOW)).not_to_contain_text("Closed")


def test_in_the_profile_the_same_can_be_done(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    inbox = tabs.open(candidate.page)
    profile = tabs.open(f"{inbox.locator('.preview a', has_text='Full profile').get_attribute('href')}?tab=sms")

    profile.get_by_role("button", name="Take it").click()

    for page in (profile, inbox):
        expect(page.locator(NOW)).to_have_text("Assigned to Jo Park")
    inbox.get_by_role("button", name="Close").click()
    expect(profile.locator(NOW)).to_contain_text("Closed by Jo Park")
    expect(profile.get_by_role("button", name="Reopen")).to_be_visible()


def test_without_scripts_each_button_leads_back_to_the_same_list(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page, java_script_enabled=False, width=390)
    page.get_by_role("button", name="Take it").click()
    expect(page.locator(NOW)).to_have_text("Assigned to Jo Park")
    assert page.url.endswith(candidate.page)
    assign(page, "Ana Ruiz")
    expect(page.locator(NOW)).to_have_text("Assigned to Ana Ruiz")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(NOW)).to_contain_text("Closed by Jo Park")
    expect(page.locator(".composer__reopens")).to_be_visible()
    page.get_by_role("button", name="Reopen").click()
    expect(page.locator(NOW)).to_have_text("Assigned to Ana Ruiz")
    assert page.url.endswith(candidate.page)
    # Somebody else decides while this page stands still.
    jo = installation.sign_in(JO)
    assert jo.post(f"/inbox/c/{candidate.conversation}/assign", data={"assignee": "", "version": "4"}).is_redirect
    tabs.expect_trouble("409")
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#composer-notice")).to_have_text("Nobody has this conversation now. Nothing was changed.")
    page.get_by_role("button", name="Close").click()
    expect(page.locator(NOW)).to_contain_text("Closed by Jo Park")
