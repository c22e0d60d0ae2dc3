"""Reading a conversation, and who has it: two people may act at once, and the database decides."""

import asyncio
from collections.abc import Awaitable, Sequence

import pytest
from sqlalchemy import update

from inbox.accounts import users
from inbox.accounts.roles import ALLOWED, Act, Role
from inbox.accounts.users import User
from inbox.errors import Changed, Invalid, NotFound
from inbox.messaging import handling
from inbox.storage import events, tables
from inbox.storage.columns import new_id
from inbox.storage.events import Event, EventKind, EventLog
from tests.messaging.scene import MAYA, Scene, person

pytestmark = pytest.mark.anyio


async def happened(scene: Scene, since: int) -> list[Event]:
    """Every event after the number `since`, but for those that are for one user."""
    log = await EventLog(scene.tenant.database).read(scene.tenant.channel, since, 1000)
    return [event for event in log if event.user_id is None]


async def at_once(*acts: Awaitable[object]) -> list[Changed]:
    """Do all of it at the same time; those who were too late, anything else fails the test."""
    outcomes = await asyncio.gather(*acts, return_exceptions=True)
    late = [outcome for outcome in outcomes if isinstance(outcome, Changed)]
    assert all(isinstance(outcome, bool | Changed) for outcome in outcomes), outcomes
    return late


async def team(scene: Scene, size: int) -> Sequence[User]:
    """So many more recruiters."""
    return [await person(scene.tenant, f"{place}@acme.test", f"Recruiter {place}") for place in range(size)]


async def test_a_thread_read_to_its_end_has_nothing_unread_and_tells_so(scene: Scene) -> None:
    await scene.text_in(MAYA, "One")
    conversation = await scene.text_in(MAYA, "Two")
    await handling.mark_read(scene.tenant, scene.ana, conversation, seen=2)
    row = await scene.row(conversation)
    assert row.unread == 0
    assert row.waiting_since is not None
    event = (await EventLog(scene.tenant.database).read(scene.tenant.channel, 2, 10))[0]
    assert (event.kind, event.conversation_id, event.actor_id) == (
        EventKind.CONVERSATION_CHANGED,
        conversation,
        scene.ana.id,
    )


