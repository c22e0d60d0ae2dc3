"""Taking, giving, closing over HTTP: who may, from where, and what the one who was late is told."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from inbox.accounts.roles import ALLOWED, Act, Role
from inbox.messaging import handling
from inbox.storage import tables
from inbox.storage.columns import new_id
from tests.journeys.elements import Element
from tests.messaging.scene import MAYA
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio

ACTS = ("claim", "assign", "close", "reopen", "unread", "snooze", "wake")


def words(root: Element, id: str) -> str:
    """What stands under this id."""
    found = root.by_id(id)
    assert found is not None
    return found.words


def notice(root: Element) -> str:
    """The sentence for beside the composer."""
    (line,) = [element for element in root if "#composer-notice" in element.attributes.get("hx-swap-oob", "")]
    return line.words


async def happened(house: House) -> int:
    """How many events there are, of all organisations."""
    return int(await house.scene.tenant.fetch_val(select(func.count()).select_from(tables.events)))


async def test_htmx_gets_what_stands_now_and_a_way_to_undo_what_was_closed(house: House) -> None:
    conversation, ana = await house.scene.text_in(), house.scene.ana
    jo = await house.browser(house.scene.jo)
    for act, fields, standing, said in (
        ("claim", {}, "Assigned to Jo Park", ""),
        ("assign", {"assignee": ana.id, "version": "1"}, "Assigned to Ana Ruiz", ""),
        ("assign", {"assignee": "", "version": "2"}, "Not assigned", ""),
        ("close", {"version": "3", "seen": "1"}, "Closed by Jo Park", "Closed. Undo"),
        ("close", {"version": "3", "seen": "1"}, "Closed by Jo Park", ""),
        ("reopen", {"version": "4"}, "Not assigned", ""),
    ):
        root = shown(await jo.post(f"/inbox/c/{conversation}/{act}", data=fields, headers=HTMX))
        assert words(root, "handling-now").startswith(standing), act
        assert notice(root) == said, act
    marks = root.by_id("handling-now").attributes  # type: ignore[union-attr]
    assert (marks["data-conv"], marks["data-version"], marks["data-assignee"]) == (conversation, "5", "")
    assert marks["hx-swap-oob"] == "true"


async def test_undoing_a_close_needs_no_more_than_the_form_that_came_with_it(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    closed = shown(await jo.post(f"/inbox/c/{conversation}/close", data={"version": "0", "seen": "1"}, headers=HTMX))
    (form,) = [element for element in closed if element.tag == "form"]
    fields = {one.attributes["name"]: one.attributes["value"] for one in form if one.tag == "input"}
    assert shown(await jo.post(form.attributes["hx-post"], data=fields, headers=HTMX)).by_id("handling-now") is not None
    assert (await house.scene.row(conversation)).closed_at is None


async def test_a_plain_form_leads_back_to_where_it_stood(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    origin = "https://inbox.example.com"
    for behind, leads_to in (
        (f"/inbox/c/{conversation}?tab=shared&closed=1", f"/inbox/c/{conversation}?tab=shared&closed=1"),
        (f"/inbox/c/{conversation}/claim", f"/inbox/c/{conversation}"),
        ("/candidates/some-id?tab=sms", "/candidates/some-id?tab=sms"),
        ("https://evil.example/candidates/x", f"/inbox/c/{conversation}"),
    ):
        referer = behind if behind.startswith("https") else f"{origin}{behind}"
        answer = await jo.post(f"/inbox/c/{conversation}/claim", headers={"Referer": referer})
        assert (answer.status_code, answer.headers["Location"]) == (303, leads_to), behind
    page = shown(await jo.get(f"/inbox/c/{conversation}"))
    assert words(page, "handling-now") == "Assigned to Jo Park"


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
async def test_whoever_was_late_is_told_what_stands_now(house: House, headers: dict[str, str]) -> None:
    conversation = await house.scene.text_in()
    await handling.claim(house.scene.tenant, house.scene.ana, conversation)
    jo = await house.browser(house.scene.jo)
    for act, fields in (
        ("claim", {}),
        ("assign", {"assignee": house.scene.jo.id, "version": "0"}),
        ("close", {"version": "0", "seen": "1"}),
    ):
        answer = await jo.post(f"/inbox/c/{conversation}/{act}", data=fields, headers=headers)
        root = shown(answer, 409)
        assert words(root, "handling-now") == "Assigned to Ana Ruiz", act
        sentence = notice(root) if headers else words(root, "composer-notice")
        assert sentence == "Ana Ruiz has this conversation now. Nothing was changed.", act
        assert answer.headers["X-Seen"] == "2", act
    row = await house.scene.row(conversation)
    assert (row.assignee_id, row.version, row.closed_at) == (house.scene.ana.id, 1, None)


async def test_a_text_that_was_not_seen_is_not_put_away(house: House) -> None:
    conversation = await house.scene.text_in()
    await house.scene.text_in(MAYA, "Wait")
    jo = await house.browser(house.scene.jo)
    fields = {"version": "0", "seen": "1"}
    answer = await jo.post(f"/inbox/c/{conversation}/close", data=fields, headers=HTMX)
    assert notice(shown(answer, 409)) == "A new message has arrived. Read it, then press Close again."
    again = fields | {"seen": answer.headers["X-Seen"]}
    shown(await jo.post(f"/inbox/c/{conversation}/close", data=again, headers=HTMX))
    assert (await house.scene.row(conversation)).unread == 0


async def test_odd_fields_are_refused_and_change_nothing(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    for act, fields in (
        ("assign", {}),
        ("assign", {"version": "x"}),
        ("assign", {"version": "0", "assignee": "x"}),
        ("assign", {"version": "0", "assignee": str(uuid4())}),
        ("close", {"seen": "1"}),
        ("close", {"version": "0"}),
        ("close", {"version": "9" * 30, "seen": "1"}),
        ("reopen", {"version": "-1"}),
    ):
        for headers in (HTMX, {}):
            answer = await jo.post(f"/inbox/c/{conversation}/{act}", data=fields, headers=headers)
            assert answer.status_code == 422, (act, fields)
    assert (await house.scene.row(conversation)).version == 0
    assert await happened(house) == 1


async def test_only_roles_that_may_assign_see_the_buttons_and_can_press_them(house: House) -> None:
    conversation = await house.scene.text_in()
    ana = await house.browser(house.scene.ana)
    for role in Role:
        await house.scene.tenant.execute(update(tables.users).values(role=role.value))
        await house.scene.tenant.execute(update(tables.conversations).values(assignee_id=None, closed_at=None))
        may = Act.ASSIGN in ALLOWED[role]
        for act in ACTS:
            fields = {
                "version": str((await house.scene.row(conversation)).version),
                "seen": "99",
                "assignee": "",
                "preset": "week",
            }
            answer = await ana.post(f"/inbox/c/{conversation}/{act}", data=fields, headers=HTMX)
            assert answer.status_code == (200 if may else 403), (role, act)
        page = shown(await ana.get(f"/inbox/c/{conversation}"))
        assert (page.by_id("handling") is not None) == may
        assert page.by_id("handling-now") is not None


async def test_it_is_done_from_a_page_of_ours_only(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    fields = {"version": "0", "seen": "1", "assignee": house.scene.jo.id}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        for act in ACTS:
            answer = await jo.post(f"/inbox/c/{conversation}/{act}", data=fields, headers=headers)
            assert answer.status_code == 403, (act, headers)
    assert (await house.scene.row(conversation)).version == 0


async def test_another_organisations_conversation_is_nobodys_to_handle(house: House) -> None:
    other = await house.neighbour()
    foreign = await other.text_in()
    before = await happened(house)
    jo = await house.browser(house.scene.jo)
    fields = {"version": "0", "seen": "99", "assignee": house.scene.jo.id, "preset": "week"}
    for act in ACTS:
        for place in (foreign, new_id()):
            for headers in ({}, HTMX):
                answer = await jo.post(f"/inbox/c/{place}/{act}", data=fields, headers=headers)
                assert answer.status_code == 404, act
    assert await happened(house) == before
    assert (await other.row(foreign)).version == 0


async def test_the_menu_names_everybody_who_can_have_it(house: House) -> None:
    conversation = await house.scene.text_in()
    await house.neighbour()
    jo = await house.browser(house.scene.jo)
    form = shown(await jo.get(f"/inbox/c/{conversation}")).by_id("handling")
    assert form is not None
    people = [item for item in form.all("menu__item") if item.attributes.get("name") == "assignee"]
    assert [item.words for item in people] == ["Ana Ruiz", "Jo Park (you)", "Nobody"]


async def test_closed_conversations_are_listed_by_their_chip_alone(house: House) -> None:
    scene = house.scene
    conversation = await scene.text_in()
    await handling.claim(scene.tenant, scene.jo, conversation)
    jo = await house.browser(scene.jo)
    await handling.close(scene.tenant, scene.jo, conversation, version=1, seen=1)
    for query, rows, empty in (
        ("", [], "Everything is closed. Show closed conversations"),
        ("?tab=shared", [], "Everything is closed. Show closed conversations"),
        ("?tab=shared&q=hello", [], "No messages match “hello”. Clear filters 1 closed"),
        ("?closed=1", [conversation], ""),
        ("?closed=1&q=hello", [conversation], ""),
        ("?closed=1&q=nothing", [], "No messages match “nothing” in closed conversations. Clear filters"),
        ("?closed=1&unread=1", [], "No unread messages in closed conversations. Clear filters"),
    ):
        page = shown(await jo.get(f"/inbox{query}"))
        assert [row.id.removeprefix("conv-") for row in page.all("conv")] == rows, query
        assert all("Closed" in row.words for row in page.all("conv"))
        if empty:
            assert words(page, "convs-empty") == empty
        assert words(page, "count-mine") == ""


async def test_what_was_read_is_marked_unread_for_everybody_and_what_could_not_wait_is_not(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    await handling.mark_read(house.scene.tenant, house.scene.jo, conversation, seen=1)
    for _ in range(2):
        root = shown(await jo.post(f"/inbox/c/{conversation}/unread", headers=HTMX))
        assert notice(root) == ""
    assert (await house.scene.row(conversation)).unread == 1
    await jo.post(f"/inbox/c/{conversation}/close", data={"version": "0", "seen": "9"}, headers=HTMX)
    closed = shown(await jo.post(f"/inbox/c/{conversation}/unread", headers=HTMX), status=422)
    assert notice(closed) == "This conversation is closed. Reopen it first."
    assert (await house.scene.row(conversation)).unread == 0


async def test_a_conversation_is_put_away_until_a_time_and_brought_back(house: House) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    address, fields = f"/inbox/c/{conversation}/snooze", {"version": "0", "seen": "1", "preset": "morning"}
    root = shown(await jo.post(address, data=fields, headers=HTMX))
    assert words(root, "handling-now").startswith("Snoozed until ")
    assert words(root, "handling-now").endswith(", 08:00")
    assert notice(root) == "Snoozed. Undo"
    for query, rows in (("?tab=shared", 0), ("?tab=shared&snoozed=1", 1)):
        page = shown(await jo.get(f"/inbox{query}"))
        assert [row.id for row in page.all("conv")] == rows * [f"conv-{conversation}"], query
    empty = shown(await jo.get("/inbox?tab=shared"))
    assert words(empty, "convs-empty") == "Nothing waits now. 1 snoozed"
    (act,) = shown(await jo.get(f"/inbox/c/{conversation}")).all("msg--act")
    assert "Jo Park snoozed this conversation until" in act.words
    assert ", 08:00." in act.words
    root = shown(await jo.post(f"/inbox/c/{conversation}/wake", data={"version": "1"}, headers=HTMX))
    assert words(root, "handling-now") == "Not assigned"


@pytest.mark.parametrize("until", ["", "2020-01-01T08:00"])
async def test_a_snooze_needs_a_time_to_come_and_a_plain_form_keeps_what_was_typed(house: House, until: str) -> None:
    conversation = await house.scene.text_in()
    jo = await house.browser(house.scene.jo)
    fields = {"version": "0", "seen": "1", "until": until}
    root = shown(await jo.post(f"/inbox/c/{conversation}/snooze", data=fields, headers=HTMX), 422)
    assert notice(root)
    page = shown(await jo.post(f"/inbox/c/{conversation}/snooze", data=fields), 422)
    field = page.by_id("snooze-until")
    assert field is not None
    assert field.attributes["value"] == until
    assert (await house.scene.row(conversation)).snoozed_until is None
