"""Takes due jobs and does them. One loop for the embedded default and for a process of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress

import structlog

from inbox.errors import Unavailable
from inbox.messaging import claims, confirming, outbound, sending
from inbox.messaging.sending import Line
from inbox.storage import jobs
from inbox.storage.database import Database, Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.patient_jobs import Pace, PatientJobs

_log = structlog.stdlib.get_logger(__name__)

# Longer than the provider call can take (27 s, see TwilioTransport), so that no lease ends under a live worker.
LEASE_SECONDS = 60.0
POLL_SECONDS = 1.0
AWAY_SECONDS = 5.0
"""The longest pause between two looks at a database that is away."""
STOP_SECONDS = 20.0
"""How long a worker that stops waits for what it is doing."""
AT_ONCE = 16
GATHER_SECONDS = 0.02
"""While jobs run, so long between two claims: what ended meanwhile is forgotten together, and as many are claimed."""


Deed = Callable[[Tenant, Job], Awaitable[float | Postponed | None]]
"""Does a job: None when it is done, else the seconds until it is tried again."""


class Worker:
    """Claims jobs, runs some at once, tries again later what could not be done.

    `deeds` are those beyond the ones that send texts, by the kind of their jobs; without a `line` there are no others.
    Those of the kinds in `patient` are claimed behind all others, of one organisation after the other, and no more than
    its `pace` allows. `on_return` is awaited each time that the database had been away and is back.
    """

    def __init__(
        self,
        database: Database,
        line: Line | None,
        *,
        deeds: Mapping[str, Deed] | None = None,
        patient: Collection[str] = (),
        pace: Pace | None = None,
        on_return: Sequence[Callable[[], Awaitable[None]]] = (),
    ) -> None:
        self._database = database
        self._woken = asyncio.Event()
        self._stopping = False
        self._away = 0.0  # the pause until the next look at a database that is away
        self._on_return = on_return
        self._running: set[asyncio.Task[None]] = set()
        self._done: list[Job] = []
        self._deeds: Mapping[str, Deed] = {**(_sending(line) if line else {}), **(deeds or {})}
        self._urgent = [kind for kind in self._deeds if kind not in patient]
        self._patient = PatientJobs(database, patient, pace)

    def wake(self) -> None:
        """There may be a job: look now instead of at the next poll."""
        self._woken.set()

    async def run(self) -> None:
        """Work until `stop`; a database that is away is waited for."""
        while not self._stopping:
            if await self._claimed_one() == 0:
                await self._rest()
            if self._running:
                await asyncio.sleep(GATHER_SECONDS)
        await self._finish()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what was claimed is done, at the latest after STOP_SECONDS."""
        self._stopping = True
        self._woken.set()

    async def _claimed_one(self) -> int:
        try:
            claimed = await self._claim()
            if self._away:
                await self._welcome()
        except Unavailable:
            self._lost()
        except Exception:
            _log.exception("jobs could not be claimed")
        else:
            return claimed
        return 0

    async def _claim(self) -> int:
        self._woken.clear()
        await self._forget()
        free = AT_ONCE - len(self._running)
        if free <= 0:
            return 0
        claimed = await jobs.claim(self._database, kinds=self._urgent, limit=free, lease_seconds=LEASE_SECONDS)
        claimed += await self._patient.claim(free - len(claimed), is_idle=not claimed, lease_seconds=LEASE_SECONDS)
        for job in claimed:
            # Each in a task of its own: `databases` ties a connection to the task that uses it.
            task = asyncio.create_task(self._do(job), name=f"job {job.kind}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return len(claimed)

    async def _forget(self) -> None:
        """Delete the jobs that are done; while the database is away they are remembered."""
        finished, self._done = self._done, []
        try:
            await jobs.all_done(self._database, finished)
        except Unavailable:
            self._done += finished
            raise

    async def _rest(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), self._away or POLL_SECONDS)

    async def _finish(self) -> None:
        """What takes too long is cancelled; its lease ends, and whoever claims it then finds how far it came."""
        late: set[asyncio.Task[None]] = set()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=STOP_SECONDS)
        for task in late:
            _log.warning("job cancelled at the end of the worker", job=task.get_name())
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        with suppress(Unavailable):
            await self._forget()

    async def _do(self, job: Job) -> None:
        try:
            if self._stopping:
                await jobs.again(self._database, job, seconds=0.0, counted=False)
            else:
                await self._settle(job, await self._deeds[job.kind](Tenant(self._database, job.organisation_id), job))
        except Unavailable:
            self._lost()
        except Exception:
            # The lease stays until it ends; then the job is claimed again.
            _log.exception("job failed", kind=job.kind, subject=job.subject, tries=job.tries)
        finally:
            self._patient.ended(job)
            self._woken.set()

    async def _settle(self, job: Job, outcome: float | Postponed | None) -> None:
        match outcome:
            case None:
                self._done.append(job)
            case Postponed(seconds):
                await jobs.again(self._database, job, seconds=seconds, counted=False)
            case seconds:
                await jobs.again(self._database, job, seconds=seconds)

    def _lost(self) -> None:
        if not self._away:
            _log.warning("the database is away; jobs wait for it")
        self._away = min(AWAY_SECONDS, 2 * self._away or POLL_SECONDS)

    async def _welcome(self) -> None:
        for returned in self._on_return:
            await returned()
        self._away = 0.0
        _log.warning("the database is back; jobs go on")


def _sending(line: Line) -> Mapping[str, Deed]:
    """What sends texts."""

    async def send(tenant: Tenant, job: Job) -> float | Postponed | None:
        return await sending.send_now(tenant, line, job.subject, job.tries)

    async def confirm(tenant: Tenant, job: Job) -> float | None:
        return await confirming.confirm(tenant, line, job.subject, job.tries)

    return {outbound.SEND: send, claims.CONFIRM: confirm}
