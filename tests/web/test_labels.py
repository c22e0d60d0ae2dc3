"""Tags and lists in the browser: on a candidate, for many at once, as filters, with and without scripts."""

from uuid import uuid4

import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.candidates import labels, people
from inbox.candidates.labels import Label
from inbox.messaging import conversations, labelling, notes
from inbox.storage import tables
from inbox.storage.columns import new_id
from tests.journeys.elements import Element
from tests.messaging.scene import MAYA, TOM
from tests.web.house import HTMX, ORIGIN, House, shown

pytestmark = pytest.mark.anyio

LISTS, CHANGES = "/candidates/lists", "/candidates/changes"


def named(page: Element) -> list[str]:
    """The tags and lists that a panel shows."""
    return [one.words for one in page.all("label__name")]


async def tagged(house: House, candidate: str, name: str = "Nurse") -> Label:
    return await labelling.add(house.scene.tenant, house.scene.jo, candidate, "tag", name)


async def test_a_plain_form_gives_and_takes_a_tag_and_leads_back_to_its_page(house: House) -> None:
    conversation = await house.scene.text_in()
    candidate = (await conversations.find(house.scene.tenant, conversation)).candidate_id
    here = f"/inbox/c/{conversation}?tab=shared"
    jo = await house.browser(house.scene.jo, Referer=f"{ORIGIN}{here}")
    answer = await jo.post(f"/candidates/{candidate}/labels", data={"kind": "tag", "name": " Night  shifts "})
    assert (answer.status_code, answer.headers["Location"]) == (303, here)
    assert named(shown(await jo.get(here))) == ["Night shifts"]
    (label,) = await labels.of_candidate(house.scene.tenant, candidate)
    answer = await jo.post(f"/candidates/{candidate}/labels/{label.id}/remove")
    assert (answer.status_code, answer.headers["Location"]) == (303, here)
    assert named(shown(await jo.get(f"/candidates/{candidate}"))) == []


async def test_htmx_gets_the_panel_as_it_stands_now(house: House) -> None:
    conversation = await house.scene.text_in()
    candidate = (await conversations.find(house.scene.tenant, conversation)).candidate_id
    jo = await house.browser(house.scene.jo)
    for kind, name in (("tag", "Nurse"), ("list", "<b>Open day")):
        answer = await jo.post(f"/candidates/{candidate}/labels", data={"kind": kind, "name": name}, headers=HTMX)
    assert named(shown(answer)) == ["Nurse", "<b>Open day"]
    await house.scene.reply(conversation)
    await notes.write(house.scene.tenant, house.scene.ana, conversation, note_id=new_id(), body="Wants nights")
    words = shown(await jo.get(f"/candidates/{candidate}/context", headers=HTMX)).words
    assert "Last 7 days1 from Jo" in words
    assert "Wants nightsAna Ruiz" in words


async def test_a_name_that_cannot_be_one_stays_in_its_field_with_a_sentence(house: House) -> None:
    candidate = await people.create(house.scene.tenant, name="Maya")
    jo = await house.browser(house.scene.jo)
    for headers in (HTMX, {}):
        page = shown(
            await jo.post(f"/candidates/{candidate}/labels", data={"kind": "list", "name": "x" * 41}, headers=headers),
            status=422,
        )
        assert "41 of 40 characters. Shorten it by 1." in page.words
        (field,) = [one for one in page if one.attributes.get("aria-invalid") == "true"]
        assert (field.attributes["value"], field.attributes["data-suggests"]) == ("x" * 41, "list")
    assert (await jo.post(f"/candidates/{candidate}/labels", data={"kind": "x", "name": "y"})).status_code == 404


async def test_the_list_is_narrowed_by_tag_list_stage_owner_and_can_text(house: House) -> None:
    scene = house.scene
    maya = await people.create(scene.tenant, name="Maya", number=MAYA, stage="Offer", owner_id=scene.jo.id)
    tom = await people.create(scene.tenant, name="Tom", stage="Applied")
    tag = await tagged(house, maya)
    made = await labelling.add(scene.tenant, scene.jo, tom, "list", "Open day")
    jo = await house.browser(scene.jo)
    for query, wanted in (
        (f"tag={tag.id}", "Maya"),
        (f"list={made.id}", "Tom"),
        ("stage=Offer", "Maya"),
        (f"owner={scene.jo.id}", "Maya"),
        ("owner=nobody", "Tom"),
        ("can_text=1", "Maya"),
        (f"q=maya&tag={tag.id}&can_text=1", "Maya"),
    ):
        page = shown(await jo.get(f"/candidates?{query}"))
        (row,) = page.all("table__name")
        assert row.words.endswith(wanted), query
    page = shown(await jo.get(f"/candidates?tag={new_id()}&q=maya"))
    assert "No candidate fits these filters and “maya”." in page.words
    assert "Another tag" in page.words


