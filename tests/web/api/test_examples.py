"""The examples of docs/examples do what they say, against the running application."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import uvicorn

from inbox.accounts.scopes import Scope
from inbox.candidates import people
from inbox.hooks import deliveries, endpoints
from inbox.hooks.delivering import Deliverer
from inbox.hooks.following import catch_up
from inbox.messaging import messages
from inbox.storage.jobs import Job
from providers.hooks import HookSender
from tests import services
from tests.messaging.scene import MAYA, TOM
from tests.web.api.program import Program
from tests.web.house import House

pytestmark = pytest.mark.anyio

EXAMPLES = Path(__file__).resolve().parents[3] / "docs/examples"


@pytest.fixture
async def url(house: House) -> AsyncIterator[str]:
    """Where the application can be reached over the network."""
    port = services.free_port()
    config = uvicorn.Config(house.app, host="127.0.0.1", port=port, lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn tells nobody
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await serving


async def told(*command: str | Path, **environment: str) -> str:
    """What a program prints that ends well."""
    program = await asyncio.create_subprocess_exec(
        *map(str, command), env={**os.environ, **environment}, stdout=-1, stderr=asyncio.subprocess.STDOUT
    )
    printed, _ = await asyncio.wait_for(program.communicate(), 60)
    assert program.returncode == 0, printed.decode()
    return printed.decode()


async def test_python_and_curl_text_a_candidate(house: House, jo: Program, url: str) -> None:
    tenant, way = house.scene.tenant, {"INBOX_URL": url, "INBOX_TOKEN": jo.token, "NO_PROXY": "*"}
    python = EXAMPLES / "api/text_a_candidate.py"
    printed = await told(sys.executable, python, "0491 570 156", "Tom Okafor", "Are you free?", **way)
    assert printed == "queued: Are you free? (1 segment)\n"
    candidate = await people.by_number(tenant, TOM)
    assert await told("sh", EXAMPLES / "api/text_a_candidate.sh", candidate, 'A "second" one', **way) == "queued\n"
    page = await messages.page(tenant, await house.scene.conversation(TOM))
    assert [message.body for message in page.messages] == ["Are you free?", 'A "second" one']
    reader = await Program.of(house, house.scene.jo, [Scope.CANDIDATES_READ])
    with pytest.raises(AssertionError, match="403: "):
        await told(sys.executable, python, MAYA, "Maya", "Hi", **way | {"INBOX_TOKEN": reader.token})


async def test_the_receiver_takes_what_is_genuine_and_nothing_else(house: House) -> None:
    tenant, vault, port = house.scene.tenant, house.app.state.vault, services.free_port()
    facts = {"url": f"http://127.0.0.1:{port}/", "wanted": ["message.received"], "to_private": True}
    endpoint, secret = await endpoints.create(tenant, vault, **facts)  # type: ignore[arg-type]
    await house.scene.text_in(MAYA, "Is the shift free?")
    await catch_up(tenant.database)
    ((delivery,), _) = await deliveries.page(tenant, endpoint.id)
    receiver = await asyncio.create_subprocess_exec(
        sys.executable,
        str(EXAMPLES / "webhooks/receiver.py"),
        str(port),
        env={**os.environ, "WEBHOOK_SECRET": secret},
        stdout=asyncio.subprocess.PIPE,
    )
    sender = HookSender(to_private=True)
    try:
        await _listening(port)
        assert (await sender.post(endpoint.url, b"{}", _forged(delivery.id))).status == 401
        job = Job(tenant.organisation_id, delivery.id, deliveries.DELIVER, delivery.id, 1, "")
        assert await Deliverer(sender, vault)(tenant, job) is None
        assert (await deliveries.find(tenant, delivery.id)).status == 204
        assert receiver.stdout is not None
        assert await asyncio.wait_for(receiver.stdout.readline(), 30) == b"message.received Is the shift free?\n"
    finally:
        await sender.aclose()
        receiver.kill()
        await receiver.wait()


def _forged(delivery_id: str) -> dict[str, str]:
    return {"webhook-id": delivery_id, "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}


async def _listening(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                return
            await asyncio.sleep(0.05)
