"""What no webhook told is found on the provider's list, stored once, in its place, whatever goes wrong meanwhile."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import func, select, update

from inbox.messaging import inbound, messages, missed_statuses, missed_texts, reach, synchronizations, synchronizing
from inbox.messaging.messages import Message
from inbox.messaging.sending import Line
from inbox.messaging.synchronizations import INTERRUPTED
from inbox.messaging.synchronizing import EVERY_SECONDS, MOST_BACKOFF_SECONDS, SYNCHRONIZE, Synchronizer
from inbox.storage import events, jobs, tables
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job
from inbox.worker import Postponed, Worker
from providers.contract import DeliveryStatus, Media
from providers.sandbox import SandboxAccount, SandboxNumber
from providers.sandbox.faults import FaultKind
from providers.sandbox.incoming import CandidateText
from providers.sandbox.message import Message as SandboxMessage
from providers.sandbox.message import Status
from providers.sandbox.outgoing import WantedText
from providers.twilio import client
from providers.twilio.client import TwilioTransport
from tests.messaging.listing import CONNECTED_DAYS, Listing
from tests.messaging.scene import MAYA, TOM, Scene
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio

PAGE = 20
MANY = 50
"""Two pages and a half, where the pages are small."""
THEIRS = "+61491570159"


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of twenty texts, as hundreds on each take long to store and show no more."""
    monkeypatch.setattr(client, "_PAGE", PAGE)
    monkeypatch.setattr(missed_texts, "PAGE", PAGE)


async def how_many(scene: Scene) -> int:
    """Messages of all organisations together."""
    return int(await scene.tenant.fetch_val(select(func.count()).select_from(tables.messages)))


async def set_account(scene: Scene, **values: object) -> None:
    """What stands on the account's row."""
    await scene.tenant.execute(
        update(tables.provider_accounts).where(tables.provider_accounts.c.id == scene.account.id).values(**values)
    )


async def test_texts_that_no_webhook_told_are_there_in_their_place_and_only_once(
    scene: Scene, listing: Listing
) -> None:
    listing.text("Is the job still open?", minutes=50)
    listing.text("Hello?", minutes=30)
    listing.text("Who is this?", sender=TOM, minutes=20)
    conversation = await scene.text_in(MAYA, "I called you")

    run = await listing.run()

    assert (run.reason, run.listed, run.texts, run.statuses, run.error) == ("asked", 3, 3, 0, None)
    assert await listing.thread() == ["Is the job still open?", "Hello?", "I called you"]
    assert await listing.thread(TOM) == ["Who is this?"]
    row = await scene.row(conversation)
    assert (row.unread, row.last_text, row.waiting_since) == (3, "I called you", row.first_message_at)
    first = (await messages.page(scene.tenant, conversation)).messages[0]
    assert first.at == (listing.now - timedelta(minutes=50))
    assert first.recovered_at is not None
    head = (await events.head(scene.tenant)).seq
    assert head == 4

    assert (await listing.run()).texts == 0
    assert (await events.head(scene.tenant)).seq == head


async def test_a_text_that_may_still_come_by_its_webhook_is_left_for_it_and_looked_for_again_soon(
    scene: Scene, listing: Listing
) -> None:
    """Twilio tells whole seconds: found on its list, it could stand before what was written first."""
    listing.text("Lost", minutes=1)
    young = listing.text("On its way", seconds=1)

    assert await listing.seconds(reason="schedule") == missed_texts.UNDERWAY_SECONDS
    assert await listing.thread() == ["Lost"]

    young.created_at = young.sent_at = listing.now - timedelta(seconds=30)
    assert await listing.seconds(reason="schedule") == synchronizing.EVERY_SECONDS
    assert await listing.thread() == ["Lost", "On its way"]


