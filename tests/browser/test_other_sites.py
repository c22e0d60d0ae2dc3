"""Pages of other sites in a browser that is signed in: they frame nothing, write nothing and hear nothing."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Response

from tests.browser import neighbour_site
from tests.browser.candidates import newcomer
from tests.browser.neighbour_site import NeighbourSite
from tests.browser.tabs import Tabs, until_heard
from tests.journeys.installation import Installation
from tests.journeys.waiting import until

HOSTS = (pytest.param("localhost", marks=pytest.mark.long), "127.0.0.1")
"""Another site (in `make security`), and another origin of the same one, to which a cookie goes along in any case."""
REFUSED = ("frame-ancestors", "WebSocket connection to", "403", "net::ERR_", "CORS policy", "Refused to", "Framing")
FRAMED = ("/inbox", "/login", "/settings/users", "/reports/chat", "/api/v1/docs")
TRIES = """async ([app, conversation]) => {
  const fields = () => new URLSearchParams({ body: 'Forged', id: crypto.randomUUID(), version: '0' });
  const told = [];
  const tell = (name, promise) => promise.then((value) => told.push([name, value]), () => told.push([name, 'failed']));
  for (const act of ['messages', 'close', 'claim', 'notes']) {
    const address = `${app}/inbox/c/${conversation}/${act}`;
    const post = (more) => fetch(address, { method: 'POST', credentials: 'include', body: fields(), ...more });
    await tell(act, post({ mode: 'no-cors' }).then(({ type }) => type));
    await tell(act, post({ mode: 'no-cors', body: new Blob([fields()]) }).then(({ type }) => type));
    await tell(act, post({}).then((answer) => answer.text()));
    await tell(act, post({ headers: { 'X-CSRF-Token': 'x' } }).then((answer) => answer.text()));
  }
  await tell('read', fetch(`${app}/inbox`, { credentials: 'include' }).then((answer) => answer.text()));
  await tell('socket', new Promise((done) => {
    const socket = new WebSocket(`${app.replace('http', 'ws')}/live?tab=shared`);
    socket.onopen = () => done('open');
    socket.onmessage = () => done('heard');
    socket.onerror = () => done('error');
  }));
  const picture = new Image();
  picture.src = `${app}/logout`;
  const script = document.createElement('script');
  script.src = `${app}/inbox`;
  document.body.append(picture, script);
  return told;
}"""
FORM = """<form method="post" action="{address}" enctype="{kind}"><input name="body" value="Forged"></form>"""


@pytest.fixture(scope="module")
def site() -> Iterator[NeighbourSite]:
    with neighbour_site.opened() as opened:
        yield opened


def answers(page: Page) -> list[Response]:
    heard: list[Response] = []
    page.on("response", lambda one: heard.append(one))  # noqa: PLW0108 - Playwright takes no built-in method
    return heard


@pytest.mark.parametrize("host", HOSTS)
def test_no_page_of_ours_is_shown_in_a_frame_of_theirs(
    host: str, tabs: Tabs, installation: Installation, site: NeighbourSite
) -> None:
    tabs.expect_trouble(*REFUSED)
    site.html = "".join(f'<iframe src="{installation.url}{path}"></iframe>' for path in FRAMED)
    page = tabs.context().new_page()
    heard = answers(page)
    page.goto(site.url(host))
    until_heard(page, lambda: len([one for one in heard if one.url.startswith(installation.url)]) >= len(FRAMED))
    until(lambda: {frame.url for frame in page.frames[1:]} == {"chrome-error://chromewebdata/"})


@pytest.mark.parametrize("host", HOSTS)
def test_a_page_of_theirs_writes_nothing_and_opens_no_socket(
    host: str, tabs: Tabs, installation: Installation, site: NeighbourSite
) -> None:
    tabs.expect_trouble(*REFUSED)
    candidate = newcomer(installation)
    site.html = "<!doctype html><title>Prizes</title>"
    page = tabs.context().new_page()
    heard = answers(page)
    page.goto(site.url(host))
    told = page.evaluate(TRIES, [installation.url, candidate.conversation])
    assert ["socket", "error"] in told
    assert {value for name, value in told if name != "socket"} <= {"opaque", "failed"}, json.dumps(told)[:500]

    for kind in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        for path in (f"/inbox/c/{candidate.conversation}/messages", "/logout", "/logout/everywhere", "/login"):
            site.html = FORM.format(address=installation.url + path, kind=kind)
            page.goto(site.url(host))
            with page.expect_navigation():
                page.evaluate("document.forms[0].submit()")
    written = [one for one in heard if one.request.method == "POST" and one.url.startswith(installation.url)]
    # What scripts sent is not shown to anybody: the browser throws the answers away.
    assert [one.status for one in written] == [403] * 12
    assert installation.asked_to_send(candidate.number) == []
    # The session is what it was: the same browser opens the thread, as it stood.
    page.goto(installation.url + candidate.page)
    assert page.locator("#body").is_visible()
    assert page.locator("#thread").get_by_text("Forged").count() == 0


@pytest.mark.parametrize("host", HOSTS)
def test_a_window_that_a_page_of_theirs_opens_is_out_of_its_reach(
    host: str, tabs: Tabs, installation: Installation, site: NeighbourSite
) -> None:
    site.html = "<!doctype html><title>Prizes</title>"
    context = tabs.context()
    page = context.new_page()
    page.goto(site.url(host))
    with context.expect_page() as opening:
        page.evaluate("(address) => { window.theirs = open(address); }", f"{installation.url}/inbox?tab=shared")
    ours = opening.value
    ours.wait_for_load_state()
    assert ours.evaluate("window.opener") is None
    assert page.evaluate("window.theirs.closed")  # cut off, for all that they can tell
