"""What people decide about a text that failed or was not confirmed: the first one wins, the other one hears of it."""

import asyncio

import pytest
from sqlalchemy import select, update

from inbox.accounts.users import User
from inbox.errors import Changed, Invalid, NotFound, Refused
from inbox.messaging import claims, decisions, messages
from inbox.messaging.messages import Message
from inbox.storage import jobs, tables
from inbox.storage.columns import new_id
from providers.contract import DeliveryStatus
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def promised(scene: Scene) -> list[str]:
    """The messages that wait to be sent."""
    rows = await scene.tenant.fetch_all(select(tables.jobs.c.subject).where(tables.jobs.c.kind == "send"))
    return [row.subject for row in rows]


async def stands_at(scene: Scene, message: Message, status: DeliveryStatus) -> None:
    await scene.tenant.execute(
        update(tables.messages).where(tables.messages.c.id == message.id).values(status=status, rank=status.rank)
    )


async def unconfirmed(scene: Scene, conversation: str) -> Message:
    """A text of which Twilio could not tell whether it went out."""
    message = await scene.reply(conversation)
    claim = new_id()
    assert await claims.claim(scene.tenant, message.id, claim)
    await claims.doubt(scene.tenant, message.id, claim)
    await claims.leave_unconfirmed(scene.tenant, message.id)
    return await messages.find(scene.tenant, message.id)


async def discarded(scene: Scene, conversation: str, message: Message, *, who: User | None = None) -> Message:
    """A recruiter presses Discard; Jo unless told otherwise."""
    return await decisions.discard(scene.tenant, who or scene.jo, conversation, message.id)


async def counts(scene: Scene, conversation: str) -> tuple[int, int]:
    """How many texts wait for a decision, and how many of them may have arrived."""
    row = await scene.row(conversation)
    return row.failed, row.unconfirmed


async def test_a_failed_text_is_sent_again_as_a_new_attempt_of_the_same_message(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation)
    sid = await scene.accepted(message)
    await scene.report(message, "sent", sid=sid)
    await scene.report(message, "undelivered", sid=sid, error_code=30003)
    assert (await scene.row(conversation)).failed == 1
    (job,) = await jobs.claim(scene.tenant.database, kinds=["send"], limit=1, lease_seconds=60)
    await jobs.done(scene.tenant.database, job)

    again = await scene.retried(conversation, message, who=scene.ana)

    assert (again.id, again.status, again.attempt) == (message.id, DeliveryStatus.QUEUED, 2)
    assert (again.error_code, again.provider_message_id, again.sent_at) == (None, None, None)
    assert (again.author, again.seq, again.at) == (message.author, message.seq, message.at)
    assert await promised(scene) == [message.id]
    assert (await scene.row(conversation)).failed == 0


