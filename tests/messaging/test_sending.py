"""The call to Twilio and what its outcome means, against the sandbox over HTTP and against nobody at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from inbox.messaging import messages, outbound
from inbox.messaging.messages import Message
from inbox.messaging.sending import MOST_TRIES, Line, send_now
from inbox.server import listen, server
from inbox.storage import jobs
from inbox.worker import Worker
from providers.contract import DeliveryStatus
from providers.sandbox import Sandbox, SandboxAccount, SandboxNumber, create_app
from providers.sandbox.faults import Fault, FaultKind
from providers.twilio.client import TwilioTransport
from tests.messaging.scene import MAYA, Scene
from tests.realtime.waiting import until
from tests.services import free_port

pytestmark = pytest.mark.anyio


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


async def queued(scene: Scene) -> Message:
    return await scene.reply(await scene.text_in(), "Are you free?")


async def stands(scene: Scene, message: Message) -> Message:
    return await messages.find(scene.tenant, message.id)


async def test_a_text_is_handed_over_with_our_number_and_an_address_for_reports(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    message = await queued(scene)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    (sent,) = twilio.sandbox.messages
    assert (sent.sender, sent.recipient, sent.body) == (scene.number.number, MAYA, "Are you free?")
    assert sent.status_callback == f"http://127.0.0.1:9{scene.account.status_path}?m={message.id}"
    accepted = await stands(scene, message)
    assert (accepted.status, accepted.provider_message_id) == (DeliveryStatus.ACCEPTED, sent.sid)


async def test_a_second_worker_with_the_same_job_sends_nothing(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    message = await queued(scene)
    for _ in range(2):
        assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    assert len(twilio.sandbox.requests) == 1
    assert (await stands(scene, message)).status is DeliveryStatus.ACCEPTED


async def test_while_twilio_cannot_be_reached_a_text_waits_and_is_sent_once_when_it_can(
    scene: Scene, twilio: Twilio
) -> None:
    message = await queued(scene)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) == 2.0
    assert (await stands(scene, message)).status is DeliveryStatus.QUEUED
    assert await send_now(scene.tenant, twilio.line, message.id, 2) == 4.0
    await twilio.start()
    assert await send_now(scene.tenant, twilio.line, message.id, 3) is None
    assert (await stands(scene, message)).status is DeliveryStatus.ACCEPTED
    assert len(twilio.sandbox.requests) == 1


async def test_a_text_that_could_not_be_handed_over_for_too_long_fails(scene: Scene, twilio: Twilio) -> None:
    message = await queued(scene)
    assert await send_now(scene.tenant, twilio.line, message.id, MOST_TRIES) is None
    failed = await stands(scene, message)
    assert failed.state == "failed"
    assert (await scene.row(message.conversation_id)).failed == 1
    again = await scene.retried(message.conversation_id, message)
    assert again.status is DeliveryStatus.QUEUED


async def test_when_twilio_names_the_seconds_to_wait_it_is_so_many(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    message = await queued(scene)
    twilio.wrong(FaultKind.THROTTLE, retry_after=7.0)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) == 7.0
    assert (await stands(scene, message)).status is DeliveryStatus.QUEUED
    assert await send_now(scene.tenant, twilio.line, message.id, 2) is None
    assert len(list(twilio.sandbox.messages)) == 1


@pytest.mark.parametrize(
    "kind", [FaultKind.RESET, FaultKind.ERROR, FaultKind.RESET_AFTER_ACCEPT, FaultKind.ERROR_AFTER_ACCEPT]
)
async def test_whatever_is_uncertain_is_said_to_be_so_and_never_sent_again(
    scene: Scene, twilio: Twilio, kind: FaultKind
) -> None:
    await twilio.start()
    message = await queued(scene)
    twilio.wrong(kind)
    for tries in (1, 2):
        assert await send_now(scene.tenant, twilio.line, message.id, tries) is None
        assert (await stands(scene, message)).status is DeliveryStatus.UNKNOWN
    assert len(twilio.sandbox.requests) == 1


async def test_an_answer_that_takes_too_long_leaves_it_uncertain(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    message = await queued(scene)
    twilio.wrong(FaultKind.HANG_AFTER_ACCEPT, seconds=1.0)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    assert (await stands(scene, message)).status is DeliveryStatus.UNKNOWN
    assert len(list(twilio.sandbox.messages)) == 1


async def test_a_refusal_is_final_and_has_its_reason(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    message = await queued(scene)
    twilio.wrong(FaultKind.REFUSE, code=21408)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    failed = await stands(scene, message)
    assert (failed.status, failed.error_code) == (DeliveryStatus.FAILED, 21408)


async def test_stop_between_send_and_sending_keeps_the_text_here(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    message = await queued(scene)
    await scene.text_in(MAYA, "STOP")
    assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    failed = await stands(scene, message)
    assert (failed.status, failed.error_code) == (DeliveryStatus.FAILED, 21610)
    assert not twilio.sandbox.requests


async def test_the_reports_of_a_second_attempt_name_it(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    message = await scene.failed(await scene.text_in())
    again = await scene.retried(message.conversation_id, message)
    await send_now(scene.tenant, twilio.line, again.id, 1)
    (sent,) = twilio.sandbox.messages
    assert sent.status_callback.endswith(f"?m={message.id}&attempt=2")


@contextlib.asynccontextmanager
async def working(scene: Scene, twilio: Twilio) -> AsyncIterator[Worker]:
    """A worker until the end of the block."""
    worker = Worker(scene.tenant.database, twilio.line)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await task


async def until_sent(twilio: Twilio, count: int) -> None:
    await until(lambda: len(twilio.sandbox.requests) >= count, seconds=10)


async def test_a_worker_does_every_job_once_and_forgets_it(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    conversation = await scene.text_in()
    sent = [await scene.reply(conversation, f"Text {place}") for place in range(20)]
    async with working(scene, twilio), working(scene, twilio):
        await until_sent(twilio, len(sent))
    assert sorted(request.body for request in twilio.sandbox.requests) == sorted(message.body for message in sent)
    assert await jobs.next_due_seconds(scene.tenant.database, [outbound.SEND]) is None
    for message in sent:
        assert (await stands(scene, message)).status is DeliveryStatus.ACCEPTED


async def test_a_worker_that_is_woken_looks_at_once(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    async with working(scene, twilio) as worker:
        scene.tenant.database.on_commit(lambda marks: worker.wake() if jobs.MARK in marks else None)
        for count in (1, 2, 3):
            await scene.reply(await scene.text_in())
            await until_sent(twilio, count)
