"""The call to Twilio and what its outcome means, against the sandbox over HTTP and against nobody at all."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import delete, select, update

from inbox.messaging import messages, outbound
from inbox.messaging.messages import Message
from inbox.messaging.sending import MOST_TRIES, send_now
from inbox.storage import jobs, tables
from inbox.storage.columns import db_later
from inbox.storage.jobs import Postponed
from inbox.worker import Worker
from providers.contract import DeliveryStatus
from providers.sandbox.faults import FaultKind
from tests.messaging.scene import MAYA, TOM, Scene
from tests.messaging.twilio import Twilio
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio


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
    for tries, seconds in ((1, 2.0), (2, 4.0), (5, 30.0), (MOST_TRIES - 1, 30.0)):
        assert await send_now(scene.tenant, twilio.line, message.id, tries) == pytest.approx(seconds, rel=0.11)
        assert (await stands(scene, message)).status is DeliveryStatus.QUEUED
    await twilio.start()
    assert await send_now(scene.tenant, twilio.line, message.id, MOST_TRIES) is None
    assert (await stands(scene, message)).status is DeliveryStatus.ACCEPTED
    assert len(twilio.sandbox.requests) == 1


async def test_a_text_that_could_not_be_handed_over_for_too_long_fails(scene: Scene, twilio: Twilio) -> None:
    message = await queued(scene)
    assert await send_now(scene.tenant, twilio.line, message.id, MOST_TRIES) is None
    failed = await stands(scene, message)
    assert (failed.state, failed.failure and failed.failure.words) == ("failed", "Twilio could not be reached.")
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
    assert (await stands(scene, message)).status is DeliveryStatus.CANCELED
    assert not twilio.sandbox.requests


async def age(scene: Scene, message: Message, hours: float) -> None:
    """Let a text have been promised so long ago."""
    await scene.tenant.execute(
        update(tables.messages).where(tables.messages.c.id == message.id).values(at=db_later(-3600 * hours))
    )


async def test_a_text_that_waited_for_a_while_is_valid_for_the_rest_of_its_four_hours(
    scene: Scene, twilio: Twilio
) -> None:
    await twilio.start()
    for hours, left in ((0.0, 14_400), (3.0, 3_600), (3.999, 60)):
        message = await queued(scene)
        await age(scene, message, hours)
        assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
        assert twilio.sandbox.requests[-1].validity_seconds == pytest.approx(left, abs=5)


async def test_a_text_older_than_its_validity_is_not_sent_until_somebody_asks_again(
    scene: Scene, twilio: Twilio
) -> None:
    await twilio.start()
    message = await queued(scene)
    await age(scene, message, 4.01)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    failed = await stands(scene, message)
    assert (failed.status, failed.error_code) == (DeliveryStatus.FAILED, 30036)
    assert not twilio.sandbox.requests
    await scene.retried(message.conversation_id, message)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    assert len(twilio.sandbox.requests) == 1


async def rate(scene: Scene, segments_per_second: int) -> None:
    await scene.tenant.execute(update(tables.company_numbers).values(segments_per_second=segments_per_second))


async def test_texts_go_out_no_faster_than_the_number_may_send_and_wait_without_being_tried(
    scene: Scene, twilio: Twilio
) -> None:
    await twilio.start()
    await rate(scene, 1)
    texts = [await scene.reply(await scene.text_in(number), "x" * 1530) for number in (MAYA, TOM) * 3]
    waits = [await send_now(scene.tenant, twilio.line, text.id, 1) for text in texts]
    # Ten segments each: the first four have their turns within thirty seconds.
    assert waits[:4] == [None] * 4
    for place, wait in enumerate(waits[4:], start=4):
        assert isinstance(wait, Postponed)
        assert wait.seconds == pytest.approx(10 * place, abs=5)
    again = await send_now(scene.tenant, twilio.line, texts[4].id, 1)
    assert isinstance(again, Postponed)
    assert again.seconds == pytest.approx(40, abs=5), "its turn was reserved once"
    assert len(twilio.sandbox.requests) == 4


async def test_a_worker_looks_at_a_waiting_text_when_its_turn_has_come(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    await rate(scene, 1)
    text = await queued(scene)
    await scene.tenant.execute(update(tables.company_numbers).values(busy_until=db_later(3600)))
    async with working(scene, twilio):
        await until_stored(scene, text, send_after=True)
        due = await jobs.next_due_seconds(scene.tenant.database, [outbound.SEND])
        assert due == pytest.approx(3600, abs=60)
        await scene.tenant.execute(update(tables.messages).values(send_after=db_later(0)))
        await scene.tenant.execute(update(tables.jobs).values(due_at=db_later(0)))
        await until_sent(twilio, 1)
    assert await tries_of(scene) == []


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


async def until_stored(scene: Scene, message: Message, *, send_after: bool) -> None:
    """Until the text has its turn in the database and its job lies with nobody."""
    deadline = asyncio.get_running_loop().time() + 10
    while ((await stands(scene, message)).send_after is not None) is not send_after or await tries_of(scene) != [0]:
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.01)


async def tries_of(scene: Scene) -> list[int]:
    """How often each job was tried."""
    return [row.tries for row in await scene.tenant.fetch_all(select(tables.jobs.c.tries))]


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


async def test_two_workers_keep_the_order_of_each_conversation_and_a_retry_goes_behind_what_waits(
    scene: Scene, twilio: Twilio
) -> None:
    await twilio.start()
    first = await scene.failed(await scene.text_in(MAYA))
    await scene.tenant.execute(delete(tables.jobs))
    conversation, elsewhere = first.conversation_id, await scene.text_in(TOM)
    for place in range(10):
        await scene.reply(conversation, f"Maya {place}")
        await scene.reply(elsewhere, f"Tom {place}")
    await scene.retried(conversation, first)
    async with working(scene, twilio), working(scene, twilio):
        await until_sent(twilio, 21)
    sent = [(request.recipient, request.body) for request in twilio.sandbox.requests]
    assert [body for to, body in sent if to == MAYA] == [f"Maya {place}" for place in range(10)] + [first.body]
    assert [body for to, body in sent if to == TOM] == [f"Tom {place}" for place in range(10)]


async def test_a_text_in_doubt_does_not_hold_up_the_next_one(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    conversation = await scene.text_in()
    doubtful, next_one = await scene.reply(conversation, "One"), await scene.reply(conversation, "Two")
    twilio.wrong(FaultKind.RESET_AFTER_ACCEPT)
    async with working(scene, twilio):
        await until_sent(twilio, 2)
    assert (await stands(scene, doubtful)).status is DeliveryStatus.UNKNOWN
    assert (await stands(scene, next_one)).status is DeliveryStatus.ACCEPTED
