"""Whoever opts out gets nothing that was under way: taken back in the same moment, and said in the thread."""

from datetime import timedelta

import pytest
from sqlalchemy import func, insert, select

from inbox import clock
from inbox.billing import balance
from inbox.languages.readers import Reader
from inbox.languages.sentences import said as said_to
from inbox.messaging import delivery, messages, notes, scheduling, withdrawing
from inbox.messaging.scheduled_texts import STOPPED
from inbox.storage import tables
from inbox.storage.columns import new_id
from providers.contract import DeliveryStatus
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def under_way(scene: Scene, number: str) -> str:
    """A queued text, a scheduled one, a place in a campaign and one in a workflow; the conversation."""
    conversation = await scene.text_in(number)
    await scene.reply(conversation)
    await scheduling.schedule(
        scene.tenant,
        scene.ana,
        conversation,
        text_id=new_id(),
        body="See you tomorrow",
        send_at=clock.now() + timedelta(days=1),
        regardless=False,
        seen=None,
    )
    candidate = (await scene.row(conversation)).candidate_id
    ours = {"organisation_id": scene.tenant.organisation_id}
    campaign = {**ours, "id": new_id(), "name": "Spring", "body": "Hi", "asked": "", "sender_id": scene.jo.id}
    workflow = {**ours, "id": new_id(), "name": "Nudge", "sender_id": scene.jo.id, "trigger": "manual", "steps": "[]"}
    place = {**ours, "candidate_id": candidate}
    for table, row in (
        (tables.campaigns, campaign | {"state": "sending"}),
        (
            tables.campaign_recipients,
            place | {"campaign_id": campaign["id"], "message_id": new_id(), "state": "waiting", "segments": 1},
        ),
        (tables.workflows, workflow),
        (tables.workflow_executions, place | {"id": new_id(), "workflow_id": workflow["id"], "steps": "[]"}),
    ):
        await scene.tenant.execute(insert(table).values(**row))
    return conversation


async def standing(scene: Scene, conversation: str) -> tuple[str, bool, str, str]:
    """What became of the four."""
    row = await scene.row(conversation)
    theirs = {"conversation_id": conversation}
    message = await scene.tenant.fetch_val(
        select(tables.messages.c.status).where(tables.messages.c.direction == "out", _is(tables.messages, theirs))
    )
    stopped = await scene.tenant.fetch_val(
        select(tables.scheduled_texts.c.stopped_at).where(_is(tables.scheduled_texts, theirs))
    )
    places = [
        await scene.tenant.fetch_val(select(table.c.state).where(table.c.candidate_id == row.candidate_id))
        for table in (tables.campaign_recipients, tables.workflow_executions)
    ]
    return message, stopped is not None, places[0], places[1]


def _is(table: object, values: dict[str, str]) -> object:
    return table.c.conversation_id == values["conversation_id"]  # type: ignore[attr-defined]


TAKEN_BACK = ("canceled", True, "refused", "stopped")
UNTOUCHED = ("queued", False, "waiting", "running")


@pytest.mark.parametrize("words", ["STOP", "please don't text me again"])
async def test_everything_under_way_is_taken_back_with_the_wish_itself(scene: Scene, words: str) -> None:
    maya, tom = await under_way(scene, MAYA), await under_way(scene, TOM)
    before = (await balance.find(scene.tenant)).left

    await scene.text_in(MAYA, words)

    assert await standing(scene, maya) == TAKEN_BACK
    assert await standing(scene, tom) == UNTOUCHED
    assert (await balance.find(scene.tenant)).left == before, "one came in, one that was canceled costs nothing"
    _, note = await notes.between(scene.tenant, maya, start=None, end=None)
    said = "1 queued text, 1 scheduled text, the campaign “Spring” and the workflow “Nudge”"
    assert note.words == f"Not sent any more: {said}."
    german = said_to(note.words, Reader(language="de"))
    assert german == (
        "Wird nicht mehr gesendet: 1 wartende SMS, 1 geplante SMS, die Kampagne „Spring“ und der Workflow „Nudge“."
    )
    of_a_text = tables.notifications.c.kind == STOPPED
    (told,) = await scene.tenant.fetch_all(select(tables.notifications).where(of_a_text))
    assert told.user_id == scene.ana.id
    assert told.words.startswith("Your scheduled text was not sent. This person ")
    assert (await scene.row(maya)).failed == 2


async def test_what_a_worker_holds_at_that_moment_is_left_to_it(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    message = await scene.reply(conversation)
    sid = await scene.accepted(message)
    await scene.text_in(MAYA, "STOP")
    assert (await messages.find(scene.tenant, message.id)).status is DeliveryStatus.ACCEPTED
    assert await scene.report(message, "delivered", sid=sid)
    assert [note.act for note in await notes.between(scene.tenant, conversation, start=None, end=None)] == ["assigned"]


async def test_an_opt_out_that_only_twilio_knew_of_takes_back_the_rest_a_moment_later(scene: Scene) -> None:
    conversation = await under_way(scene, MAYA)
    failing = await scene.reply(conversation)
    sid = await scene.accepted(failing)
    await scene.report(failing, "failed", sid=sid, error_code=delivery.OPTED_OUT)
    await withdrawing.carry_out(scene.tenant, conversation)
    assert (await standing(scene, conversation))[1:] == TAKEN_BACK[1:]
    queued = await scene.tenant.fetch_val(
        select(func.count()).select_from(tables.messages).where(tables.messages.c.status == "queued")
    )
    assert queued == 0
