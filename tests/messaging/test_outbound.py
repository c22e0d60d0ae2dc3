"""A text that is promised: stored as queued with its job, once, and only when it may be sent."""

import asyncio

import pytest
from sqlalchemy import select, update

from inbox.errors import Changed, Invalid, NotFound, Refused
from inbox.messaging import decisions, messages, outbound
from inbox.storage import events, tables
from inbox.storage.columns import new_id
from inbox.storage.events import EventKind, EventLog
from providers.contract import DeliveryStatus
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def promised(scene: Scene) -> list[str]:
    """The messages that wait to be sent."""
    return [row.subject for row in await scene.tenant.fetch_all(select(tables.jobs.c.subject))]


async def test_a_reply_is_a_queued_message_a_job_and_an_event(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation, "  Thursday\r\nat 10? 👍 \n")
    assert (message.direction, message.body, message.status) == ("out", "Thursday\nat 10? 👍", DeliveryStatus.QUEUED)
    assert (message.author_id, message.author, message.attempt, message.segments) == (scene.jo.id, "Jo Park", 1, 1)
    assert await promised(scene) == [message.id]
    event = (await EventLog(scene.tenant.database).read(scene.tenant.channel, 1, 10))[0]
    assert (event.kind, event.message_id, event.actor_id) == (EventKind.MESSAGE_ADDED, message.id, scene.jo.id)
    row = await scene.row(conversation)
    assert (row.last_text, row.last_author, row.last_message_id) == ("Thursday at 10? 👍", "Jo", message.id)
    assert (row.unread, row.waiting_since) == (0, None)


async def test_whoever_answers_a_conversation_of_nobodys_has_it_from_then_on(scene: Scene) -> None:
    conversation = await scene.text_in()
    await scene.reply(conversation, who=scene.ana)
    await scene.reply(conversation, who=scene.jo)
    assert (await scene.row(conversation)).assignee_id == scene.ana.id


async def test_a_company_may_leave_answered_conversations_with_nobody(scene: Scene) -> None:
    await scene.tenant.execute(update(tables.companies).values(claims_on_reply=False))
    conversation = await scene.text_in()
    await scene.reply(conversation)
    assert (await scene.row(conversation)).assignee_id is None


async def test_one_id_is_one_message_however_often_and_at_once_it_is_sent(scene: Scene) -> None:
    conversation, id = await scene.text_in(), new_id()
    sent = await asyncio.gather(*(scene.reply(conversation, "Once", id=id) for _ in range(10)))
    sent.append(await scene.reply(conversation, "Once", id=id.upper()))
    assert {message.id for message in sent} == {id}
    assert await promised(scene) == [id]
    assert [message.body for message in (await messages.page(scene.tenant, conversation)).messages] == ["Hello", "Once"]
    assert (await events.head(scene.tenant)).seq == 3, "the text, and that Jo took the conversation by it"


async def test_an_id_is_good_for_one_text_in_one_conversation(scene: Scene) -> None:
    conversation, id = await scene.text_in(), new_id()
    elsewhere = await scene.text_in(TOM)
    await scene.reply(conversation, "Once", id=id)
    for place, body in ((conversation, "Twice"), (elsewhere, "Once")):
        with pytest.raises(Invalid) as refused:
            await scene.reply(place, body, id=id)
        assert refused.value.fields.keys() == {"id"}
    (incoming,) = (await messages.page(scene.tenant, elsewhere)).messages
    with pytest.raises(Invalid):
        await scene.reply(elsewhere, incoming.body, id=incoming.id)


async def test_words_that_cannot_be_sent_are_refused_with_a_sentence(scene: Scene) -> None:
    conversation = await scene.text_in()
    for body, sentence in (
        ("", "Write something first."),
        (" \n\t ", "Write something first."),
        ("x" * 1601, "1,601 of 1,600 characters. Shorten it by 1."),
        ("👍" * 900, "1,800 of 1,600 characters. Shorten it by 200."),
        ("half \ud83d of it", "This text holds a character that cannot be sent. Type the last words again."),
        ("nothing \x00 here", "This text holds a character that cannot be sent. Type the last words again."),
    ):
        with pytest.raises(Invalid) as refused:
            await scene.reply(conversation, body)
        assert refused.value.fields == {"body": sentence}
    assert await promised(scene) == []


