"""Twilio's list of messages, over HTTP: texts of any time that no webhook told of, and every look at it counted."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from starlette.types import ASGIApp, Receive, Scope, Send

from inbox.messaging import messages, synchronizations, synchronizing
from inbox.messaging.reach import Reason
from inbox.messaging.sending import Line
from inbox.messaging.synchronizations import Synchronization
from inbox.messaging.synchronizing import SYNCHRONIZE, Synchronizer
from inbox.server import listen, server
from inbox.storage import jobs, tables
from inbox.storage.columns import db_now
from inbox.storage.jobs import Job
from providers.contract import Media
from providers.sandbox import Sandbox, SandboxAccount, SandboxNumber, create_app
from providers.sandbox.faults import Fault, FaultKind
from providers.sandbox.incoming import CandidateText
from providers.sandbox.message import Message
from providers.twilio.client import TwilioTransport
from tests.messaging.scene import MAYA, Scene
from tests.services import free_port

CONNECTED_DAYS = 10


class Listing:
    """A sandbox that tells the scene nothing by itself, and what it takes to synchronize with it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.sandbox = Sandbox()
        self.open(scene)
        self.looks: list[str] = []
        port = free_port()
        self.line = Line(
            TwilioTransport(f"http://127.0.0.1:{port}", read_seconds=1.0), scene.vault, "http://127.0.0.1:9"
        )
        self.synchronizer = Synchronizer(self.line)
        self._server = server(_Counted(create_app(self.sandbox), self.looks), host="127.0.0.1", port=port)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listen("127.0.0.1", port)]))
        self.now = datetime.min

    def open(self, scene: Scene) -> None:
        """Give this organisation's account a place at Twilio, with its number."""
        account = scene.account
        numbers = (
            () if self.sandbox.accounts.number(scene.number.number) else (SandboxNumber(scene.number.number, "", ""),)
        )
        self.sandbox.open_account(SandboxAccount(account.account_sid, account.auth_token, numbers))

    async def connected(self, scene: Scene, *, days: int = CONNECTED_DAYS) -> None:
        """The account was connected so many days ago."""
        now: datetime = await scene.tenant.fetch_val(select(db_now()))
        self.now = now.replace(microsecond=0)  # as Twilio tells times
        await scene.tenant.execute(
            update(tables.provider_accounts)
            .where(tables.provider_accounts.c.id == scene.account.id)
            .values(created_at=self.now - timedelta(days=days))
        )

    def text(self, body: str, *, sender: str = MAYA, media: Iterable[Media] = (), **ago: float) -> Message:
        """A text that reached Twilio so long ago, told oldest first; nobody was told."""
        text = CandidateText(sender, self.scene.number.number, body, media=tuple(media))
        message = self.sandbox.arrive(text)
        message.created_at = message.sent_at = self.now - timedelta(**ago)
        return message

    def wrong(self, kind: FaultKind, times: int | None = 1, **more: object) -> None:
        """What Twilio does wrong with the next looks at its list."""
        self.sandbox.faults.add(Fault(kind, times=times, **({"on": "list"} | more)))  # type: ignore[arg-type]

    async def job(self, scene: Scene | None = None, *, reason: Reason = "asked") -> Job:
        """The job of synchronizing, claimed."""
        tenant = (scene or self.scene).tenant
        await synchronizing.ask(tenant, reason=reason)
        (job,) = await jobs.claim(tenant.database, kinds=[SYNCHRONIZE], limit=1, lease_seconds=60)
        return job

    async def seconds(self, scene: Scene | None = None, *, reason: Reason = "asked") -> float | None:
        """One run, from its claim to the giving back of its job; the seconds until the next."""
        tenant = (scene or self.scene).tenant
        job = await self.job(scene, reason=reason)
        seconds = await self.synchronizer(tenant, job)
        assert seconds is not None
        assert await jobs.again(tenant.database, job, seconds=3600, counted=False)
        return seconds

    async def run(self, scene: Scene | None = None, *, reason: Reason = "asked") -> Synchronization:
        """The same; how it ended."""
        await self.seconds(scene, reason=reason)
        return (await self.runs(scene))[0]

    async def runs(self, scene: Scene | None = None) -> list[Synchronization]:
        """Every run that is kept, newest first."""
        scene = scene or self.scene
        return list(await synchronizations.recent(scene.tenant, scene.account.id, most=100))

    async def thread(self, number: str = MAYA) -> list[str]:
        """The bodies of a conversation, from its beginning, as the thread shows them."""
        conversation, before, shown = await self.scene.conversation(number), None, []
        while True:
            page = await messages.page(self.scene.tenant, conversation, before=before)
            shown = [message.body for message in page.messages] + shown
            if page.earlier is None:
                return shown
            before = page.earlier

    async def close(self) -> None:
        await self.line.transport.aclose()
        await self.sandbox.aclose()
        self._server.should_exit = True
        await self._serving


class _Counted:
    """Notes each request for a list."""

    def __init__(self, app: ASGIApp, looks: list[str]) -> None:
        self._app, self._looks = app, looks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].endswith("/Messages.json"):
            self._looks.append(scope["query_string"].decode())
        await self._app(scope, receive, send)


@pytest.fixture
async def listing(scene: Scene) -> AsyncIterator[Listing]:
    """Twilio's list for the scene's account, which was connected ten days ago."""
    listing = Listing(scene)
    await listing.connected(scene)
    yield listing
    await listing.close()