async def test_many_are_tagged_at_once_and_one_undo_takes_it_back(house: House) -> None:
    scene = house.scene
    ids = [await people.create(scene.tenant, name=name) for name in ("Maya", "Tom", "Ines")]
    jo = await house.browser(scene.jo)
    form = {"kind": "tag", "name": "Nurse", "act": "add", "asked": "owner=nobody"}
    answer = await jo.post(CHANGES, data=form | {"chosen": ids[:2]})
    assert answer.status_code == 303
    page = shown(await jo.get(answer.headers["Location"]))
    assert "The tag “Nurse” was added to 2 candidates." in page.words
    assert "owner=nobody" in answer.headers["Location"]
    (tag,) = await labels.all_of(scene.tenant, "tag")
    assert len(shown(await jo.get(f"/candidates?tag={tag.id}")).all("table__name")) == 2
    (undo,) = [one for one in page if one.attributes.get("action", "").endswith("/undo")]
    answer = await jo.post(undo.attributes["action"], data={"asked": "owner=nobody"})
    page = shown(await jo.get(answer.headers["Location"]))
    assert "Undone: “Nurse” is as it was." in page.words
    assert [one for one in page if one.attributes.get("action", "").endswith("/undo")] == []
    assert len(shown(await jo.get(f"/candidates?tag={tag.id}")).all("table__name")) == 0

    answer = await jo.post(CHANGES, data=form | {"kind": "list", "name": "All of them", "everyone": "1"})
    assert "3 candidates added to the list “All of them”." in shown(await jo.get(answer.headers["Location"])).words


async def test_what_cannot_be_done_for_many_keeps_what_was_ticked_and_typed(house: House) -> None:
    maya = await people.create(house.scene.tenant, name="Maya")
    await people.create(house.scene.tenant, name="Tom")
    jo = await house.browser(house.scene.jo)
    form = {"kind": "list", "name": "No such", "act": "remove", "asked": "", "chosen": maya}
    page = shown(await jo.post(CHANGES, data=form), status=422)
    assert "There is no list “No such”." in page.words
    assert page.by_id("chosen-name").attributes["value"] == "No such"  # type: ignore[union-attr]
    ticked = [
        one.attributes["value"]
        for one in page
        if one.attributes.get("name") == "chosen" and "checked" in one.attributes
    ]
    assert ticked == [maya]
    page = shown(await jo.post(CHANGES, data={"kind": "tag", "name": "Nurse", "act": "add", "asked": ""}), status=422)
    assert "Choose candidates first, or all that match." in page.words


async def test_lists_are_made_renamed_and_deleted(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert "No lists yet." in shown(await jo.get(LISTS)).words
    assert (await jo.post(LISTS, data={"name": "Open day"})).status_code == 303
    page = shown(await jo.post(LISTS, data={"name": "OPEN day"}), status=422)
    assert "There is a list “OPEN day” already. Choose another name." in page.words
    (made,) = await labels.all_of(house.scene.tenant, "list")
    maya = await people.create(house.scene.tenant, name="Maya")
    await labelling.add(house.scene.tenant, house.scene.jo, maya, "list", "Open day")
    assert "Open day 1" in shown(await jo.get(LISTS)).words
    page = shown(await jo.post(f"{LISTS}/{made.id}", data={"name": " "}), status=422)
    assert "Enter a name." in page.words
    assert (await jo.post(f"{LISTS}/{made.id}", data={"name": "Alumni"})).status_code == 303
    assert "1 candidate is on it, and stays a candidate." in shown(await jo.get(f"{LISTS}/{made.id}")).words
    assert (await jo.post(f"{LISTS}/{made.id}/delete")).status_code == 303
    assert "No lists yet." in shown(await jo.get(LISTS)).words


async def test_names_are_suggested_and_the_inbox_offers_tags(house: House) -> None:
    conversation = await house.scene.text_in()
    await house.scene.text_in(TOM)
    candidate = (await conversations.find(house.scene.tenant, conversation)).candidate_id
    await people.create(house.scene.tenant, name="Hana", job="Clerk")
    tag = await tagged(house, candidate, "Night shifts")
    jo = await house.browser(house.scene.jo)
    for kind, name in (("tag", "Night shifts"), ("job", "Clerk")):
        assert f'value="{name}"' in (await jo.get(f"/candidates/suggestions?kind={kind}")).text
    page = shown(await jo.get(f"/inbox?tab=shared&tag={tag.id}"))
    (chosen,) = [one for one in page.by_id("tag") or () if "selected" in one.attributes]
    assert chosen.words == "Night shifts"
    assert [row.id for row in page.all("conv")] == [f"conv-{conversation}"]
    nothing = shown(await jo.get(f"/inbox?tab=shared&tag={uuid4()}&job=clerk"))
    assert "No conversations with this tag for the job “clerk”." in nothing.words
    assert (await jo.get("/candidates/suggestions?kind=x")).status_code == 404


async def test_who_may_not_manage_candidates_sees_tags_and_changes_none(house: House) -> None:
    maya = await people.create(house.scene.tenant, name="Maya")
    tag = await tagged(house, maya)
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=Role.REPORTER.value)
    )
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"/candidates/{maya}"))
    assert named(page) == ["Nurse"]
    assert page.all("labels__add") == page.all("label__remove") == []
    assert shown(await jo.get("/candidates")).by_id("chosen") is None
    for address in (f"/candidates/{maya}/labels", f"/candidates/{maya}/labels/{tag.id}/remove", CHANGES, LISTS):
        assert (await jo.post(address, data={"kind": "tag", "name": "X"})).status_code == 403


