"""A note beside the thread: live for colleagues, never a text, and kept until it is saved."""

from playwright.sync_api import expect

from tests.browser.candidates import newcomer
from tests.browser.tabs import Tabs
from tests.browser.thread import bubble
from tests.journeys.installation import ANA, Installation


def test_a_note_is_shown_to_a_colleague_at_once_and_the_draft_of_a_text_stays(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    jo, ana = tabs.open(candidate.page), tabs.open(candidate.page, who=ANA)
    jo.locator("#body").press_sequentially("Half a text")
    jo.keyboard.press("Escape")
    jo.keyboard.press("n")
    expect(jo.locator("#note-body")).to_be_focused()
    jo.keyboard.type("Wants nights only")
    jo.keyboard.press("Control+Enter")
    for page in (jo, ana):
        expect(bubble(page, "Wants nights only")).to_have_count(1)
        expect(bubble(page, "Wants nights only")).to_contain_text("Note, only your team sees it")
    expect(jo.locator("#note-writer")).to_be_hidden()
    expect(jo.locator("#body")).to_have_value("Half a text")
    assert "Wants nights only" not in installation.sandbox.get("/sandbox/phones").text


def test_a_note_that_was_not_saved_is_in_its_box_after_a_reload(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    page.click("[data-opens-note]")
    page.locator("#note-body").press_sequentially("Not yet")
    page.reload()
    expect(page.locator("#note-body")).to_have_value("Not yet")
    page.get_by_role("button", name="Save note").click()
    expect(bubble(page, "Not yet")).to_have_count(1)
    page.reload()
    expect(page.locator("#note-writer")).to_be_hidden()


def test_a_note_whose_answer_was_lost_is_one_note_after_a_second_try(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    page = tabs.open(candidate.page)
    tabs.expect_trouble("net::ERR_", "htmx:sendError", "htmx:afterRequest")
    tried = []

    def lose_the_first_answer(route: object) -> None:
        tried.append(route)
        route.fetch() if len(tried) == 1 else route.continue_()  # type: ignore[attr-defined]
        if len(tried) == 1:
            route.abort()  # type: ignore[attr-defined]

    page.route("**/notes", lose_the_first_answer)
    page.click("[data-opens-note]")
    page.locator("#note-body").press_sequentially("Once")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#composer-notice")).to_contain_text("The note was not saved. Try again.")
    expect(page.locator("#note-body")).to_have_value("Once")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#note-writer")).to_be_hidden()
    expect(bubble(page, "Once")).to_have_count(1)


def test_a_colleagues_assignment_is_said_in_the_thread_at_once(tabs: Tabs, installation: Installation) -> None:
    candidate = newcomer(installation)
    jo, ana = tabs.open(candidate.page), tabs.open(candidate.page, who=ANA)
    jo.get_by_text("Assign to…").click()
    jo.get_by_role("button", name="Ana Ruiz").click()
    for page in (jo, ana):
        expect(page.locator(".msg--act")).to_contain_text("Jo Park assigned this to Ana Ruiz.")


def test_a_colleague_who_is_called_by_name_hears_the_bell_and_finds_the_line(
    tabs: Tabs, installation: Installation
) -> None:
    candidate = newcomer(installation)
    jo, ana = tabs.open(candidate.page), tabs.open("/candidates", who=ANA)
    before = int(ana.locator("#count-notifications").inner_text() or 0)
    as_before = str(before or "")
    jo.keyboard.press("n")
    box, option = jo.locator("#note-body"), jo.locator("#mention-list").get_by_role("option", name="Ana Ruiz")
    jo.keyboard.type("Ask @")
    expect(jo.locator("#mention-list").get_by_role("option")).to_have_count(3)
    jo.keyboard.type("ru")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", option.get_attribute("id") or "")
    expect(jo.locator("#mentions-found")).to_contain_text("1 colleague.")
    jo.keyboard.press("Escape")
    expect(jo.locator("#mentions")).to_be_hidden()
    jo.keyboard.press("Backspace")
    expect(jo.locator("#mentions")).to_be_hidden()
    for _ in "@r":
        jo.keyboard.press("Backspace")
    jo.keyboard.type("@an")
    jo.keyboard.press("Enter")
    expect(box).to_have_value("Ask @Ana Ruiz ")
    jo.keyboard.type("first")
    jo.keyboard.press("Control+Enter")
    expect(bubble(jo, "Ask @Ana Ruiz first").locator(".mention")).to_have_text("@Ana Ruiz")

    bell, count = ana.get_by_role("link", name="For you"), ana.locator("#count-notifications")
    expect(count).to_have_text(str(before + 1))
    bell.click()
    ana.get_by_role("link", name="Jo Park mentioned you in a note.").first.click()
    line = bubble(ana, "Ask @Ana Ruiz first")
    expect(line).to_be_focused()
    expect(line.locator(".mention--you")).to_have_text("@Ana Ruiz")
    expect(count).to_have_text(as_before)

    jo.click("[data-opens-note]")
    box.fill("@Ana Ruiz and this")
    with ana.expect_request("**/read", timeout=10_000) as asked:
        jo.get_by_role("button", name="Save note").click()
        expect(bubble(ana, "@Ana Ruiz and this").locator(".mention--you")).to_have_count(1)
    assert "notified=1" in str(asked.value.post_data)
    expect(count).to_have_text(as_before)
