"""A text in doubt: Twilio's list is asked, it is sent once more at most, and then a person decides."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from inbox.messaging import claims, messages
from inbox.messaging.claims import CONFIRM, CONFIRM_SECONDS
from inbox.messaging.confirming import LOOK_AGAIN_SECONDS, MOST_LOOKS, confirm
from inbox.messaging.messages import Message
from inbox.messaging.sending import send_now
from inbox.storage import events, jobs, tables
from inbox.storage.columns import new_id
from providers.contract import AcceptedSms, DeliveryStatus
from providers.sandbox.faults import Fault, FaultKind
from tests.messaging.scene import MAYA, Scene
from tests.messaging.twilio import Twilio
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio

LOST = FaultKind.RESET  # the request never got there
TAKEN = FaultKind.RESET_AFTER_ACCEPT


@pytest.fixture(autouse=True)
async def _reachable(twilio: Twilio) -> None:
    await twilio.start()


async def stands(scene: Scene, message: Message) -> Message:
    return await messages.find(scene.tenant, message.id)


async def in_doubt(scene: Scene, twilio: Twilio, kind: FaultKind, body: str = "Are you free?") -> Message:
    """A text whose request or answer got lost."""
    message = await scene.reply(await scene.text_in(), body)
    twilio.wrong(kind, seconds=1.0)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    assert (await stands(scene, message)).status is DeliveryStatus.UNKNOWN
    return message


async def look(scene: Scene, twilio: Twilio, message: Message, tries: int = 1) -> float | None:
    return await confirm(scene.tenant, twilio.line, message.id, tries)


async def requeued(scene: Scene, twilio: Twilio, message: Message) -> Message:
    """Looked for twice and not found."""
    assert await look(scene, twilio, message) == LOOK_AGAIN_SECONDS
    assert await look(scene, twilio, message, 2) is None
    return await stands(scene, message)


async def test_a_text_in_doubt_leaves_a_job_for_when_its_request_must_have_ended(scene: Scene, twilio: Twilio) -> None:
    message = await in_doubt(scene, twilio, LOST)
    due = await jobs.next_due_seconds(scene.tenant.database, [CONFIRM])
    assert due == pytest.approx(CONFIRM_SECONDS, abs=10)
    (job,) = await scene.tenant.fetch_all(select(tables.jobs).where(tables.jobs.c.kind == CONFIRM))
    assert job.subject == message.id


@pytest.mark.parametrize("kind", [TAKEN, FaultKind.ERROR_AFTER_ACCEPT, FaultKind.HANG_AFTER_ACCEPT])
async def test_what_twilio_lists_was_sent_and_is_taken_for_it(scene: Scene, twilio: Twilio, kind: FaultKind) -> None:
    message = await in_doubt(scene, twilio, kind, "x" * 200)
    (sent,) = twilio.sandbox.messages
    await until(lambda: sent.status == "delivered")
    assert await look(scene, twilio, message) is None
    settled = await stands(scene, message)
    assert (settled.status, settled.provider_message_id) == (DeliveryStatus.DELIVERED, sent.sid)
    assert settled.segments == 2
    assert len(twilio.sandbox.requests) == 1


@pytest.mark.parametrize("body", ["“Great” – see you at ½ past…", "Is\tthis  ok?", "Grüße 👋🏽", "Zażółć gęślą jaźń"])
async def test_it_is_known_by_its_words_as_they_were_sent(scene: Scene, twilio: Twilio, body: str) -> None:
    message = await in_doubt(scene, twilio, TAKEN, body)
    assert await look(scene, twilio, message) is None
    assert (await stands(scene, message)).provider_message_id is not None


async def test_what_twilio_does_not_list_twice_is_sent_once_more(scene: Scene, twilio: Twilio) -> None:
    message = await in_doubt(scene, twilio, LOST)
    again = await requeued(scene, twilio, message)
    assert (again.status, again.attempt) == (DeliveryStatus.QUEUED, 2)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    (sent,) = twilio.sandbox.messages
    settled = await stands(scene, message)
    assert (settled.status, settled.provider_message_id) == (DeliveryStatus.ACCEPTED, sent.sid)
    assert sent.status_callback.endswith("&attempt=2")


async def test_a_report_on_the_first_try_stops_the_second_one(scene: Scene, twilio: Twilio) -> None:
    message = await in_doubt(scene, twilio, TAKEN)
    twilio.sandbox.faults.clear()
    for sms in twilio.sandbox.messages:
        sms.hidden_until = float("inf")
    again = await requeued(scene, twilio, message)
    assert again.status is DeliveryStatus.QUEUED
    assert await scene.report(message, "sent", sid="SMhidden", attempt=1)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    assert len(twilio.sandbox.requests) == 1
    assert (await stands(scene, message)).provider_message_id == "SMhidden"


async def test_it_is_sent_once_more_only_once_and_then_a_person_is_asked(scene: Scene, twilio: Twilio) -> None:
    message = await in_doubt(scene, twilio, LOST)
    await requeued(scene, twilio, message)
    twilio.wrong(LOST)
    assert await send_now(scene.tenant, twilio.line, message.id, 1) is None
    left = await requeued(scene, twilio, message)
    assert left.status is DeliveryStatus.UNCONFIRMED
    row = await scene.row(message.conversation_id)
    assert (row.failed, row.unconfirmed) == (1, 1)
    again = await scene.retried(message.conversation_id, left)
    twilio.wrong(LOST)
    assert await send_now(scene.tenant, twilio.line, again.id, 1) is None
    assert (await requeued(scene, twilio, again)).status is DeliveryStatus.QUEUED, "a person began anew"


async def test_two_equal_texts_in_doubt_cannot_be_told_apart(scene: Scene, twilio: Twilio) -> None:
    one = await in_doubt(scene, twilio, TAKEN, "Yes")
    two = await in_doubt(scene, twilio, LOST, "Yes")
    assert await look(scene, twilio, one) is None
    assert await look(scene, twilio, two) is None
    assert {(await stands(scene, text)).status for text in (one, two)} == {DeliveryStatus.UNCONFIRMED}
    assert len(twilio.sandbox.requests) == 2


async def test_a_text_that_is_known_is_no_candidate_for_an_equal_one(scene: Scene, twilio: Twilio) -> None:
    known = await scene.reply(await scene.text_in(), "Yes")
    await send_now(scene.tenant, twilio.line, known.id, 1)
    lost = await in_doubt(scene, twilio, LOST, "Yes")
    assert (await requeued(scene, twilio, lost)).status is DeliveryStatus.QUEUED


@pytest.mark.parametrize(
    ("seconds", "status"),
    [
        (-5, DeliveryStatus.DELIVERED),
        (59, DeliveryStatus.DELIVERED),
        (-30, DeliveryStatus.UNCONFIRMED),
        (100, DeliveryStatus.UNCONFIRMED),
        (-300, DeliveryStatus.UNKNOWN),
        (300, DeliveryStatus.UNKNOWN),
    ],
)
async def test_when_the_clocks_disagree_a_person_is_asked(
    scene: Scene, twilio: Twilio, seconds: int, status: DeliveryStatus
) -> None:
    message = await in_doubt(scene, twilio, TAKEN)
    (sent,) = twilio.sandbox.messages
    await until(lambda: sent.status == "delivered")
    claimed_at = await scene.tenant.fetch_val(
        select(tables.messages.c.claimed_at).where(tables.messages.c.id == message.id)
    )
    sent.created_at = claimed_at + timedelta(seconds=seconds)
    await look(scene, twilio, message)
    assert (await stands(scene, message)).status is status


async def test_a_list_that_cannot_be_read_is_tried_for_ten_minutes(scene: Scene, twilio: Twilio) -> None:
    message = await in_doubt(scene, twilio, TAKEN)
    twilio.sandbox.faults.add(Fault(FaultKind.ERROR, on="list"))
    pauses = [await look(scene, twilio, message, tries) for tries in range(1, MOST_LOOKS + 1)]
    assert pauses.pop() is None
    assert sum(pause for pause in pauses if pause) == pytest.approx(600, rel=0.1)
    left = await stands(scene, message)
    assert (left.state, left.failure and left.failure.words) == (
        "unconfirmed",
        "Twilio has not confirmed this text. It may have arrived.",
    )


async def test_what_a_report_has_settled_is_not_asked_about(scene: Scene, twilio: Twilio) -> None:
    message = await in_doubt(scene, twilio, TAKEN)
    await scene.report(message, "delivered", sid="SMtold")
    twilio.sandbox.faults.add(Fault(FaultKind.ERROR, on="list"))
    assert await look(scene, twilio, message) is None
    assert (await stands(scene, message)).provider_message_id == "SMtold"


async def test_only_texts_of_the_same_two_numbers_are_looked_at(scene: Scene, twilio: Twilio) -> None:
    elsewhere = await scene.reply(await scene.text_in("+61491570157"), "Yes")
    twilio.wrong(TAKEN)
    await send_now(scene.tenant, twilio.line, elsewhere.id, 1)
    message = await in_doubt(scene, twilio, LOST, "Yes")
    assert message.conversation_id == await scene.conversation(MAYA)
    assert (await requeued(scene, twilio, message)).status is DeliveryStatus.QUEUED


async def test_an_answer_that_comes_after_its_claim_was_given_up_still_counts(scene: Scene, twilio: Twilio) -> None:
    message = await scene.reply(await scene.text_in())
    claim = new_id()
    for give_up in (claims.give_up, claims.leave_unconfirmed):
        await claims.claim(scene.tenant, message.id, claim)
        await give_up(scene.tenant, message.id)
    start = await events.head(scene.tenant)
    await claims.accept(scene.tenant, message.id, claim, AcceptedSms("SMlate", DeliveryStatus.ACCEPTED, 1))
    settled = await stands(scene, message)
    assert (settled.status, settled.provider_message_id) == (DeliveryStatus.ACCEPTED, "SMlate")
    assert (await scene.row(message.conversation_id)).failed == 0
    assert (await events.head(scene.tenant)).seq == start.seq + 1, "whoever looks on sees it"
