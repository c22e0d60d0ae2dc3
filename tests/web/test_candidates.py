"""Candidates: the list, the preview over it, the profile, each with the thread widget."""

import pytest

from inbox.accounts.roles import Role
from inbox.candidates import people
from inbox.storage import tables
from inbox.storage.columns import new_id
from tests.journeys.elements import Element
from tests.messaging.scene import MAYA, TOM
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio


def names(root: Element) -> list[str]:
    """The names of the table, in their order."""
    return [link.words for link in root.all("table__name")]


async def test_the_list_runs_by_name_and_is_narrowed_by_words(house: House) -> None:
    scene = house.scene
    await people.create(scene.tenant, name="Tom Okafor", number=TOM)
    await people.create(scene.tenant, name="maya chen", number=MAYA, email="maya@example.com")
    await people.create(scene.tenant, name="Hana Suzuki")
    jo = await house.browser(scene.jo)
    for query, wanted in (
        ("", ["Hana Suzuki", "maya chen", "Tom Okafor"]),
        ("?q=OKA", ["Tom Okafor"]),
        ("?q=0491+570+110", ["maya chen"]),
        ("?q=nobody", []),
    ):
        page = shown(await jo.get(f"/candidates{query}"))
        assert [name[-len(want) :] for name, want in zip(names(page), wanted, strict=True)] == wanted, query
    assert "No candidate matches “nobody”." in page.words


async def test_load_more_goes_on_behind_the_last_name(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "PAGE", 2)
    for name in ("Ana & Co", "Ben", "Cy / Di", "Ed"):
        await people.create(house.scene.tenant, name=name)
    jo = await house.browser(house.scene.jo)
    page, found = shown(await jo.get("/candidates")), []
    for _ in range(4):
        found += names(page)
        more = page.by_id("candidates-more")
        if more is None:
            break
        (link,) = [element for element in more if element.tag == "a"]
        page = shown(await jo.get(link.attributes["href"]))
    assert len(found) == 4


async def test_no_query_breaks_the_list(house: House) -> None:
    await people.create(house.scene.tenant, name="Maya")
    jo = await house.browser(house.scene.jo)
    for query in ("before=x", "before=/", f"before={new_id()}/%00", "q=%00", "q=" + "x" * 5_000):
        assert (await jo.get(f"/candidates?{query}")).status_code == 200, query


@pytest.mark.parametrize("path", ["/candidates/{id}", "/candidates/{id}/preview"])
async def test_details_and_texts_are_tabs_of_preview_and_profile(house: House, path: str) -> None:
    scene = house.scene
    candidate = await people.create(
        scene.tenant, name="Maya Chen", number=MAYA, email="maya@example.com", stage="Interview", owner_id=scene.jo.id
    )
    conversation = await scene.text_in(MAYA, "Hello there")
    jo = await house.browser(scene.jo)
    details = shown(await jo.get(path.format(id=candidate)))
    for words in ("Maya Chen", "+61 491 570 110", "maya@example.com", "Interview", "Jo Park", "Can text"):
        assert words in details.words
    assert details.by_id("thread") is None
    texts = shown(await jo.get(path.format(id=candidate) + "?tab=sms"))
    thread = texts.by_id("thread")
    assert thread is not None
    assert thread.attributes["data-conv"] == conversation
    assert "Hello there" in thread.words
    assert thread.by_id("composer") is not None


async def test_the_sheet_over_the_list_gets_the_card_alone(house: House) -> None:
    candidate = await people.create(house.scene.tenant, name="Maya Chen", number=MAYA)
    jo = await house.browser(house.scene.jo)
    card = shown(await jo.get(f"/candidates/{candidate}/preview", headers=HTMX | {"HX-Target": "sheet-body"}))
    assert card.by_id("card") is not None
    assert card.by_id("page") is None


async def test_a_first_text_opens_one_conversation_that_no_list_shows_before_something_is_written(
    house: House,
) -> None:
    candidate = await people.create(house.scene.tenant, name="Maya Chen", number=MAYA)
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.get(f"/candidates/{candidate}?tab=sms"))
    assert "No texts with Maya yet." in page.words
    (form,) = [element for element in page if element.attributes.get("action", "").endswith("/conversation")]
    for _ in range(2):
        answer = await jo.post(form.attributes["action"])
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/candidates/{candidate}?tab=sms")
    thread = shown(await jo.get(answer.headers["Location"])).by_id("thread")
    assert thread is not None
    assert "Your message comes from +61 491 570 006." in thread.words
    assert not shown(await jo.get("/inbox?tab=shared")).all("conv")
    (conversation,) = await house.scene.tenant.fetch_all(tables.conversations.select())
    sent = await jo.post(f"/inbox/c/{conversation.id}/messages", data={"body": "Hi Maya"}, headers=HTMX)
    assert sent.status_code == 200
    assert len(shown(await jo.get("/inbox?tab=shared")).all("conv")) == 1


async def test_nobody_without_a_number_can_be_texted(house: House) -> None:
    candidate = await people.create(house.scene.tenant, name="Hana")
    jo = await house.browser(house.scene.jo)
    assert "No mobile number yet." in shown(await jo.get(f"/candidates/{candidate}?tab=sms")).words
    answer = await jo.post(f"/candidates/{candidate}/conversation")
    assert answer.status_code == 422
    assert "No mobile number yet. Add one to text this candidate." in answer.text
    assert await house.scene.tenant.fetch_all(tables.conversations.select()) == []


async def test_who_opted_out_is_shown_so_everywhere(house: House) -> None:
    conversation = await house.scene.text_in(MAYA, "STOP")
    candidate = (await house.scene.row(conversation)).candidate_id
    jo = await house.browser(house.scene.jo)
    for path in (f"/candidates/{candidate}", "/candidates", f"/inbox/c/{conversation}"):
        assert "Opted out" in shown(await jo.get(path)).words
    composer = shown(await jo.get(f"/candidates/{candidate}?tab=sms")).by_id("composer")
    assert composer is not None
    assert composer.has("composer--blocked")


async def test_a_role_that_may_not_reply_opens_no_conversation(house: House) -> None:
    candidate = await people.create(house.scene.tenant, name="Maya", number=MAYA)
    await house.scene.tenant.execute(tables.users.update().values(role=Role.REPORTER.value))
    jo = await house.browser(house.scene.jo)
    assert (await jo.post(f"/candidates/{candidate}/conversation")).status_code == 403
    assert await house.scene.tenant.fetch_all(tables.conversations.select()) == []


async def test_candidates_of_another_organisation_are_not_there(house: House) -> None:
    other = await house.neighbour()
    foreign = await people.create(other.tenant, name="Maya Chen", number=MAYA)
    jo = await house.browser(house.scene.jo)
    for id in (foreign, new_id(), "x"):
        for path in ("", "?tab=sms", "/preview", "/preview?tab=sms"):
            assert (await jo.get(f"/candidates/{id}{path}")).status_code == 404
        assert (await jo.post(f"/candidates/{id}/conversation")).status_code == 404
    assert names(shown(await jo.get("/candidates?q=maya"))) == []
