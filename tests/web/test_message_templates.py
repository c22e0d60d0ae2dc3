"""Message templates in the browser: written, changed, removed and brought back, and picked for a conversation."""

import pytest
from sqlalchemy import select, update

from inbox.accounts import companies
from inbox.accounts.roles import Role
from inbox.automation import message_templates
from inbox.automation.message_templates import MessageTemplate
from inbox.candidates import people
from inbox.messaging import conversations, messages
from inbox.storage import tables
from inbox.storage.columns import new_id
from tests.messaging.scene import MAYA
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio

PAGE = "/message-templates"


async def written(
    house: House, body: str = "Hi {{first_name|there}}", *, shared: bool = True, name: str = "Hello"
) -> MessageTemplate:
    scene = house.scene
    return await message_templates.create(scene.tenant, scene.jo, name=name, body=body, shared=shared)


async def test_a_new_one_is_on_the_list(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert "No message templates yet." in shown(await jo.get(PAGE)).words
    answer = await jo.post(PAGE, data={"name": "Hello", "body": "Hi {{first_name}}", "shared": "1"})
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert "Hello Hi {{first_name}} Everybody Not yet" in shown(await jo.get(PAGE)).words
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
    assert "1 segment as it reads above." in words
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


async def test_the_preview_is_of_a_candidate_who_was_chosen_and_names_whoever_costs_most(house: House) -> None:
    tenant = house.scene.tenant
    tom = await people.create(tenant, name="Tom Okafor", number="+61491570156", job="Nurse")
    await people.create(tenant, name="Tomasz Żółkiewski", number="+61491570157", job="Cook" * 20)
    jo = await house.browser(house.scene.jo)
    typed = {"body": "Hi {{name|there}}, as {{job}} in {{city|town}}?", "as": "Tom", "candidate": tom}
    answer = shown(await jo.post(f"{PAGE}/preview", data=typed))
    assert "For Tom Okafor" in answer.words
    assert "Hi Tom Okafor, as Nurse in town?" in answer.words
    assert "The fallback stands for {{city}}." in answer.words
    assert [mark.words for mark in answer.all("filled--fallback")] == ["town", "there", "town"]
    assert "At worst 2, for Tomasz Żółkiewski." in answer.words
    assert "Nobody matches “xyz”." in shown(await jo.post(f"{PAGE}/preview", data=typed | {"as": "xyz"})).words


async def test_each_save_keeps_the_words_before_and_they_can_be_had_back(house: House) -> None:
    template = await written(house, "First words")
    ana, jo = await house.browser(house.scene.ana), await house.browser(house.scene.jo)
    form = {"name": "Hello", "shared": "1", "version": "0", "body": "Second words"}
    assert (await ana.post(f"{PAGE}/{template.id}", data=form)).status_code == 303
    page = shown(await jo.get(f"{PAGE}/{template.id}"))
    assert "Earlier words" in page.words
    assert "Jo Park First words" in page.words
    again = f"{PAGE}/{template.id}/versions/0/restore"
    assert (await jo.post(again)).status_code == 303
    page = shown(await jo.get(f"{PAGE}/{template.id}"))
    assert page.by_id("body").words == "First words"  # type: ignore[union-attr]
    assert "Ana Ruiz Second words" in page.words
    assert (await jo.post(f"{PAGE}/{template.id}/versions/7/restore")).status_code == 404


async def test_what_became_of_its_texts_is_counted_and_each_number_is_the_list_behind_it(house: House) -> None:
    template, other = await written(house), await written(house, shared=False, name="Other")
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    assert "Nobody has written with it yet." in shown(await jo.get(f"{PAGE}/{template.id}")).words
    for body, used in (("Hi there", template.id), ("Hi again", template.id), ("By hand", ""), ("Wrong", "x")):
        data = {"body": body, "id": "", "template": used}
        assert (await jo.post(f"/inbox/c/{conversation}/messages", data=data, headers=HTMX)).status_code == 200
    later = {"body": "Later", "id": "", "template": other.id, "send_at": "2200-01-01T08:00"}
    await jo.post(f"/inbox/c/{conversation}/scheduled", data=later, headers=HTMX)
    for message in (await messages.page(house.scene.tenant, conversation)).messages:
        if message.direction == "out":
            await house.scene.accepted(message)
    await house.scene.text_in(body="Yes")
    page = shown(await jo.get(f"{PAGE}/{template.id}"))
    assert "Written with it: 2 texts" in page.words
    assert "Replied2" in page.words
    assert "Sent2" in page.words
    (href,) = [href for one in page if "state=replied" in (href := one.attributes.get("href") or "")]
    listed = shown(await jo.get(href)).words
    assert "written with the message template “Hello”" in listed
    assert "Hi again" in listed
    assert "By hand" not in listed
    assert "Everybody 2," in shown(await jo.get(PAGE)).words


async def test_a_template_may_be_for_one_company_alone(house: House) -> None:
    first, second = house.scene.company, await companies.create(house.scene.tenant, "Second")
    jo = await house.browser(house.scene.jo)
    new = shown(await jo.get(f"{PAGE}/new")).words
    assert "Everybody" in new
    assert "Second" in new
    form = {"name": "Only here", "body": "Hi", "shared": second.id}
    assert (await jo.post(PAGE, data=form)).status_code == 303
    assert "Only here" not in shown(await jo.get(f"{PAGE}?company={first.id}")).words
    assert "Only here Hi Second" in shown(await jo.get(f"{PAGE}?company={second.id}")).words


async def test_what_the_preview_shows_is_sent_to_ones_own_phone_once_a_press(house: House) -> None:
    tenant = house.scene.tenant
    tom = await people.create(tenant, name="Tom Okafor", number="+61491570156", job="Nurse")
    jo = await house.browser(house.scene.jo)
    typed = {"body": "Hi {{first_name}}, {{city|town}}?", "as": "Tom", "candidate": tom}
    assert "Keep your mobile number in your account" in shown(await jo.post(f"{PAGE}/preview", data=typed)).words
    account = {"name": "Jo Park", "time_zone": "", "mobile": "0491 570 159"}
    assert (await jo.post("/account", data=account)).status_code == 303
    assert "Send me a test" in shown(await jo.post(f"{PAGE}/preview", data=typed)).words
    unknown = typed | {"body": "Hi, {{city}}?"}
    assert "Put words in place of {{city}} first." in shown(await jo.post(f"{PAGE}/test", data=unknown), 422).words
    typed["trial"] = new_id()
    for _ in range(2):
        assert "The test is on its way." in shown(await jo.post(f"{PAGE}/test", data=typed)).words
    (text,) = await tenant.fetch_all(select(tables.messages).where(tables.messages.c.direction == "out"))
    assert (text.body, text.source, text.id) == ("Hi Tom, town?", "person", typed["trial"])
    conversation = await conversations.find(tenant, text.conversation_id)
    assert (conversation.candidate_number, conversation.name) == ("+61491570159", "Jo Park")


async def test_a_test_of_ones_own_does_not_reach_a_conversation_that_somebody_else_has(house: House) -> None:
    scene = house.scene
    await scene.text_in(MAYA)
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.jo.id).values(own_only=True, mobile=MAYA)
    )
    jo = await house.browser(scene.jo)
    answer = shown(await jo.post(f"{PAGE}/test", data={"body": "Hi", "trial": new_id()}), status=422)
    assert "Nobody has the conversation with this number yet." in answer.words
    assert await scene.tenant.fetch_all(select(tables.messages.c.id).where(tables.messages.c.direction == "out")) == []
