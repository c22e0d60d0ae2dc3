"""What the API tells of candidates, conversations and templates, and what it changes."""

import pytest

from inbox.automation import message_templates, workflows
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.candidates import people
from tests.messaging.scene import MAYA, TOM
from tests.web.api.program import Program, refused, told
from tests.web.house import House

pytestmark = pytest.mark.anyio

NOBODY = "00000000-0000-7000-8000-000000000000"
PROFILE = "https://www.example.com/in/maya-chen/?utm_source=mail"


async def test_a_candidate_is_found_by_number_email_page_and_words(jo: Program) -> None:
    facts = {"name": "Maya Chen", "number": "0491 570 110", "email": "Maya@example.com", "profile_url": PROFILE}
    maya = told(await jo("POST", "/candidates", json=facts), 201)
    assert (maya["number"], maya["owner"], maya["can_text"]) == (MAYA, "Jo Park", True)
    assert maya["profile_urls"] == ["https://example.com/in/maya-chen"]
    told(await jo("POST", "/candidates", json={"name": "Tom Okafor", "number": TOM}), 201)
    for query in (
        "number=0491570110",
        "number=%2B61%20491%20570%20110",
        "email=maya@EXAMPLE.com",
        "profile_url=http://example.com/in/maya-chen%23about",
        "q=maya",
        "q=chen%20ma",
    ):
        assert [one["id"] for one in told(await jo("GET", f"/candidates?{query}"))["data"]] == [maya["id"]], query
    for query in ("number=nobody", "email=x", "profile_url=ftp://x", "q=zzz", "email=aya@example.com"):
        assert told(await jo("GET", f"/candidates?{query}"))["data"] == [], query
    refused(await jo("GET", "/candidates?q=maya&email=maya@example.com"), 422)
    assert told(await jo("GET", f"/candidates/{maya['id']}")) == maya


async def test_a_page_is_matched_by_its_surest_hint(jo: Program) -> None:
    maya = told(await jo("POST", "/candidates", json={"name": "Maya Chen", "profile_url": PROFILE}), 201)["id"]
    tom = told(await jo("POST", "/candidates", json={"name": "Tom", "number": TOM}), 201)["id"]

    async def found(**clues: object) -> list[tuple[str, str]]:
        answer = told(await jo("POST", "/candidates/match", json=clues))
        return [(match["candidate"]["id"], match["by"]) for match in answer["data"]]

    assert await found(profile_url=PROFILE, numbers=["call me", "0491 570 156"], name="Maya Chen") == [
        (maya, "profile_url"),
        (tom, "number"),
    ]
    assert await found(name='Maya "Chen"', emails=["none", "nobody@example.com"]) == [(maya, "name")]
    assert await found(name="Maya", numbers=[TOM]) == [(tom, "number")]
    assert await found(profile_url="javascript:alert(1)") == []


async def test_only_the_given_facts_of_a_candidate_change(house: House, jo: Program) -> None:
    conversation = await house.scene.text_in()
    maya = told(await jo("GET", "/candidates"))["data"][0]["id"]
    browser = await house.browser(house.scene.jo)
    told(await jo("PATCH", f"/candidates/{maya}", json={"name": "Maya Chen", "job": "Nurse"}))
    changed = told(await jo("PATCH", f"/candidates/{maya}", json={"job": None, "profile_url": PROFILE}))
    assert (changed["name"], changed["job"], changed["number"]) == ("Maya Chen", None, MAYA)
    assert told(await jo("GET", f"/conversations/{conversation}"))["name"] == "Maya Chen"
    other = told(await jo("POST", "/candidates", json={"name": "Tom", "number": TOM}), 201)["id"]
    assert "number" in refused(await jo("PATCH", f"/candidates/{other}", json={"number": MAYA}), 422)["fields"]
    assert (
        "profile_url"
        in refused(await jo("PATCH", f"/candidates/{other}", json={"profile_url": PROFILE}), 422)["fields"]
    )
    refused(await jo("PATCH", f"/candidates/{maya}", json={"number": None}), 422)
    assert "example.com/in/maya-chen" in (await browser.get(f"/candidates/{maya}")).text
    assert (
        await browser.post(f"/candidates/{maya}/links/remove", data={"link": "example.com/in/maya-chen"})
    ).status_code == 303
    assert told(await jo("GET", f"/candidates/{maya}"))["profile_urls"] == []
    told(await jo("PATCH", f"/candidates/{maya}", json={"profile_url": PROFILE}))
    refused(await jo("POST", "/candidates", json={"name": "Zoë", "profile_url": PROFILE}), 422)
    assert told(await jo("GET", "/candidates?q=zo%C3%AB"))["data"] == []


