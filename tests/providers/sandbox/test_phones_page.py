"""The phones page in a real browser: a person plays the candidates."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.contract import programs
from tests.providers.sandbox.stage import CHATBOT, COMPANY, MAYA, TOM, Stage
from tests.services import chromium_path

pytestmark = pytest.mark.anyio

LANDLINE = "+61491570159"
AXE = programs.MODULES / "axe-core/axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Opened = Callable[..., Any]


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield chromium
        await chromium.close()


@pytest.fixture
def opened(browser: Browser, sandbox: Stage) -> Opened:
    """Open a page of the sandbox: `async with opened(MAYA) as page`. At the end nothing may have gone wrong in it."""

    @asynccontextmanager
    async def open_page(number: str = "", width: int = 1280, height: int = 800, **context: Any) -> AsyncIterator[Page]:
        tab = await browser.new_context(base_url=sandbox.url, viewport={"width": width, "height": height}, **context)
        page = await tab.new_page()
        troubles: list[str] = []
        page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        await page.goto(f"/sandbox/phones/{number}" if number else "/sandbox/phones")
        if context.get("java_script_enabled", True):
            await expect(page.locator("#live")).to_have_text("Live")
        yield page
        await tab.close()
        assert [trouble for trouble in troubles if "422 (Unprocessable" not in trouble] == []

    return open_page


def bubbles(page: Page) -> Any:
    return page.locator(".text__bubble")


@pytest.mark.parametrize(
    ("scheme", "width", "height"),
    [("light", 1280, 800), ("dark", 1280, 800), ("dark", 390, 844), ("light", 320, 256)],
)
async def test_axe_finds_nothing_and_nothing_sticks_out(
    opened: Opened, sandbox: Stage, scheme: str, width: int, height: int
) -> None:
    programs.install_once()
    sandbox.send("Are you free?")
    sandbox.send("Are you there?", to=LANDLINE)
    sandbox.text_in("STOP")
    for number in ("", MAYA, LANDLINE):
        async with opened(number, width, height, color_scheme=scheme) as page:
            if number:
                await expect(bubbles(page).first).to_be_visible()
            await page.evaluate(AXE.read_text())
            found = await page.evaluate("rules => axe.run({runOnly: rules})", RULES)
            assert [(rule["id"], rule["nodes"][0]["target"]) for rule in found["violations"]] == []
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_text_from_the_company_appears_by_itself(opened: Opened, sandbox: Stage) -> None:
    async with opened(MAYA) as page:
        box = page.get_by_label("Text as Maya Chen")
        await box.fill("I am writing")
        sandbox.send("Are you free on Thursday?")
        await expect(bubbles(page)).to_have_text("Messaging number: Are you free on Thursday?")
        await expect(box).to_have_value("I am writing")
        await expect(box).to_be_focused()


async def test_enter_texts_the_company_and_shows_what_the_app_answered(opened: Opened, sandbox: Stage) -> None:
    async with opened(MAYA) as page:
        box = page.get_by_label("Text as Maya Chen")
        await page.get_by_label("To", exact=True).select_option(label="Text Engage (+61 491 570 007)")
        await box.fill("Yes, Thursday")
        await box.press("Shift+Enter")
        await box.press_sequentially("at 10")
        await box.press("Enter")
        await expect(bubbles(page)).to_have_text("You: Yes, Thursday\nat 10")
        await expect(page.locator(".text__note")).to_have_text("Your app answered 200")
        await expect(box).to_have_value("")
        await expect(box).to_be_focused()
    (call,) = sandbox.app.calls
    assert (call.fields["From"], call.fields["To"], call.fields["Body"]) == (MAYA, CHATBOT, "Yes, Thursday\nat 10")


async def test_an_answer_goes_to_the_number_that_texted_last(opened: Opened, sandbox: Stage) -> None:
    sandbox.send("Want to join?", from_=CHATBOT)
    async with opened(MAYA) as page:
        await expect(page.get_by_label("To", exact=True)).to_have_value(CHATBOT)


async def test_a_quick_stop_opts_out_and_twilio_confirms(opened: Opened, sandbox: Stage) -> None:
    async with opened(MAYA) as page:
        await page.get_by_label("Text as Maya Chen").fill("not sent yet")
        await page.get_by_role("button", name="STOP").click()
        await expect(bubbles(page).last).to_contain_text("You have successfully been unsubscribed")
        await expect(page.locator(".row__state")).to_have_text("Texted STOP")
        await expect(page.get_by_label("Text as Maya Chen")).to_have_value("not sent yet")


async def test_a_text_that_failed_says_why(opened: Opened, sandbox: Stage) -> None:
    async with opened(LANDLINE) as page:
        sandbox.send("Are you there?", to=LANDLINE)
        await expect(page.locator(".text__trouble")).to_have_text(
            "Did not arrive. 30006: Landline or unreachable carrier"
        )


async def test_a_phone_can_be_switched_off(opened: Opened, sandbox: Stage) -> None:
    async with opened(MAYA) as page:
        await page.get_by_label("What becomes of texts to this phone").select_option("switched_off")
        await page.get_by_role("button", name="Set").click()
        await expect(page.locator(".row__state")).to_have_text("It is switched off (30003)")
        sandbox.send()
        await expect(page.locator(".text__trouble")).to_contain_text("30003")


async def test_news_on_another_phone_are_counted(opened: Opened, sandbox: Stage) -> None:
    async with opened(MAYA) as page:
        sandbox.send(to=TOM)
        sandbox.send("And one more", to=TOM)
        row = page.locator("#phone-61491570156")
        await expect(row.locator(".row__unread")).to_have_text("2 new")
        await expect(page).to_have_title("(2) Maya Chen · Sandbox phones")
        await row.get_by_role("link").click()
        await expect(bubbles(page)).to_have_count(2)
        await expect(page.locator(".row__unread")).to_have_count(0)


async def test_a_number_nobody_knew_appears_when_it_is_texted(opened: Opened, sandbox: Stage) -> None:
    async with opened() as page:
        sandbox.send(to="+61491570111")
        await expect(page.locator("#phone-61491570111")).to_contain_text("+61 491 570 111")


async def test_a_phone_is_added_by_its_number(opened: Opened, sandbox: Stage) -> None:
    async with opened() as page:
        await page.get_by_text("Add phone").first.click()
        await page.get_by_label("Mobile number").fill("12")
        await page.get_by_role("button", name="Add phone").click()
        number = page.get_by_label("Mobile number")
        await expect(number).to_have_value("12")
        await expect(page.locator("#number-error")).to_contain_text("not a phone number")
        await number.fill("0491 570 112")
        await page.get_by_label("Name").fill("Ana Ruiz")
        await page.get_by_role("button", name="Add phone").click()
        await expect(page.get_by_role("heading", name="Ana Ruiz")).to_be_visible()
        assert page.url.endswith("/sandbox/phones/+61491570112")


async def test_the_keyboard_is_enough(opened: Opened, sandbox: Stage) -> None:
    async with opened() as page:
        await page.keyboard.press("Tab")
        await expect(page.locator("#phone-61491570110-link")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#live")).to_have_text("Live")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the phone")).to_be_focused()
        await page.keyboard.press("Enter")
        stops: list[str] = []
        while "body" not in stops and len(stops) < 20:
            await page.keyboard.press("Tab")
            stops.append(await page.evaluate("document.activeElement.id || document.activeElement.name"))
        await page.keyboard.type("Hello from the keyboard")
        await page.keyboard.press("Enter")
        await expect(bubbles(page)).to_have_text("You: Hello from the keyboard")


async def test_focus_stays_on_a_row_that_changes(opened: Opened, sandbox: Stage) -> None:
    async with opened() as page:
        link = page.locator("#phone-61491570110-link")
        await link.focus()
        sandbox.send("News for Maya")
        await expect(link).to_contain_text("News for Maya")
        await expect(link).to_be_focused()


async def test_everything_works_without_scripts(opened: Opened, sandbox: Stage) -> None:
    async with opened(java_script_enabled=False) as page:
        await page.get_by_role("link", name="Maya Chen").click()
        await page.get_by_label("Text as Maya Chen").fill("Plain form")
        await page.get_by_role("button", name="Send").click()
        await expect(bubbles(page)).to_have_text("You: Plain form")
        await page.get_by_role("button", name="Who is this?").click()
        await expect(bubbles(page)).to_have_count(2)
        await page.get_by_label("What becomes of texts to this phone").select_option("landline")
        await page.get_by_role("button", name="Set").click()
        await expect(page.locator(".row__state")).to_have_text("It is a landline (30006)")


async def test_an_empty_text_is_not_sent(sandbox: Stage) -> None:
    for form, words in [({"body": " ", "to": COMPANY}, "Write something first."), ({"body": "Hi"}, "Choose a company")]:
        answer = sandbox.http.post(f"/sandbox/phones/{MAYA}/texts", data=form)
        assert answer.status_code == 422
        assert words in answer.text
    assert sandbox.seen() == []


async def test_a_phone_that_cannot_exist_is_not_found(sandbox: Stage) -> None:
    answer = sandbox.http.get("/sandbox/phones/<b>nobody")
    assert answer.status_code == 404
    assert "<b>nobody" not in answer.text
    assert sandbox.http.post("/sandbox/phones/nobody/texts", data={"body": "Hi", "to": COMPANY}).status_code == 404
    assert sandbox.http.post("/sandbox/phones/nobody/behaviour", data={"behaviour": "blocks"}).status_code == 404
    assert sandbox.seen() == []
    assert sandbox.http.get("/sandbox").headers["location"] == "/sandbox/phones"


async def test_what_a_candidate_writes_is_never_markup(opened: Opened, sandbox: Stage) -> None:
    sandbox.text_in("<img src=x onerror=alert(1)>")
    async with opened(MAYA) as page:
        await expect(bubbles(page)).to_have_text("You: <img src=x onerror=alert(1)>")


async def test_a_lost_connection_is_said_and_healed(browser: Browser, sandbox: Stage) -> None:
    tab = await browser.new_context(base_url=sandbox.url)
    page = await tab.new_page()
    await page.route("**/sandbox/phones/events", lambda route: route.abort())
    await page.goto("/sandbox/phones")
    await expect(page.locator("#live")).to_have_text("Connection lost. Trying again…", timeout=10_000)
    await page.unroute("**/sandbox/phones/events")
    await page.reload()
    await expect(page.locator("#live")).to_have_text("Live")
    await tab.close()
