"""An organisation, its Twilio and its worker, played step by step, with what has to have come of it."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx2
from sqlalchemy import delete, func, select, update

from inbox.errors import Changed, Invalid, Refused
from inbox.messaging import claims, confirming, decisions, delivery, inbound, messages, outbound, sending
from inbox.messaging.sending import Line
from inbox.storage import jobs, tables
from inbox.storage.columns import db_plus, new_id
from inbox.storage.database import Database
from inbox.storage.events import EventLog
from inbox.storage.jobs import Job, Postponed
from providers.contract import DeliveryReport, DeliveryStatus, IncomingSms
from providers.sandbox import Sandbox, SandboxAccount, SandboxNumber, create_app
from providers.sandbox.faults import Fault, FaultKind
from providers.twilio.client import TwilioTransport
from tests.messaging.scene import Scene, organisation

LEASE_SECONDS = 60.0
KINDS = (outbound.SEND, claims.CONFIRM)
# What nothing is promised for any more: with the provider, refused, or a person's to decide.
_PENDING = {DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED, DeliveryStatus.UNKNOWN}


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
class Reader:
    """A browser: it knows of each text how it looked when an event last told of it."""

    at: int = 0
    known: dict[str, str] = field(default_factory=dict)


@dataclass
class Stage:
    """What happens, a line each; `texts` and `replies` are what was acknowledged to a candidate and a recruiter."""

    scene: Scene
    sandbox: Sandbox
    transport: Transport
    texts: list[IncomingSms] = field(default_factory=list)
    replies: list[tuple[str, str, str]] = field(default_factory=list)
    sent_again: Counter[str] = field(default_factory=Counter)
    stale: list[Job] = field(default_factory=list)
    reader: Reader = field(default_factory=Reader)

    @classmethod
    async def of(cls, database: Database) -> Self:
        """A new organisation; what an earlier one left to do is nobody's any more."""
        await database.execute(delete(tables.jobs))
        scene = await organisation(database)
        numbers = (SandboxNumber(scene.number.number, "Acme", ""),)
        account = SandboxAccount(scene.account.account_sid, scene.account.auth_token, numbers)
        # Statuses come when the test says so.
        sandbox = Sandbox(account, sent_after=1e6, delivered_after=1e6)
        sandbox.faults.add(Fault(FaultKind.DROP_CALLBACKS))
        return cls(scene, sandbox, Transport(sandbox))

    async def close(self) -> None:
        await self.transport.aclose()
        await self.sandbox.aclose()

    async def text_in(self, sender: str, body: str) -> None:
        """A candidate texts."""
        self.texts.append(self.scene.sms(sender, body))
        assert await inbound.receive(self.scene.tenant, self.scene.account, self.texts[-1])

    async def repeat(self, place: int) -> None:
        """Twilio tells of a text again."""
        sms = self.texts[place % len(self.texts)]
        assert not await inbound.receive(self.scene.tenant, self.scene.account, sms)

    async def reply(self, place: int, body: str) -> None:
        """A recruiter presses Send."""
        conversation = await self.scene.conversation(self.texts[place % len(self.texts)].sender)
        message = new_id()
        try:
            await self.scene.reply(conversation, body, id=message)
        except Refused:
            return
        self.replies.append((message, conversation, body))

    async def press_again(self, place: int) -> None:
        """The browser posts a reply again, once with its words and once with others."""
        message, conversation, body = self.replies[place % len(self.replies)]
        assert (await self.scene.reply(conversation, body, id=message)).id == message
        try:
            await self.scene.reply(conversation, f"{body}!", id=message)
        except Invalid:
            return
        raise AssertionError("other words went out under the same id")

    async def decide(self, place: int, *, again: bool) -> None:
        """A recruiter presses Try again, Send again or Discard, whether or not it is offered."""
        message, conversation, _ = self.replies[place % len(self.replies)]
        before = await messages.find(self.scene.tenant, message)
        act = decisions.retry if again else decisions.discard
        try:
            after = await act(self.scene.tenant, self.scene.jo, conversation, message)
        except (Changed, Refused):
            return
        self.sent_again[message] += after.attempt - before.attempt

    async def report(self, place: int, word: str) -> None:
        """Twilio reports on something that it took."""
        taken = self._taken()
        if not taken:
            return
        sid, message, attempt = taken[place % len(taken)]
        known = DeliveryStatus(word) if word in set(DeliveryStatus) else None
        code = 30003 if word in {"undelivered", "failed"} else None
        report = DeliveryReport(sid, self.scene.account.account_sid, known, word, message, code)
        await delivery.record(self.scene.tenant, self.scene.account, report, attempt=attempt)

    async def work(self, faults: Sequence[FaultKind] = (), *, dies: bool = False, limit: int = 4) -> int:
        """A worker does what is due; Twilio does these things wrong on the way. How many jobs that were."""
        for kind in faults:
            self.sandbox.faults.add(Fault(kind, times=1, code=21211 if kind is FaultKind.REFUSE else 0))
        claimed = await self._claim(limit)
        self.transport.dies = dies
        for job in claimed:
            await self._do(job)
        self.transport.dies = False
        return len(claimed)

    async def hang(self, limit: int) -> None:
        """A worker claims jobs and stands still; it may go on long after somebody else has done them."""
        self.stale += await self._claim(limit)

    async def go_on(self) -> None:
        """A worker that stood still goes on as if nothing had happened."""
        for job in self.stale:
            await self._do(job)
        self.stale.clear()

    async def time_passes(self, seconds: float) -> None:
        """For leases and for what waits for its time."""
        await self.scene.tenant.execute(
            update(tables.jobs).values(
                due_at=db_plus(tables.jobs.c.due_at, -seconds), lease_until=db_plus(tables.jobs.c.lease_until, -seconds)
            )
        )

    async def read(self) -> None:
        """The browser comes back and reads on from its cursor."""
        tenant, reader = self.scene.tenant, self.reader
        for event in await EventLog(tenant.database).read(tenant.channel, reader.at, 10_000):
            assert event.seq == reader.at + 1, "a gap in the log"
            reader.at = event.seq
            if event.message_id:
                for found in await messages.by_ids(tenant, [event.message_id]):
                    reader.known[found.id] = found.state

    async def settle(self) -> None:
        """Everything that was promised is done, with a Twilio that works."""
        self.sandbox.faults.clear()
        self.sandbox.faults.add(Fault(FaultKind.DROP_CALLBACKS))
        for _ in range(200):
            await self.time_passes(1_000)
            if not await self.work(limit=50):
                return
        raise AssertionError("the worker never came to an end")

    async def check(self) -> None:
        """Invariant I."""
        tenant = self.scene.tenant
        table = tables.messages
        stored = await tenant.fetch_all(select(table).where(table.c.organisation_id == tenant.organisation_id))
        inbound_ids = Counter(row.provider_message_id for row in stored if row.direction == "in")
        assert inbound_ids == Counter(sms.provider_message_id for sms in self.texts), "lost or doubled"
        written = {row.id: row for row in stored if row.direction == "out"}
        assert written.keys() == {message for message, _, _ in self.replies}, "a reply was lost"
        taken = Counter(message for _, message, _ in self._taken())
        for message, row in written.items():
            assert taken[message] <= 1 + self.sent_again[message], f"{message} was sent {taken[message]} times"
            assert row.rank < DeliveryStatus.ACCEPTED.rank or row.status == "failed" or taken[message], "never sent"
        head = await tenant.fetch_val(
            select(tables.event_counters.c.seq).where(tables.event_counters.c.organisation_id == tenant.organisation_id)
        )
        numbers = tables.events.c
        counted = await tenant.fetch_val(
            select(func.count()).select_from(tables.events).where(numbers.organisation_id == tenant.organisation_id)
        )
        assert head == counted, "the log has gaps"

    async def check_the_end(self) -> None:
        """Nothing is left in between, and who came back saw all of it."""
        await self.settle()
        await self.check()
        for message, _, _ in self.replies:
            found = await messages.find(self.scene.tenant, message)
            assert found.status not in _PENDING, f"{message} is {found.status} for ever"
        await self.read()
        for message, _, _ in self.replies:
            found = await messages.find(self.scene.tenant, message)
            assert self.reader.known[message] == found.state, f"nobody was told that {message} is {found.state}"

    def _taken(self) -> list[tuple[str, str, int]]:
        """What Twilio took: its id, our message and which attempt."""
        found = []
        for text in self.sandbox.messages:
            named = parse_qs(urlsplit(text.status_callback).query)
            if "m" in named:
                found.append((text.sid, named["m"][0], int(named.get("attempt", ["1"])[0])))
        return found

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
