"""What an answer seems to say stands below it, and is confirmed by a press."""

import pytest

from inbox.messaging import messages
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio


async def test_an_answer_is_confirmed_below_it(house: House) -> None:
    scene = house.scene
    await house.text_in("Yes, see you then")
    conversation = await scene.conversation("+61491570110")
    (message,) = (await messages.page(scene.tenant, conversation)).messages
    jo = await house.browser(scene.jo)
    thread = f"/inbox/c/{conversation}?tab=shared"
    assert "Sounds like “Yes”." in shown(await jo.get(thread)).words
    address = f"/inbox/c/{conversation}/messages/{message.id}/meaning"
    assert (await jo.post(address, data={"meaning": "maybe"})).status_code == 404
    assert (await jo.post(address, data={"meaning": "yes"})).headers["Location"] == thread
    assert (await jo.post(address, data={"meaning": "yes"}, headers=HTMX)).status_code == 204
    assert shown(await jo.get(thread)).words.count("Jo Park took the answer for “Yes”.") == 1
