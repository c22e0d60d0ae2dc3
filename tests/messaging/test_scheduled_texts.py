"""A text that goes out later goes out once, when it is due, by the way of every other, or stays with the reason."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox import clock
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.errors import Changed, Invalid, NotFound, Refused
from inbox.messaging import (
    attaching,
    due_texts,
    handing_over,
    handling,
    messages,
    notifications,
    scheduled_texts,
    scheduling,
)
from inbox.messaging.messages import Message
from inbox.messaging.scheduled_texts import SEND_LATER, ScheduledText
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.storage.events import EventKind, EventLog
from inbox.storage.jobs import Postponed
from inbox.worker import Worker
from tests.media import jpeg
from tests.messaging.scene import MAYA, Scene
from tests.messaging.twilio import Twilio
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


async def later(scene: Scene, conversation: str, body: str = "See you at 10", **more: Any) -> ScheduledText:
    """A text of Jo's for an hour from now."""
    facts = {"text_id": new_id(), "send_at": clock.now() + HOUR, "regardless": False, "seen": None} | more
    who: User = facts.pop("who", scene.jo)
    return await scheduling.schedule(scene.tenant, who, conversation, body=body, **facts)


async def due(scene: Scene, text: ScheduledText, ago: timedelta = timedelta()) -> None:
    """Its time has come, so long ago."""
    table = tables.scheduled_texts
    await scene.tenant.execute(update(table).where(table.c.id == text.id).values(send_at=clock.now() - ago))


async def sent(scene: Scene, conversation: str) -> list[Message]:
    page = await messages.page(scene.tenant, conversation)
    return [message for message in page.messages if message.direction == "out"]


async def stopped(scene: Scene, text: ScheduledText) -> str | None:
    """Why it did not go out, when it should have."""
    await due(scene, text)
    assert await due_texts.send_due(scene.tenant, text.id) is None
    row = await scene.row(text.conversation_id)
    assert (row.failed, row.scheduled, await sent(scene, text.conversation_id)) == (1, 1, [])
    now = await scheduled_texts.find(scene.tenant, text.id)
    assert now.stopped_at is not None
    return now.reason


async def test_it_stands_beside_the_thread_until_it_is_due_and_is_then_sent_under_its_id(scene: Scene) -> None:
    conversation = await scene.text_in()
    text = await later(scene, conversation)
    assert (await scheduled_texts.of(scene.tenant, [conversation])) == [text]
    assert (await scene.row(conversation)).scheduled == 1
    early = await due_texts.send_due(scene.tenant, text.id)
    assert isinstance(early, Postponed)
    assert early.seconds == pytest.approx(3600, abs=60)
    await due(scene, text)
    for _ in range(2):  # the worker died after the first time, before it could forget the job
        assert await due_texts.send_due(scene.tenant, text.id) is None
    (message,) = await sent(scene, conversation)
    assert (message.id, message.body, message.author, message.state) == (text.id, text.body, "Jo Park", "queued")
    row = await scene.row(conversation)
    assert (row.scheduled, row.failed, row.assignee_id) == (0, 0, scene.jo.id)
    assert await scheduled_texts.of(scene.tenant, [conversation]) == []


async def test_a_worker_sends_it_to_the_provider_when_its_time_has_come(scene: Scene, twilio: Twilio) -> None:
    await twilio.start()
    conversation = await scene.text_in()
    await later(scene, conversation, send_at=clock.now() + timedelta(seconds=0.3))

    async def send_later(tenant: Any, job: Any) -> Postponed | None:
        return await due_texts.send_due(tenant, job.subject)

    workers = [Worker(scene.tenant.database, twilio.line, deeds={SEND_LATER: send_later}) for _ in range(2)]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    await until(lambda: bool(list(twilio.sandbox.messages)))
    for worker in workers:
        worker.stop()
    await asyncio.gather(*running)
    assert [message.body for message in twilio.sandbox.messages] == ["See you at 10"]


