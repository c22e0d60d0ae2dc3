"""Takes due jobs and does them. One loop for the embedded default and for a process of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

import structlog

from inbox.messaging import outbound, sending
from inbox.messaging.sending import Line
from inbox.storage import jobs
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job

_log = structlog.stdlib.get_logger(__name__)

# Longer than the provider call can take (3 s to connect, 12 s to answer), so that no lease ends under a live worker.
LEASE_SECONDS = 60.0
POLL_SECONDS = 1.0
AT_ONCE = 8

Deed = Callable[[Tenant, Job], Awaitable[float | None]]


class Worker:
    """Claims jobs, runs up to eight at once, tries again later what could not be done."""

    def __init__(self, database: Database, line: Line) -> None:
        self._database = database
        self._line = line
        self._woken = asyncio.Event()
        self._stopping = False
        self._running: set[asyncio.Task[None]] = set()
        self._deeds: Mapping[str, Deed] = {outbound.SEND: self._send}

    def wake(self) -> None:
        """There may be a job: look now instead of at the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Work until `stop`; a database that is away is waited for."""
        while not self._stopping:
            try:
                claimed = await self._claim()
            except Exception:
                _log.exception("jobs could not be claimed")
                claimed = 0
            if claimed == 0:
                await self._rest()
        if self._running:
            await asyncio.wait(self._running)

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what was claimed is done."""
        self._stopping = True
        self._woken.set()

    async def _claim(self) -> int:
        free = AT_ONCE - len(self._running)
        if free <= 0:
            await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
            return 1
        self._woken.clear()
        claimed = await jobs.claim(self._database, kinds=self._deeds.keys(), limit=free, lease_seconds=LEASE_SECONDS)
        for job in claimed:
            # Each in a task of its own: `databases` ties a connection to the task that uses it.
            task = asyncio.create_task(self._do(job), name=f"job {job.kind}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(claimed)

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), POLL_SECONDS)

    async def _do(self, job: Job) -> None:
        try:
            seconds = await self._deeds[job.kind](Tenant(self._database, job.organisation_id), job)
            if seconds is None:
                await jobs.done(self._database, job)
            else:
                await jobs.again(self._database, job, seconds=seconds)
        except Exception:
            # The lease stays until it ends; then the job is claimed again.
            _log.exception("job failed", kind=job.kind, subject=job.subject, tries=job.tries)
        finally:
            self._woken.set()

    async def _send(self, tenant: Tenant, job: Job) -> float | None:
        return await sending.send_now(tenant, self._line, job.subject, job.tries)
