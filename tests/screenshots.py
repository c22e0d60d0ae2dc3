"""`python -m tests.screenshots`: the main screens as docs/screenshots/*.png, light, dark and as on a phone."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.browser.companion import Companion, Profile
from tests.journeys import installation as installations
from tests.journeys.installation import JO, Installation
from tests.services import chromium_path

FOLDER = Path(__file__).resolve().parents[1] / "docs/screenshots"
MAYA = "+61491570110"
ADMIN = "admin@demo.test"
WIDE, PHONE = (1440, 900), (390, 844)
# Playwright's own flags, and none that reaches for the network.
QUIET = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run")

Scene = Callable[[Page, Installation], object]


def inbox(page: Page, installation: Installation) -> None:
    page.goto(f"/inbox/c/{installation.conversation(MAYA)}")
    expect(page.locator("#thread-list, #thread-history").first).to_be_visible()


def conversations(page: Page, _: Installation) -> None:
    page.goto("/inbox?tab=shared")


def templates(page: Page, installation: Installation) -> None:
    inbox(page, installation)
    page.focus("#body")
    page.keyboard.press("/")
    expect(page.get_by_role("option", name="Interview")).to_be_visible()


def profile(page: Page, _: Installation) -> None:
    page.goto("/candidates?q=Maya")
    page.get_by_role("link", name="Maya Chen", exact=True).click()
    page.get_by_role("link", name="SMS").click()
    expect(page.locator("#thread")).to_be_visible()


def candidates(page: Page, _: Installation) -> None:
    page.goto("/candidates")


def sms_settings(page: Page, _: Installation) -> None:
    page.goto("/settings/organisation/sms")
    expect(page.locator("#runs .banner--ok")).to_be_visible(timeout=20_000)


def campaign(page: Page, _: Installation) -> None:
    page.goto("/campaigns/new")
    page.fill("#name", "Thursday interviews")
    page.fill("#body", "Hi {{first_name|there}}, are you free on Thursday? {{my_first_name}}")
    page.get_by_role("button", name="Look through recipients").click()
    expect(page.get_by_role("heading", name="Ready to send")).to_be_visible(timeout=20_000)


def chat_report(page: Page, _: Installation) -> None:
    page.goto("/reports/chat")


def billing_log(page: Page, _: Installation) -> None:
    page.goto("/settings/organisation/sms/billing-log")


def provisioning(page: Page, _: Installation) -> None:
    page.goto("/settings/provisioning")


SCENES: tuple[tuple[str, Scene, str, tuple[int, int], str], ...] = (
    ("inbox", inbox, "light", WIDE, JO),
    ("inbox-dark", inbox, "dark", WIDE, JO),
    ("inbox-phone", conversations, "light", PHONE, JO),
    ("thread-phone", inbox, "dark", PHONE, JO),
    ("message-templates", templates, "light", WIDE, JO),
    ("candidates", candidates, "light", WIDE, JO),
    ("profile", profile, "dark", WIDE, JO),
    ("sms-settings", sms_settings, "light", WIDE, ADMIN),
    ("campaign", campaign, "light", WIDE, JO),
    ("chat-report", chat_report, "light", WIDE, JO),
    ("billing-log", billing_log, "dark", WIDE, ADMIN),
    ("provisioning", provisioning, "light", WIDE, ADMIN),
)


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        installations.embedded(Path(folder)) as installation,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(QUIET))
        for name, scene, theme, size, who in SCENES:
            take(browser, installation, name, scene, theme, size, who)
        browser.close()
        take_companion(playwright, installation, Path(folder))


def take(
    browser: Browser,
    installation: Installation,
    name: str,
    scene: Scene,
    theme: str,
    size: tuple[int, int],
    who: str,
) -> None:
    """One picture, of a browser without memory."""
    context = browser.new_context(
        base_url=installation.url,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    cookies = dict(installation.sign_in(who).cookies)
    context.add_cookies([{"name": key, "value": value, "url": installation.url} for key, value in cookies.items()])
    page = context.new_page()
    scene(page, installation)
    page.evaluate("document.fonts.ready")
    page.screenshot(path=FOLDER / f"{name}.png")
    context.close()


def take_companion(playwright: Playwright, installation: Installation, folder: Path) -> None:
    """The popup over a page about Maya, on which Jo answers."""
    companion = Companion.launched(playwright, folder)
    window = companion.pressed(companion.at(Profile("/in/maya-chen", "Maya Chen")))
    companion.connect(window, installation)
    expect(window.locator(".msg--in").last).to_be_visible()
    window.fill("#text", "Yes, please bring it along.")
    window.set_viewport_size({"width": 384, "height": 576})
    window.screenshot(path=FOLDER / "companion.png")
    companion.close()


if __name__ == "__main__":
    main()