async def test_lists_are_read_page_by_page(house: House, jo: Program) -> None:
    for number in range(60):
        await people.create(house.scene.tenant, name=f"Candidate {number:02}")
    first = told(await jo("GET", "/candidates"))
    rest = told(await jo("GET", "/candidates", params={"cursor": first["next"]}))
    names = [one["name"] for one in first["data"] + rest["data"]]
    assert names == [f"Candidate {number:02}" for number in range(60)]
    assert rest["next"] is None
    conversation = ""
    for number in range(45):
        conversation = await house.scene.text_in(body=f"Text {number}")
    newest = told(await jo("GET", f"/conversations/{conversation}/messages"))
    before = told(await jo("GET", f"/conversations/{conversation}/messages", params={"cursor": newest["next"]}))
    bodies = [message["body"] for message in before["data"] + newest["data"]]
    assert bodies == [f"Text {number}" for number in range(45)]
    assert (before["next"], newest["seen"]) == (None, newest["data"][-1]["seq"])


async def test_conversations_are_listed_as_in_the_inbox_and_read_by_being_shown(house: House, jo: Program) -> None:
    conversation = await house.scene.text_in()
    tom = await house.scene.text_in(TOM, "Second")
    await house.scene.reply(tom)
    listed = told(await jo("GET", "/conversations"))["data"]
    assert [one["id"] for one in listed] == [tom, conversation]
    assert [one["id"] for one in told(await jo("GET", "/conversations?unread=true"))["data"]] == [conversation]
    assert [one["id"] for one in told(await jo("GET", "/conversations?tab=mine"))["data"]] == [tom]
    seen = told(await jo("GET", f"/conversations/{conversation}/messages"))["seen"]
    assert (await jo("POST", f"/conversations/{conversation}/read", json={"seen": seen})).status_code == 204
    assert told(await jo("GET", "/conversations?unread=true"))["data"] == []


async def test_a_conversation_is_opened_with_somebody_who_has_a_number(house: House, jo: Program) -> None:
    tom = told(await jo("POST", "/candidates", json={"name": "Tom Okafor", "number": TOM}), 201)["id"]
    opened = told(await jo("POST", f"/candidates/{tom}/conversation"))
    assert told(await jo("POST", f"/candidates/{tom}/conversation")) == opened
    assert (opened["number"], opened["blocked"]) == (TOM, None)
    told(await jo("POST", f"/conversations/{opened['id']}/messages", json={"body": "Hello Tom"}), 201)
    zoe = told(await jo("POST", "/candidates", json={"name": "Zoë"}), 201)["id"]
    assert "number" in refused(await jo("POST", f"/candidates/{zoe}/conversation"), 422)["detail"]


async def test_templates_come_filled_in_for_a_candidate(house: House, jo: Program) -> None:
    tenant, scene = house.scene.tenant, house.scene
    body = "Hi {{first_name}}, still {{job}}? {{my_first_name}}, {{company}}"
    await message_templates.create(tenant, scene.jo, name="Follow up", body=body, shared=True)
    await message_templates.create(tenant, scene.ana, name="Of Ana", body="Hi", shared=False)
    tom = told(await jo("POST", "/candidates", json={"name": "Tom Okafor", "number": TOM}), 201)["id"]
    (plain,) = told(await jo("GET", "/message-templates"))["data"]
    assert (plain["name"], plain["text"]) == ("Follow up", None)
    (filled,) = told(await jo("GET", f"/message-templates?candidate_id={tom}&q=follow"))["data"]
    assert filled["text"] == "Hi Tom, still {{job}}? Jo, Acme Recruiting"
    assert filled["missing"] == ["job"]


async def test_what_happened_to_a_candidate_begins_workflows_once_under_a_key(house: House, jo: Program) -> None:
    scene = house.scene
    candidate = await people.create(scene.tenant, name="Maya Chen", number=MAYA, job="Nurse")
    for trigger, value in (("stage", "Interview"), ("form", ""), ("referral", "")):
        wish = Wish(trigger.title(), [Step("tag", trigger)], trigger=trigger, value=value, live_only=True)
        await workflows.create(scene.tenant, scene.jo, wish)
    event = {"candidate_id": candidate, "event": "stage", "value": "interview"}
    first = told(await jo("POST", "/triggers", json=event, key="one"), 201)
    assert [(one["workflow"], one["reason"]) for one in first["data"]] == [("Stage", "")]
    assert told(await jo("POST", "/triggers", json=event, key="one"), 201) == first
    (again,) = told(await jo("POST", "/triggers", json=event), 201)["data"]
    assert again["execution_id"] is None
    assert again["reason"].startswith("This candidate is in this workflow")
    assert told(await jo("GET", f"/candidates/{candidate}"))["stage"] == "interview"
    assert told(await jo("POST", "/triggers", json=event | {"event": "referred"}), 201)["data"] == []
    assert told(await jo("PUT", "/jobs", json={"job": "Nurse", "live": False})) == {"job": "Nurse", "live": False}
    (form,) = told(await jo("POST", "/triggers", json=event | {"event": "form"}), 201)["data"]
    assert form["reason"] == "The job of Maya is closed."
    (form,) = told(await jo("POST", "/triggers", json=event | {"event": "form", "job": "Carer"}), 201)["data"]
    assert form["execution_id"] is not None
    refused(await jo("POST", "/triggers", json=event | {"event": "born"}), 422)
    refused(await jo("POST", "/triggers", json=event | {"candidate_id": NOBODY}), 404)
