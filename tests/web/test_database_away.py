"""What people get while the database is away, frozen, stuck or read-only: a sentence, soon, and their session after."""

import asyncio
import time
from urllib.parse import urlsplit

import psycopg
import pytest

from inbox.errors import Unavailable
from inbox.storage import postgresql
from inbox.storage.columns import new_id
from inbox.storage.database import Database
from tests.databases import as_administrator
from tests.faults.proxy import Proxy
from tests.web.away import until
from tests.web.house import HTMX, ORIGIN, House

pytestmark = pytest.mark.anyio

AWAY = "The inbox cannot reach its database at the moment. Please try again."
# A frozen server is noticed after 6 s.
ANSWER_SECONDS = 9.0


@pytest.mark.parametrize("fault", ["refuse", "hold"])
async def test_pages_say_soon_that_the_database_is_away_and_nobody_is_signed_out(
    far_house: House, line: Proxy, fault: str
) -> None:
    conversation = await far_house.scene.text_in()
    jo, stranger = await far_house.browser(far_house.scene.jo), await far_house.browser()
    page = f"/inbox/c/{conversation}?tab=shared"
    getattr(line, fault)()

    began = time.monotonic()
    answers = await asyncio.gather(
        *(jo.get(path) for path in ("/inbox", page, "/candidates", "/login", f"/inbox/c/{conversation}/messages")),
        stranger.post("/login", data={"email": "jo@acme.test", "password": "x"}, headers={"Origin": ORIGIN}),
    )
    assert time.monotonic() - began < ANSWER_SECONDS
    for answer in answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert AWAY in answer.text
        assert "Set-Cookie" not in answer.headers
    assert f'data-comes-back="{page}"' in answers[1].text
    assert (await stranger.get("/login")).status_code == 200

    line.restore()

    async def is_back() -> bool:
        return (await jo.get(page)).status_code == 200

    await until(is_back, seconds=5)


@pytest.mark.parametrize("fault", ["refuse", "hold"])
async def test_a_text_to_a_candidate_is_refused_with_the_reason_and_stored_nowhere(
    far_house: House, line: Proxy, beside: Database, fault: str
) -> None:
    conversation = await far_house.scene.text_in()
    jo = await far_house.browser(far_house.scene.jo)
    getattr(line, fault)()
    began = time.monotonic()
    answer = await jo.post(
        f"/inbox/c/{conversation}/messages", data={"id": new_id(), "body": "Hello", "seen": "1"}, headers=HTMX
    )
    assert (answer.status_code, answer.text) == (503, AWAY)
    assert time.monotonic() - began < ANSWER_SECONDS
    line.restore()
    assert await beside.fetch_val("select count(*) from messages where direction = 'out'") == 0


async def test_a_text_whose_commit_nobody_confirmed_is_not_said_to_be_unsent(
    far_house: House, line: Proxy, beside: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = await far_house.scene.text_in()
    jo = await far_house.browser(far_house.scene.jo)
    fields = {"id": new_id(), "body": "Hello", "seen": "1"}
    path = f"/inbox/c/{conversation}/messages"
    commit = postgresql._Transaction.commit

    async def cut_and_commit(transaction: postgresql._Transaction) -> None:
        line.cut()
        await commit(transaction)

    monkeypatch.setattr(postgresql._Transaction, "commit", cut_and_commit)
    answer = await jo.post(path, data=fields, headers=HTMX)
    monkeypatch.undo()
    assert answer.status_code == 504
    # Once more under the same id, as the browser does it: one text, whether it had been stored or not.
    assert (await jo.post(path, data=fields, headers=HTMX)).status_code == 200
    assert await beside.fetch_val("select count(*) from messages where direction = 'out'") == 1


async def test_a_database_that_was_made_read_only_can_be_read_and_texts_are_kept_for_later(
    far_house: House, line: Proxy, beside: Database, postgresql_url: str
) -> None:
    await far_house.text_in("Before")
    jo = await far_house.browser(far_house.scene.jo)
    name = urlsplit(postgresql_url).path[1:]
    with psycopg.connect(as_administrator(postgresql_url), autocommit=True) as admin:
        admin.execute(f"alter database {name} set default_transaction_read_only = on")  # type: ignore[call-overload]
        line.cut()

        async def can_be_read() -> bool:
            return (await jo.get("/inbox?tab=shared")).status_code == 200

        await until(can_be_read, seconds=5)
        assert (await far_house.text_in("Meanwhile")).status_code == 200
        assert await _bodies(beside) == ["Before"]
        admin.execute("set default_transaction_read_only = off")
        admin.execute(f"alter database {name} reset default_transaction_read_only")  # type: ignore[call-overload]
        line.cut()

    async def is_stored() -> bool:
        return await _bodies(beside) == ["Before", "Meanwhile"]

    await until(is_stored, seconds=5)


async def test_connections_that_are_ended_all_the_time_lose_no_text(
    far_house: House, beside: Database, postgresql_url: str
) -> None:
    async def end_them(postgres: psycopg.Connection[tuple[object, ...]]) -> None:
        while True:
            postgres.execute(_END_OTHERS)
            await asyncio.sleep(0.02)

    with psycopg.connect(as_administrator(postgresql_url), autocommit=True) as postgres:
        ending = asyncio.create_task(end_them(postgres))
        answers = [(await far_house.text_in(f"Text {number:02}")).status_code for number in range(20)]
        ending.cancel()
    assert set(answers) == {200}
    ended = time.monotonic()

    async def are_stored() -> bool:
        return await _bodies(beside) == [f"Text {number:02}" for number in range(20)]

    await until(are_stored, seconds=5)
    assert (await far_house.text_in("After")).status_code == 200
    assert time.monotonic() - ended < 5


async def test_a_pool_that_others_hold_lets_no_text_wait_for_long(far_house: House, beside: Database) -> None:
    database: Database = far_house.app.state.database
    jo = await far_house.browser(far_house.scene.jo)
    held = [asyncio.create_task(database.fetch_val("select pg_sleep(4.8)")) for _ in range(20)]

    async def are_all_taken() -> bool:
        return bool(await beside.fetch_val(_SLEEPING) == 10)

    await until(are_all_taken)
    began = time.monotonic()
    text, page = await asyncio.gather(far_house.text_in("Patience"), jo.get("/inbox"))
    assert text.status_code == 200
    assert page.status_code in {200, 503}
    assert time.monotonic() - began < 2 * ANSWER_SECONDS
    await asyncio.gather(*held, return_exceptions=True)

    async def is_stored() -> bool:
        return await _bodies(beside) == ["Patience"]

    await until(is_stored, seconds=5)


_SLEEPING = "select count(*) from pg_stat_activity where state = 'active' and query like 'select pg_sleep%'"
_END_OTHERS = (
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
    " and pid <> pg_backend_pid() and backend_type = 'client backend'"
)


async def _bodies(database: Database) -> list[str]:
    try:
        return [row.body for row in await database.fetch_all("select body from messages order by at, id")]
    except Unavailable:
        return []  # its own connections were ended as well
