"""Texts of before are brought from the provider's list, once, with their own times, and nothing follows from them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from inbox.candidates import consents, people
from inbox.errors import NotFound, Refused
from inbox.messaging import (
    failures,
    history,
    history_importing,
    history_imports,
    inbound,
    message_log,
    messages,
    opt_outs,
    reach,
)
from inbox.messaging.history_importing import HistoryImporter
from inbox.messaging.history_imports import HistoryImport
from inbox.messaging.history_reading import QUEUED
from inbox.messaging.message_log import Log
from inbox.provisioning import company_numbers
from inbox.reports import keeping
from inbox.storage import events, jobs, tables
from inbox.storage.jobs import Job
from providers.contract import DeliveryStatus
from providers.sandbox.faults import FaultKind
from providers.sandbox.message import Status
from providers.twilio.errors import FailureAction
from tests.messaging.listing import Listing
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio

Told = tuple[str, str, float]
"""Which way with which candidate ("<" came in, ">" went out), what, and how many days ago."""


def tell(listing: Listing, *texts: Told, status: Status = Status.DELIVERED) -> None:
    """What Twilio remembers, in any order."""
    ours = listing.scene.number.number
    for who, body, days in sorted(texts, key=lambda text: text[2]):
        sender, recipient = (who[1:], ours) if who[0] == "<" else (ours, who[1:])
        listing.sandbox.remember(sender, recipient, body, listing.now - timedelta(days=days), status)


async def begun(scene: Scene, listing: Listing, *, days: float = 400.0) -> str:
    """An admin has asked for the history of so many days."""
    async with scene.tenant.transaction():
        return await history_importing.begin_list(
            scene.tenant,
            scene.jo.id,
            scene.number.id,
            since=listing.now - timedelta(days=days),
            until=listing.now,
        )


async def claimed(scene: Scene) -> Job:
    (job,) = await jobs.claim(scene.tenant.database, kinds=[history_importing.IMPORT], limit=1, lease_seconds=60)
    return job


async def worked(scene: Scene, listing: Listing, import_id: str) -> HistoryImport:
    """A worker does all there is to do."""
    job = await claimed(scene)
    assert await HistoryImporter(listing.line)(scene.tenant, job) is None
    assert await jobs.done(scene.tenant.database, job)
    return await history_imports.find(scene.tenant, import_id)


async def imported(scene: Scene, listing: Listing, *, days: float = 400.0) -> HistoryImport:
    return await worked(scene, listing, await begun(scene, listing, days=days))


def figures(file: HistoryImport) -> tuple[Any, ...]:
    return file.state, file.listed, file.stored, file.known, file.left


async def how_many(scene: Scene, table: Any) -> int:
    return int(await scene.tenant.fetch_val(select(func.count()).select_from(table)))


async def test_both_ways_come_with_their_times_directions_statuses_and_ids(scene: Scene, listing: Listing) -> None:
    tell(listing, (f">{MAYA}", "Are you free?", 300.5), (f"<{MAYA}", "Yes!", 300.4), (f"<{TOM}", "Hello", 20))
    tell(listing, (f">{TOM}", "It failed", 350), status=Status.UNDELIVERED)
    tell(listing, (f"<{MAYA}", "Too old", 401))

    done = await imported(scene, listing)

    assert figures(done) == ("done", 4, 4, 0, 0)
    assert await listing.thread() == ["Are you free?", "Yes!"]
    conversation = await scene.conversation(MAYA)
    sent, came = (await messages.page(scene.tenant, conversation)).messages
    assert (sent.at, sent.direction, sent.status, sent.author) == (
        listing.now - timedelta(days=300.5), "out", DeliveryStatus.DELIVERED, "Import",
    )  # fmt: skip
    assert {sent.provider_message_id, came.provider_message_id} <= {one.sid for one in listing.sandbox.messages}
    failed = (await messages.page(scene.tenant, await scene.conversation(TOM))).messages[0]
    assert (failed.status, failed.error_code, failed.at) == (
        DeliveryStatus.UNDELIVERED, 30003, listing.now - timedelta(days=350),
    )  # fmt: skip
    assert [row.number for row in (await people.page(scene.tenant)).rows] == [MAYA, TOM]


async def test_nobody_sends_a_text_of_before_again(scene: Scene, listing: Listing) -> None:
    tell(listing, (f">{MAYA}", "It failed", 100), status=Status.UNDELIVERED)
    await imported(scene, listing)
    conversation = await scene.conversation(MAYA)
    (failed,) = (await messages.page(scene.tenant, conversation)).messages
    assert failed.failure is not None
    assert failed.failure.action is FailureAction.NONE
    with pytest.raises(Refused, match="Write a new one"):
        await scene.retried(conversation, failed)
    log = Log(end=listing.now)
    assert [(one.number, one.open) for one in await message_log.reasons(scene.tenant, log)] == [(1, 0)]
    assert (await failures.retry_all(scene.tenant, scene.jo, log)).done == 0


async def test_nothing_follows_from_history(scene: Scene, listing: Listing) -> None:
    live = await scene.text_in(MAYA, "I am live")
    before = await scene.row(live)
    charged = await how_many(scene, tables.segment_log)
    balance = await scene.tenant.fetch_val(select(tables.segment_balances.c.balance))
    tell(listing, (f"<{MAYA}", "Long ago", 100), (f">{MAYA}", "Longer ago", 101), (f"<{TOM}", "Hi", 50))
    tell(listing, (f">{TOM}", "Failed", 102), status=Status.FAILED)

    await imported(scene, listing)

    after = await scene.row(live)
    assert (after.last_text, after.last_message_at, after.unread, after.waiting_since) == (
        "I am live", before.last_message_at, 1, before.waiting_since,
    )  # fmt: skip
    assert after.first_message_at == listing.now - timedelta(days=101)
    tom = await scene.row(await scene.conversation(TOM))
    assert (tom.unread, tom.failed, tom.waiting_since, tom.last_text) == (0, 0, None, "Hi")
    assert tom.last_message_at == listing.now - timedelta(days=50)
    assert await how_many(scene, tables.segment_log) == charged
    assert await scene.tenant.fetch_val(select(tables.segment_balances.c.balance)) == balance
    assert await how_many(scene, tables.notifications) == 0
    kinds = [row.kind for row in await scene.tenant.fetch_all(select(tables.jobs.c.kind))]
    assert set(kinds) <= {"synchronize"}


async def test_a_second_run_and_what_came_by_webhook_or_synchronizing_is_known(scene: Scene, listing: Listing) -> None:
    tell(listing, (f"<{MAYA}", "By webhook", 3), (f"<{MAYA}", "By synchronizing", 4), (f"<{MAYA}", "Old", 40))
    by_webhook = next(one for one in listing.sandbox.messages if one.body == "By webhook")
    sms = scene.sms(MAYA, "By webhook", provider_message_id=by_webhook.sid)
    await inbound.store(scene.tenant, scene.account, sms, received_at=by_webhook.created_at)
    first = await imported(scene, listing)
    assert figures(first) == ("done", 3, 1, 1, 1)
    assert first.refused == {"live": 1}, "somebody waits for an answer to it"

    await reach.start_from(scene.tenant, scene.account.id, listing.now - timedelta(days=90))
    assert (await listing.run()).texts == 1
    assert figures(await imported(scene, listing)) == ("done", 3, 0, 3, 0)
    assert await listing.thread() == ["Old", "By synchronizing", "By webhook"]
    # And the other way round: what was imported is nothing new for whoever tells of it later.
    old = next(one for one in listing.sandbox.messages if one.body == "Old")
    assert not await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, "Old", provider_message_id=old.sid))


async def test_texts_of_ours_are_not_doubled_by_their_earlier_attempts_nor_while_in_doubt(
    scene: Scene, listing: Listing
) -> None:
    conversation = await scene.text_in(MAYA)
    failed = await scene.failed(conversation)
    again = await scene.retried(conversation, failed)
    await scene.accepted(again)
    doubtful = await scene.reply(conversation, "Did this go out?")
    await scene.tenant.execute(
        update(tables.messages).where(tables.messages.c.id == doubtful.id).values(status=DeliveryStatus.UNCONFIRMED)
    )
    tell(listing, (f">{MAYA}", failed.body, 2), (f">{MAYA}", "Did this go out?", 1), (f">{MAYA}", "By hand", 1.5))
    first = next(one for one in listing.sandbox.messages if one.body == failed.body)
    log = tables.message_status_log
    await scene.tenant.execute(update(log).where(log.c.message_id == failed.id).values(provider_message_id=first.sid))

    done = await imported(scene, listing)

    assert figures(done) == ("done", 3, 1, 1, 1)
    assert done.refused == {"doubt": 1}
    assert (await listing.thread()).count("Did this go out?") == 1


async def test_an_imported_stop_holds_unless_a_later_start_undid_it(scene: Scene, listing: Listing) -> None:
    ann, ben, cleo, dan = "+61491570157", "+61491570158", "+61491570159", "+61491570111"
    tell(
        listing,
        *((f"<{MAYA}", "STOP", 200), (f"<{MAYA}", "HELP", 190)),
        *((f"<{TOM}", "STOP", 200.1), (f"<{TOM}", "START", 150)),
        *((f"<{ann}", "START", 220), (f"<{ann}", "Stop.", 210)),
        *((f"<{ben}", "please stop texting me", 205), (f"<{ben}", "Sorry, wrong person. Yes please!", 204)),
        *((f"<{cleo}", "please stop texting me", 203), (f"<{dan}", "please stop texting me", 203.1)),
    )
    await scene.text_in(cleo, "Hi")
    await imported(scene, listing)

    rows = {number: await scene.row(await scene.conversation(number)) for number in (MAYA, TOM, ann, ben, cleo, dan)}
    blocked = {number: row.opted_out_at is not None for number, row in rows.items()}
    assert blocked == {MAYA: True, TOM: False, ann: True, ben: False, cleo: False, dan: True}
    assert rows[dan].opt_out_presumed
    assert rows[MAYA].opted_out_at == listing.now - timedelta(days=200)
    standing = await consents.standing(scene.tenant, [MAYA, TOM])
    assert {number: one.given for number, one in standing.items()} == {MAYA: False, TOM: True}
    assert standing[MAYA].at == listing.now - timedelta(days=200)
    assert await how_many(scene, tables.notifications) == 0


async def test_an_old_start_ends_no_newer_opt_out_and_an_old_stop_undoes_no_newer_start(
    scene: Scene, listing: Listing
) -> None:
    await opt_outs.choose_scope(scene.tenant, "organisation")
    other = await second_number(scene)
    await inbound.receive(scene.tenant, scene.account, scene.sms(MAYA, "STOP", recipient=other))
    await inbound.receive(scene.tenant, scene.account, scene.sms(TOM, "START", recipient=other))
    tell(listing, (f"<{MAYA}", "START", 200), (f"<{TOM}", "STOP", 200))

    await imported(scene, listing)

    rows = await scene.tenant.fetch_all(
        select(tables.conversations.c.candidate_number, tables.conversations.c.opted_out_at)
    )
    assert {row.candidate_number for row in rows if row.opted_out_at} == {MAYA}
    assert not (await consents.standing(scene.tenant, [MAYA]))[MAYA].given


async def second_number(scene: Scene) -> str:
    number = await company_numbers.add(
        scene.tenant,
        company_id=scene.company.id,
        provider_account_id=scene.account.id,
        number="+61491570999",
        purpose="former",
    )
    return number.number


def long_history(listing: Listing, texts: int) -> None:
    """So many texts with some dozens of people over a year, most days some, both ways, of many pages."""
    numbers = [f"+614915702{place:02}" for place in range(40)]
    told = []
    for place in range(texts):
        who = numbers[place % len(numbers)]
        told.append((f"{'<>'[place % 3 == 0]}{who}", f"Text {place}", 20 + 300 * place / texts))
    tell(listing, *told)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_long_history_survives_its_worker_and_is_counted_right(
    scene: Scene, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_history(listing, 1_500)
    import_id = await begun(scene, listing)
    keep, kept = history.keep, 0

    async def dies(*arguments: Any) -> set[str]:
        nonlocal kept
        stored = await keep(*arguments)
        kept += 1
        if kept in (4, 9):
            raise RuntimeError("killed")
        return stored

    with monkeypatch.context() as patch:
        patch.setattr(history, "keep", dies)
        for _ in range(2):
            job = await claimed(scene)
            with pytest.raises(RuntimeError):
                await HistoryImporter(listing.line)(scene.tenant, job)
            halfway = await history_imports.find(scene.tenant, import_id)
            assert halfway.state == "running"
            assert halfway.listed == halfway.stored + halfway.known + halfway.left
            await expire(scene, job)
    assert 0 < halfway.per_cent < 100

    done = await worked(scene, listing, import_id)

    assert figures(done) == ("done", 1_500, 1_500, 0, 0)
    assert await how_many(scene, tables.messages) == 1_500
    assert await how_many(scene, tables.conversations) == 40
    wrong = await scene.tenant.fetch_all(
        select(tables.conversations.c.id)
        .join(tables.messages, tables.messages.c.conversation_id == tables.conversations.c.id)
        .group_by(
            tables.conversations.c.id, tables.conversations.c.last_message_at, tables.conversations.c.first_message_at
        )
        .having(
            (func.max(tables.messages.c.at) != tables.conversations.c.last_message_at)
            | (func.min(tables.messages.c.at) != tables.conversations.c.first_message_at)
        )
    )
    assert wrong == []


async def expire(scene: Scene, job: Job) -> None:
    """The worker that held the job is gone for good."""
    past = datetime(2020, 1, 1, tzinfo=UTC)
    await scene.tenant.execute(update(tables.jobs).where(tables.jobs.c.id == job.id).values(lease_until=past))


async def test_a_worker_that_was_overtaken_stores_nothing_more(scene: Scene, listing: Listing) -> None:
    tell(listing, (f"<{MAYA}", "Hello", 100))
    await begun(scene, listing)
    job = await claimed(scene)
    await expire(scene, job)
    await claimed(scene)
    assert await HistoryImporter(listing.line)(scene.tenant, job) is None
    assert await how_many(scene, tables.messages) == 0


async def test_it_can_be_stopped_and_goes_on_where_it_was(
    scene: Scene, listing: Listing, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_history(listing, 250)
    import_id = await begun(scene, listing)
    taken = history_imports.move

    async def then_stopped(*arguments: Any, **more: Any) -> None:
        await taken(*arguments, **more)
        await history_importing.stop(scene.tenant, import_id)

    with monkeypatch.context() as patch:
        patch.setattr(history_imports, "move", then_stopped)
        halfway = await worked(scene, listing, import_id)
    assert (halfway.state, halfway.stored) == ("stopped", 100)
    with pytest.raises(Refused):
        await history_importing.stop(scene.tenant, import_id)
    await history_importing.go_on(scene.tenant, import_id)
    listing.looks.clear()
    assert figures(await worked(scene, listing, import_id)) == ("done", 250, 250, 0, 0)
    assert str((halfway.reached or listing.now).astimezone(UTC) + QUEUED)[:10] in listing.looks[0]


@pytest.mark.parametrize(
    ("kind", "more", "state", "words"),
    [
        (FaultKind.ERROR, {"status": 500}, "running", "tried again by itself"),
        (FaultKind.THROTTLE, {"retry_after": 7}, "running", "too many requests"),
        (FaultKind.REFUSE, {"code": 20003, "status": 401}, "stopped", "Check the Account SID"),
    ],
)
async def test_what_twilio_does_wrong_is_said_and_nothing_is_lost(
    scene: Scene, listing: Listing, kind: FaultKind, more: dict[str, Any], state: str, words: str
) -> None:
    tell(listing, (f"<{MAYA}", "Hello", 100))
    import_id = await begun(scene, listing)
    listing.wrong(kind, **more)
    job = await claimed(scene)
    seconds = await HistoryImporter(listing.line)(scene.tenant, job)
    told = await history_imports.find(scene.tenant, import_id)
    assert (told.state, seconds is None) == (state, state == "stopped")
    assert words in (told.error or "")
    if state == "stopped":
        await jobs.done(scene.tenant.database, job)
        await history_importing.go_on(scene.tenant, import_id)
    else:
        await jobs.again(scene.tenant.database, job, seconds=0.0)
    done = await worked(scene, listing, import_id)
    assert (figures(done), done.error) == (("done", 1, 1, 0, 0), None)


async def test_reports_count_imported_texts_by_their_own_days(scene: Scene, listing: Listing) -> None:
    await keeping.everything(scene.tenant)
    tell(listing, (f"<{MAYA}", "Before", 12))
    await imported(scene, listing)
    await keeping.everything(scene.tenant)
    counted = await days(scene)
    tell(listing, (f"<{MAYA}", "Later found", 12.001), (f">{MAYA}", "Hello", 12.01))
    await imported(scene, listing)
    await keeping.everything(scene.tenant)
    assert await days(scene) != counted
    kept = await days(scene)
    await scene.tenant.execute(tables.report_days.delete())
    await scene.tenant.execute(tables.report_cursors.delete())
    await keeping.everything(scene.tenant)
    assert await days(scene) == kept


async def days(scene: Scene) -> Sequence[Any]:
    """What is kept of each day."""
    table = tables.report_days
    rows = await scene.tenant.fetch_all(
        select(table.c.day, table.c.texts, table.c.people, table.c.rates)
        .where(table.c.hour == -1)
        .order_by(table.c.day)
    )
    return [tuple(row) for row in rows]


async def test_open_pages_hear_of_each_conversation_and_webhooks_of_no_text(scene: Scene, listing: Listing) -> None:
    tell(listing, (f"<{MAYA}", "One", 90), (f"<{MAYA}", "Two", 89), (f"<{TOM}", "Three", 88))
    await imported(scene, listing)
    told = await events.EventLog(scene.tenant.database).read(scene.tenant.channel, 0, 100)
    assert [(one.kind, one.message_id) for one in told] == [("conversation.changed", None)] * 2


async def test_an_import_is_the_organisations_own(scene: Scene, other: Scene, listing: Listing) -> None:
    import_id = await begun(scene, listing)
    for act in (history_imports.find, history_importing.stop, history_importing.go_on):
        with pytest.raises((NotFound, Refused)):
            await act(other.tenant, import_id)
