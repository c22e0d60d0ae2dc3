"""The pool of PostgreSQL connections: limits, outages, and what a connection is told at its start."""

import asyncio

import asyncpg
import pytest

from inbox.errors import Unavailable
from inbox.storage import postgresql
from inbox.storage.columns import new_id
from inbox.storage.database import Database
from tests import services
from tests.storage.notes import assert_whole, kill_backend, note, until

pytestmark = pytest.mark.anyio


async def test_the_server_is_told_our_limits(postgresql_url: str) -> None:
    async with Database(postgresql_url) as database:
        assert await database.fetch_val("show statement_timeout") == "5s"
        assert await database.fetch_val("show idle_in_transaction_session_timeout") == "15s"
        assert await database.fetch_val("show application_name") == "inbox"


async def test_a_query_that_takes_too_long_is_unavailable_and_its_connection_goes_on(postgresql_url: str) -> None:
    async def dawdle() -> None:
        async with database.transaction():
            await database.execute("set local statement_timeout = 50")
            await database.execute("select pg_sleep(5)")

    async with Database(f"{postgresql_url}?max_size=3") as database:
        for _ in range(5):
            with pytest.raises(Unavailable):
                await dawdle()
        await assert_whole(database)


async def test_a_pool_without_a_free_connection_is_unavailable_after_a_while(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "_ACQUIRE_SECONDS", 0.05)
    async with Database(f"{postgresql_url}?max_size=1") as database:
        leave = asyncio.Event()

        async def stay() -> None:
            async with database.transaction():
                await leave.wait()

        async def is_taken() -> bool:
            return database._backend._pool.get_idle_size() == 0

        holder = asyncio.create_task(stay())
        await until(is_taken)
        with pytest.raises(Unavailable):
            await database.ping()
        leave.set()
        await holder
        await database.ping()


async def test_idle_connections_that_were_killed_are_replaced(postgresql_url: str) -> None:
    async with Database(f"{postgresql_url}?max_size=3") as database:
        pid = await database.fetch_val("select pg_backend_pid()")
        kill_backend(postgresql_url, pid)

        async def is_replaced() -> bool:
            try:
                return bool(await database.fetch_val("select pg_backend_pid()") != pid)
            except Unavailable:
                return False  # it was taken before we heard of its death

        await until(is_replaced)
        await assert_whole(database)


async def test_a_server_that_is_away_is_unavailable_once_we_were_connected(postgresql_url: str) -> None:
    async with Database(f"{postgresql_url}?max_size=3") as database:
        pid = await database.fetch_val("select pg_backend_pid()")
        database._backend._pool.set_connect_args(host="127.0.0.1", port=services.free_port())
        kill_backend(postgresql_url, pid)

        async def is_away() -> bool:
            try:
                await database.ping()
            except Unavailable:
                return True
            return False

        await until(is_away)


async def test_a_server_that_is_away_at_the_start_is_unavailable(anyio_backend: str) -> None:
    with pytest.raises(Unavailable):
        await Database(f"postgresql://nobody@127.0.0.1:{services.free_port()}/none").connect()


async def test_what_one_transaction_sets_locally_the_next_does_not_see(postgresql_url: str) -> None:
    async with Database(f"{postgresql_url}?max_size=1") as database:
        async with database.transaction():
            await database.execute("set local application_name = 'other'")
            assert await database.fetch_val("show application_name") == "other"
        assert await database.fetch_val("show application_name") == "inbox"


async def test_ids_are_text_in_text_queries_too(postgresql_url: str) -> None:
    known = new_id()
    async with Database(postgresql_url) as database:
        assert await database.fetch_val("select cast(:id as uuid)", {"id": known}) == known


async def test_the_words_of_libpq_for_encryption_are_obeyed(postgresql_url: str) -> None:
    encrypted = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
    async with Database(f"{postgresql_url}?sslmode=disable") as database:
        assert await database.fetch_val(encrypted) is False
    required = Database(f"{postgresql_url}?sslmode=require")
    try:
        await required.connect()
    except Unavailable:
        return  # this server cannot, and nothing was sent in clear
    assert await required.fetch_val(encrypted) is True
    await required.disconnect()


async def test_a_programming_error_stays_one(postgresql_url: str) -> None:
    async with Database(postgresql_url) as database:
        with pytest.raises(asyncpg.UndefinedTableError):
            await database.fetch_all("select * from missing")
        with pytest.raises(asyncpg.DataError):
            await database.fetch_all("select 1 + cast(:one as integer)", {"one": "one"})


async def test_pools_of_two_databases_do_not_mix(postgresql_url: str, sqlite_url: str) -> None:
    async with Database(postgresql_url) as one, Database(sqlite_url) as other, one.transaction():
        async with other.transaction():
            await note(other, "other")
        await note(one, "one")
        assert one.in_transaction
        assert not other.in_transaction
