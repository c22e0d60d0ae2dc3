"""What helps all texts that failed for one reason is done at once, and a number that takes no texts is known."""

import pytest
from sqlalchemy import select, update

from inbox.billing import balance
from inbox.candidates import people
from inbox.errors import Refused
from inbox.messaging import conversations, failures, messages
from inbox.messaging.message_log import Log
from inbox.storage import tables
from providers.contract import DeliveryStatus
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def test_trying_all_again_makes_a_real_new_attempt_of_each(scene: Scene) -> None:
    away = [await scene.failed(await scene.text_in(number)) for number in (MAYA, TOM)]
    landline = await scene.failed(await scene.text_in("+61491570157"), error_code=30006)

    outcome = await failures.retry_all(scene.tenant, scene.ana, Log(reason="30003"))

    assert (outcome.done, outcome.left) == (2, 0)
    for message in away:
        now = await messages.find(scene.tenant, message.id)
        assert (now.status, now.attempt) == (DeliveryStatus.QUEUED, 2)
    queued = await scene.tenant.fetch_all(select(tables.jobs.c.subject).where(tables.jobs.c.kind == "send"))
    assert {row.subject for row in queued} >= {message.id for message in away}
    assert (await messages.find(scene.tenant, landline.id)).attempt == 1
    assert (await failures.retry_all(scene.tenant, scene.ana, Log())).done == 0, "only a landline is left"


async def test_those_that_nobody_may_text_are_left_and_nothing_is_tried_without_segments(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    await scene.failed(conversation)
    await scene.failed(await scene.text_in(TOM))
    await scene.text_in(MAYA, "STOP")
    outcome = await failures.retry_all(scene.tenant, scene.jo, Log())
    assert (outcome.done, outcome.left) == (1, 1)
    await scene.failed(await scene.text_in("+61491570157"))
    await scene.tenant.execute(update(tables.segment_balances).values(balance=0))
    assert (await failures.retry_all(scene.tenant, scene.jo, Log())).done == 0
    assert (await balance.find(scene.tenant)).left == 0


@pytest.mark.parametrize(("code", "words"), [(30006, "is a landline"), (30005, "is not in service")])
async def test_a_marked_number_is_texted_by_nobody_until_it_writes(scene: Scene, code: int, words: str) -> None:
    conversation = await scene.text_in(MAYA)
    await scene.failed(conversation, error_code=code)
    candidate_id = (await scene.row(conversation)).candidate_id

    outcome = await failures.mark_all(scene.tenant, scene.jo, Log(reason=str(code)))

    assert outcome.done == 1
    with pytest.raises(Refused, match=words):
        await scene.reply(conversation)
    maya = await people.find(scene.tenant, candidate_id)
    assert (maya.can_text, maya.text_status) == (False, "Landline" if code == 30006 else "Not in service")
    assert (await failures.mark_all(scene.tenant, scene.jo, Log())).done == 1, "again changes nothing"

    await scene.text_in(MAYA, "I can read you")
    await scene.reply(conversation)
    assert (await people.find(scene.tenant, candidate_id)).can_text


async def test_the_mark_is_the_numbers_and_a_person_can_take_it_back(scene: Scene, other: Scene) -> None:
    conversation = await scene.text_in(MAYA)
    await scene.failed(conversation, error_code=21614)
    theirs = await other.text_in(MAYA)
    await failures.mark_all(scene.tenant, scene.jo, Log())
    await other.reply(theirs)
    await failures.revive(scene.tenant, scene.ana, conversation)
    assert (await conversations.find(scene.tenant, conversation)).dead is None
    await scene.reply(conversation)
