"""The independent emulator, and the app that its webhooks call: our own reading of them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from providers.contract import OutgoingSms
from providers.twilio.client import TwilioClient, TwilioTransport
from providers.twilio.webhooks import EMPTY_TWIML, TwilioForm, parse_form
from tests.clients import LOCAL
from tests.contract import programs
from tests.providers.sandbox.stage import Host

ACCOUNT_SID = "AC" + "e0" * 16
AUTH_TOKEN = "the-emulators-token"
COMPANY = "+61491570006"
MAYA = "+61491570110"


@dataclass(frozen=True)
class Received:
    """A webhook call, read by our own code."""

    url: str
    signature: str | None
    form: TwilioForm


@dataclass
class Emulated:
    """The running emulator and what it called us with."""

    url: str
    app_url: str
    received: list[Received] = field(default_factory=list)

    def simulate(self, what: str, **fields: str) -> dict[str, Any]:
        """Make something happen at the emulator; it calls us before it answers."""
        answer = httpx2.post(
            f"{self.url}/_twilio/simulate/{what}", data=fields, auth=(ACCOUNT_SID, AUTH_TOKEN), **LOCAL
        )
        assert answer.is_success, answer.text
        return dict(answer.json())

    async def send(self, body: str, status_url: str) -> str:
        """Send through our own client; the id of the new message comes back."""
        transport = TwilioTransport(self.url)
        try:
            client = TwilioClient(transport, ACCOUNT_SID, AUTH_TOKEN)
            accepted = await client.send(OutgoingSms("m-1", COMPANY, MAYA, body, status_url))
        finally:
            await transport.aclose()
        return accepted.provider_message_id


@contextmanager
def emulated(folder: Path) -> Iterator[Emulated]:
    """Run the emulator and a receiving app until the end of the block."""
    received: list[Received] = []

    async def receive(request: Request) -> Response:
        form = parse_form(await request.body())
        received.append(Received(str(request.url), request.headers.get("X-Twilio-Signature"), form))
        return Response(EMPTY_TWIML, media_type="text/xml")

    host = Host()
    host.serving = Starlette(routes=[Route("/hooks/{path:path}", receive, methods=["POST"])])
    seed = folder / "seed.json"
    seed.write_text(json.dumps({"twilio": _seed(f"{host.url}/hooks/message?team=Nurses%20VIC&a=1")}))
    with host.running(), programs.emulator(seed, folder / "emulate.log") as url:
        yield Emulated(url, host.url, received)


def _seed(message_url: str) -> dict[str, Any]:
    return {
        "account": {"sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN},
        "phone_numbers": [{"phone_number": COMPANY, "sms_url": message_url}],
    }
