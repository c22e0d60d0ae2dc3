"""A text that comes in is stored once, with its candidate, its conversation and its event, whatever comes at once."""

import asyncio

import pytest
from sqlalchemy import func, select

from inbox.messaging import inbound, messages
from inbox.storage import events, tables
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
    assert [row.last_text for row in await scene.tenant.fetch_all(select(tables.conversations))].count("To Acme") == 2
    assert (await events.head(scene.tenant)).seq == 1
    assert (await events.head(other.tenant)).seq == 2
