"""The log of all messages: by days, direction and reason, page by page, and of one organisation only."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from inbox import clock
from inbox.messaging import message_log
from inbox.messaging.message_log import Log
from inbox.storage import tables
from providers.contract import DeliveryStatus
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def bodies(scene: Scene, log: Log) -> list[str]:
    return [entry.message.body for entry in (await message_log.page(scene.tenant, log, most=1_000)).entries]


async def test_pages_run_from_the_newest_on_without_a_gap(scene: Scene) -> None:
    for number in range(7):
        await scene.text_in((MAYA, TOM)[number % 2], f"Text {number}")
    assert await bodies(scene, Log()) == [f"Text {number}" for number in reversed(range(7))]
    first = await message_log.page(scene.tenant, Log(), most=4)
    second = await message_log.page(scene.tenant, Log(), before=first.more, most=4)
    assert [len(page.entries) for page in (first, second)] == [4, 3]
    assert second.more is None


async def test_days_are_half_open_and_directions_and_sources_narrow(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "In")
    await scene.reply(conversation, "Out")
    noon = clock.now().replace(microsecond=0) - timedelta(days=3)
    await scene.tenant.execute(update(tables.messages).where(tables.messages.c.body == "In").values(at=noon))
    await scene.tenant.execute(update(tables.messages).where(tables.messages.c.body == "Out").values(source="campaign"))
    assert await bodies(scene, Log(start=noon, end=noon + timedelta(seconds=1))) == ["In"]
    assert await bodies(scene, Log(start=noon + timedelta(seconds=1))) == ["Out"]
    assert await bodies(scene, Log(end=noon)) == []
    assert await bodies(scene, Log(direction="in")) == ["In"]
    assert await bodies(scene, Log(direction="out", source="campaign")) == ["Out"]
    assert await bodies(scene, Log(source="workflow")) == []


async def test_failures_are_counted_by_their_words_and_each_reason_leads_to_its_own(scene: Scene) -> None:
    conversation = await scene.text_in()
    for code in (21211, 21614, 30003):
        message = await scene.failed(conversation, error_code=code)
        await scene.tenant.execute(
            update(tables.messages).where(tables.messages.c.id == message.id).values(body=str(code))
        )
    for status, code, body in ((DeliveryStatus.UNCONFIRMED, None, "maybe"), (DeliveryStatus.FAILED, None, "nameless")):
        message = await scene.reply(conversation, body)
        await scene.tenant.execute(
            update(tables.messages).where(tables.messages.c.id == message.id).values(status=status, error_code=code)
        )
    await scene.reply(conversation, "On its way")

    reasons = await message_log.reasons(scene.tenant, Log(failed=True))

    assert [(reason.number, reason.key) for reason in reasons] == [
        (2, "21211,21614"),
        (1, "none"),
        (1, "30003"),
        (1, "unconfirmed"),
    ]
    found = [sorted(await bodies(scene, Log(failed=True, reason=reason.key))) for reason in reasons]
    assert found == [["21211", "21614"], ["nameless"], ["30003"], ["maybe"]]
    assert sorted(await bodies(scene, Log(failed=True))) == ["21211", "21614", "30003", "maybe", "nameless"]
    for key in ("x", "999999999999", "30003;", "'"):
        assert await bodies(scene, Log(failed=True, reason=key)) == []


async def test_messages_of_another_organisation_are_in_no_log(scene: Scene, other: Scene) -> None:
    await other.failed(await other.text_in(MAYA, "Theirs"))
    assert await bodies(scene, Log()) == []
    assert await message_log.reasons(scene.tenant, Log(failed=True)) == []
