"""A worker that stops finishes what it does, gives back what it only just claimed, and does not wait for ever."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select

from inbox import worker as workers
from inbox.messaging.sending import Line
from inbox.storage import jobs, patient_jobs
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job
from inbox.storage.tables import jobs as table
from inbox.storage.vault import Vault, new_key
from inbox.worker import Worker
from providers.twilio.client import TwilioTransport
from tests.realtime.waiting import until
from tests.storage.conftest import new_tenant

pytestmark = pytest.mark.anyio


@pytest.fixture
async def tenant(database: Database) -> Tenant:
    return await new_tenant(database)


@pytest.fixture
def line() -> Line:
    """Leads nowhere: these jobs send nothing."""
    return Line(TwilioTransport("http://127.0.0.1:9"), Vault([new_key()]), "http://127.0.0.1:9")


class Work:
    """Jobs of a kind of their own that last until `end`; those that were begun and those that came to their end."""

    def __init__(self, tenant: Tenant, line: Line) -> None:
        self.begun, self.done = list[str](), list[str]()
        self.end = asyncio.Event()
        self.tenant = tenant
        self.worker = Worker(tenant.database, line, deeds={"probe": self._do})
        self.running = asyncio.create_task(self.worker.run())

    async def promise(self, number: int) -> None:
        for _ in range(number):
            await jobs.enqueue(self.tenant, "probe", new_id())
        self.worker.wake()

    async def left(self) -> list[tuple[str, int]]:
        """State and tries of the jobs that are there."""
        rows = await self.tenant.fetch_all(select(table.c.state, table.c.tries))
        return [(row.state, row.tries) for row in rows]

    async def _do(self, tenant: Tenant, job: Job) -> None:
        self.begun.append(job.subject)
        await self.end.wait()
        self.done.append(job.subject)


async def test_what_was_begun_is_finished_and_nothing_new_is_claimed(tenant: Tenant, line: Line) -> None:
    work = Work(tenant, line)
    await work.promise(workers.AT_ONCE + 3)
    await until(lambda: len(work.begun) == workers.AT_ONCE)
    work.worker.stop()
    work.end.set()
    await asyncio.wait_for(work.running, 10)
    assert len(work.done) == workers.AT_ONCE
    assert await work.left() == [("queued", 0)] * 3


async def test_a_job_claimed_while_the_worker_stops_is_given_back_untried(
    tenant: Tenant, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = jobs.claim

    async def claim_and_stop(*arguments: Any, **more: Any) -> list[Job]:
        claimed = await claim(*arguments, **more)
        if claimed:
            work.worker.stop()
        return claimed

    monkeypatch.setattr(jobs, "claim", claim_and_stop)
    work = Work(tenant, line)
    await work.promise(1)
    await asyncio.wait_for(work.running, 10)
    assert (work.begun, await work.left()) == ([], [("queued", 0)])


async def test_what_does_not_end_is_cancelled_and_left_to_its_lease(
    tenant: Tenant, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "STOP_SECONDS", 0.05)
    work = Work(tenant, line)
    await work.promise(1)
    await until(lambda: work.begun)
    work.worker.stop()
    await asyncio.wait_for(work.running, 10)
    assert work.done == []
    assert await work.left() == [("running", 1)]


async def test_what_can_wait_gives_way_to_replies_and_each_organisation_gets_its_turn(
    tenant: Tenant, line: Line
) -> None:
    other, begun, free = await new_tenant(tenant.database), list[tuple[str, int]](), {"left": 1_000}
    gate = asyncio.Event()

    async def pace(_: Tenant) -> int:
        return free["left"]

    async def do(whose: Tenant, job: Job) -> None:
        begun.append((job.kind, whose.organisation_id))
        await gate.wait()

    for whose, kind, number in ((tenant, "step", 40), (other, "step", 4), (tenant, "reply", 3)):
        async with tenant.database.transaction():
            await jobs.enqueue_many(whose, kind, [(new_id(), None, 0) for _ in range(number)])
    worker = Worker(tenant.database, line, deeds={"step": do, "reply": do}, patient={"step"}, pace=pace)
    running = asyncio.create_task(worker.run())
    await until(lambda: len(begun) == 3 + patient_jobs.AT_ONCE)
    assert [kind for kind, _ in begun[:3]] == ["reply"] * 3
    assert {whose for kind, whose in begun if kind == "step"} == {tenant.organisation_id, other.organisation_id}
    await jobs.enqueue(tenant, "reply", new_id())
    worker.wake()
    await until(lambda: sum(kind == "reply" for kind, _ in begun) == 4)
    assert sum(kind == "step" for kind, _ in begun) == patient_jobs.AT_ONCE
    free["left"] = 0
    gate.set()
    await until(lambda: len(begun) == 4 + patient_jobs.AT_ONCE)
    free["left"] = 1_000
    await until(lambda: len(begun) == 4 + 44)
    worker.stop()
    await asyncio.wait_for(running, 10)
