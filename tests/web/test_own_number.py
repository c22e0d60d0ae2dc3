"""A number of somebody's own: what they begin and what goes out in their name comes from it, replies keep theirs."""

from typing import Any

import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.automation import workflow_beginning, workflow_running, workflows
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.candidates import people
from inbox.messaging import starting, triggers
from inbox.provisioning import company_numbers
from inbox.storage import jobs, tables
from inbox.web import own_number
from tests.messaging.scene import MAYA, TOM, Scene
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

OWN = "+61491570157"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The statements are tried on both kinds by the pages around."""
    return sqlite_url


@pytest.fixture
async def admin(house: House, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Jo's browser, who is an admin; Twilio says that each number is ours."""

    async def owned(*_: object) -> Any:
        return house.scene.account

    monkeypatch.setattr(own_number, "owner", owned)
    scene = house.scene
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(role=Role.ORGANISATION_ADMIN.value)
    )
    return await house.browser(scene.jo)


async def number_of(scene: Scene, conversation_id: str) -> str:
    row = await scene.row(conversation_id)
    return (await company_numbers.find(scene.tenant, row.company_number_id)).number


async def test_what_somebody_begins_comes_from_their_number_and_a_reply_from_its_own(house: House, admin: Any) -> None:
    scene = house.scene
    maya = await scene.text_in(MAYA)
    page = f"/settings/users/{scene.ana.id}/number"
    assert (await admin.post(page, data={"number": OWN})).status_code == 303
    assert OWN in (await admin.get(page)).text
    await scene.reply(maya, who=scene.ana)
    assert await number_of(scene, maya) == scene.number.number
    tom = await people.create(scene.tenant, name="Tom Okafor", number=TOM)
    for user, number in ((scene.ana, OWN), (scene.jo, scene.number.number)):
        opened = await starting.open_with(scene.tenant, user, candidate_id=tom, number=TOM)
        assert await number_of(scene, opened) == number
    assert (await company_numbers.first(scene.tenant)).number == scene.number.number
    told = shown(await admin.get("/settings/company/sms")).words
    assert "1 person without a number of their own texts from it." in told


async def test_a_workflow_texts_from_the_number_of_its_sender(house: House, admin: Any) -> None:
    scene = house.scene
    await admin.post(f"/settings/users/{scene.ana.id}/number", data={"number": OWN})
    tom = await people.create(scene.tenant, name="Tom Okafor", number=TOM)
    for sender, number in ((scene.ana, OWN), (scene.jo, scene.number.number)):
        wish = Wish(f"Of {sender.name}", [Step("text", "Still interested?")])
        workflow = await workflows.find(scene.tenant, await workflows.create(scene.tenant, sender, wish))
        await workflow_beginning.begin(scene.tenant, workflow, tom)
        for job in await jobs.claim(scene.tenant.database, kinds=[triggers.STEP], limit=9, lease_seconds=60):
            await workflow_running.carry_on(scene.tenant, job)
        written = await scene.tenant.fetch_all(
            select(tables.conversations.c.id).order_by(tables.conversations.c.last_message_at.desc()).limit(1)
        )
        assert await number_of(scene, written[0].id) == number


async def test_a_number_is_one_persons_in_one_company(house: House, admin: Any) -> None:
    scene = house.scene
    await admin.post(f"/settings/users/{scene.ana.id}/number", data={"number": OWN})
    mine = f"/settings/users/{scene.jo.id}/number"
    for number, sentence in (
        (OWN, "This number is in use already."),
        (scene.number.number, "This number is in use already."),
        ("0491 570 158", "Write it without spaces and signs: +61491570158"),
    ):
        assert sentence in shown(await admin.post(mine, data={"number": number}), status=422).words
    assert (await admin.post(f"/settings/users/{scene.ana.id}/number", data={"number": OWN})).status_code == 303
    assert (await admin.post(f"/settings/users/{scene.ana.id}/number", data={"number": ""})).status_code == 303
    assert await company_numbers.own_of(scene.tenant, scene.ana.id, scene.company.id) is None
    assert (await admin.post(mine, data={"number": OWN})).status_code == 303  # a former one is free again


async def test_who_leaves_leaves_the_number_behind(house: House, admin: Any) -> None:
    scene = house.scene
    await admin.post(f"/settings/users/{scene.ana.id}/number", data={"number": OWN})
    await admin.post(f"/settings/users/{scene.ana.id}/hand-over", data={"assignee": "", "deactivate": "1"})
    left = await company_numbers.by_number(scene.tenant, OWN)
    assert left is not None
    assert left.purpose == "former"
    ana = await house.browser(scene.ana)
    assert (await ana.get(f"/settings/users/{scene.jo.id}/number")).status_code in (303, 403)
