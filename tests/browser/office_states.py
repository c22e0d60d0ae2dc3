"""The pages beside the inbox in their states: settings, imports, campaigns, workflows and reports."""

from playwright.sync_api import Page, expect

from tests.browser.tabs import Tabs
from tests.journeys.installation import Installation

ADMIN = "admin@demo.test"
PEOPLE = "Full name,Mobile,Email,Shoe size\nZoë Müller,+44 7700 900 871,,38\nTom,phone me,tom@example.com,44\n"

TEXTS = """from,to,at,body,direction,name
+44 7700 900 871,+61491570006,2024-03-01T09:30:00Z,Is the ward still looking for nurses?,in,Zoë Müller
+44 7700 900 871,+61491570006,2024-03-01,Hello,in,Zoë Müller
"""


def connection_that_is_tested(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/organisation/sms", who=ADMIN)
    page.get_by_role("button", name="Test connection").click()
    expect(page.locator(".account__steps")).to_contain_text("A signed call to our public address was accepted.")
    return page


def company_number_that_cannot_be_kept(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/company/sms", who=ADMIN)
    tabs.expect_trouble("422")
    page.fill("#messaging-number", "0491 570 006")
    page.get_by_role("button", name="Save").first.click()
    expect(page.get_by_role("button", name="Use +61491570006")).to_be_visible()
    return page


def opt_outs_to_read(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/opt-outs")
    expect(page.get_by_role("row", name="Peter Novak")).to_be_visible()
    return page


def consents_of_somebody(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/candidates?q=Peter")
    page.get_by_role("link", name="Peter Novak").first.click()
    page.get_by_role("link", name="Ledger").first.click()
    expect(page.get_by_role("heading", name="Write it down")).to_be_visible()
    return page


def candidates_side_by_side(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/candidates?q=Peter")
    page.get_by_role("link", name="Peter Novak").first.click()
    page.get_by_role("link", name="Merge…").click()
    page.fill("#q", "Maya Chen")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Compare with Maya Chen").first.click()
    expect(page.get_by_role("button", name="Merge Peter Novak and Maya Chen")).to_be_visible()
    return page


def number_that_is_taken(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/candidates/new")
    tabs.expect_trouble("422")
    page.fill("#name", "Lin Chen")
    page.fill("#number", "0491 570 110")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("They share it")).to_be_visible()
    return page


def texting_rules(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/settings/company/rules", who=ADMIN)


def billing_log(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/settings/organisation/sms/billing-log", who=ADMIN)


def provisioning(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/settings/provisioning", who=ADMIN)


def document_that_cannot_be_kept(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/provisioning/us/business", who=ADMIN)
    tabs.expect_trouble("422")
    page.get_by_label("Completed").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#ein-error")).to_be_visible()
    return page


def audit_log(tabs: Tabs, installation: Installation) -> Page:
    log = "/settings/organisation/sms/billing-log"
    assert installation.sign_in(ADMIN).post(log, data={"segments": "5"}).status_code == 303
    return tabs.open("/settings/audit-log", who=ADMIN)


def companies(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/settings/companies", who=ADMIN)


def guests(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/inbox?tab=shared")
    thread = page.locator("a[href*='/inbox/c/']").first.get_attribute("href") or ""
    page.goto(page.url.replace("/inbox?tab=shared", thread.partition("?")[0] + "/guests"))
    expect(page.get_by_role("heading", name="Invite a guest")).to_be_visible()
    return page


def mails(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/settings/mails", who=ADMIN)


def forgotten_password(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/mails", who=ADMIN)
    page.goto(page.url.replace("/settings/mails", "/login/forgotten"))
    page.fill("#email", "nobody@demo.test")
    page.get_by_role("button", name="Mail me a link").click()
    expect(page.get_by_role("status")).to_contain_text("a mail with a link is on its way")
    return page


def api_token_that_cannot_be_made(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/api-tokens", who=ADMIN)
    tabs.expect_trouble("422")
    page.fill("#name", "Job board")
    page.get_by_role("button", name="Make token").click()
    expect(page.locator("#scopes-error")).to_be_visible()
    return page


def origin_that_cannot_be_added(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/embeds", who=ADMIN)
    tabs.expect_trouble("422")
    page.fill("#origin", "http://ats.example.com")
    page.get_by_role("button", name="Add origin").click()
    expect(page.locator("#origin-error")).to_be_visible()
    return page


def code_for_a_companion(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/companion")
    page.get_by_role("button", name="Show a code").click()
    expect(page.locator("#companion-code")).to_be_visible()
    return page


def api_description(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/api/v1/docs")


def file_that_is_checked(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/candidates/imports")
    page.set_input_files("#file", [{"name": "people.csv", "mimeType": "text/csv", "buffer": PEOPLE.encode()}])
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("button", name="Import 1 candidate")).to_be_visible()
    return page


def file_that_is_imported(tabs: Tabs, installation: Installation) -> Page:
    page = file_that_is_checked(tabs, installation)
    page.get_by_role("button", name="Import 1 candidate").click()
    undo = page.get_by_role("button", name="Undo the import")
    expect(undo).to_be_visible(timeout=20_000)
    undo.click()  # so that nobody is left for the tests that follow
    expect(page.get_by_role("heading", name="Undone")).to_be_visible(timeout=20_000)
    return page


def history_that_cannot_be_asked_for(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/history", who=ADMIN)
    tabs.expect_trouble("422")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator("#from-error")).to_be_visible()
    return page


def history_that_is_imported(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/history", who=ADMIN)
    page.fill("#from", "2025-01-01")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("heading", name="Imported")).to_be_visible(timeout=20_000)
    return page


def history_of_a_file(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/history", who=ADMIN)
    page.set_input_files("#file", [{"name": "old.csv", "mimeType": "text/csv", "buffer": TEXTS.encode()}])
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("button", name="Import 1 text")).to_be_visible()
    return page


def campaign_that_is_written(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/campaigns/new")
    page.fill("#body", "Hi {{first_name|there}}, it’s {{my_first_name}}. Free on Thursday?")
    expect(page.locator("#template-preview")).to_contain_text("Where nothing is known")
    return page


def campaign_that_is_ready(tabs: Tabs, installation: Installation) -> Page:
    page = campaign_that_is_written(tabs, installation)
    page.fill("#name", "Thursday")
    page.get_by_role("button", name="Look through recipients").click()
    expect(page.get_by_role("heading", name="Ready to send")).to_be_visible(timeout=20_000)
    return page


def workflow_that_cannot_be_kept(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/workflows/new")
    tabs.expect_trouble("422")
    page.fill("#name", "Nudge")
    page.fill("#words-0", "Hi")
    page.select_option("#add", "reply")
    page.get_by_role("button", name="Add step").click()
    page.fill("#words-1", "soon")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#step-1-error")).to_be_visible()
    return page


def workflow(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/workflows/new")
    page.fill("#name", "Nudge")
    page.fill("#words-0", "Hi {{first_name|there}}, still interested?")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="A person starts it")).to_be_visible()
    return page


def chatbot_intents(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/chatbot")


def chatbot_that_is_played(tabs: Tabs, installation: Installation) -> Page:
    page = chatbot_intents(tabs, installation)
    page.locator("tbody").get_by_role("link", name="Join the talent network").click()
    page.fill("#simulator-text", "person")
    page.keyboard.press("Enter")
    expect(page.locator(".simulator [role=status]")).to_contain_text("A person takes over.")
    return page


def chatbot_that_cannot_be_kept(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/chatbot/new?kind=apply")
    tabs.expect_trouble("422")
    page.fill("#keywords", "STOP")
    page.select_option("#kind-0", "choice")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator("#keywords-error")).to_be_visible()
    expect(page.locator("#options-0-error")).to_be_visible()
    return page


def chatbot_dialogues(tabs: Tabs, installation: Installation) -> Page:
    page = chatbot_intents(tabs, installation)
    page.locator("tbody").get_by_role("link", name="1", exact=True).first.click()
    expect(page.get_by_role("rowheader", name="Ruby Marsh")).to_be_visible()
    return page


def chat_report(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/reports/chat?range=all")


def response_report(tabs: Tabs, _: Installation) -> Page:
    return tabs.open("/reports/response?range=all")


def personal_data(tabs: Tabs, installation: Installation) -> Page:
    page = tabs.open("/candidates", who=ADMIN)
    page.locator(".table__name").first.click()
    page.get_by_role("link", name="Personal data").click()
    expect(page.get_by_role("heading", name="Legal hold")).to_be_visible()
    return page


def retention_that_cannot_be_kept(tabs: Tabs, _: Installation) -> Page:
    page = tabs.open("/settings/retention", who=ADMIN)
    tabs.expect_trouble("422")
    page.fill("#months-gb", "two")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#months-gb-error")).to_be_visible()
    return page


OFFICE = (
    connection_that_is_tested,
    company_number_that_cannot_be_kept,
    billing_log,
    opt_outs_to_read,
    consents_of_somebody,
    candidates_side_by_side,
    number_that_is_taken,
    texting_rules,
    provisioning,
    document_that_cannot_be_kept,
    audit_log,
    personal_data,
    retention_that_cannot_be_kept,
    companies,
    guests,
    mails,
    forgotten_password,
    api_token_that_cannot_be_made,
    origin_that_cannot_be_added,
    code_for_a_companion,
    api_description,
    file_that_is_checked,
    file_that_is_imported,
    history_that_cannot_be_asked_for,
    history_that_is_imported,
    history_of_a_file,
    campaign_that_is_written,
    campaign_that_is_ready,
    workflow_that_cannot_be_kept,
    workflow,
    chatbot_intents,
    chatbot_that_is_played,
    chatbot_that_cannot_be_kept,
    chatbot_dialogues,
    chat_report,
    response_report,
)
