"""Every order of Twilio's reports on a text, each of them twice: the highest stands, and all are logged."""

from itertools import permutations

import pytest

from inbox.messaging import claims, messages
from inbox.storage.columns import new_id
from providers.contract import AcceptedSms, DeliveryStatus
from tests.faults.conftest import Figure
from tests.messaging.scene import MAYA, Scene
from tests.messaging.test_delivery import final, logged, take

pytestmark = pytest.mark.anyio

WORDS = ("sending", "sent", "delivered", "undelivered", "a word of the future")


@pytest.mark.long
async def test_all_orders_of_five_reports_end_in_the_highest(scene: Scene, figure: Figure) -> None:
    """Our own request is answered before all of them, between them, and after all of them."""
    conversation, cases = await scene.text_in(MAYA), 0
    for order in permutations(WORDS):
        for answered_after in (0, 2, 5):
            message, claim, sid = await scene.reply(conversation), new_id(), f"SM{new_id()}"
            assert await claims.claim(scene.tenant, message.id, claim)
            for place, word in enumerate([*order, None]):
                if place == answered_after:
                    accepted = AcceptedSms(sid, DeliveryStatus.ACCEPTED, segments=1)
                    await claims.accept(scene.tenant, message.id, claim, accepted)
                if word is not None:
                    await take(scene, message.id, word, sid)
                    assert not await take(scene, message.id, word, sid)
            stands = await messages.find(scene.tenant, message.id)
            told = [*order[:answered_after], "queued", *order[answered_after:]]
            assert (stands.status, stands.provider_message_id) == (final(told), sid), told
            assert len(await logged(scene, message.id)) == 2 * len(order)
            cases += 1
    figure(f"orders of five reports, each twice, {scene.tenant.database.dialect}: played / wrong", f"{cases} / 0")
