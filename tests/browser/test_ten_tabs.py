"""One person with ten tabs: each has its own view, its own place and one socket, and none falls behind."""

import pytest

from tests.browser.candidates import Candidate, answered, newcomer
from tests.browser.fresh_page import assert_as_fresh
from tests.browser.server import Server
from tests.browser.tabs import Tabs, until_live
from tests.browser.traffic import happen
from tests.journeys.installation import JO, Installation
from tests.journeys.waiting import until


def addresses(crowd: list[Candidate]) -> list[str]:
    """Ten views and threads."""
    return [
        "/inbox",
        "/inbox?tab=shared",
        "/inbox?tab=shared&unread=1",
        "/inbox?tab=shared&failed=1",
        "/inbox?tab=shared&range=today",
        "/inbox?tab=shared&q=number",
        "/candidates",
        crowd[0].page,
        f"{crowd[1].page}&unread=1",
        crowd[2].page,
    ]


@pytest.mark.parametrize("number", [5, pytest.param(10, marks=pytest.mark.long)])
@pytest.mark.timeout(180)
def test_many_tabs_show_what_fresh_pages_show_with_one_socket_each(
    tabs: Tabs, server: Server, installation: Installation, number: int
) -> None:
    until(lambda: server.sockets() == 0)
    crowd = [*(newcomer(installation, f"I am number {number}") for number in range(3)), answered(installation, JO)]
    context = tabs.context()
    pages = [context.new_page() for _ in range(number)]
    for page, address in zip(pages, addresses(crowd)[-number:], strict=True):
        page.goto(address)
        until_live(page)
    pages[-3].locator("#body").press_sequentially("For number 0")
    pages[-1].locator("#body").press_sequentially("For number 2")

    happen(installation, crowd, events=40, seed=11)

    for page in pages:
        assert_as_fresh(page)
    assert [page.evaluate("sockets.length") for page in pages] == [1] * number
    until(lambda: server.sockets() == number)
    assert pages[-3].locator("#body").input_value() == "For number 0"
    assert pages[-1].locator("#body").input_value() == "For number 2"