@pytest.mark.usefixtures("small_pages")
async def test_a_list_of_many_pages_and_equal_seconds_is_read_to_its_end_in_order(
    scene: Scene, listing: Listing
) -> None:
    bodies = [f"Text {place}" for place in range(MANY)]
    for place, body in enumerate(bodies):
        listing.text(body, minutes=30 - place // 12)

    run = await listing.run()

    assert (run.listed, run.texts) == (MANY, MANY)
    assert len([look for look in listing.looks if "PageToken" in look]) == 2
    assert await listing.thread() == bodies
    assert (await scene.row(await scene.conversation(MAYA))).last_text == f"Text {MANY - 1}"


@pytest.mark.usefixtures("small_pages")
async def test_what_overlaps_and_is_known_is_read_no_further_than_one_page_on_schedule(
    scene: Scene, listing: Listing
) -> None:
    for place in range(MANY):
        listing.text(f"Text {place}", minutes=30)
    assert (await listing.run()).texts == MANY
    for reason, looks in (("schedule", 1), ("asked", 3), ("start", 3), ("outage", 3)):
        listing.looks.clear()
        await set_account(scene, asked_reason=None)
        assert (await listing.run(reason=reason)).texts == 0  # type: ignore[arg-type]
        assert len(listing.looks) == looks, reason


@pytest.mark.usefixtures("small_pages")
async def test_a_text_behind_a_page_of_known_ones_is_found_on_schedule(scene: Scene, listing: Listing) -> None:
    await listing.run()
    listing.text("Lost", minutes=3)
    told = [listing.text(f"Told {place}", minutes=2, sender=TOM) for place in range(PAGE + 4)]
    listing.looks.clear()
    for message in told:
        sms = scene.sms(TOM, message.body, provider_message_id=message.sid)
        await inbound.receive(scene.tenant, scene.account, sms)

    assert (await listing.run(reason="schedule")).texts == 1

    assert len(listing.looks) == 2
    assert await listing.thread() == ["Lost"]


async def test_once_a_day_the_last_two_days_are_read_whatever_is_known(scene: Scene, listing: Listing) -> None:
    await listing.run()
    listing.text("Yesterday", hours=30)
    assert (await listing.run(reason="outage")).texts == 0
    await set_account(scene, swept_at=listing.now - timedelta(hours=25), asked_reason=None)
    job = await listing.job(reason="schedule")
    await set_account(scene, asked_reason=None)

    await listing.synchronizer(scene.tenant, job)

    run = (await listing.runs())[0]
    assert (run.reason, run.texts) == ("sweep", 1)
    row = await reach.find(scene.tenant, scene.account.id)
    assert row.swept_at == row.synchronized_to == run.started_at


async def test_a_worker_that_dies_in_the_middle_costs_nothing_and_doubles_nothing(
    scene: Scene, listing: Listing
) -> None:
    for place in range(60):
        listing.text(f"Text {place}", minutes=30)
    job = await listing.job()
    dies = asyncio.create_task(_synchronize(listing, job))
    stored = 0
    while stored < 5:
        stored = await how_many(scene)
    dies.cancel()
    await asyncio.gather(dies, return_exceptions=True)
    assert 5 <= await how_many(scene) < 60
    await scene.tenant.execute(update(tables.jobs).values(lease_until=tables.jobs.c.created_at))

    run = await listing.run()

    assert await how_many(scene) == 60
    assert await listing.thread() == [f"Text {place}" for place in range(60)]
    assert 0 < run.texts < 60
    assert [ended.error for ended in await listing.runs()] == [None, INTERRUPTED]


async def _synchronize(listing: Listing, job: Job) -> None:
    await listing.synchronizer(listing.scene.tenant, job)


async def test_a_run_whose_job_was_taken_over_stops(scene: Scene, listing: Listing) -> None:
    for place in range(3):
        listing.text(f"Text {place}", minutes=30)
    listing.wrong(FaultKind.DELAY, seconds=0.3)
    job = await listing.job()
    going_on = asyncio.create_task(_synchronize(listing, job))
    await until(lambda: listing.looks, seconds=10)
    await scene.tenant.execute(update(tables.jobs).values(claim=scene.jo.id))
    await going_on
    assert await how_many(scene) == 0
    assert (await listing.runs())[0].is_running


async def test_a_stop_that_is_found_late_counts_unless_a_start_is_newer(scene: Scene, listing: Listing) -> None:
    listing.text("STOP", minutes=50)
    listing.text("stop", sender=TOM, minutes=40)
    await scene.text_in(MAYA, "START")
    await listing.run()
    assert (await scene.row(await scene.conversation(MAYA))).opted_out_at is None
    assert (await scene.row(await scene.conversation(TOM))).opted_out_at == listing.now - timedelta(minutes=40)


async def test_texts_from_before_the_connection_come_as_history_from_the_date_on(
    scene: Scene, listing: Listing
) -> None:
    await listing.connected(scene, days=3)
    for day in (20, 12, 7, 4):
        listing.text(f"{day} days ago", days=day)
    listing.text("2 days ago", sender=TOM, days=2)
    assert (await listing.run()).texts == 1
    older = await reach.start_from(scene.tenant, scene.account.id, listing.now - timedelta(days=12, minutes=1))
    assert older

    run = await listing.run()

    assert (run.texts, run.error) == (3, None)
    assert await listing.thread() == ["12 days ago", "7 days ago", "4 days ago"]
    row = await scene.row(await scene.conversation(MAYA))
    assert (row.unread, row.waiting_since, row.last_message_at) == (0, None, listing.now - timedelta(days=4))
    assert (await scene.row(await scene.conversation(TOM))).unread == 1
    assert (await reach.find(scene.tenant, scene.account.id)).synchronized_to == run.started_at


async def test_an_earlier_date_that_is_set_during_a_run_is_read_by_the_next(scene: Scene, listing: Listing) -> None:
    listing.text("12 days ago", days=12)
    listing.wrong(FaultKind.DELAY, seconds=0.3)
    job = await listing.job()
    going_on = asyncio.create_task(_synchronize(listing, job))
    await until(lambda: listing.looks, seconds=10)
    await reach.start_from(scene.tenant, scene.account.id, listing.now - timedelta(days=14))
    await synchronizing.ask(scene.tenant, reason="asked")
    await going_on
    await jobs.again(scene.tenant.database, job, seconds=0)
    assert (await reach.find(scene.tenant, scene.account.id)).synchronized_to is None
    assert (await listing.run()).texts == 1


async def test_a_later_date_asks_for_less_and_forgets_nothing(scene: Scene, listing: Listing) -> None:
    listing.text("Known", days=5)
    await listing.run()
    assert not await reach.start_from(scene.tenant, scene.account.id, listing.now - timedelta(hours=1))
    await listing.run(reason="start")
    assert await listing.thread() == ["Known"]
    listing.looks.clear()
    await listing.run()
    assert len(listing.looks) == 1


async def test_numbers_that_are_none_of_ours_are_another_systems(scene: Scene, listing: Listing) -> None:
    foreign = SandboxNumber("+61491570158", "Another system", "")
    account = scene.account
    listing.sandbox.open_account(SandboxAccount(account.account_sid, account.auth_token, (foreign,)))
    listing.sandbox.arrive(CandidateText(MAYA, foreign.number, "Not for us"))
    listing.text("For us", minutes=10)
    assert (await listing.run()).texts == 1
    assert await listing.thread() == ["For us"]


async def test_a_picture_that_is_found_late_is_a_picture(scene: Scene, listing: Listing) -> None:
    listing.text("", media=[Media("https://api.twilio.com/one", "image/jpeg")] * 2, minutes=10)
    await listing.run()
    row = await scene.row(await scene.conversation(MAYA))
    assert row.last_text == "2 pictures"
    assert await scene.tenant.fetch_val(select(tables.messages.c.media_count)) == 2


async def test_an_empty_list_is_read_to_its_end(scene: Scene, listing: Listing) -> None:
    assert await listing.seconds() == EVERY_SECONDS
    (run,) = await listing.runs()
    assert (run.listed, run.texts, run.error) == (0, 0, None)
    assert run.finished_at is not None
    assert (await reach.find(scene.tenant, scene.account.id)).synchronized_to == run.started_at


@pytest.mark.parametrize(
    ("kind", "more", "sentence"),
    [
        (FaultKind.THROTTLE, {}, "Twilio had too many requests at once. It is tried again by itself."),
        (FaultKind.ERROR, {}, "Twilio did not answer as it should. It is tried again by itself."),
        (FaultKind.RESET, {}, "Twilio did not answer as it should. It is tried again by itself."),
        (
            FaultKind.REFUSE,
            {"code": 20003, "status": 401},
            "Twilio refuses the account's details. Check the Account SID and the Auth Token.",
        ),
        (
            FaultKind.REFUSE,
            {"code": 20429},
            "Twilio refuses to show the messages (code 20429). Look at the account in Twilio's Console.",
        ),
    ],
)
async def test_whatever_twilio_does_wrong_ends_a_run_with_a_sentence_and_the_next_one_makes_up_for_it(
    scene: Scene, listing: Listing, kind: FaultKind, more: dict[str, Any], sentence: str
) -> None:
    for place in range(5):
        listing.text(f"Text {place}", minutes=30)
    listing.wrong(kind, times=3, **more)
    waits = [await listing.seconds() for _ in range(3)]
    assert waits == [EVERY_SECONDS, 2 * EVERY_SECONDS, 4 * EVERY_SECONDS]
    assert {run.error for run in await listing.runs()} == {sentence}
    assert (await reach.find(scene.tenant, scene.account.id)).synchronized_to is None
    assert await listing.seconds() == EVERY_SECONDS
    assert (await listing.runs())[0].error is None
    assert await how_many(scene) == 5


async def test_twilio_may_say_how_long_to_wait_and_never_waits_for_hours_by_itself(
    scene: Scene, listing: Listing
) -> None:
    listing.wrong(FaultKind.THROTTLE, retry_after=100.0)
    assert await listing.seconds() == 100
    listing.wrong(FaultKind.ERROR, times=8)
    assert [await listing.seconds() for _ in range(8)][-1] == MOST_BACKOFF_SECONDS


async def test_a_twilio_that_is_away_is_said_to_be(scene: Scene, listing: Listing) -> None:
    transport = TwilioTransport("http://127.0.0.1:9")
    listing.synchronizer = Synchronizer(Line(transport, scene.vault, "http://127.0.0.1:9"))
    run = await listing.run()
    assert run.error == "Twilio could not be reached. It is tried again by itself."
    await transport.aclose()


async def test_what_is_wrong_with_one_account_does_not_touch_another(
    scene: Scene, other: Scene, listing: Listing
) -> None:
    await other.tenant.execute(
        update(tables.company_numbers).where(tables.company_numbers.c.id == other.number.id).values(number=THEIRS)
    )
    account = SandboxAccount(other.account.account_sid, other.account.auth_token, (SandboxNumber(THEIRS, "", ""),))
    listing.sandbox.open_account(account)
    await listing.connected(other)
    told = listing.sandbox.arrive(CandidateText(TOM, THEIRS, "To Other"))
    told.created_at = told.sent_at = listing.now - timedelta(minutes=1)
    listing.wrong(FaultKind.ERROR, times=None, to=scene.number.number)
    listing.wrong(FaultKind.THROTTLE, to=THEIRS)
    for _ in range(2):
        assert (await listing.run(scene)).error is not None
    assert (await listing.run(other)).error is not None
    run = await listing.run(other)
    assert (run.texts, run.error) == (1, None)
    assert (await events.head(other.tenant)).seq == 1
    assert (await events.head(scene.tenant)).seq == 0


async def sent(listing: Listing, status: DeliveryStatus, **ago: float) -> Message:
    """A text of ours that Twilio took so long ago, with the last status that it told us of."""
    scene = listing.scene
    message = await scene.reply(await scene.text_in(MAYA), "Are you free?")
    account = listing.sandbox.accounts.get(scene.account.account_sid)
    assert account is not None
    kept = listing.sandbox.take(account, WantedText(MAYA, scene.number.number, "Are you free?", "", ""))
    await scene.tenant.execute(
        update(tables.messages)
        .where(tables.messages.c.id == message.id)
        .values(
            status=status,
            rank=status.rank,
            provider_message_id=kept.sid,
            claimed_at=listing.now - timedelta(**ago),
        )
    )
    return await messages.find(scene.tenant, message.id)


def taken(listing: Listing, message: Message) -> SandboxMessage:
    """The text as Twilio keeps it."""
    kept = listing.sandbox.messages.get(message.provider_message_id or "")
    assert kept is not None
    return kept


ASKED: list[tuple[DeliveryStatus, dict[str, float]]] = [
    (DeliveryStatus.ACCEPTED, {"minutes": 11}),
    (DeliveryStatus.SENDING, {"hours": 20}),
    (DeliveryStatus.SENT, {"hours": 13}),
    (DeliveryStatus.SENT, {"hours": 71}),
]
NOT_ASKED: list[tuple[DeliveryStatus, dict[str, float]]] = [
    (DeliveryStatus.ACCEPTED, {"minutes": 9}),
    (DeliveryStatus.SENT, {"hours": 11}),
    (DeliveryStatus.SENT, {"hours": 73}),
    (DeliveryStatus.DELIVERED, {"hours": 13}),
    (DeliveryStatus.UNKNOWN, {"hours": 13}),
]


async def test_texts_whose_reports_were_lost_are_asked_about_and_stand_where_they_are(listing: Listing) -> None:
    overdue = [await sent(listing, status, **ago) for status, ago in ASKED]
    for message in overdue:
        listing.sandbox.force_status(taken(listing, message), Status.UNDELIVERED, 30003)

    run = await listing.run()

    assert run.statuses == len(ASKED)
    for message in overdue:
        stands = await messages.find(listing.scene.tenant, message.id)
        assert (stands.status, stands.error_code) == (DeliveryStatus.UNDELIVERED, 30003)
    assert (await listing.scene.row(overdue[0].conversation_id)).failed == len(ASKED)
    assert (await listing.run()).statuses == 0


async def test_texts_that_may_wait_rightly_or_are_settled_are_not_asked_about(listing: Listing) -> None:
    waiting = [await sent(listing, status, **ago) for status, ago in NOT_ASKED]
    for message in waiting:
        listing.sandbox.force_status(taken(listing, message), Status.READ)
    assert (await listing.run()).statuses == 0
    stand = [(await messages.find(listing.scene.tenant, message.id)).status for message in waiting]
    assert stand == [status for status, _ in NOT_ASKED]


async def test_a_text_without_news_is_left_alone_for_hours_and_one_that_twilio_forgot_stops_nothing(
    listing: Listing,
) -> None:
    gone = await sent(listing, DeliveryStatus.SENT, hours=14)
    listing.sandbox.messages.delete(taken(listing, gone))
    waiting = taken(listing, await sent(listing, DeliveryStatus.SENT, hours=13))
    listing.sandbox.force_status(waiting, Status.SENT)
    run = await listing.run()
    assert (run.statuses, run.error) == (0, None)

    listing.sandbox.force_status(waiting, Status.DELIVERED)
    assert (await listing.run()).statuses == 0
    await listing.scene.tenant.execute(
        update(tables.messages).values(checked_at=listing.now - timedelta(hours=2, seconds=1))
    )
    assert (await listing.run()).statuses == 1


async def test_no_more_than_fifty_texts_are_asked_about_in_a_run_and_then_the_others(
    listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(missed_statuses, "MOST_AT_ONCE", 2)
    for minutes in (40, 30, 20):
        message = await sent(listing, DeliveryStatus.ACCEPTED, minutes=minutes)
        listing.sandbox.force_status(taken(listing, message), Status.DELIVERED)
    assert [(await listing.run()).statuses for _ in range(3)] == [2, 1, 0]


async def test_that_a_person_asked_outweighs_every_other_reason(scene: Scene, listing: Listing) -> None:
    for reason in ("start", "asked", "outage"):
        await synchronizing.ask_all(scene.tenant.database, reason=reason)  # type: ignore[arg-type]
    (job,) = await jobs.claim(scene.tenant.database, kinds=[SYNCHRONIZE], limit=5, lease_seconds=60)
    await _synchronize(listing, job)
    assert [run.reason for run in await listing.runs()] == ["asked"]


async def test_who_asks_during_a_run_gets_another_one_right_after_it(scene: Scene, listing: Listing) -> None:
    listing.wrong(FaultKind.DELAY, seconds=0.3)
    job = await listing.job(reason="start")
    going_on = asyncio.create_task(listing.synchronizer(scene.tenant, job))
    await until(lambda: listing.looks, seconds=10)
    await synchronizing.ask(scene.tenant, reason="asked")
    assert await going_on == 0.0
    assert await listing.synchronizer(scene.tenant, job) == EVERY_SECONDS
    assert [run.reason for run in await listing.runs()] == ["asked", "start"]


async def test_of_runs_on_schedule_that_found_nothing_only_the_last_is_kept(scene: Scene, listing: Listing) -> None:
    await listing.run(reason="start")
    listing.text("Found", minutes=4)
    for _ in range(3):
        await listing.run(reason="schedule")
    listing.wrong(FaultKind.ERROR)
    await listing.run(reason="schedule")
    assert [(run.reason, run.texts, run.error is None) for run in await listing.runs()] == [
        ("schedule", 0, False),
        ("schedule", 0, True),
        ("schedule", 1, True),
        ("start", 0, True),
    ]
    assert 0 <= (await synchronizations.seconds_since_end(scene.tenant.database) or -1) < 60


async def test_old_runs_are_forgotten_but_the_last(scene: Scene, listing: Listing) -> None:
    for _ in range(2):
        await listing.run()
    await scene.tenant.execute(update(tables.synchronizations).values(started_at=listing.now - timedelta(days=31)))
    await synchronizations.prune(scene.tenant.database)
    assert len(await listing.runs()) == 1


async def test_an_account_that_was_never_read_to_its_end_waits_since_its_connection(
    scene: Scene, listing: Listing
) -> None:
    waited = await synchronizations.seconds_since_end(scene.tenant.database)
    assert waited is not None
    assert waited >= CONNECTED_DAYS * 86_400


async def test_two_workers_synchronize_an_account_once_at_a_time(scene: Scene, listing: Listing) -> None:
    for place in range(120):
        listing.text(f"Text {place}", minutes=30)

    async def deed(tenant: Tenant, job: Job) -> Postponed:
        return Postponed(await listing.synchronizer(tenant, job) or 0.0)

    workers = [Worker(scene.tenant.database, listing.line, deeds={SYNCHRONIZE: deed}) for _ in range(2)]
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    ended = 0
    while ended < 4:
        await synchronizing.ask(scene.tenant, reason="asked")
        for worker in workers:
            worker.wake()
        ended = sum(not run.is_running for run in await listing.runs())
    for worker in workers:
        worker.stop()
    await asyncio.gather(*tasks)

    assert await listing.thread() == [f"Text {place}" for place in range(120)]
    runs = (await listing.runs())[::-1]
    assert [run.texts for run in runs] == [120] + [0] * (len(runs) - 1)
    for run, following in pairwise(runs):
        assert run.finished_at is not None
        assert run.finished_at <= following.started_at
