"""A text that comes in is stored once, with its candidate, its conversation and its event, whatever comes at once."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from inbox.candidates import dead_numbers
from inbox.messaging import conversations, inbound, messages, reviewing
from inbox.messaging.inbound import Arrival
from inbox.storage import events, tables
from inbox.storage.columns import db_now
from inbox.storage.events import EventKind, EventLog
from providers.contract import DeliveryStatus, Media
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def how_many(scene: Scene, table: object) -> int:
    """Rows of a table, of all organisations together."""
    return int(await scene.tenant.fetch_val(select(func.count()).select_from(table)))  # type: ignore[arg-type]


async def test_the_first_text_of_a_stranger_makes_candidate_conversation_message_and_event(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Is the job\nstill open?")
    (message,) = (await messages.page(scene.tenant, conversation)).messages
    assert (message.direction, message.body, message.status) == (
        "in",
        "Is the job\nstill open?",
        DeliveryStatus.RECEIVED,
    )
    (event,) = await EventLog(scene.tenant.database).read(scene.tenant.channel, 0, 10)
    assert (event.kind, event.conversation_id, event.message_id) == (EventKind.MESSAGE_ADDED, conversation, message.id)
    assert message.seq == event.seq == 1
    row = await scene.row(conversation)
    assert (row.unread, row.last_text, row.last_author) == (1, "Is the job still open?", None)
    assert row.first_message_at == row.last_message_at == row.waiting_since == message.at


async def test_the_same_text_at_once_and_again_later_is_one_message(scene: Scene) -> None:
    sms = scene.sms()
    stored = await asyncio.gather(*(inbound.receive(scene.tenant, scene.account, sms) for _ in range(10)))
    assert sorted(stored) == [False] * 9 + [True]
    assert not await inbound.receive(scene.tenant, scene.account, sms)
    for table in (tables.messages, tables.conversations, tables.candidates, tables.events):
        assert await how_many(scene, table) == 1
    assert (await scene.row(await scene.conversation(MAYA))).unread == 1
    assert (await events.head(scene.tenant)).seq == 1


async def test_a_repeat_does_not_bring_back_what_was_done_since(scene: Scene) -> None:
    stop, start = scene.sms(body="STOP"), scene.sms(body="START")
    for sms in (stop, start, stop):
        await inbound.receive(scene.tenant, scene.account, sms)
    row = await scene.row(await scene.conversation(MAYA))
    assert row.opted_out_at is None
    assert row.last_text == "START"
    assert await how_many(scene, tables.opt_outs) == 0


@pytest.mark.parametrize("word", ["STOP", "HELP", "START"])
async def test_nobody_waits_for_an_answer_to_what_the_provider_answers(scene: Scene, word: str) -> None:
    row = await scene.row(await scene.text_in(MAYA, word))
    assert (row.unread, row.waiting_since, row.last_text) == (0, None, word)


async def test_nobody_waits_where_nobody_may_answer(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Is the job still open?")
    await scene.text_in(MAYA, "STOP")
    row = await scene.row(conversation)
    assert (row.unread, row.waiting_since) == (1, None)
    await scene.text_in(MAYA, "And never call again")
    row = await scene.row(conversation)
    assert (row.unread, row.waiting_since) == (2, None)
    await scene.text_in(MAYA, "START")
    await scene.text_in(MAYA, "I am back")
    row = await scene.row(conversation)
    assert (row.unread, row.waiting_since) == (3, row.last_message_at)


async def test_who_seems_to_ask_for_no_more_waits_until_it_is_read(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "please stop texting me")
    assert (await scene.row(conversation)).waiting_since is not None
    await reviewing.confirm(scene.tenant, scene.jo, conversation)
    assert (await scene.row(conversation)).waiting_since is None


async def test_somebody_waits_from_the_first_text_that_nobody_answered(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "One")
    first = (await scene.row(conversation)).waiting_since
    await scene.text_in(MAYA, "Two")
    assert (await scene.row(conversation)).waiting_since == first
    await scene.reply(conversation)
    assert (await scene.row(conversation)).waiting_since is None
    await scene.text_in(MAYA, "Three")
    again = await scene.row(conversation)
    assert again.waiting_since == again.last_message_at
    assert again.waiting_since > first


@pytest.mark.parametrize(
    ("body", "media", "shown"),
    [
        ("", (), "(empty message)"),
        (" \n\t ", (), "(empty message)"),
        ("", (Media("https://api.twilio.com/picture", "image/jpeg"),), "Picture"),
        ("See this", (Media("https://api.twilio.com/picture", "image/jpeg"),), "See this"),
        ("two\r\n\r\nlines  and   blanks", (), "two lines and blanks"),
        ("x" * 500, (), "x" * 160),
    ],
)
async def test_the_list_shows_one_line_of_a_text(scene: Scene, body: str, media: tuple[Media, ...], shown: str) -> None:
    await inbound.receive(scene.tenant, scene.account, scene.sms(body=body, media=media))
    row = await scene.row(await scene.conversation(MAYA))
    assert row.last_text == shown
    (message,) = (await messages.page(scene.tenant, row.id)).messages
    assert message.body == body


@pytest.mark.parametrize("sender", ["HARBOUR", "32665", "whatsapp:+61491570110", "rcs:" + "a-brand-" * 20])
async def test_senders_that_are_no_numbers_have_a_conversation_too(scene: Scene, sender: str) -> None:
    await inbound.receive(scene.tenant, scene.account, scene.sms(sender=sender))
    await inbound.receive(scene.tenant, scene.account, scene.sms(sender=sender, body="Again"))
    (row,) = await scene.tenant.fetch_all(select(tables.conversations))
    assert row.unread == 2
    assert sender.startswith(row.candidate_number)


async def test_a_text_to_a_number_we_did_not_know_is_kept(scene: Scene) -> None:
    for recipient in ("+61491570007", "32665"):
        assert await inbound.receive(scene.tenant, scene.account, scene.sms(recipient=recipient))
    assert await how_many(scene, tables.conversations) == 2


async def test_many_first_texts_of_one_candidate_at_once_make_one_conversation(scene: Scene) -> None:
    await asyncio.gather(
        *(inbound.receive(scene.tenant, scene.account, scene.sms(body=f"Text {place}")) for place in range(30))
    )
    assert await how_many(scene, tables.candidates) == await how_many(scene, tables.conversations) == 1
    stored = await scene.tenant.fetch_all(select(tables.messages.c.seq).order_by(tables.messages.c.seq))
    assert [row.seq for row in stored] == list(range(1, 31))
    row = await scene.row(await scene.conversation(MAYA))
    assert row.unread == 30
    newest = (await messages.page(scene.tenant, row.id)).messages[-1]
    assert (row.last_message_id, row.last_text, row.last_message_at) == (newest.id, newest.body, newest.at)


async def test_texts_of_two_candidates_to_two_organisations_meet_nowhere(scene: Scene, other: Scene) -> None:
    sms = scene.sms(MAYA, "To Acme")
    assert await inbound.receive(scene.tenant, scene.account, sms)
    assert await inbound.receive(other.tenant, other.account, sms)
    await other.text_in(TOM, "To Other")
    everybodys = await scene.tenant.database.fetch_all(select(tables.conversations))
    assert [row.last_text for row in everybodys].count("To Acme") == 2
    assert (await events.head(scene.tenant)).seq == 1
    assert (await events.head(other.tenant)).seq == 2


async def ago(scene: Scene, **time: float) -> datetime:
    """So long ago, by the database's clock."""
    now: datetime = await scene.tenant.fetch_val(select(db_now()))
    return now - timedelta(**time)


