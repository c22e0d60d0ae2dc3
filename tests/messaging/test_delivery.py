"""How far a text has come: reports in any order, twice and late, end in the highest of them, and all are logged."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from inbox.messaging import claims, delivery, messages
from inbox.storage import events, tables
from inbox.storage.columns import new_id
from inbox.storage.events import EventKind, EventLog
from providers.contract import AcceptedSms, DeliveryReport, DeliveryStatus
from tests.messaging.scene import MAYA, Scene

pytestmark = pytest.mark.anyio

REPORTED = (
    "queued",
    "sending",
    "sent",
    "delivered",
    "undelivered",
    "failed",
    "canceled",
    "read",
    "partially_delivered",
)
CODES = {"undelivered": 30003, "failed": 30008}


def rank(word: str) -> int:
    """A word as reports rank it; one we do not know counts for nothing."""
    if word == "queued":  # at Twilio, so it has been accepted
        return DeliveryStatus.ACCEPTED.rank
    return DeliveryStatus(word).rank if word in set(DeliveryStatus) else -1


def final(words: list[str]) -> str | None:
    """The model: the first of the highest rank stands; after a failure nothing counts any more."""
    stands: str | None = None
    for word in words:
        if rank(word) > (rank(stands) if stands else 0) and stands not in {"undelivered", "failed", "canceled"}:
            stands = word
    return stands


async def logged(scene: Scene, message_id: str) -> list[tuple[str, int, bool]]:
    """Every word on a message, oldest first, and whether it counted."""
    rows = await scene.tenant.fetch_all(
        select(tables.message_status_log)
        .where(tables.message_status_log.c.message_id == message_id)
        .order_by(tables.message_status_log.c.id)
    )
    return [(row.status, row.error_code, bool(row.applied)) for row in rows]


async def take(scene: Scene, message_id: str, word: str, sid: str) -> bool:
    """A report as the webhook hands it on."""
    status = DeliveryStatus.ACCEPTED if word == "queued" else DeliveryStatus(word) if rank(word) >= 0 else None
    report = DeliveryReport(sid, scene.account.account_sid, status, word, message_id, CODES.get(word))
    return await delivery.record(scene.tenant, scene.account, report)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(words=st.lists(st.sampled_from(REPORTED), max_size=7), answered_after=st.integers(0, 7))
@example(words=["sent", "delivered", "sent", "queued", "delivered"], answered_after=0)
@example(words=["undelivered", "read", "delivered"], answered_after=0)
@example(words=["delivered", "undelivered", "read"], answered_after=3)
async def test_any_order_of_reports_ends_in_the_highest_with_a_whole_log(
    scene: Scene, words: list[str], answered_after: int
) -> None:
    """`answered_after` so many reports our own request is answered: Twilio may be faster with its callbacks."""
    conversation = await scene.text_in(MAYA)
    failed_before = (await scene.row(conversation)).failed
    message = await scene.reply(conversation)
    start = await events.head(scene.tenant)
    claim, sid = new_id(), f"SM{new_id()}"
    assert await claims.claim(scene.tenant, message.id, claim)
    told_something = []
    for place, word in enumerate([*words, None]):
        if place == min(answered_after, len(words)):
            await claims.accept(scene.tenant, message.id, claim, AcceptedSms(sid, DeliveryStatus.ACCEPTED, segments=3))
        if word is not None:
            told_something.append(await take(scene, message.id, word, sid))

    stands = final([*words[:answered_after], "queued", *words[answered_after:]])
    ended = await messages.find(scene.tenant, message.id)
    assert ended.status == (DeliveryStatus.ACCEPTED if stands == "queued" else stands)
    assert ended.provider_message_id == sid
    assert ended.segments == 3
    assert ended.error_code == CODES.get(stands or "")
    assert (ended.delivered_at is not None) == (
        "delivered" in [word for word, told in zip(words, told_something, strict=True) if told]
    )
    assert [
        (word, code, told)
        for (word, code, _), told in zip(await logged(scene, message.id), told_something, strict=True)
    ] == [(word, CODES.get(word, 0), told) for word, told in zip(words, told_something, strict=True)]
    failed_now = (await scene.row(conversation)).failed
    assert failed_now - failed_before == int(ended.status.is_failure)
    told = await EventLog(scene.tenant.database).read(scene.tenant.channel, start.seq, 100)
    assert len(told) == sum(told_something)


async def test_a_report_finds_its_message_by_our_id_before_twilios_is_stored(scene: Scene) -> None:
    message = await scene.reply(await scene.text_in())
    claim = new_id()
    await claims.claim(scene.tenant, message.id, claim)
    assert await scene.report(message, "sent", sid="SMfast")
    assert (await messages.find(scene.tenant, message.id)).provider_message_id == "SMfast"
    await claims.accept(scene.tenant, message.id, claim, AcceptedSms("SMfast", DeliveryStatus.ACCEPTED, 2))
    found = await messages.find(scene.tenant, message.id)
    assert (found.status, found.segments) == (DeliveryStatus.SENT, 2)


async def test_a_report_without_our_id_finds_its_message_by_twilios(scene: Scene) -> None:
    message = await scene.reply(await scene.text_in())
    sid = await scene.accepted(message)
    report = DeliveryReport(sid, scene.account.account_sid, DeliveryStatus.DELIVERED, "delivered", None, None)
    assert await delivery.record(scene.tenant, scene.account, report)
    assert (await messages.find(scene.tenant, message.id)).status is DeliveryStatus.DELIVERED


async def test_reports_on_what_is_not_a_text_of_ours_change_nothing(scene: Scene, other: Scene) -> None:
    await scene.text_in()
    (inbound_,) = await scene.tenant.fetch_all(select(tables.messages))
    foreign = await other.reply(await other.text_in())
    sid = await other.accepted(foreign)
    start = await events.head(scene.tenant)
    for message_id, provider_id in ((inbound_.id, "SMx"), (foreign.id, sid), (None, sid), (new_id(), "SMx")):
        report = DeliveryReport(
            provider_id, scene.account.account_sid, DeliveryStatus.FAILED, "failed", message_id, 30008
        )
        assert not await delivery.record(scene.tenant, scene.account, report)
    assert await events.head(scene.tenant) == start
    assert (await messages.find(other.tenant, foreign.id)).status is DeliveryStatus.ACCEPTED
    assert await scene.tenant.fetch_all(select(tables.message_status_log)) == []


async def test_a_report_on_an_earlier_attempt_is_logged_and_changes_nothing(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.failed(conversation)
    again = await scene.retried(conversation, message)
    start = await events.head(scene.tenant)
    for word in ("delivered", "undelivered", "failed"):
        assert not await scene.report(again, word, sid="SMfirst", error_code=30003)
    stands = await messages.find(scene.tenant, message.id)
    assert (stands.status, stands.provider_message_id, stands.error_code) == (DeliveryStatus.QUEUED, None, None)
    assert (await scene.row(conversation)).failed == 0
    assert await events.head(scene.tenant) == start
    assert len(await logged(scene, message.id)) == 5  # with the second try

    assert await scene.report(again, "sent", sid="SMsecond", attempt=2)
    assert (await messages.find(scene.tenant, message.id)).status is DeliveryStatus.SENT


async def test_only_the_claim_that_holds_a_text_settles_it(scene: Scene) -> None:
    message = await scene.reply(await scene.text_in())
    mine, theirs = new_id(), new_id()
    assert await claims.claim(scene.tenant, message.id, mine)
    assert not await claims.claim(scene.tenant, message.id, theirs)
    await claims.fail(scene.tenant, message.id, theirs, 30008)
    await claims.doubt(scene.tenant, message.id, theirs)
    await claims.release(scene.tenant, message.id, theirs)
    await claims.accept(scene.tenant, message.id, theirs, AcceptedSms("SMx", DeliveryStatus.ACCEPTED, 1))
    stands = await messages.find(scene.tenant, message.id)
    assert (stands.status, stands.provider_message_id) == (DeliveryStatus.CLAIMED, None)
    await claims.release(scene.tenant, message.id, mine)
    assert await claims.claim(scene.tenant, message.id, theirs)


async def test_a_text_whose_worker_died_is_not_confirmed_until_twilio_speaks(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation)
    await claims.claim(scene.tenant, message.id, new_id())
    await claims.give_up(scene.tenant, message.id)
    assert (await messages.find(scene.tenant, message.id)).state_words == "Not confirmed"
    assert (await scene.row(conversation)).failed == 0
    await claims.give_up(scene.tenant, message.id)
    assert await logged(scene, message.id) == [("unknown", 0, True)]
    assert await scene.report(message, "delivered")
    assert (await messages.find(scene.tenant, message.id)).state == "delivered"


async def test_what_twilio_settled_meanwhile_is_not_unsettled_by_the_worker(scene: Scene) -> None:
    message = await scene.reply(await scene.text_in())
    claim = new_id()
    await claims.claim(scene.tenant, message.id, claim)
    await scene.report(message, "delivered")
    await claims.doubt(scene.tenant, message.id, claim)
    await claims.fail(scene.tenant, message.id, claim, 30008)
    await claims.release(scene.tenant, message.id, claim)
    assert (await messages.find(scene.tenant, message.id)).status is DeliveryStatus.DELIVERED


@pytest.mark.parametrize(
    ("status", "error_code", "kind"),
    [
        ("sent", None, EventKind.MESSAGE_CHANGED),
        ("delivered", None, EventKind.MESSAGE_CHANGED),
        ("undelivered", 30003, EventKind.CONVERSATION_CHANGED),
        ("failed", 21610, EventKind.CONVERSATION_CHANGED),
    ],
)
async def test_a_failure_is_an_event_of_the_conversation_and_a_tick_of_the_message(
    scene: Scene, status: str, error_code: int | None, kind: EventKind
) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation)
    start = await events.head(scene.tenant)
    await scene.report(message, status, error_code=error_code)
    (event,) = await EventLog(scene.tenant.database).read(scene.tenant.channel, start.seq, 10)
    assert (event.kind, event.conversation_id, event.message_id) == (kind, conversation, message.id)
    row = await scene.row(conversation)
    assert row.failed == int(status in {"undelivered", "failed"})
    assert (row.opted_out_at is not None) == (error_code == 21610)


async def test_a_status_word_longer_than_any_is_logged_as_far_as_it_fits(scene: Scene) -> None:
    message = await scene.reply(await scene.text_in())
    assert not await scene.report(message, "a-status-of-the-future-" * 10)
    ((word, _, applied),) = await logged(scene, message.id)
    assert word == "a-status-of-the-future-a-status-"
    assert not applied
