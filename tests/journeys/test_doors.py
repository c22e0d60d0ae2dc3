"""Who gets in: people who are signed in, from pages of ours, until they sign out."""

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.journeys.elements import parse
from tests.journeys.installation import JO, Installation
from tests.journeys.screen import socket


@pytest.mark.parametrize("way", ["/logout", "/logout/everywhere"])
def test_signing_out_closes_the_open_tabs_of_that_session_with_4401(installation: Installation, way: str) -> None:
    browser = installation.sign_in("kim@demo.test", anew=True)
    tab = installation.browser(installation.webs[-1], cookies=dict(browser.cookies))
    screen = installation.screen(tab, "/inbox?tab=shared")

    answer = browser.post(way)

    assert answer.status_code == 303
    assert screen.close_code() == 4401
    assert tab.get("/inbox").headers["Location"] == "/login?next=/inbox"


def test_a_socket_without_a_session_is_let_in_and_closed_with_4401(installation: Installation) -> None:
    """Refused at the door, the browser could not tell this from a broken line and would try for ever."""
    with (
        socket(installation.browser(), "/live", origin=installation.url) as line,
        pytest.raises(ConnectionClosed) as closed,
    ):
        line.recv(timeout=10)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_a_socket_from_another_sites_page_is_refused_with_403(installation: Installation, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        socket(installation.sign_in(JO), "/live", origin=origin)
    assert refused.value.response.status_code == 403


def test_a_page_without_a_session_leads_to_the_sign_in_page_and_back(installation: Installation) -> None:
    answer = installation.browser().get("/inbox?tab=shared&range=today")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=/inbox%3Ftab%3Dshared%26range%3Dtoday"


def test_the_doctor_finds_nothing_wrong_with_an_installation_that_runs(installation: Installation) -> None:
    found = [line.split(":")[0] for line in installation.do("doctor").splitlines()]
    looked_at = ("Database", "Clock", "Spool", "Redis", "Twilio credentials", "Webhook address", "Synchronizing")
    assert found == [f"ok     {what}" for what in looked_at]


def test_the_connection_to_twilio_is_tested_step_by_step_and_whole(installation: Installation) -> None:
    answer = installation.sign_in("admin@demo.test").post("/settings/organisation/sms/test")
    words = parse(answer.text).words
    assert "Credentials works: Twilio accepted the details." in words
    assert f"Webhook of {installation.number} works: Texts to it are delivered here." in words
    assert "Signature works: A signed call to our public address was accepted." in words