async def arrive(scene: Scene, body: str, at: datetime, *, sender: str = MAYA) -> Arrival:
    """A text that the provider got at `at` and that comes here only now, to an account of long ago."""
    account = replace(scene.account, created_at=at - timedelta(days=1))
    return await inbound.store(scene.tenant, account, scene.sms(sender, body), received_at=at)


async def thread(scene: Scene) -> list[str]:
    page = await messages.page(scene.tenant, await scene.conversation(MAYA))
    return [message.body for message in page.messages]


async def test_a_text_that_comes_late_stands_where_it_was_sent_and_says_so(scene: Scene) -> None:
    at = await ago(scene, hours=1)
    assert await arrive(scene, "First", at) is Arrival.LIVE
    conversation = await scene.text_in(MAYA, "Last")
    assert await arrive(scene, "Between", at + timedelta(minutes=10)) is Arrival.LIVE
    first, between, last = (await messages.page(scene.tenant, conversation)).messages
    assert [first.body, between.body, last.body] == ["First", "Between", "Last"]
    assert (first.at, between.at) == (at, at + timedelta(minutes=10))
    assert first.recovered_at is not None
    assert between.recovered_at is not None
    assert between.recovered_at > last.at
    assert last.recovered_at is None
    row = await scene.row(conversation)
    assert (row.last_text, row.last_message_id, row.last_message_at) == ("Last", last.id, last.at)
    assert (row.unread, row.first_message_at, row.waiting_since) == (3, at, at)
    assert (await events.head(scene.tenant)).seq == between.seq == 3