async def test_labels_of_another_organisation_are_not_there(house: House) -> None:
    other = await house.neighbour()
    foreign = await people.create(other.tenant, name="Maya", number=MAYA)
    theirs = await labelling.add(other.tenant, other.jo, foreign, "list", "Theirs")
    mine = await people.create(house.scene.tenant, name="Tom")
    jo = await house.browser(house.scene.jo)
    for id in (theirs.id, new_id()):
        assert (await jo.get(f"{LISTS}/{id}")).status_code == 404
        for address in (f"{LISTS}/{id}", f"{LISTS}/{id}/delete", f"/candidates/{mine}/labels/{id}/remove"):
            assert (await jo.post(address, data={"name": "X"})).status_code == 404
        assert (await jo.get(f"{CHANGES}/{id}")).status_code == 404
    assert (await jo.get(f"/candidates/{foreign}/context")).status_code == 404
    assert (await jo.post(f"/candidates/{foreign}/labels", data={"kind": "tag", "name": "X"})).status_code == 404
    assert shown(await jo.get(f"/candidates?list={theirs.id}")).all("table__name") == []
    assert "Theirs" not in shown(await jo.get(LISTS)).words


async def test_tags_are_renamed_deleted_with_undo_and_merged_where_the_name_is_taken(house: House) -> None:
    scene = house.scene
    jo = await house.browser(scene.jo)
    assert "No tags yet." in shown(await jo.get("/candidates/tags")).words
    conversation, tom = await scene.text_in(MAYA), await scene.text_in(TOM)
    maya = (await conversations.find(scene.tenant, conversation)).candidate_id
    nurse, other = await tagged(house, maya), await tagged(house, (await scene.row(tom)).candidate_id, "RN")
    await tagged(house, (await scene.row(tom)).candidate_id)
    address = f"/candidates/tags/{nurse.id}"
    assert (await jo.post(address, data={"name": "Registered nurse"})).status_code == 303
    assert "Registered nurse 2" in shown(await jo.get("/candidates/tags")).words
    gone = await jo.post(f"{address}/delete")
    page = shown(await jo.get(gone.headers["Location"]))
    assert "The tag “Registered nurse” was taken from 2 candidates." in page.words
    assert "Registered nurse" not in shown(await jo.get("/candidates/tags")).words
    change = gone.headers["Location"].rpartition("=")[2]
    assert (await jo.post(f"{CHANGES}/{change}/undo")).status_code == 303
    assert "Registered nurse 2" in shown(await jo.get("/candidates/tags")).words

    taken = shown(await jo.post(address, data={"name": "rn"}), status=422)
    assert "There is a tag “rn” already." in taken.words
    assert "2 candidates have “Registered nurse”, and get “RN” instead." in taken.words
    merged = await jo.post(f"{address}/merge", data={"into": other.id})
    assert "Undo" not in shown(await jo.get(merged.headers["Location"])).by_id("change").words  # type: ignore[union-attr]
    assert "RN 2" in shown(await jo.get("/candidates/tags")).words
    listed = shown(await jo.get(f"/inbox?tab=shared&tag={other.id}"))
    assert {row.id for row in listed.all("conv")} == {f"conv-{conversation}", f"conv-{tom}"}
    assert not shown(await jo.get(f"/inbox?tab=shared&tag={nurse.id}")).all("conv")