async def test_try_again_pressed_many_times_at_once_is_one_attempt(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.failed(conversation)
    again = await asyncio.gather(*(scene.retried(conversation, message) for _ in range(10)))
    assert {one.attempt for one in again} == {2}
    assert (await messages.find(scene.tenant, message.id)).attempt == 2
    assert (await scene.row(conversation)).failed == 0


async def test_only_what_failed_or_was_not_confirmed_is_sent_again(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation)
    for status in DeliveryStatus:
        if status.is_failure or status is DeliveryStatus.UNCONFIRMED:
            continue
        await stands_at(scene, message, status)
        with pytest.raises(Changed, match="There is news of this text"):
            await scene.retried(conversation, message)
        assert (await messages.find(scene.tenant, message.id)).attempt == 1


async def test_a_counter_of_failures_never_falls_below_nothing(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.failed(conversation)
    await scene.tenant.execute(update(tables.conversations).values(failed=0))
    await scene.retried(conversation, message)
    assert (await scene.row(conversation)).failed == 0


async def test_a_message_is_sent_again_in_its_own_conversation_only(scene: Scene) -> None:
    conversation, elsewhere = await scene.text_in(MAYA), await scene.text_in(TOM)
    message = await scene.failed(conversation)
    (incoming,) = (await messages.page(scene.tenant, elsewhere)).messages
    for place, id in ((elsewhere, message.id), (elsewhere, incoming.id), (conversation, new_id())):
        with pytest.raises(NotFound):
            await decisions.retry(scene.tenant, scene.jo, place, id)
    with pytest.raises(Invalid):
        await decisions.retry(scene.tenant, scene.jo, conversation, "x")


async def test_what_was_not_confirmed_is_sent_again_and_may_still_turn_out_to_have_arrived(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await unconfirmed(scene, conversation)
    assert (message.state, message.state_words) == ("unconfirmed", "Not confirmed")
    assert await counts(scene, conversation) == (1, 1)

    again = await scene.retried(conversation, message)

    assert (again.status, again.attempt) == (DeliveryStatus.QUEUED, 2)
    assert await counts(scene, conversation) == (0, 0)
    assert await scene.report(again, "delivered", sid="SMfirst", attempt=1)
    assert (await messages.find(scene.tenant, message.id)).status is DeliveryStatus.DELIVERED
    assert not await claims.claim(scene.tenant, message.id, new_id())


async def test_that_an_earlier_attempt_failed_does_not_stop_the_one_on_its_way(scene: Scene) -> None:
    conversation = await scene.text_in()
    again = await scene.retried(conversation, await unconfirmed(scene, conversation))
    assert not await scene.report(again, "undelivered", sid="SMfirst", error_code=30003, attempt=1)
    sid = await scene.accepted(again)
    assert not await scene.report(again, "failed", sid="SMfirst", error_code=30003, attempt=1)
    assert await scene.report(again, "sent", sid=sid, attempt=2)
    assert await counts(scene, conversation) == (0, 0)


@pytest.mark.parametrize(("status", "left"), [("delivered", (0, 0)), ("undelivered", (1, 0))])
async def test_a_late_report_settles_what_was_not_confirmed(scene: Scene, status: str, left: tuple[int, int]) -> None:
    conversation = await scene.text_in()
    for decide in (False, True):
        message = await unconfirmed(scene, conversation)
        if decide:
            await discarded(scene, conversation, message)
        assert await scene.report(message, status, sid=f"SM{decide}", error_code=30003 if left[0] else None)
        settled = await messages.find(scene.tenant, message.id)
        assert settled.status == status
        if settled.status.is_failure:
            await scene.retried(conversation, settled)
            continue
        assert await counts(scene, conversation) == left


async def test_a_text_that_was_discarded_stays_and_waits_for_nobody(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await unconfirmed(scene, conversation)
    gone = await discarded(scene, conversation, message)
    assert (gone.state_words, gone.failure.words if gone.failure else "") == ("Discarded", "It may have arrived.")
    assert (await discarded(scene, conversation, message)).status is DeliveryStatus.DISCARDED
    assert await counts(scene, conversation) == (0, 0)
    with pytest.raises(Changed, match="You have already discarded this text"):
        await scene.retried(conversation, message)


async def test_the_one_who_is_slower_hears_what_the_other_one_did(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await unconfirmed(scene, conversation)
    await scene.retried(conversation, message, who=scene.ana)
    for press in (scene.retried, lambda *told: discarded(scene, *told)):
        with pytest.raises(Changed, match="Ana has already sent this text again"):
            await press(conversation, message)
    other = await unconfirmed(scene, conversation)
    await discarded(scene, conversation, other, who=scene.ana)
    for press in (scene.retried, lambda *told: discarded(scene, *told)):
        with pytest.raises(Changed, match="Ana has already discarded this text"):
            await press(conversation, other)


async def test_of_all_who_press_at_once_one_wins(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await unconfirmed(scene, conversation)
    presses = [
        decide(scene.tenant, who, conversation, message.id)
        for _ in range(5)
        for decide in (decisions.retry, decisions.discard)
        for who in (scene.jo, scene.ana)
    ]
    answers = await asyncio.gather(*presses, return_exceptions=True)
    assert {type(answer) for answer in answers} == {Message, Changed}
    stands = await messages.find(scene.tenant, message.id)
    assert (stands.status, stands.attempt) in {(DeliveryStatus.QUEUED, 2), (DeliveryStatus.DISCARDED, 1)}
    assert await promised(scene) == [message.id]
    assert await counts(scene, conversation) == (0, 0)


async def test_nothing_is_sent_again_to_somebody_who_opted_out_but_it_can_be_discarded(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await unconfirmed(scene, conversation)
    await scene.text_in(MAYA, "STOP")
    with pytest.raises(Refused):
        await scene.retried(conversation, message)
    assert (await discarded(scene, conversation, message)).status is DeliveryStatus.DISCARDED