async def test_a_text_that_is_nearly_in_time_is_not_called_late_unless_somebody_wrote_meanwhile(scene: Scene) -> None:
    await arrive(scene, "Nearly", await ago(scene, seconds=30))
    await scene.reply(await scene.conversation(MAYA), "Hello?")
    await arrive(scene, "Overtaken", await ago(scene, seconds=20))
    nearly, overtaken, _ = (await messages.page(scene.tenant, await scene.conversation(MAYA))).messages
    assert (nearly.recovered_at is None, overtaken.recovered_at is None) == (True, False)
    assert (await scene.row(await scene.conversation(MAYA))).last_text == "Hello?"


async def test_no_text_is_from_the_future(scene: Scene) -> None:
    await arrive(scene, "Tomorrow", await ago(scene, days=-1))
    row = await scene.row(await scene.conversation(MAYA))
    assert row.last_message_at <= await ago(scene)
    assert row.waiting_since == row.first_message_at == row.last_message_at
    await scene.text_in(MAYA, "Today")
    assert await thread(scene) == ["Tomorrow", "Today"]


async def test_what_was_texted_before_the_account_was_connected_is_history_and_read(scene: Scene) -> None:
    at = await ago(scene, days=30)
    sms = scene.sms(MAYA, "Long ago")
    assert await inbound.store(scene.tenant, scene.account, sms, received_at=at) is Arrival.HISTORY
    row = await scene.row(await scene.conversation(MAYA))
    assert (row.unread, row.waiting_since, row.last_message_at) == (0, None, at)
    assert (await messages.page(scene.tenant, row.id)).messages[0].recovered_at is None
    assert await inbound.store(scene.tenant, scene.account, sms, received_at=at) is Arrival.KNOWN
    assert not await inbound.receive(scene.tenant, scene.account, scene.sms(TOM, "Too"), received_at=at)
    assert (await events.head(scene.tenant)).seq == 2


async def test_in_the_second_in_which_the_account_was_connected_nothing_is_history(scene: Scene) -> None:
    at = scene.account.created_at.replace(microsecond=0)
    assert await inbound.receive(scene.tenant, scene.account, scene.sms(), received_at=at)


async def test_an_old_stop_does_not_undo_a_newer_start_nor_an_old_start_a_newer_stop(scene: Scene) -> None:
    at = await ago(scene, hours=2)
    for late, newer, is_blocked in (("STOP", "START", False), ("START", "STOP", True)):
        conversation = await scene.text_in(MAYA, newer)
        await arrive(scene, late, at)
        assert ((await scene.row(conversation)).opted_out_at is not None) == is_blocked
    told = [message.event for message in (await messages.page(scene.tenant, conversation)).messages]
    assert told == [None, None, "opted_in", "opted_out"]


async def test_words_that_come_late_in_their_order_end_as_the_candidate_meant_it(scene: Scene) -> None:
    at = await ago(scene, hours=2)
    for minutes, word in enumerate(("STOP", "START", "STOP")):
        await arrive(scene, word, at + timedelta(minutes=minutes))
    row = await scene.row(await scene.conversation(MAYA))
    assert row.opted_out_at == at + timedelta(minutes=2)


async def test_an_old_start_does_not_undo_what_the_provider_told_since(scene: Scene) -> None:
    conversation = await scene.text_in()
    await scene.failed(conversation, error_code=21610)
    await arrive(scene, "START", await ago(scene, hours=1))
    assert (await scene.row(conversation)).opted_out_at is not None


async def test_a_text_of_before_does_not_say_that_a_dead_number_works_again(scene: Scene) -> None:
    await dead_numbers.mark(scene.tenant, MAYA, "landline", code=30006, author="Jo Park")
    before = scene.account.created_at - timedelta(days=3)
    stored = await inbound.store(scene.tenant, scene.account, scene.sms(MAYA), received_at=before)
    conversation = await scene.conversation(MAYA)
    assert (stored, (await conversations.find(scene.tenant, conversation)).dead) == (Arrival.HISTORY, "landline")
    await scene.text_in(MAYA)
    assert (await conversations.find(scene.tenant, conversation)).dead is None