async def test_what_came_after_the_last_look_stays_unread(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Seen")
    await scene.text_in(MAYA, "Not seen")
    await handling.mark_read(scene.tenant, scene.jo, conversation, seen=1)
    assert (await scene.row(conversation)).unread == 2
    assert (await events.head(scene.tenant)).seq == 2


async def test_a_colleagues_reply_after_the_last_look_does_not_keep_it_unread(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Seen")
    await scene.text_in(MAYA, "Seen too")
    message = await scene.reply(conversation)
    await scene.text_in(MAYA, "Thanks")
    await scene.report(message, "sent")
    await handling.mark_read(scene.tenant, scene.jo, conversation, seen=5)
    assert (await scene.row(conversation)).unread == 0


async def test_reading_again_changes_nothing(scene: Scene) -> None:
    conversation = await scene.text_in()
    for _ in range(3):
        await handling.mark_read(scene.tenant, scene.jo, conversation, seen=10)
    assert (await events.head(scene.tenant)).seq == 2
    assert (await scene.row(conversation)).unread == 0


async def test_a_conversation_of_another_organisation_is_not_there_to_be_read(scene: Scene, other: Scene) -> None:
    foreign = await other.text_in()
    for unknown in (foreign, new_id()):
        with pytest.raises(NotFound):
            await handling.mark_read(scene.tenant, scene.jo, unknown, seen=10)
    assert (await other.row(foreign)).unread == 1


async def test_taking_a_conversation_of_nobodys_tells_whose_it_was_and_who_did_it(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.claim(scene.tenant, scene.jo, conversation)
    row = await scene.row(conversation)
    assert (row.assignee_id, row.version, row.unread) == (scene.jo.id, 1, 1)
    (event,) = await happened(scene, 1)
    assert (event.kind, event.actor_id, event.previous_assignee_id) == (
        EventKind.CONVERSATION_CHANGED,
        scene.jo.id,
        None,
    )


async def test_what_a_colleague_has_is_not_taken_and_the_late_one_is_told_who_has_it(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.claim(scene.tenant, scene.ana, conversation)
    with pytest.raises(Changed) as late:
        await handling.claim(scene.tenant, scene.jo, conversation)
    assert late.value.sentence == "Ana Ruiz has this conversation now. Nothing was changed."
    assert late.value.seen == 2
    assert (await scene.row(conversation)).assignee_id == scene.ana.id
    assert len(await happened(scene, 1)) == 1


async def test_of_fifty_who_take_one_conversation_at_once_one_gets_it(scene: Scene) -> None:
    conversation, claimers = await scene.text_in(), await team(scene, 50)
    late = await at_once(*(handling.claim(scene.tenant, user, conversation) for user in claimers))
    assert len(late) == 49
    row = await scene.row(conversation)
    (winner,) = [user for user in claimers if user.id == row.assignee_id]
    assert {one.sentence for one in late} == {f"{winner.name} has this conversation now. Nothing was changed."}
    (event,) = await happened(scene, 1)
    assert (event.actor_id, row.version) == (winner.id, 1)


async def test_taking_what_one_has_is_done_already(scene: Scene) -> None:
    conversation = await scene.text_in()
    assert not await at_once(*(handling.claim(scene.tenant, scene.jo, conversation) for _ in range(10)))
    assert len(await happened(scene, 1)) == 1
    assert (await scene.row(conversation)).version == 1


async def test_a_conversation_goes_from_one_to_another_and_to_nobody(scene: Scene) -> None:
    conversation = await scene.text_in()
    for version, (before, after) in enumerate([(None, scene.jo.id), (scene.jo.id, scene.ana.id), (scene.ana.id, None)]):
        await handling.assign(scene.tenant, scene.jo, conversation, after, version=version)
        assert (await scene.row(conversation)).assignee_id == after
        assert (await happened(scene, 1))[-1].previous_assignee_id == before
    await handling.assign(scene.tenant, scene.ana, conversation, None, version=0)
    assert len(await happened(scene, 1)) == 3


async def test_of_two_who_give_it_to_different_people_one_is_late(scene: Scene) -> None:
    for place in range(20):
        conversation = await scene.text_in(f"+614915702{place:02d}")
        late = await at_once(
            handling.assign(scene.tenant, scene.jo, conversation, scene.jo.id, version=0),
            handling.assign(scene.tenant, scene.ana, conversation, scene.ana.id, version=0),
        )
        row = await scene.row(conversation)
        winner = scene.jo if row.assignee_id == scene.jo.id else scene.ana
        assert [one.sentence for one in late] == [f"{winner.name} has this conversation now. Nothing was changed."]
        assert row.version == 1


async def test_what_was_decided_on_an_old_look_is_refused_with_what_stands_now(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.assign(scene.tenant, scene.ana, conversation, scene.jo.id, version=0)
    with pytest.raises(Changed, match="You have this conversation now"):
        await handling.close(scene.tenant, scene.jo, conversation, version=0, seen=9)
    await handling.assign(scene.tenant, scene.ana, conversation, None, version=1)
    with pytest.raises(Changed, match="Nobody has this conversation now"):
        await handling.assign(scene.tenant, scene.jo, conversation, scene.jo.id, version=1)
    await handling.close(scene.tenant, scene.ana, conversation, version=2, seen=9)
    with pytest.raises(Changed, match="Ana Ruiz closed this conversation"):
        await handling.assign(scene.tenant, scene.jo, conversation, scene.jo.id, version=2)


async def test_only_who_may_answer_and_can_sign_in_is_given_conversations(scene: Scene, other: Scene) -> None:
    conversation = await scene.text_in()
    for role in Role:
        await scene.tenant.execute(
            update(tables.users).where(tables.users.c.id == scene.ana.id).values(role=role.value)
        )
        giving = handling.assign(scene.tenant, scene.jo, conversation, scene.ana.id, version=0)
        if Act.REPLY in ALLOWED[role]:
            await giving
            await scene.tenant.execute(update(tables.conversations).values(assignee_id=None, version=0))
        else:
            with pytest.raises(Invalid):
                await giving
    await scene.tenant.execute(update(tables.users).values(role=Role.RECRUITER.value))
    await users.deactivate(scene.tenant, scene.ana.id)
    for nobody in (scene.ana.id, other.jo.id, new_id()):
        with pytest.raises(Invalid) as refused:
            await handling.assign(scene.tenant, scene.jo, conversation, nobody, version=0)
        assert refused.value.fields.keys() == {"assignee"}
    assert (await scene.row(conversation)).assignee_id is None
    assert [one.name for one in await users.who_may(scene.tenant, Act.REPLY)] == ["Jo Park"]


async def test_closing_puts_away_what_was_seen_and_a_text_brings_it_back(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.close(scene.tenant, scene.jo, conversation, version=0, seen=1)
    row = await scene.row(conversation)
    assert (row.closed_at is not None, row.closed_by_id, row.unread, row.waiting_since) == (True, scene.jo.id, 0, None)
    await handling.close(scene.tenant, scene.ana, conversation, version=0, seen=0)
    assert len(await happened(scene, 1)) == 1

    await scene.text_in(MAYA, "One more thing")

    row = await scene.row(conversation)
    assert (row.closed_at, row.closed_by_id, row.unread, row.version) == (None, None, 1, 2)
    assert row.waiting_since == row.last_message_at


async def test_a_text_that_nobody_saw_is_not_put_away(scene: Scene) -> None:
    conversation = await scene.text_in()
    await scene.text_in(MAYA, "Not seen")
    with pytest.raises(Changed, match="A new message has arrived") as held:
        await handling.close(scene.tenant, scene.jo, conversation, version=0, seen=1)
    row = await scene.row(conversation)
    assert (row.closed_at, row.unread, row.version, held.value.seen) == (None, 2, 0, 2)
    await handling.close(scene.tenant, scene.jo, conversation, version=0, seen=2)
    assert (await scene.row(conversation)).closed_at is not None


async def test_a_text_that_comes_while_somebody_closes_leaves_it_open_and_unread(scene: Scene) -> None:
    for place in range(20):
        number = f"+614915702{place:02d}"
        conversation = await scene.text_in(number)
        seen, version = (await events.head(scene.tenant)).seq, (await scene.row(conversation)).version
        await asyncio.gather(
            handling.close(scene.tenant, scene.jo, conversation, version=version, seen=seen),
            scene.text_in(number, "Wait"),
            return_exceptions=True,
        )
        row = await scene.row(conversation)
        assert row.closed_at is None, place
        assert row.unread in {1, 2}, place


async def test_a_reply_opens_it_again_and_takes_it_for_the_writer_in_one_step(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.close(scene.tenant, scene.jo, conversation, version=0, seen=1)
    await scene.reply(conversation, who=scene.ana)
    row = await scene.row(conversation)
    assert (row.closed_at, row.assignee_id, row.version) == (None, scene.ana.id, 2)
    await scene.reply(conversation, who=scene.ana)
    assert (await scene.row(conversation)).version == 2


async def test_a_text_that_fails_after_closing_brings_it_back(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation)
    await handling.close(scene.tenant, scene.jo, conversation, version=1, seen=2)
    await scene.report(message, "sent")
    assert (await scene.row(conversation)).closed_at is not None
    await scene.report(message, "undelivered", error_code=30003)
    row = await scene.row(conversation)
    assert (row.closed_at, row.failed, row.version) == (None, 1, 3)


async def test_opening_again_is_told_once_and_refused_when_somebody_was_faster(scene: Scene) -> None:
    conversation = await scene.text_in()
    await handling.close(scene.tenant, scene.jo, conversation, version=0, seen=1)
    await handling.reopen(scene.tenant, scene.jo, conversation, version=1)
    await handling.reopen(scene.tenant, scene.ana, conversation, version=1)
    assert ((await scene.row(conversation)).closed_at, len(await happened(scene, 1))) == (None, 2)
    await handling.close(scene.tenant, scene.ana, conversation, version=2, seen=1)
    with pytest.raises(Changed, match="Ana Ruiz closed this conversation"):
        await handling.reopen(scene.tenant, scene.jo, conversation, version=1)


async def test_whoever_answers_first_has_it_and_the_claim_of_a_colleague_is_late_or_the_other_way_round(
    scene: Scene,
) -> None:
    for place in range(20):
        conversation = await scene.text_in(f"+614915702{place:02d}")
        claimed, _ = await asyncio.gather(
            handling.claim(scene.tenant, scene.ana, conversation),
            scene.reply(conversation, who=scene.jo),
            return_exceptions=True,
        )
        row = await scene.row(conversation)
        owner = scene.jo if isinstance(claimed, Changed) else scene.ana
        assert (row.assignee_id, row.version, row.last_author) == (owner.id, 1, "Jo"), place


async def test_of_two_who_answer_at_once_one_is_held_and_nothing_is_sent_twice(scene: Scene) -> None:
    for place in range(20):
        conversation = await scene.text_in(f"+614915702{place:02d}")
        seen = (await events.head(scene.tenant)).seq
        answers = await asyncio.gather(
            *(scene.reply(conversation, f"From {who.name}", who=who, seen=seen) for who in (scene.jo, scene.ana)),
            return_exceptions=True,
        )
        (held,) = [answer for answer in answers if isinstance(answer, BaseException)]
        assert isinstance(held, Changed), place
        (first,) = [answer for answer in answers if not isinstance(answer, BaseException)]
        assert held.seen == first.seq, place
        assert (await scene.row(conversation)).last_message_id == first.id, place


async def test_a_conversation_of_another_organisation_is_nobodys_to_handle(scene: Scene, other: Scene) -> None:
    foreign = await other.text_in()
    for unknown in (foreign, new_id()):
        for act in (
            handling.claim(scene.tenant, scene.jo, unknown),
            handling.assign(scene.tenant, scene.jo, unknown, scene.ana.id, version=0),
            handling.assign(scene.tenant, scene.jo, unknown, None, version=0),
            handling.close(scene.tenant, scene.jo, unknown, version=0, seen=9),
            handling.reopen(scene.tenant, scene.jo, unknown, version=0),
        ):
            with pytest.raises(NotFound):
                await act
    row = await other.row(foreign)
    assert (row.assignee_id, row.closed_at, row.version, row.unread) == (None, None, 0, 1)


async def test_a_conversation_in_which_only_we_wrote_cannot_be_unread(scene: Scene) -> None:
    conversation = await scene.text_in()
    await scene.tenant.execute(update(tables.messages).values(direction="out"))
    await scene.tenant.execute(update(tables.conversations).values(unread=0))
    with pytest.raises(Invalid, match="has not written yet"):
        await handling.mark_unread(scene.tenant, scene.jo, conversation)
    assert (await scene.row(conversation)).unread == 0
