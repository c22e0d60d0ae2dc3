"""A worker whose database goes away waits for it quietly, and tells once that it is back."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

import pytest
from structlog.testing import capture_logs

from inbox.messaging.sending import Line
from inbox.storage import jobs, migrate
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job
from inbox.storage.vault import Vault, new_key
from inbox.worker import Worker
from providers.twilio.client import TwilioTransport
from tests.faults.postgres import PrivatePostgres
from tests.realtime.waiting import until
from tests.storage.conftest import new_tenant


@pytest.fixture
def postgres() -> Iterator[PrivatePostgres]:
    server = PrivatePostgres()
    server.start()
    try:
        migrate.upgrade(server.url)
        yield server
    finally:
        server.kill()


def lines(said: Sequence[Mapping[str, object]]) -> list[str]:
    """What the worker said of its database."""
    words = {"the database is away; jobs wait for it": "away", "the database is back; jobs go on": "back"}
    return [words[str(entry["event"])] for entry in said if entry["event"] in words]


def test_a_worker_waits_for_its_database_with_one_line_and_then_tells_that_it_is_back(
    postgres: PrivatePostgres,
) -> None:
    # In a loop of its own: what asyncpg's pool lets fall there while the server dies is for the log, not for the test.
    asyncio.run(worker_through_two_outages(postgres))


async def worker_through_two_outages(postgres: PrivatePostgres) -> None:
    """Crash the worker's database twice; one line each time it goes and each time it is back."""
    returns: list[float] = []
    done: list[str] = []

    async def returned() -> None:
        returns.append(asyncio.get_running_loop().time())

    async def do(tenant: Tenant, job: Job) -> None:
        done.append(job.subject)

    line = Line(TwilioTransport("http://127.0.0.1:9"), Vault([new_key()]), "http://127.0.0.1:9")
    with capture_logs() as said:
        async with Database(postgres.url) as database:
            tenant = await new_tenant(database)
            worker = Worker(database, line, deeds={"probe": do}, on_return=[returned])
            running = asyncio.create_task(worker.run())
            for outage in (1, 2):
                postgres.crash()
                worker.wake()
                await until(lambda times=outage: lines(said).count("away") == times, seconds=20)
                postgres.start()
                await until(lambda times=outage: len(returns) == times, seconds=20)
                await jobs.enqueue(tenant, "probe", new_id())
                await until(lambda times=outage: len(done) == times, seconds=20)
            worker.stop()
            await asyncio.wait_for(running, 10)
    assert lines(said) == ["away", "back"] * 2
    assert not any("exc_info" in entry for entry in said)
