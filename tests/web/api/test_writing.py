"""Programs add and change message templates and campaigns, within their scopes and once under a key."""

import pytest

from inbox.accounts.scopes import Scope
from inbox.automation import campaign_gathering, campaigns
from inbox.candidates import labels, people
from inbox.storage import jobs
from tests.messaging.scene import MAYA, TOM
from tests.web.api.program import Program, refused, told
from tests.web.house import House

pytestmark = pytest.mark.anyio

NOBODY = "00000000-0000-7000-8000-000000000000"


async def test_a_template_is_added_once_changed_and_taken_out_of_use(house: House, jo: Program) -> None:
    body = "Hi {{first_name|there}}, are you free?"
    facts = {"name": "Follow up", "body": body, "is_shared": True, "company": house.scene.company.id}
    made = told(await jo("POST", "/message-templates", json=facts, key="one"), 201)
    assert told(await jo("POST", "/message-templates", json=facts, key="one"), 201) == made
    assert (made["is_shared"], made["company_id"], made["is_archived"]) == (True, house.scene.company.id, False)
    assert "name" in refused(await jo("POST", "/message-templates", json=facts), 422)["fields"]
    assert (
        "body"
        in refused(await jo("POST", "/message-templates", json=facts | {"name": "2", "body": "{{x}}"}), 422)["fields"]
    )
    assert "company" in refused(await jo("POST", "/message-templates", json=facts | {"company": NOBODY}), 422)["fields"]

    path = f"/message-templates/{made['id']}"
    changed = told(await jo("PATCH", path, json={"body": "Hello", "company": None, "version": made["version"]}))
    assert (changed["name"], changed["body"], changed["company_id"]) == ("Follow up", "Hello", None)
    refused(await jo("PATCH", path, json={"body": "Late", "version": made["version"]}), 409)
    assert told(await jo("GET", path)) == changed
    assert told(await jo("POST", f"{path}/archive"))["is_archived"] is True
    assert told(await jo("GET", "/message-templates"))["data"] == []
    assert told(await jo("POST", f"{path}/restore"))["is_archived"] is False
    # One's own is nobody else's.
    own = told(await jo("PATCH", path, json={"is_shared": False}))
    ana = await Program.of(house, house.scene.ana)
    refused(await ana("GET", f"/message-templates/{own['id']}"), 404)
    refused(await ana("PATCH", f"/message-templates/{own['id']}", json={"name": "Mine"}), 404)


async def test_a_campaign_is_written_for_whom_it_names_and_changed_until_it_is_sent(house: House, jo: Program) -> None:
    tenant = house.scene.tenant
    maya = await people.create(tenant, name="Maya", number=MAYA)
    await people.create(tenant, name="Tom", number=TOM)
    nurses = await labels.ensure(tenant, "list", "Nurses")
    async with tenant.transaction():
        await labels.add(tenant, nurses, [maya])
    template = told(await jo("POST", "/message-templates", json={"name": "A", "body": "Hi"}), 201)["id"]
    facts = {"name": "Nights", "body": "Free on Friday?", "recipients": {"list": nurses.id}, "template_id": template}
    made = told(await jo("POST", "/campaigns", json=facts, key="nights"), 201)
    assert told(await jo("POST", "/campaigns", json=facts, key="nights"), 201) == made
    assert (made["state"], made["recipients"]["list"], made["template_id"]) == ("gathering", nurses.id, template)
    path = f"/campaigns/{made['id']}"
    assert await selected(house, jo, path) == 1
    changed = told(await jo("PATCH", path, json={"name": "Nights again", "recipients": {}}))
    assert (changed["name"], changed["body"]) == ("Nights again", "Free on Friday?")
    assert await selected(house, jo, path) == 2
    assert told(await jo("PATCH", path, json={"only_consented": True}))["recipients"]["list"] == ""
    assert await selected(house, jo, path) == 2
    told(await jo("POST", f"{path}/send", json={}))
    assert "on its way" in refused(await jo("PATCH", path, json={"body": "Too late"}), 422)["detail"]


async def selected(house: House, jo: Program, path: str) -> int:
    """How many candidates a campaign is for, when a worker has looked through them."""
    tenant = house.scene.tenant
    for job in await jobs.claim(tenant.database, kinds=[campaigns.GATHER], limit=5, lease_seconds=60):
        await campaign_gathering.gather(tenant, job)
        await jobs.done(tenant.database, job)
    number: int = told(await jo("GET", path))["figures"]["selected"]
    return number


async def test_a_campaign_for_whom_there_is_not_is_for_nobody_else(jo: Program) -> None:
    facts = {"name": "Nights", "body": "Free?"}
    for recipients in ({"list": "nurses"}, {"tag": NOBODY}, {"owner": NOBODY}, {"owner": "jo"}):
        asked = facts | {"recipients": recipients}
        (field,) = refused(await jo("POST", "/campaigns", json=asked), 422)["fields"]
        assert field == f"recipients.{min(recipients)}"
    refused(await jo("POST", "/campaigns", json=facts), 422)
    refused(await jo("POST", "/campaigns", json=facts | {"recipients": {}, "template_id": NOBODY}), 404)
    assert told(await jo("GET", "/campaigns"))["data"] == []
    unassigned = told(await jo("POST", "/campaigns", json=facts | {"recipients": {"owner": "nobody"}}), 201)
    assert unassigned["recipients"]["owner"] == "nobody"


async def test_writing_takes_scopes_of_its_own(house: House) -> None:
    reader = await Program.of(house, house.scene.jo, set(Scope) - {Scope.TEMPLATES_WRITE, Scope.CAMPAIGNS_WRITE})
    refused(await reader("POST", "/message-templates", json={"name": "A", "body": "Hi"}), 403)
    refused(await reader("POST", "/campaigns", json={"name": "A", "body": "Hi", "recipients": {}}), 403)
