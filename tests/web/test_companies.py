"""Several companies in one organisation: each page is of one of them, and who works in one sees nothing of another."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from starlette.routing import Route

from inbox.accounts import companies, memberships
from inbox.accounts.companies import Company
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.automation import campaigns, workflows
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.candidates.choices import EVERYBODY
from inbox.messaging import filters, handling, inbound, notes
from inbox.provisioning import company_numbers
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.web.inbox_routes import CONVERSATION
from inbox.web.routes import routes
from tests.media import jpeg
from tests.messaging.scene import MAYA, TOM
from tests.web.house import House, opened, shown
from tests.web.site import ASSETS

pytestmark = pytest.mark.anyio

NORTH_NUMBER = "+61491570007"


@dataclass
class Two:
    """An organisation with the companies South, which has Maya's conversation, and North, which has Tom's."""

    house: House
    south: Company
    north: Company
    number: CompanyNumber
    maya: str
    tom: str

    async def limit(self, user: User, *company_ids: str, role: Role = Role.RECRUITER) -> None:
        """Somebody has this role and works in these companies alone."""
        tenant = self.house.scene.tenant
        async with tenant.transaction():
            await memberships.set_of(tenant, user.id, company_ids)
        await tenant.execute(update(tables.users).where(tables.users.c.id == user.id).values(role=role.value))


@pytest.fixture
async def two(sqlite_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Two]:
    async with opened(sqlite_url, tmp_path) as house:
        scene = house.scene
        await companies.change(scene.tenant, scene.company.id, name="South")
        north = await companies.create(scene.tenant, "North")
        number = await company_numbers.add(
            scene.tenant, company_id=north.id, provider_account_id=scene.account.id, number=NORTH_NUMBER
        )
        maya = await scene.text_in(MAYA, "Hello South")
        assert await inbound.receive(scene.tenant, scene.account, scene.sms(TOM, "Hello North", recipient=NORTH_NUMBER))
        yield Two(
            house,
            await companies.find(scene.tenant, scene.company.id),
            north,
            number,
            maya,
            await scene.conversation(TOM),
        )


async def test_each_list_is_of_the_company_that_was_chosen(two: Two) -> None:
    jo = await two.house.browser(two.house.scene.jo)
    pages = ("/inbox?tab=shared", "/chat-messages?range=7d", "/inbox?tab=shared&q=hello")
    for page in pages:
        words = shown(await jo.get(page)).words
        assert "Hello South" in words
        assert "Hello North" not in words
    answer = await jo.post(
        "/company",
        data={"company": two.north.id},
        headers={"Referer": "https://inbox.example.com/chat-messages?range=7d"},
    )
    assert (answer.status_code, answer.headers["Location"]) == (303, "/chat-messages")
    for page in pages:
        words = shown(await jo.get(page)).words
        assert "Hello North" in words
        assert "Hello South" not in words
    assert "Total 0 0 0 1 1" in shown(await jo.get("/reports/chat?range=7d")).words
    assert (await jo.post("/company", data={"company": new_id()})).status_code == 404


async def test_a_window_whose_address_names_a_company_stays_with_it(two: Two) -> None:
    jo = await two.house.browser(two.house.scene.jo)
    page = (await jo.get("/inbox?tab=shared")).text
    assert f"company={two.south.id}" in page
    await jo.post("/company", data={"company": two.north.id})
    words = shown(await jo.get(f"/inbox?tab=shared&company={two.south.id}")).words
    assert "Hello South" in words
    assert "Hello North" not in words


async def test_the_counts_are_of_one_company(two: Two) -> None:
    scene = two.house.scene
    await handling.claim(scene.tenant, scene.jo, two.tom)
    for company, mine in ((two.south, 0), (two.north, 1)):
        counts = await filters.counts(scene.tenant, scene.jo.id, company.id)
        assert (counts.mine, counts.shared) == (mine, 1)
    assert (await filters.counts(scene.tenant, scene.jo.id)).shared == 2


async def test_no_address_leads_to_a_conversation_of_another_company(two: Two) -> None:
    scene = two.house.scene
    await two.limit(scene.jo, two.south.id)
    jo = await two.house.browser(scene.jo)
    theirs = [one for one in routes(ASSETS) if isinstance(one, Route) and one.path.startswith(CONVERSATION)]
    assert len(theirs) > 20
    fields = {
        "body": "Hi",
        "id": new_id(),
        "seen": "1",
        "version": "0",
        "send_at": "2099-01-01T08:00",
        "preset": "hour",
    }
    for route in theirs:
        path = route.path.replace("{conversation_id:uuid}", two.tom)
        for name in ("message_id", "text_id", "media_id", "execution_id"):
            path = path.replace(f"{{{name}:uuid}}", new_id())
        for method in (route.methods or set()) - {"HEAD"}:
            files = {"file": ("map.jpg", jpeg())} if path.endswith("/media") else None
            answer = await jo.request(method, path, data=fields if method == "POST" else None, files=files)
            assert answer.status_code == 404, (method, path)
    assert (await jo.get(f"/inbox/c/{two.maya}")).status_code == 200
    named = await jo.get(f"/inbox?tab=shared&company={two.north.id}")
    assert "Hello North" not in named.text
    assert (await jo.post("/company", data={"company": two.north.id})).status_code == 404


async def test_campaigns_and_workflows_are_of_one_company(two: Two) -> None:
    scene = two.house.scene
    wish = Wish("Nudge", [Step("text", "Hi")])
    made = []
    for company in (two.south, two.north):
        more: dict[str, Any] = {"choice": EVERYBODY, "only_consented": False, "company_id": company.id}
        campaign = await campaigns.create(scene.tenant, scene.ana, name=f"To {company.name}", body="Hi", **more)
        workflow = await workflows.create(scene.tenant, scene.ana, wish, company_id=company.id)
        made.append((campaign, workflow))
    await two.limit(scene.jo, two.south.id)
    jo = await two.house.browser(scene.jo)
    words = shown(await jo.get("/campaigns")).words
    assert "To South" in words
    assert "To North" not in words
    for (campaign, workflow), status in zip(made, (200, 404), strict=True):
        for path in (f"/campaigns/{campaign}", f"/campaigns/{campaign}/recipients", f"/campaigns/new?like={campaign}"):
            assert (await jo.get(path)).status_code == status
        for path in (f"/workflows/{workflow}", f"/workflows/{workflow}/edit", f"/workflows/new?like={workflow}"):
            assert (await jo.get(path)).status_code == status
        for path in (f"/workflows/{workflow}/figures", f"/workflows/{workflow}/executions?of=reached"):
            assert (await jo.get(path)).status_code == status
    assert (await jo.get("/chatbot")).status_code == 200
    await two.limit(scene.jo)
    jo = await two.house.browser(scene.jo)
    assert (await jo.get("/chatbot")).status_code == 404  # of no company, and not of the first one
    await two.limit(scene.jo, two.south.id)
    jo = await two.house.browser(scene.jo)
    answer = await jo.post("/campaigns", data={"name": "Mine", "body": "Hello"})
    campaign = await campaigns.find(scene.tenant, answer.headers["Location"].rpartition("/")[2])
    assert campaign.company_id == two.south.id


async def test_a_candidate_is_texted_from_the_number_of_the_chosen_company(two: Two) -> None:
    scene = two.house.scene
    jo = await two.house.browser(scene.jo)
    maya = await scene.tenant.fetch_val(
        select(tables.conversations.c.candidate_id).where(tables.conversations.c.id == two.maya)
    )
    await notes.write(scene.tenant, scene.ana, two.maya, note_id=new_id(), body="Asks for a Tuesday")
    await two.limit(scene.jo, two.north.id)
    profile = shown(await jo.get(f"/candidates/{maya}?tab=sms")).words
    card = shown(await jo.get(f"/candidates/{maya}/context")).words
    assert "Hello South" not in profile
    assert "Asks for a Tuesday" not in card
    answer = await jo.post(f"/candidates/{maya}/text")
    opened_id = answer.headers["Location"].split("/")[3].partition("?")[0]
    row = await scene.row(opened_id)
    assert (row.company_id, row.company_number_id) == (two.north.id, two.number.id)


async def test_a_conversation_is_given_only_to_who_works_there(two: Two) -> None:
    scene = two.house.scene
    await two.limit(scene.ana, two.south.id)
    jo = await two.house.browser(scene.jo)
    given = {"assignee": scene.ana.id, "version": "0"}
    assert (await jo.post(f"/inbox/c/{two.tom}/assign", data=given)).status_code == 422
    assert (await jo.post(f"/inbox/c/{two.maya}/assign", data=given)).status_code == 303
    assert scene.ana.name not in shown(await jo.get(f"/inbox/c/{two.tom}?tab=shared&company={two.north.id}")).words


async def test_each_company_has_numbers_of_its_own(two: Two) -> None:
    scene = two.house.scene
    with pytest.raises(Exception, match="Another company of yours has this number"):
        await company_numbers.assign(
            scene.tenant,
            company_id=two.south.id,
            provider_account_id=scene.account.id,
            number=NORTH_NUMBER,
            purpose="messaging",
        )
    await company_numbers.assign(
        scene.tenant,
        company_id=two.south.id,
        provider_account_id=scene.account.id,
        number="+61491570156",
        purpose="messaging",
    )
    assert (await company_numbers.first(scene.tenant, company_id=two.north.id)).number == NORTH_NUMBER
    assert (await company_numbers.first(scene.tenant, company_id=two.south.id)).number == "+61491570156"


async def test_a_company_admin_manages_who_works_in_their_companies_alone(two: Two) -> None:
    scene = two.house.scene
    await two.limit(scene.jo, two.south.id, role=Role.COMPANY_ADMIN)
    jo = await two.house.browser(scene.jo)
    assert (await jo.get(f"/settings/users/{scene.ana.id}")).status_code == 403  # Ana works everywhere
    assert (await jo.post(f"/settings/users/{scene.ana.id}/password")).status_code == 403
    assert (await jo.get("/settings/companies")).status_code == 403
    fields = {"email": "nia@acme.test", "name": "Nia Bello", "role": "recruiter"}
    for more in ({"company": two.north.id}, {"every_company": "1"}, {}):
        assert (await jo.post("/settings/users", data=fields | more)).status_code == 422
    assert (await jo.post("/settings/users", data=fields | {"company": two.south.id})).status_code == 200
    words = shown(await jo.get("/settings/users")).words
    assert "Nia Bello" in words


async def test_who_loses_a_company_is_signed_out(two: Two) -> None:
    scene = two.house.scene
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    jo, ana = await two.house.browser(scene.jo), await two.house.browser(scene.ana)
    assert (await ana.get("/inbox")).status_code == 200
    kept = {"name": scene.ana.name, "role": "recruiter", "time_zone": "", "company": two.south.id}
    assert (await jo.post(f"/settings/users/{scene.ana.id}", data=kept)).status_code == 303
    assert (await ana.get("/inbox")).status_code == 303
    again = await two.house.browser(scene.ana)
    assert (await again.get(f"/inbox/c/{two.tom}")).status_code == 404
    assert (await jo.post(f"/settings/users/{scene.ana.id}", data=kept)).status_code == 303
    assert (await again.get("/inbox")).status_code == 200  # nothing changed, nobody is signed out


async def test_companies_are_added_and_renamed(two: Two) -> None:
    scene = two.house.scene
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    jo = await two.house.browser(scene.jo)
    assert (await jo.post("/settings/companies", data={"name": " West  Side "})).status_code == 303
    assert (await jo.post(f"/settings/companies/{two.north.id}", data={"name": "Far North"})).status_code == 303
    words = shown(await jo.get("/settings/companies")).words
    assert "West Side" in words
    assert "Far North +61 491 570 007" in words
    page = shown(await jo.post("/settings/companies", data={"name": " "}), status=422)
    assert "Enter a name of at most 80 characters." in page.words
