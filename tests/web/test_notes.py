"""Notes in the browser: saved beside the thread, shown as notes, and never sent."""

from uuid import uuid4

import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.automation import workflows
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.messaging import handling
from inbox.storage import tables
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio


async def test_htmx_gets_the_note_and_a_plain_form_the_way_back(house: House) -> None:
    conversation, id = await house.scene.text_in(), str(uuid4())
    jo = await house.browser(house.scene.jo)
    answer = await jo.post(f"/inbox/c/{conversation}/notes", data={"body": "<b>Call</b>", "id": id}, headers=HTMX)
    (note,) = shown(answer).all("msg--note")
    assert note.id == f"msg-{id}"
    assert "<b>Call</b>" in note.words
    assert "Note, only your team sees it" in note.words
    assert "<b>" not in answer.text
    plain = await jo.post(f"/inbox/c/{conversation}/notes", data={"body": "Later", "id": ""})
    assert (plain.status_code, plain.headers["Location"]) == (303, f"/inbox/c/{conversation}")
    page = shown(await jo.get(plain.headers["Location"]))
    thread = [item.first("msg__bubble").words for item in page.all("msg") if item.first("msg__bubble")]  # type: ignore[union-attr]
    assert thread[:3] == ["+61 491 570 110: Hello", "Jo Park, note: <b>Call</b>", "Jo Park, note: Later"]
    sent = await house.scene.tenant.fetch_all(select(tables.messages).where(tables.messages.c.direction == "out"))
    assert sent == []


async def test_an_empty_note_is_refused_with_a_sentence(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    answer = await jo.post(f"/inbox/c/{conversation}/notes", data={"body": " "}, headers=HTMX)
    assert answer.status_code == 422
    assert "Write something first." in answer.text
    assert (await jo.post(f"/inbox/c/{conversation}/notes", data={"body": " "})).status_code == 422


async def test_without_scripts_a_note_is_written_on_a_page_that_keeps_the_words(house: House) -> None:
    conversation = await house.scene.text_in()
    jo, address = await house.browser(house.scene.jo), f"/inbox/c/{conversation}/notes"
    assert address in [link.attributes.get("href") for link in shown(await jo.get(f"/inbox/c/{conversation}"))]
    assert "@Jo Park" in shown(await jo.get(address)).words
    long = "x" * 4001
    page = shown(await jo.post(address, data={"body": long}), 422)
    assert "4,001 of 4,000 characters. Shorten it by 1." in page.words
    assert page.by_id("note").words == long  # type: ignore[union-attr]
    assert (await jo.get(f"/inbox/c/{uuid4()}/notes")).status_code == 404


async def test_names_are_marked_and_the_readers_own_stands_out(house: House) -> None:
    conversation, scene = await house.scene.text_in(), house.scene
    jo, ana = await house.browser(scene.jo), await house.browser(scene.ana)
    body = "@Ana Ruiz <i>call</i> @jo park"
    answer = await jo.post(
        f"/inbox/c/{conversation}/notes", data={"body": body, "mentions": scene.ana.id}, headers=HTMX
    )
    assert [name.words for name in shown(answer).all("mention")] == ["@Ana Ruiz", "@jo park"]
    assert [name.words for name in shown(answer).all("mention--you")] == ["@jo park"]
    page = shown(await ana.get(f"/inbox/c/{conversation}"))
    assert [name.words for name in page.all("mention--you")] == ["@Ana Ruiz"]
    assert page.all("mention")[0].attributes["data-users"] == scene.ana.id
    assert "<i>call</i>" in page.words
    writer = page.by_id("note-writer")
    assert writer is not None
    assert [option.attributes["data-name"] for option in writer.all("picker__option")] == ["Jo Park"]


async def test_the_thread_tells_who_took_it_by_a_reply_and_what_was_started(house: House) -> None:
    scene = house.scene
    conversation, jo = await scene.text_in(), await house.browser(house.scene.jo)
    await scene.reply(conversation)
    await scene.reply(conversation, "Tomorrow?")
    wish = Wish("Nudge", [Step("text", "Still interested?")])
    workflow_id = await workflows.create(scene.tenant, scene.jo, wish)
    candidate = (await scene.row(conversation)).candidate_id
    await jo.post(f"/candidates/{candidate}/workflows", data={"workflow_id": workflow_id})
    said = [act.words for act in shown(await jo.get(f"/inbox/c/{conversation}")).all("msg--act")]
    assert [words.partition(".")[0] for words in said] == [
        "Jo Park took this conversation",
        "Jo Park started the workflow “Nudge”",
    ]


async def test_the_thread_tells_who_did_what(house: House) -> None:
    conversation = await house.scene.text_in()
    await handling.claim(house.scene.tenant, house.scene.jo, conversation)
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"/inbox/c/{conversation}"))
    assert [act.words[:31] for act in page.all("msg--act")] == ["Jo Park took this conversation."]


@pytest.mark.parametrize("role", [Role.REPORTER, Role.GUEST])
async def test_who_may_not_reply_writes_no_note(house: House, role: Role) -> None:
    conversation = await house.scene.text_in()
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )
    jo = await house.browser(house.scene.jo)
    assert (await jo.post(f"/inbox/c/{conversation}/notes", data={"body": "Hm"})).status_code == 403
    assert shown(await jo.get(f"/inbox/c/{conversation}")).by_id("note-writer") is None


async def test_a_note_in_a_conversation_that_is_not_ours_is_not_found(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert (await jo.post(f"/inbox/c/{uuid4()}/notes", data={"body": "Hm"})).status_code == 404
