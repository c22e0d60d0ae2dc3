"""What people may have before them: each page in each of its states, brought about as they would."""

import base64
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.candidates import in_doubt, newcomer
from tests.browser.further_states import FURTHER
from tests.browser.office_states import OFFICE
from tests.browser.tabs import NO_ANSWER, Tabs
from tests.browser.thread import bubble, send
from tests.journeys.installation import ANA, JO, Installation
from tests.media import HTML, PDF, jpeg

MAYA, SAM, GRACE, AMIR = "+61491570110", "+61491570157", "+61491570201", "+61491570737"

ADMIN, SMS_SETTINGS = "admin@demo.test", "/settings/organisation/sms"

State = Callable[[Tabs, Installation], Page]


def sign_in(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/login", who=None)


def sign_in_with_a_wrong_password(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/login", who=None)
    tabs.expect_trouble("422")
    page.fill("#email", "nobody@demo.test")
    page.fill("#password", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    return page


def nothing_chosen(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/inbox?tab=shared")


def empty_list(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/inbox", who="kim@demo.test")


def nothing_found(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/inbox?tab=shared&failed=1&range=today&q=nobody")


def dates_the_wrong_way_round(tabs: Tabs, _: Installation) -> Page:
    tabs.expect_trouble("422")
    page = tabs.open("/inbox?tab=shared&range=custom&from=2026-03-12&to=2026-03-01")
    expect(page.locator("#convs-empty")).to_contain_text("To must be the same as or after 12 March 2026")
    return page


def thread(tabs: Tabs, installation: Installation) -> Page:
    return tabs.open(f"/inbox/c/{installation.conversation(MAYA)}?tab=shared")


def thread_read_back(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open(f"/inbox/c/{installation.conversation(GRACE)}?tab=shared")
    page.evaluate("document.querySelector('#thread-scroll').scrollTop = 300")
    installation.text_in(GRACE, "Are you reading this?")
    expect(page.locator("#to-latest")).to_contain_text("new message")
    return page


def thread_with_a_failure(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open(newcomer(installation, behaviour="switched_off").page)
    send(page, "Are you there?")
    expect(bubble(page, "Are you there?").get_by_role("button", name="Try again")).to_be_visible()
    return page


def text_that_is_not_confirmed(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open(newcomer(installation).page)
    tabs.expect_trouble(*NO_ANSWER)
    page.route("**/messages", lambda route: route.abort())
    send(page, "Did it go?")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    return page


def text_that_waits_for_a_decision(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open(in_doubt(installation, "Did it go?").page)
    first, second = (bubble(page, "Did it go?").nth(place) for place in (0, 1))
    expect(first.get_by_role("button", name="Send again")).to_be_visible(timeout=20_000)
    second.get_by_role("button", name="Discard").click(timeout=20_000)
    expect(second).to_contain_text("Discarded")
    return page


def text_that_is_too_long(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open(newcomer(installation).page)
    send(page, "It’s too long. " * 120)
    expect(page.locator("#composer-notice")).not_to_be_empty()
    return page


def opted_out(tabs: Tabs, installation: Installation) -> Page:
    return tabs.open(f"/inbox/c/{installation.conversation(SAM)}?tab=shared")


def conversation_of_nobodys(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open(newcomer(installation).page)
    page.get_by_text("Assign to…").click()
    expect(page.get_by_role("button", name="Nobody")).to_be_visible()
    return page


def closed_conversation(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open(newcomer(installation).page)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Undo")).to_be_visible()
    return page


def closed_conversations(tabs: Tabs, installation: Installation) -> Page:
    closed_conversation(tabs, installation)
    return tabs.open("/inbox?tab=shared&closed=1")


def text_that_goes_out_later(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open(newcomer(installation).page)
    for words in ("See you tomorrow at 10, bring your licence.", "And call me before"):
        page.fill("#body", words)
        page.locator(".later__open").click()
        page.locator("#later").get_by_role("button", name="Tomorrow 08:00").click()
        expect(page.locator(".scheduled__text", has_text=words)).to_be_visible()
    page.locator("[data-edits-text]").first.click()
    expect(page.locator("#send-at")).to_be_visible()
    return page


def connection_lost(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.context().new_page()
    page.route_web_socket("**/live*", lambda line: line.close(code=1000))
    page.goto(f"/inbox/c/{installation.conversation(MAYA)}?tab=shared")
    expect(page.locator("#net-banner")).to_contain_text("Connection lost")
    return page


def new_version(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.context().new_page()
    page.route_web_socket("**/live*", lambda line: line.send('{"t":"hello","build":"another"}'))
    page.goto(f"/inbox/c/{installation.conversation(MAYA)}?tab=shared")
    expect(page.get_by_role("button", name="Reload")).to_be_visible()
    return page


def candidates(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/candidates")


def candidates_who_are_chosen(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/candidates?q=Maya&can_text=1")
    page.get_by_label("Choose Maya Chen").check()
    expect(page.locator("[data-chosen-count]")).to_have_text("1 candidate chosen")
    return page


def list_that_is_deleted(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/candidates/lists")
    page.get_by_label("Rename or delete Alumni").click()
    page.get_by_text("Delete this list…").click()
    expect(page.get_by_role("button", name="Delete “Alumni”")).to_be_visible()
    return page


def preview(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/candidates?q=Maya")
    page.get_by_role("link", name="Preview Maya Chen").click()
    expect(page.locator("#card-name")).to_be_focused()
    return page


def preview_of_texts(tabs: Tabs, installation: Installation) -> Page:
    page = preview(tabs, installation)
    page.locator("#card-sms").click()
    expect(page.locator("#sheet #thread")).to_be_visible()
    return page


def profile(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/candidates?q=Maya")
    page.get_by_role("link", name="Maya Chen", exact=True).click()
    expect(page.get_by_role("heading", name="Maya Chen", level=1)).to_be_visible()
    return page


def profile_with_texts(tabs: Tabs, installation: Installation) -> Page:
    page = profile(tabs, installation)
    page.get_by_role("link", name="SMS").click()
    expect(page.locator("#thread")).to_be_visible()
    return page


def profile_without_texts(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/candidates?q=Hana")
    page.get_by_role("link", name="Hana Suzuki", exact=True).click()
    page.get_by_role("link", name="SMS").click()
    expect(page.get_by_role("button", name="Text Hana")).to_be_visible()
    return page


def sms_settings(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open(SMS_SETTINGS, who=ADMIN)
    expect(page.locator("#runs .banner--ok")).to_contain_text("Up to date", timeout=20_000)
    return page


def sms_settings_where_all_goes_wrong(tabs: Tabs, installation: Installation) -> Page:
    installation.fault("refuse", installation.number, on="list", code=20003, status=401, times=None)
    page = tabs.open(SMS_SETTINGS, who=ADMIN)
    page.get_by_role("button", name="Synchronize now").click()
    expect(page.locator("#runs .banner")).to_contain_text("Check the Account SID and the Auth Token.", timeout=20_000)
    installation.sandbox.delete("/sandbox/faults")
    tabs.expect_trouble("422")
    page.fill("#from", "1999-12-31")
    page.locator(".settings__form").get_by_role("button", name="Save").click()
    expect(page.locator("#from-error")).to_be_visible()
    return page


def thread_with_a_late_text(tabs: Tabs, installation: Installation) -> Page:
    candidate = newcomer(installation)
    installation.text_in(candidate.number, "Are you there?", webhook=False, wait=False)
    installation.reply(installation.sign_in(JO), candidate.conversation, "Hi")
    page = tabs.open(SMS_SETTINGS, who=ADMIN)
    page.get_by_role("button", name="Synchronize now").click()
    expect(page.locator("#runs")).to_contain_text("1 reply", timeout=20_000)
    page = tabs.open(candidate.page)
    expect(bubble(page, "Are you there?")).to_contain_text("Received late")
    return page


def message_templates(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/message-templates")


def no_message_template_found(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/message-templates?q=nothing+like+it")


def message_template(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/message-templates")
    page.get_by_role("link", name="Interview", exact=True).click()
    expect(page.locator("#template-preview")).to_contain_text("Where nothing is known")
    return page


def message_template_that_cannot_be_kept(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/message-templates/new")
    tabs.expect_trouble("422")
    page.fill("#name", "Salary")
    page.fill("#body", "You get {{salary}}")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#body-error")).to_be_visible()
    expect(page.locator("#template-preview")).to_contain_text("There is no field")
    return page


def choosing_a_message_template(tabs: Tabs, installation: Installation) -> Page:
    page = thread(tabs, installation)
    page.focus("#body")
    page.keyboard.press("/")
    expect(page.get_by_role("option", name="Interview")).to_be_visible()
    return page


def thread_with_notes(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open(newcomer(installation).page)
    page.get_by_role("button", name="Take it").click()
    expect(page.locator(".msg--act")).to_contain_text("took this conversation")
    for words in ("Wants nights only. Her registration runs out in March.", "Call on Monday"):
        page.click("[data-opens-note]")
        page.fill("#note-body", words)
        page.get_by_role("button", name="Save note").click()
        expect(bubble(page, words)).to_be_visible()
    page.click("[data-opens-note]")
    return page


def calling_a_colleague(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open(newcomer(installation).page)
    page.click("[data-opens-note]")
    page.locator("#note-body").press_sequentially("Ask @Ana Ruiz and @")
    expect(page.locator("#mention-list").get_by_role("option", name="Kim Lee")).to_be_visible()
    return page


def notifications(tabs: Tabs, installation: Installation) -> Page:
    candidate = newcomer(installation)
    jo = installation.sign_in(JO)
    for body in ("@Ana Ruiz can she start on Monday?", "@Ana Ruiz " + "and this is a long story, " * 12):
        assert jo.post(f"/inbox/c/{candidate.conversation}/notes", data={"body": body}).status_code == 303
    return tabs.open("/notifications", who=ANA)


def saved_views(tabs: Tabs, installation: Installation) -> Page:
    assert installation.sign_in(ANA).post("/saved-views", data={"query": "?failed=1", "name": "Mine that failed"})
    page = tabs.open("/inbox?failed=1", who=ANA)
    page.click("#saved-views-shown")
    expect(page.get_by_role("link", name="Manage views")).to_be_visible()
    return page


def sound_and_notifications(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/inbox")
    page.get_by_text("Account", exact=True).click()
    page.get_by_role("button", name="Sound and notifications").click()
    expect(page.locator("#alerts")).to_be_visible()
    return page


def new_text(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/inbox/new?q=ma")
    expect(page.locator(".found").first).to_be_visible()
    return page


def nobody_to_text(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/inbox/new?q=nobody+like+it")


def new_candidate(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/candidates/new")


def candidate_that_cannot_be_kept(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/candidates/new")
    tabs.expect_trouble("422")
    page.fill("#name", "Maya Double")
    page.fill("#number", MAYA)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="Open Maya Chen")).to_be_visible()
    return page


def team(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/settings/users", who=ADMIN)


def member_of_the_team(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/users", who=ADMIN)
    page.get_by_role("link", name="Ana Ruiz").click()
    expect(page.get_by_role("button", name="Make a new password")).to_be_visible()
    return page


def member_who_cannot_be_added(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/users/new", who=ADMIN)
    tabs.expect_trouble("422")
    page.fill("#name", "Ana Double")
    page.fill("#email", "ana@demo.test")
    page.get_by_role("button", name="Mail an invitation").click()
    expect(page.locator("#email-error")).to_be_visible()
    return page


def account(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/account")


def thread_with_pictures(tabs: Tabs, installation: Installation) -> Page:
    """One that came, a file, one that was refused; one in the box, and the emoji open."""
    candidate = installation.conversation(AMIR)
    sent = ((jpeg(), "image/jpeg"), (PDF, "application/pdf"), (HTML, "image/jpeg"))
    media = [{"content_type": kind, "content": base64.b64encode(content).decode()} for content, kind in sent]
    installation.text_in(AMIR, "", media=media)
    page = tabs.open(f"/inbox/c/{candidate}?tab=shared")
    expect(page.locator(".msg__picture, .msg__file, .msg__missing")).to_have_count(3)
    page.set_input_files("[data-files]", [{"name": "map.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}])
    expect(page.get_by_role("button", name="Remove map.jpg")).to_be_visible()
    page.click("[data-opens-emoji]")
    expect(page.get_by_role("option", name="thumbs up", exact=True)).to_be_visible()
    return page


def chat_messages(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/chat-messages?range=custom")


def failed_messages(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/chat-messages/failures?range=all")
    expect(page.locator(".log__reasons")).to_be_visible()
    return page


def no_failed_messages(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/chat-messages/failures?range=all&reason=1")


def problem(tabs: Tabs, _: Installation) -> Page:
    tabs.expect_trouble("404")
    return tabs.open("/inbox/nowhere")


def shortcuts(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/inbox")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    return page


def account_menu(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/inbox")
    page.get_by_text("Account", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return page


def phones(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/sandbox/phones", who=None)
    expect(page.locator("#live")).to_have_text("Live")
    return page


STATES: tuple[State, ...] = (
    sign_in,
    sign_in_with_a_wrong_password,
    nothing_chosen,
    empty_list,
    nothing_found,
    dates_the_wrong_way_round,
    thread,
    thread_read_back,
    thread_with_a_failure,
    text_that_is_not_confirmed,
    text_that_waits_for_a_decision,
    text_that_is_too_long,
    choosing_a_message_template,
    thread_with_notes,
    thread_with_pictures,
    calling_a_colleague,
    notifications,
    saved_views,
    chat_messages,
    failed_messages,
    no_failed_messages,
    team,
    member_of_the_team,
    member_who_cannot_be_added,
    account,
    new_text,
    nobody_to_text,
    new_candidate,
    candidate_that_cannot_be_kept,
    message_templates,
    no_message_template_found,
    message_template,
    message_template_that_cannot_be_kept,
    opted_out,
    conversation_of_nobodys,
    closed_conversation,
    closed_conversations,
    text_that_goes_out_later,
    connection_lost,
    new_version,
    candidates,
    candidates_who_are_chosen,
    list_that_is_deleted,
    preview,
    preview_of_texts,
    profile,
    profile_with_texts,
    profile_without_texts,
    sms_settings,
    sms_settings_where_all_goes_wrong,
    thread_with_a_late_text,
    problem,
    shortcuts,
    sound_and_notifications,
    account_menu,
    phones,
    *OFFICE,
    *FURTHER,
)