async def test_a_worker_that_dies_in_the_middle_leaves_it_as_it_was_and_the_next_one_sends_it(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = await scene.text_in()
    text = await later(scene, conversation)
    await due(scene, text)

    async def die(*_: object, **__: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as dying:
        dying.setattr(messages, "find", die)  # the last thing that promising a text does
        with pytest.raises(ConnectionError):
            await due_texts.send_due(scene.tenant, text.id)
    assert (await scene.row(conversation)).scheduled == 1
    assert await sent(scene, conversation) == []
    await due_texts.send_due(scene.tenant, text.id)
    assert [message.id for message in await sent(scene, conversation)] == [text.id]


async def test_the_same_id_again_is_the_same_text_and_other_words_are_refused(scene: Scene) -> None:
    conversation, id = await scene.text_in(), new_id()
    first = await later(scene, conversation, text_id=id)
    assert await later(scene, conversation, text_id=id) == first
    with pytest.raises(Invalid):
        await later(scene, conversation, "Other words", text_id=id)
    await due(scene, first)
    await due_texts.send_due(scene.tenant, id)
    with pytest.raises(Changed):
        await later(scene, conversation, text_id=id)
    assert (await scene.row(conversation)).scheduled == 0


async def test_open_threads_and_lists_are_told_of_it(scene: Scene) -> None:
    conversation = await scene.text_in()
    await later(scene, conversation)
    log = await EventLog(scene.tenant.database).read(scene.tenant.channel, 1, 10)
    assert [(event.kind, event.conversation_id) for event in log] == [(EventKind.CONVERSATION_CHANGED, conversation)]


async def test_when_the_candidate_writes_before_it_is_held_and_a_person_decides(scene: Scene) -> None:
    conversation = await scene.text_in()
    text = await later(scene, conversation)
    assert not text.is_held
    await scene.text_in(body="I cannot come")
    held = await scheduled_texts.find(scene.tenant, text.id)
    assert held.is_held
    assert held.replied_at == (await scene.row(conversation)).last_message_at
    assert await stopped(scene, text) is None
    assert (await scheduled_texts.find(scene.tenant, text.id)).is_held
    (told,) = (await notifications.page(scene.tenant, scene.jo)).rows
    assert told.sentence == "Your scheduled text was not sent. The candidate wrote before it was due."
    message = await scheduling.send_now(scene.tenant, scene.ana, conversation, text.id)
    assert (message.id, message.author) == (text.id, "Ana Ruiz")
    assert await scheduling.send_now(scene.tenant, scene.ana, conversation, text.id) == message
    row = await scene.row(conversation)
    assert (row.scheduled, row.failed) == (0, 0)


async def test_one_that_goes_out_anyway_leaves_the_candidates_text_unread_and_unanswered(scene: Scene) -> None:
    conversation = await scene.text_in()
    text = await later(scene, conversation, regardless=True)
    await scene.text_in(body="A question")
    before = await scene.row(conversation)
    await due(scene, text)
    await due_texts.send_due(scene.tenant, text.id)
    assert len(await sent(scene, conversation)) == 1
    row = await scene.row(conversation)
    assert (row.unread, row.waiting_since) == (before.unread, before.waiting_since)


async def test_who_opted_out_meanwhile_gets_nothing_and_the_text_stays_with_the_reason(scene: Scene) -> None:
    conversation = await scene.text_in()
    text = await later(scene, conversation, regardless=True)
    await scene.text_in(body="STOP")
    assert await stopped(scene, text) == "This person opted out."
    with pytest.raises(Refused):
        await scheduling.send_now(scene.tenant, scene.jo, conversation, text.id)
    assert (await scene.row(conversation)).failed == 1
    assert await scheduling.cancel(scene.tenant, scene.jo, conversation, text.id)
    row = await scene.row(conversation)
    assert (row.failed, row.scheduled) == (0, 0)


async def test_a_conversation_that_was_closed_meanwhile_is_open_again_with_the_reason(scene: Scene) -> None:
    conversation = await scene.text_in()
    text = await later(scene, conversation)
    await handling.close(scene.tenant, scene.ana, conversation, version=0, seen=1_000)
    assert await stopped(scene, text) == "Ana Ruiz has closed this conversation meanwhile."
    assert (await scene.row(conversation)).closed_at is None


async def test_one_that_was_written_in_a_closed_conversation_opens_it_as_any_text_does(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.close(scene.tenant, scene.ana, conversation, version=0, seen=1_000)
    text = await later(scene, conversation)
    await due(scene, text)
    await due_texts.send_due(scene.tenant, text.id)
    assert len(await sent(scene, conversation)) == 1
    assert (await scene.row(conversation)).closed_at is None


async def test_nobody_is_texted_hours_late_after_an_outage(scene: Scene) -> None:
    text = await later(scene, await scene.text_in())
    await due(scene, text, ago=5 * HOUR)
    await due_texts.send_due(scene.tenant, text.id)
    assert (await scheduled_texts.find(scene.tenant, text.id)).reason == "It could not go out when it was due."


async def test_who_may_not_text_any_more_sends_nothing_later_either(scene: Scene) -> None:
    text = await later(scene, await scene.text_in())
    await scene.tenant.execute(update(tables.users).values(role=Role.REPORTER.value))
    assert await stopped(scene, text) == "Jo Park cannot send texts any more."


async def test_a_change_takes_what_was_stopped_back_to_waiting_and_the_second_of_two_is_told(scene: Scene) -> None:
    conversation = await scene.text_in()
    text = await later(scene, conversation)
    await scene.text_in()
    await stopped(scene, text)
    new = {"body": "At 11 then", "send_at": clock.now() + HOUR, "regardless": False, "version": 0, "seen": None}
    changed = await scheduling.change(scene.tenant, scene.ana, conversation, text.id, **new)  # type: ignore[arg-type]
    assert (changed.body, changed.author, changed.is_held, changed.stopped_at) == (
        "At 11 then",
        "Ana Ruiz",
        False,
        None,
    )
    assert (await scene.row(conversation)).failed == 0
    with pytest.raises(Changed, match="Ana Ruiz has changed this text"):
        await scheduling.change(scene.tenant, scene.jo, conversation, text.id, **new)  # type: ignore[arg-type]
    await due(scene, text)
    await due_texts.send_due(scene.tenant, text.id)
    assert [message.body for message in await sent(scene, conversation)] == ["At 11 then"]


async def test_an_earlier_time_is_kept_and_a_later_one_waited_for(scene: Scene) -> None:
    conversation = await scene.text_in()
    text = await later(scene, conversation)
    new = {"body": text.body, "regardless": False, "seen": None}
    for version, hours in ((0, 0.5), (1, 3)):
        at = clock.now() + hours * HOUR
        await scheduling.change(scene.tenant, scene.jo, conversation, text.id, send_at=at, version=version, **new)  # type: ignore[arg-type]
    (job,) = await scene.tenant.fetch_all(select(tables.jobs).where(tables.jobs.c.kind == SEND_LATER))
    assert job.due_at < clock.now() + HOUR
    waits = await due_texts.send_due(scene.tenant, text.id)
    assert isinstance(waits, Postponed)
    assert waits.seconds > 2 * 3600


async def test_what_was_cancelled_is_never_sent_and_what_was_sent_is_not_cancelled(scene: Scene) -> None:
    conversation = await scene.text_in()
    text, other = await later(scene, conversation), await later(scene, conversation, "Another")
    assert await scheduling.cancel(scene.tenant, scene.ana, conversation, text.id)
    assert not await scheduling.cancel(scene.tenant, scene.ana, conversation, text.id)
    assert await due_texts.send_due(scene.tenant, text.id) is None
    assert await sent(scene, conversation) == []
    await scheduling.send_now(scene.tenant, scene.jo, conversation, other.id)
    with pytest.raises(Changed, match="gone out"):
        await scheduling.cancel(scene.tenant, scene.jo, conversation, other.id)
    assert (await scene.row(conversation)).scheduled == 0


async def test_words_that_could_not_be_sent_now_are_not_kept_for_later(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation)
    await scene.text_in(body="Wait")
    with pytest.raises(Changed):
        await later(scene, conversation, seen=message.seq)
    for body in ("", "x" * 1601):
        with pytest.raises(Invalid):
            await later(scene, conversation, body)
    with pytest.raises(Refused):
        await later(scene, conversation, number="+61491570157")
    await scene.text_in(body="STOP")
    with pytest.raises(Refused):
        await later(scene, conversation)
    assert (await scene.row(conversation)).scheduled == 0


async def test_what_somebody_who_leaves_has_scheduled_goes_out_in_the_name_of_the_next(scene: Scene) -> None:
    conversation = await scene.text_in()
    text = await later(scene, conversation)
    assert await handing_over.hand_over(scene.tenant, scene.ana, scene.jo.id, None) == 0
    assert (await scheduled_texts.find(scene.tenant, text.id)).author == "Jo Park"
    await handing_over.hand_over(scene.tenant, scene.ana, scene.jo.id, scene.ana)
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(deactivated_at=clock.now())
    )
    await due(scene, text)
    await due_texts.send_due(scene.tenant, text.id)
    assert [message.author for message in await sent(scene, conversation)] == ["Ana Ruiz"]


async def test_another_organisation_neither_sees_nor_touches_it(scene: Scene, other: Scene) -> None:
    conversation = await scene.text_in()
    text, theirs = await later(scene, conversation), await other.text_in(MAYA)
    assert await scheduled_texts.of(other.tenant, [conversation]) == []
    for where in (conversation, theirs):
        with pytest.raises((NotFound, Changed)):
            await scheduling.send_now(other.tenant, other.jo, where, text.id)
    await due(scene, text)
    assert await due_texts.send_due(other.tenant, text.id) is None
    assert await sent(scene, conversation) == []


async def test_its_pictures_wait_with_it_go_out_with_it_and_are_thrown_away_only_without_it(scene: Scene) -> None:
    conversation = await scene.text_in()
    ids = [(await attaching.add(scene.tenant, scene.jo, conversation, name="map.jpg", raw=jpeg())).id for _ in range(2)]
    text = await later(scene, conversation, "", media_ids=[ids[1]])
    other = await later(scene, conversation, "With a map", media_ids=[ids[0]])
    assert [one.id for one in text.media] == [ids[1]]
    assert await attaching.added(scene.tenant, scene.jo, conversation, ids) == ()
    old = clock.now() - timedelta(days=3)
    await scene.tenant.execute(update(tables.message_media).values(created_at=old))
    await attaching.prune(scene.tenant.database)
    await due_texts.hand_over(scene.tenant, scene.jo.id, scene.ana)
    await due(scene, text)
    assert await due_texts.send_due(scene.tenant, text.id) is None
    (message,) = await sent(scene, conversation)
    assert (message.id, message.author, message.media_count) == (text.id, "Ana Ruiz", 1)
    assert await scheduling.cancel(scene.tenant, scene.jo, conversation, other.id)
    await attaching.prune(scene.tenant.database)
    left = await scene.tenant.fetch_all(select(tables.message_media.c.id))
    assert [row.id for row in left] == [ids[1]]
