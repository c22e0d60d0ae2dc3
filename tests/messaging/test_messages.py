"""A thread, page by page: every message once, whatever comes in meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from inbox.errors import NotFound
from inbox.messaging import messages
from inbox.storage import tables
from inbox.storage.columns import new_id
from providers.contract import DeliveryStatus
from tests.messaging.scene import MAYA, TOM, Scene

pytestmark = pytest.mark.anyio


async def test_earlier_pages_have_no_double_and_no_gap_while_texts_come_in(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "PAGE", 3)
    for place in range(10):
        conversation = await scene.text_in(MAYA, f"Text {place}")
    await scene.text_in(TOM, "Elsewhere")
    read: list[str] = []
    before = None
    for arrival in range(10):
        page = await messages.page(scene.tenant, conversation, before=before)
        read = [message.body for message in page.messages] + read
        before = page.earlier
        if before is None:
            break
        await scene.text_in(MAYA, f"New {arrival}")
    assert read == [f"Text {place}" for place in range(10)]


async def test_messages_of_one_moment_keep_their_order_and_all_appear(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "PAGE", 2)
    for place in range(7):
        conversation = await scene.text_in(MAYA, f"Text {place}")
    await scene.tenant.execute(update(tables.messages).values(at=datetime(2026, 3, 11, tzinfo=UTC)))
    pages, before = [], None
    for _ in range(10):
        page = await messages.page(scene.tenant, conversation, before=before)
        pages.append([message.id for message in page.messages])
        before = page.earlier
        if before is None:
            break
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    ids = [id for page in reversed(pages) for id in page]
    assert ids == sorted(ids)
    assert len(set(ids)) == 7


async def test_a_key_that_nobody_gave_out_shows_the_newest_page(scene: Scene) -> None:
    conversation = await scene.text_in()
    for key in ("", "0", "00000000000000001.not-a-uuid-but-thirty-six-long-okay!", "9" * 17 + ".x"):
        assert len((await messages.page(scene.tenant, conversation, before=key)).messages) == 1, key


async def test_every_status_has_a_look_and_words_and_failures_a_reason(scene: Scene) -> None:
    conversation = await scene.text_in()
    message = await scene.reply(conversation)
    looks = {}
    for status in DeliveryStatus:
        await scene.tenant.execute(update(tables.messages).values(status=status, error_code=None))
        shown = await messages.find(scene.tenant, message.id)
        looks[status] = shown.state
        assert bool(shown.failure) == (shown.state in {"failed", "unknown", "unconfirmed", "discarded"})
        assert bool(shown.state_words) == (shown.state != "received")
    assert looks[DeliveryStatus.CLAIMED] == looks[DeliveryStatus.SENDING] == "queued"
    assert looks[DeliveryStatus.READ] == "delivered"
    assert {status for status, look in looks.items() if look == "failed"} == {
        status for status in DeliveryStatus if status.is_failure
    }


async def test_the_newest_texts_of_others_are_found_and_ones_own_are_passed_over(scene: Scene) -> None:
    conversation = await scene.text_in(MAYA, "Before")
    await scene.reply(conversation, "Mine", who=scene.jo)
    assert await messages.newer_by_others(scene.tenant, conversation, seen=1, than=scene.jo.id) == []
    await scene.reply(conversation, "Ana's", who=scene.ana)
    await scene.text_in(MAYA, "Maya's")
    # In one moment, as SQLite's clock counts milliseconds only.
    await scene.tenant.execute(update(tables.messages).values(at=datetime.now(UTC) - timedelta(days=1)))
    newest = await messages.newer_by_others(scene.tenant, conversation, seen=1, than=scene.jo.id)
    assert [(message.body, message.seq) for message in newest] == [("Maya's", 5), ("Ana's", 4)]
    assert await messages.newer_by_others(scene.tenant, conversation, seen=5, than=scene.jo.id) == []


async def test_a_message_is_stored_once_by_its_id_and_by_twilios(scene: Scene) -> None:
    conversation = await scene.text_in()
    values = {
        "conversation_id": conversation,
        "direction": "in",
        "body": "Hello",
        "status": DeliveryStatus.RECEIVED,
        "rank": 6,
        "provider_account_id": scene.account.id,
    }
    id = new_id()
    assert await messages.add(scene.tenant, id=id, provider_message_id="SMx", **values)
    assert not await messages.add(scene.tenant, id=id, provider_message_id="SMy", **values)
    assert not await messages.add(scene.tenant, id=new_id(), provider_message_id="SMx", **values)


async def test_messages_of_another_organisation_are_nowhere(scene: Scene, other: Scene) -> None:
    conversation = await other.text_in()
    (foreign,) = (await messages.page(other.tenant, conversation)).messages
    assert (await messages.page(scene.tenant, conversation)).messages == ()
    assert await messages.by_ids(scene.tenant, [foreign.id]) == []
    assert not await messages.has_inbound_after(scene.tenant, conversation, 0)
    assert await messages.newer_by_others(scene.tenant, conversation, seen=0, than=scene.jo.id) == []
    with pytest.raises(NotFound):
        await messages.find(scene.tenant, foreign.id)