async def test_as_much_as_twilio_takes_is_taken(scene: Scene) -> None:
    conversation = await scene.text_in()
    assert (await scene.reply(conversation, "x" * 1600)).segments == 11
    assert (await scene.reply(conversation, "👍" * 800)).segments > 20


async def test_an_id_that_is_none_is_refused(scene: Scene) -> None:
    conversation = await scene.text_in()
    for id in ("-", "x", "123", "not-a-uuid-but-thirty-six-long-okay!"):
        with pytest.raises(Invalid):
            await scene.reply(conversation, "Hello", id=id)


async def test_a_reply_is_held_while_something_newer_was_not_seen(scene: Scene) -> None:
    conversation = await scene.text_in()
    await scene.text_in(MAYA, "One more thing")
    with pytest.raises(Changed) as held:
        await scene.reply(conversation, seen=1)
    assert held.value.seen == 2
    assert await promised(scene) == []
    first = await scene.reply(conversation, seen=held.value.seen)
    with pytest.raises(Changed) as held:
        await scene.reply(conversation, who=scene.ana, seen=2)
    assert held.value.seen == first.seq == 3
    await scene.reply(conversation, who=scene.jo, seen=2)
    await scene.reply(conversation, who=scene.ana, seen=5)
    await scene.reply(conversation, who=scene.ana, seen=None)


async def test_a_reply_that_was_taken_is_not_held_when_it_comes_again(scene: Scene) -> None:
    """The answer was lost on the way, and the browser asks once more with what it knew then."""
    conversation, id = await scene.text_in(), new_id()
    await scene.reply(conversation, "Taken", id=id, seen=1)
    await scene.text_in(MAYA, "Thanks")
    assert (await scene.reply(conversation, "Taken", id=id, seen=1)).id == id


async def test_what_happens_elsewhere_holds_nothing(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    await scene.text_in(TOM)
    await scene.reply(conversation, seen=1)


async def test_a_reply_to_a_number_that_is_no_longer_the_candidates_is_refused(scene: Scene) -> None:
    conversation = await scene.text_in()
    with pytest.raises(Refused):
        await outbound.reply(
            scene.tenant, scene.jo, conversation, message_id=new_id(), body="Hi", seen=None, number=TOM
        )
    await outbound.reply(scene.tenant, scene.jo, conversation, message_id=new_id(), body="Hi", seen=None, number=MAYA)


@pytest.mark.parametrize("sender", ["HARBOUR", "rcs:harbour"])
async def test_a_sender_that_is_a_name_cannot_be_answered(scene: Scene, sender: str) -> None:
    conversation = await scene.text_in(sender)
    with pytest.raises(Refused, match="is a name, not a number"):
        await scene.reply(conversation)


async def test_a_short_code_can_be_answered(scene: Scene) -> None:
    await scene.reply(await scene.text_in("32665"))


async def test_the_conversations_of_another_organisation_cannot_be_written_in(scene: Scene, other: Scene) -> None:
    foreign = await other.text_in()
    failed = await other.failed(foreign)
    before = await events.head(other.tenant)
    for place in (foreign, new_id()):
        with pytest.raises(NotFound):
            await scene.reply(place)
        with pytest.raises(NotFound):
            await decisions.retry(scene.tenant, scene.jo, place, failed.id)
    mine = await scene.text_in()
    with pytest.raises(NotFound):
        await decisions.retry(scene.tenant, scene.jo, mine, failed.id)
    # An id that somebody else's message has is free here: it tells nothing of theirs.
    assert (await scene.reply(mine, "Mine", id=failed.id)).body == "Mine"
    assert await events.head(other.tenant) == before
    assert (await messages.find(other.tenant, failed.id)).status is DeliveryStatus.UNDELIVERED
