"""Names, files and facts as hostile as texts may be, by every way in: shown as what they are, and nothing runs.

Takes an installation of its own, as its lists are nothing for other tests to look at; `make security` runs it.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Page, Request, expect

from tests.browser.looks import RULER
from tests.browser.server import Server
from tests.browser.tabs import Tabs
from tests.journeys.installation import JO, Installation
from tests.journeys.waiting import until
from tests.media import jpeg
from tests.web.test_webhooks_hostile import HOSTILE

pytestmark = pytest.mark.long

ADMIN = "admin@demo.test"
MOST_OF_A_NAME = 120
PLAIN = "Plain Neighbour"


def named() -> list[str]:
    """The hostile texts that can be a name: they are UTF-8, not too long, and not blank."""
    texts = []
    for body in HOSTILE:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            continue
        if text.strip() and len(text) <= MOST_OF_A_NAME and "\x00" not in text:
            texts.append(text)
    assert len(texts) > 40
    return texts


class Witness:
    """What a page does that it should not: dialogs, and requests to anywhere but the pages of ours."""

    def __init__(self, page: Page, home: str) -> None:
        self._home, self.dialogs = home, list[str]()
        self.asked = set[str]()
        page.on("dialog", self._dismiss)
        page.on("request", self._note)

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _note(self, request: Request) -> None:
        self.asked.add(f"{request.method} {request.url}")

    def clean(self, *, opened: tuple[str, ...]) -> None:
        """Nothing was asked for but pages that the test opened and what stands on every page."""
        assert self.dialogs == []
        ours = ("/static/", "/live", *opened)
        strange = {one for one in self.asked if not one.split(" ", 1)[1].startswith(self._home)}
        paths = {urlsplit(one.split(" ", 1)[1]).path for one in self.asked}
        assert strange == set()
        assert {path for path in paths if not path.startswith(ours)} == set()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.ways.close_browsers()
    server.close()


@pytest.fixture
def own_tabs(browser: Browser, own: Server) -> Iterator[Tabs]:
    opened = Tabs(browser, own.ways)
    yield opened
    opened.close()


def shown_names(page: Page) -> list[str]:
    """The names in the whole list of candidates."""
    more = page.locator("#candidates-more a")
    while before := more.count():
        rows = page.locator("#candidate-rows > tr").count()
        more.click()
        expect(page.locator("#candidate-rows > tr")).not_to_have_count(rows)
        assert before == 1
    names = (
        "[...document.querySelectorAll('#candidate-rows .table__name > :last-child')].map((name) => name.textContent)"
    )
    found: list[str] = page.evaluate(names)
    return found


def height(page: Page) -> float:
    row = page.get_by_role("link", name=PLAIN, exact=True).locator("xpath=ancestor::*[self::tr or self::li][1]")
    box = row.bounding_box()
    assert box is not None
    return box["height"]


def by_file(own: Installation, names: list[str]) -> None:
    """Import the names, in a file that is called as badly."""
    jo, lines = own.sign_in(JO), io.StringIO()
    lines.write("Name,City\n")
    for name in names:
        lines.write(",".join('"' + cell.replace('"', '""') + '"' for cell in (name, name[:60])) + "\n")
    files = {"file": ('"><img src=x onerror=alert(1)>.csv', lines.getvalue().encode())}
    address = jo.post("/candidates/imports", files=files).headers["Location"]
    assert jo.post(address, data={"column-0": "name", "column-1": "city"}).status_code == 303
    assert jo.post(f"{address}/begin").status_code == 303
    until(lambda: "to go" not in jo.get(address).text and "added" in jo.get(address).text)


def by_api(own: Installation, names: list[str]) -> list[str]:
    """Add them as a program does; the names as they were taken."""
    admin = own.sign_in(ADMIN)
    form = {"name": "<script>alert(1)</script>", "scopes": ["candidates:write", "candidates:read"], "days": "30"}
    page = admin.post("/settings/api-tokens", data=form).text
    token = next(
        word for word in page.replace("<", " ").replace(">", " ").replace('"', " ").split() if word.startswith("sit_")
    )
    program, taken = own.browser(), []
    for name in names:
        answer = program.post(
            "/api/v1/candidates",
            content=json.dumps({"name": name, "job": name[:60]}),
            headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        )
        if answer.status_code == 201:
            taken.append(answer.json()["name"])
        else:
            assert answer.status_code in (400, 422), answer.text
    return taken


@pytest.mark.timeout(240)
def test_hostile_names_by_file_and_by_program_do_nothing_anywhere(own: Server, own_tabs: Tabs) -> None:
    names, ways = named(), own.ways
    jo = ways.sign_in(JO)
    assert jo.post("/candidates", data={"name": PLAIN}).status_code == 303
    page = own_tabs.open("/candidates?q=Plain")
    before = height(page)
    by_file(ways, names[::2])
    taken = by_api(ways, names[1::2])

    page = own_tabs.open("/login", who=None)
    witness = Witness(page, ways.url)
    own_tabs.sign_in(page.context, JO)
    page.goto("/candidates")
    shown = [name.strip() for name in shown_names(page)]
    missing = [name for name in taken if " ".join(name.split()) not in {" ".join(one.split()) for one in shown}]
    assert missing == []
    assert len(set(shown)) > 40
    faults = page.evaluate(RULER.read_text())
    assert [one for one in faults if "wide" in one or "beyond" in one] == []
    page.goto("/candidates?q=Plain")
    assert height(page) == pytest.approx(before, abs=0.5)

    for path in ("/candidates/imports", "/candidates/duplicates", "/inbox?tab=shared"):
        page.goto(path)
    own_tabs.expect_trouble("htmx:sendAbort", "htmx:afterRequest")  # of searches that the next page cuts off
    for name in taken:
        page.goto(f"/candidates?q={PLAIN}")
        page.fill("#q", name[:40])
        page.keyboard.press("Enter")
        page.wait_for_load_state()
    own_tabs.sign_in(page.context, ADMIN)
    for path in ("/settings/api-tokens", "/settings/audit-log"):
        page.goto(path)
    witness.clean(opened=("/candidates", "/inbox", "/settings/", "/login"))


@pytest.mark.timeout(240)
def test_a_hostile_picture_name_and_a_text_with_it_do_nothing(own: Server, own_tabs: Tabs) -> None:
    ways = own.ways
    number = ways.candidate()
    ways.text_in(number, "Hello")
    conversation = ways.conversation(number)
    page = own_tabs.open(f"/inbox/c/{conversation}?tab=shared")
    witness = Witness(page, ways.url)
    jo = ways.sign_in(JO)
    for name in named():
        answer = jo.post(f"/inbox/c/{conversation}/media", files={"media": (name, jpeg(20, 20))})
        assert answer.status_code in (200, 422), answer.text
    page.reload()
    witness.clean(opened=(f"/inbox/c/{conversation}", "/candidates/"))
