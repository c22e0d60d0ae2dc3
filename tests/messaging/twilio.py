"""A Twilio of the tests: the sandbox over HTTP, on a port where nobody answers until it is started."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from inbox.messaging.sending import Line
from inbox.server import listen, server
from providers.sandbox import Sandbox, SandboxAccount, SandboxNumber, create_app
from providers.sandbox.faults import Fault, FaultKind
from providers.twilio.client import TwilioTransport
from tests.messaging.scene import Scene
from tests.services import free_port


class Twilio:
    """A sandbox that can be reached from `start` on, and the line that leads to its port."""

    def __init__(self, scene: Scene) -> None:
        numbers = (SandboxNumber(scene.number.number, "Acme", ""),)
        self.sandbox = Sandbox(SandboxAccount(scene.account.account_sid, scene.account.auth_token, numbers))
        self.port = free_port()
        self.transport = TwilioTransport(f"http://127.0.0.1:{self.port}", read_seconds=0.5)
        # Nobody listens to the reports: they are not what these tests are about.
        self.line = Line(self.transport, scene.vault, "http://127.0.0.1:9")
        self._server = server(create_app(self.sandbox), host="127.0.0.1", port=self.port)
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        listening = listen("127.0.0.1", self.port)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))

    async def stop(self) -> None:
        await self.transport.aclose()
        await self.sandbox.aclose()
        self._server.should_exit = True
        if self._serving:
            await self._serving

    def wrong(self, kind: FaultKind, **more: object) -> None:
        """What Twilio does wrong with the next text."""
        self.sandbox.faults.add(Fault(kind, times=1, **more))  # type: ignore[arg-type]


@pytest.fixture
async def twilio(scene: Scene) -> AsyncIterator[Twilio]:
    twilio = Twilio(scene)
    yield twilio
    await twilio.stop()
