"""What machines ask: alive, ready, and the counts."""

import pytest

from inbox.storage.database import Database
from tests.web.house import METRICS_TOKEN, House

pytestmark = pytest.mark.anyio


async def test_the_process_says_that_it_lives(house: House) -> None:
    answer = await (await house.browser()).get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")


async def test_ready_means_that_database_and_hub_answer(house: House) -> None:
    answer = await (await house.browser()).get("/readyz")
    well = {"database": True, "hub": True, "spool": True, "ending": False}
    assert (answer.status_code, answer.json()) == (200, well)


async def test_a_process_that_drains_is_not_ready_for_more(house: House) -> None:
    await house.app.state.drain()
    browser = await house.browser()
    answer = await browser.get("/readyz")
    ending = {"database": True, "hub": True, "spool": True, "ending": True}
    assert (answer.status_code, answer.json()) == (503, ending)
    assert (await browser.get("/healthz")).status_code == 200


async def test_a_database_that_is_away_makes_it_unready_and_not_dead(house: House) -> None:
    house.app.state.database = Database("sqlite:////nowhere/at/all/inbox.db")
    browser = await house.browser()
    answer = await browser.get("/readyz")
    away = {"database": False, "hub": True, "spool": True, "ending": False}
    assert (answer.status_code, answer.json()) == (503, away)
    assert (await browser.get("/healthz")).status_code == 200


async def test_metrics_are_for_the_bearer_of_their_token(house: House) -> None:
    browser = await house.browser()
    for given in (None, "Bearer wrong", f"Basic {METRICS_TOKEN}", "Bearer ", "Bearer ä".encode()):
        answer = await browser.get("/metrics", headers={} if given is None else {"Authorization": given})
        assert answer.status_code == 401, given
        assert "inbox_" not in answer.text


async def test_metrics_count_sockets_and_frames(house: House) -> None:
    answer = await (await house.browser()).get("/metrics", headers={"Authorization": f"Bearer {METRICS_TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = {line.split()[0]: float(line.split()[1]) for line in answer.text.splitlines() if not line.startswith("#")}
    assert lines["inbox_sockets"] == 0
    assert lines["inbox_tasks"] > 0
    assert lines["inbox_hub_healthy"] == 1


async def test_without_a_token_there_are_no_metrics(house: House) -> None:
    object.__setattr__(house.app.state.settings, "metrics_token", "")
    answer = await (await house.browser()).get("/metrics", headers={"Authorization": "Bearer "})
    assert answer.status_code == 404
