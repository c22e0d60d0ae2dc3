"""What the API tells of opt-outs, campaigns and reports, and what it changes."""

import pytest
from sqlalchemy import update

from inbox.automation import campaigns
from inbox.candidates.choices import EVERYBODY
from inbox.messaging import messages
from inbox.storage import audit, tables
from providers.contract import DeliveryStatus
from tests.messaging.scene import MAYA, TOM
from tests.web.api.program import Program, refused, told
from tests.web.house import House

pytestmark = pytest.mark.anyio


async def test_an_opt_out_is_written_down_once_and_undone_by_nobody_but_the_candidate(
    house: House, jo: Program
) -> None:
    scene = house.scene
    conversation = await scene.text_in()
    waiting = await scene.reply(conversation)
    said = {"conversation_id": conversation, "words": "Said so on the phone"}
    written = told(await jo("POST", "/opt-outs", json=said), 201)
    assert (written["number"], written["presumed"], written["words"]) == (MAYA, False, "Said so on the phone")
    assert (await messages.find(scene.tenant, waiting.id)).status is DeliveryStatus.CANCELED
    assert told(await jo("POST", "/opt-outs", json=said | {"words": "Again"}), 201) == written
    refused(await jo("POST", f"/conversations/{conversation}/messages", json={"body": "Hello"}), 422)
    assert "START" in refused(await jo("DELETE", f"/opt-outs/{conversation}"), 422)["detail"]
    page = await (await house.browser(scene.jo)).get(f"/inbox/c/{conversation}")
    assert "Jo Park wrote down that no more texts are wanted here." in page.text
    entries, _ = await audit.page(scene.tenant, act="opt_out")
    assert [entry.what.partition(" candidate")[0] for entry in entries] == ["wrote down the opt-out of"]
    await scene.text_in(MAYA, "START")
    assert "Nobody has opted out" in refused(await jo("DELETE", f"/opt-outs/{conversation}"), 422)["detail"]


async def test_presumed_opt_outs_are_listed_and_cleared_or_confirmed(house: House, jo: Program) -> None:
    maya = await house.scene.text_in(MAYA, "please stop texting me")
    tom = await house.scene.text_in(TOM, "please stop texting me")
    listed = told(await jo("GET", "/opt-outs?presumed=true"))
    assert [one["conversation_id"] for one in listed["data"]] == [tom, maya]
    assert (await jo("DELETE", f"/opt-outs/{maya}")).status_code == 204
    said = {"conversation_id": tom, "words": "Read it"}
    assert told(await jo("POST", "/opt-outs", json=said), 201)["presumed"] is False
    assert told(await jo("GET", "/opt-outs?presumed=true"))["data"] == []
    assert [one["number"] for one in told(await jo("GET", "/opt-outs?number=0491570156"))["data"]] == [TOM]
    assert told(await jo("GET", "/opt-outs?number=0491570110"))["data"] == []
    assert "number" in refused(await jo("GET", "/opt-outs?number=nobody"), 422)["fields"]
    told(await jo("POST", f"/conversations/{maya}/messages", json={"body": "Sorry"}), 201)


async def test_a_campaign_is_sent_when_it_is_ready_and_paused(house: House, jo: Program) -> None:
    scene = house.scene
    facts = {"name": "Night shifts", "body": "Still free?", "choice": EVERYBODY, "only_consented": False}
    made = await campaigns.create(scene.tenant, scene.jo, **facts, company_id=scene.company.id)  # type: ignore[arg-type]
    assert [(one["id"], one["state"]) for one in told(await jo("GET", "/campaigns"))["data"]] == [(made, "gathering")]
    refused(await jo("POST", f"/campaigns/{made}/send", json={}), 422)
    await scene.tenant.execute(update(tables.campaigns).values(state="ready"))
    for moment in ("2020-01-01T00:00:00Z", "2030-01-01T00:00:00"):
        answer = refused(await jo("POST", f"/campaigns/{made}/send", json={"send_at": moment}), 422)
        assert "send_at" in answer["fields"]
    assert told(await jo("POST", f"/campaigns/{made}/send", json={}))["state"] == "sending"
    assert told(await jo("POST", f"/campaigns/{made}/pause"))["state"] == "paused"
    assert told(await jo("POST", f"/campaigns/{made}/resume"))["state"] == "sending"
    shown = told(await jo("GET", f"/campaigns/{made}"))
    assert (shown["campaign"]["name"], shown["figures"]["selected"]) == ("Night shifts", 0)
    entries, _ = await audit.page(scene.tenant, act="campaign")
    assert len(entries) == 3


async def test_the_report_counts_as_its_page_does(house: House, jo: Program) -> None:
    conversation = await house.scene.text_in()
    message = await house.scene.reply(conversation)
    await house.scene.accepted(message)
    await house.scene.report(message, "delivered")
    (today,) = told(await jo("GET", "/reports/chat?range=today"))["periods"]
    assert (today["received"], today["sent"], today["delivered"], today["segments"]) == (1, 1, 1, 2)
    funnel = told(await jo("GET", "/reports/chat?range=today&usage=campaign"))["funnel"]
    assert set(funnel.values()) == {0}
    wrong = told(await jo("GET", "/reports/chat?range=custom&from=tomorrow"), 422)
    assert "from" in wrong["fields"]
    assert "company" in refused(await jo("GET", "/reports/chat?company=x"), 422)["fields"]
