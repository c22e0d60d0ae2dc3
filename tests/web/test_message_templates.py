"""Message templates in the browser: written, changed, removed and brought back, and picked for a conversation."""

import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.automation import message_templates
from inbox.automation.message_templates import MessageTemplate
from inbox.messaging import conversations
from inbox.storage import tables
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio

PAGE = "/message-templates"


async def written(house: House, body: str = "Hi {{first_name|there}}", *, shared: bool = True) -> MessageTemplate:
    scene = house.scene
    return await message_templates.create(scene.tenant, scene.jo, name="Hello", body=body, shared=shared)


async def test_a_new_one_is_on_the_list(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert "No message templates yet." in shown(await jo.get(PAGE)).words
    answer = await jo.post(PAGE, data={"name": "Hello", "body": "Hi {{first_name}}", "shared": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert "Hello Hi {{first_name}} Everybody" in shown(await jo.get(PAGE)).words
    assert "No template matches “bye”." in shown(await jo.get(f"{PAGE}?q=bye")).words


async def test_what_cannot_be_kept_stays_in_the_form_with_a_sentence(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    answer = await jo.post(PAGE, data={"name": "", "body": "Hi {{salary}}", "shared": ""})
    page = shown(answer, status=422)
    assert "Enter a name." in page.words
    assert "There is no field “salary”." in page.words
    body = page.by_id("body")
    assert body is not None
    assert body.words == "Hi {{salary}}"


async def test_two_who_change_it_at_once_lose_no_word(house: House) -> None:
    template = await written(house)
    ana, jo = await house.browser(house.scene.ana), await house.browser(house.scene.jo)
    form = {"name": "Hello", "shared": "1", "version": "0"}
    assert (await ana.post(f"{PAGE}/{template.id}", data=form | {"body": "Ana's words"})).status_code == 303
    answer = await jo.post(f"{PAGE}/{template.id}", data=form | {"body": "Jo's words"})
    page = shown(answer, status=409)
    assert "Ana Ruiz changed this template meanwhile." in page.words
    assert "Theirs: “Ana's words”" in page.words
    body = page.by_id("body")
    assert body is not None
    assert body.words == "Jo's words"
    assert (
        await jo.post(f"{PAGE}/{template.id}", data=form | {"body": "Jo's words", "version": "1"})
    ).status_code == 303


async def test_a_removed_one_can_be_brought_back_at_once(house: House) -> None:
    template = await written(house)
    jo = await house.browser(house.scene.jo)
    answer = await jo.post(f"{PAGE}/{template.id}/archive")
    page = shown(await jo.get(answer.headers["Location"]))
    assert "“Hello” was removed." in page.words
    assert (await jo.post(f"{PAGE}/{template.id}/restore")).status_code == 303
    assert "Hi {{first_name|there}}" in shown(await jo.get(PAGE)).words


async def test_the_picker_offers_each_filled_in_for_the_candidate(house: House) -> None:
    await written(house, "Hi {{first_name|there}}, {{job}}?")
    conversation = await house.scene.text_in()
    candidate = (await conversations.find(house.scene.tenant, conversation)).candidate_id
    await house.scene.tenant.execute(
        update(tables.candidates).where(tables.candidates.c.id == candidate).values(name="<b>Maya</b> Chen")
    )
    jo = await house.browser(house.scene.jo)
    answer = await jo.get(f"/inbox/c/{conversation}/message-templates?q=hel", headers=HTMX)
    (option,) = shown(answer).all("picker__option")
    assert option.attributes["data-body"] == "Hi <b>Maya</b>, {{job}}?"
    assert "<b>" not in answer.text
    assert "No template matches “bye”." in shown(await jo.get(f"/inbox/c/{conversation}/message-templates?q=bye")).words


async def test_a_field_that_nobody_filled_in_is_not_sent(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    answer = await jo.post(f"/inbox/c/{conversation}/messages", data={"body": "The {{ job }}?", "id": ""}, headers=HTMX)
    assert answer.status_code == 422
    assert "Put words in place of {{ job }} first." in answer.text
    rows = await house.scene.tenant.fetch_all(select(tables.messages).where(tables.messages.c.direction == "out"))
    assert rows == []


async def test_the_preview_tells_what_is_wrong_and_what_it_costs(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    words = shown(await jo.post(f"{PAGE}/preview", data={"body": "Hi {{first_name}} from {{my_first_name}}"})).words
    assert "Hi Maya from Jo" in words
    assert "Without a fallback {{first_name}} must be written by hand" in words
    assert "1 segment at these lengths." in words
    assert "There is no field “x”." in shown(await jo.post(f"{PAGE}/preview", data={"body": "{{x}}"})).words


@pytest.mark.parametrize("role", [Role.REPORTER, Role.GUEST])
async def test_who_may_not_reply_has_no_templates(house: House, role: Role) -> None:
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )
    jo = await house.browser(house.scene.jo)
    conversation = await house.scene.text_in()
    assert (await jo.get(PAGE)).status_code == 403
    assert (await jo.get(f"/inbox/c/{conversation}/message-templates")).status_code == 403
    page = shown(await jo.get(f"/inbox/c/{conversation}"))
    assert page.by_id("picker") is None
    assert "Templates" not in page.words


async def test_those_of_another_person_or_organisation_are_not_there(house: House) -> None:
    own = await written(house, shared=False)
    ana = await house.browser(house.scene.ana)
    assert (await ana.get(f"{PAGE}/{own.id}")).status_code == 404
    assert (await ana.post(f"{PAGE}/{own.id}/archive")).status_code == 404
    assert "Hello" not in shown(await ana.get(PAGE)).words
