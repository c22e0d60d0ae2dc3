"""A worker taken apart, so that a test says when it claims, works, stands still and dies; Twilio is in this process."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx2

from inbox.messaging import claims, confirming, outbound, sending
from inbox.messaging.sending import Line
from inbox.storage import jobs
from inbox.storage.jobs import Job, Postponed
from providers.sandbox import Sandbox, SandboxAccount, SandboxNumber, create_app
from providers.sandbox.faults import Fault, FaultKind
from providers.twilio.client import TwilioTransport
from tests.messaging.scene import Scene

LEASE_SECONDS = 60.0
KINDS = (outbound.SEND, claims.CONFIRM)


class Transport(TwilioTransport):
    """The product's own, to a sandbox in this process; the worker may die as soon as its request is answered."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__("http://127.0.0.1:9")
        self._http = httpx2.AsyncClient(transport=httpx2.ASGITransport(create_app(sandbox)))
        self.dies = False

    async def request(self, *arguments: Any, **options: Any) -> Any:
        answer = await super().request(*arguments, **options)
        if self.dies:
            raise asyncio.CancelledError
        return answer


@dataclass
class LoneWorker:
    """A line each for what it does."""

    scene: Scene
    sandbox: Sandbox
    transport: Transport
    stale: list[Job] = field(default_factory=list)

    @classmethod
    def of(cls, scene: Scene) -> Self:
        """One for this organisation, with a Twilio that tells nothing of what becomes of a text."""
        numbers = (SandboxNumber(scene.number.number, "Acme", ""),)
        account = SandboxAccount(scene.account.account_sid, scene.account.auth_token, numbers)
        sandbox = Sandbox(account, sent_after=1e6, delivered_after=1e6)
        made = cls(scene, sandbox, Transport(sandbox))
        made.heal()
        return made

    async def close(self) -> None:
        await self.transport.aclose()
        await self.sandbox.aclose()

    def heal(self) -> None:
        """Twilio does nothing wrong any more; statuses still come when the test says so."""
        self.sandbox.faults.clear()
        self.sandbox.faults.add(Fault(FaultKind.DROP_CALLBACKS))

    def taken(self) -> list[tuple[str, str, int]]:
        """What Twilio took: its id, our message and which attempt."""
        found = []
        for text in self.sandbox.messages:
            named = parse_qs(urlsplit(text.status_callback).query)
            if "m" in named:
                found.append((text.sid, named["m"][0], int(named.get("attempt", ["1"])[0])))
        return found

    async def work(self, faults: Sequence[FaultKind] = (), *, dies: bool = False, limit: int = 4) -> int:
        """Do what is due; Twilio does these things wrong on the way. How many jobs that were."""
        for kind in faults:
            self.sandbox.faults.add(Fault(kind, times=1, code=21211 if kind is FaultKind.REFUSE else 0))
        claimed = await self._claim(limit)
        self.transport.dies = dies
        for job in claimed:
            await self._do(job)
        self.transport.dies = False
        return len(claimed)

    async def hang(self, limit: int) -> None:
        """Claim jobs and stand still, perhaps until long after somebody else has done them."""
        self.stale += await self._claim(limit)

    async def go_on(self) -> None:
        """Go on after standing still, as if nothing had happened."""
        for job in self.stale:
            await self._do(job)
        self.stale.clear()

    async def _claim(self, limit: int) -> list[Job]:
        # Twilio's list lags by moments, which is nothing beside the minutes that are played here.
        for text in self.sandbox.messages:
            text.hidden_until = 0.0
        return await jobs.claim(self.scene.tenant.database, kinds=KINDS, limit=limit, lease_seconds=LEASE_SECONDS)

    async def _do(self, job: Job) -> None:
        """What a worker does with a claimed job (inbox/worker.py); one that dies leaves it as it is."""
        database, tenant = self.scene.tenant.database, self.scene.tenant
        line = Line(self.transport, self.scene.vault, "http://127.0.0.1:9")
        deed = sending.send_now if job.kind == outbound.SEND else confirming.confirm
        try:
            outcome = await deed(tenant, line, job.subject, job.tries)
        except asyncio.CancelledError:
            return
        match outcome:
            case None:
                await jobs.done(database, job)
            case Postponed(seconds):
                await jobs.again(database, job, seconds=seconds, counted=False)
            case seconds:
                await jobs.again(database, job, seconds=seconds)
