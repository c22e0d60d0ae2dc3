"""A server that plays Twilio's part badly or well, and a client that talks to it."""

from collections.abc import AsyncIterator

import pytest

from providers.twilio.client import TwilioClient, TwilioTransport
from tests.providers.twilio.calls import ACCOUNT
from tests.providers.twilio.wire import Wire, open_wire


@pytest.fixture
async def wire(anyio_backend: str) -> AsyncIterator[Wire]:
    """The far end."""
    async with open_wire() as wire:
        yield wire


@pytest.fixture
async def transport(wire: Wire) -> AsyncIterator[TwilioTransport]:
    """Connections to the far end, with little patience."""
    transport = TwilioTransport(wire.url, connect_seconds=0.5, read_seconds=0.3)
    yield transport
    await transport.aclose()


@pytest.fixture
def client(transport: TwilioTransport) -> TwilioClient:
    """The account whose texts go there."""
    return TwilioClient(transport, ACCOUNT, "the-auth-token")
