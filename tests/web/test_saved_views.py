"""Saved views in the browser: kept from the inbox's address, chosen in the menu, opened by an address of their own."""

import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.messaging import saved_views
from inbox.storage import tables
from inbox.storage.columns import new_id
from tests.journeys.elements import Element
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio

PAGE = "/saved-views"
FILTERS = "?tab=shared&range=7d&failed=1"


def menu(page: Element) -> dict[str, str]:
    """Where the entries of the menu lead, by name."""
    found = page.by_id("saved-views")
    assert found is not None
    return {link.attributes["data-name"]: link.attributes["href"] for link in found if "data-name" in link.attributes}


async def test_the_filters_of_the_page_are_saved_and_stand_in_the_menu(house: House) -> None:
    jo, ana = await house.browser(house.scene.jo), await house.browser(house.scene.ana)
    page = shown(await jo.get(f"/inbox{FILTERS}"))
    assert menu(page) == {}
    (way,) = [link.attributes["href"] for link in page if "data-saves" in link.attributes]
    form = shown(await jo.get(way))
    assert "Shared: failed messages in the last 7 days" in form.words
    (query,) = [field.attributes["value"] for field in form if field.attributes.get("name") == "query"]
    answer = await jo.post(PAGE, data={"query": query, "name": "<b>Failures</b>"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/inbox{FILTERS}")
    for headers in ({}, HTMX | {"HX-Target": "convs"}):
        page = shown(await jo.get(f"/inbox{FILTERS}", headers=headers))
        assert menu(page) == {"<b>Failures</b>": f"/inbox{FILTERS}"}
        assert page.first("saved-views__name").words == "<b>Failures</b>"  # type: ignore[union-attr]
    assert shown(await jo.get("/inbox")).first("saved-views__name").words == "Views"  # type: ignore[union-attr]
    assert menu(shown(await ana.get("/inbox"))) == {}


async def test_what_is_no_filter_is_not_saved(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    odd = "?tab=shared&before=x&m=y&next=//evil.example&q=%22%3E"
    answer = await jo.post(PAGE, data={"query": odd, "name": "Odd"})
    assert answer.headers["Location"] == "/inbox?tab=shared&q=%22%3E"
    for query in ("https://evil.example/", "//evil.example", "?from=2026-02-30", "\x00"):
        answer = await jo.post(PAGE, data={"query": query, "name": new_id()})
        assert answer.headers["Location"] == "/inbox", query


async def test_it_is_opened_renamed_removed_and_brought_back(house: House) -> None:
    scene = house.scene
    jo, ana = await house.browser(scene.jo), await house.browser(scene.ana)
    await jo.post(PAGE, data={"query": FILTERS, "name": "Failures"})
    (one,) = await saved_views.all_of(scene.tenant, scene.jo)
    address = f"{PAGE}/{one.id}"
    assert (await jo.get(address)).headers["Location"] == f"/inbox{FILTERS}"
    for path in (address, f"{address}/edit"):
        assert (await ana.get(path)).status_code == 404
    refused = shown(await jo.post(address, data={"name": " "}), 422)
    assert "Enter a name." in refused.words
    assert (await jo.post(address, data={"name": "All failures"})).headers["Location"] == PAGE
    assert "All failures" in shown(await jo.get(PAGE)).words
    gone = await jo.post(f"{address}/archive")
    page = shown(await jo.get(gone.headers["Location"]))
    assert "“All failures” was removed." in page.words
    assert "No saved views yet." in page.words
    await jo.post(f"{address}/restore")
    assert list(menu(shown(await jo.get("/inbox")))) == ["All failures"]


async def test_an_admin_shares_one_that_others_choose_and_leave_as_it_is(house: House) -> None:
    scene, table = house.scene, tables.users
    jo, ana = await house.browser(scene.jo), await house.browser(scene.ana)
    fields = {"query": FILTERS, "name": "Failures", "shared": "1"}
    assert (await jo.post(PAGE, data=fields)).status_code == 403
    await scene.tenant.execute(update(table).where(table.c.id == scene.ana.id).values(role=Role.COMPANY_ADMIN.value))
    assert "Everybody" in shown(await ana.get(f"{PAGE}/new{FILTERS}")).words
    assert (await ana.post(PAGE, data=fields)).status_code == 303
    assert list(menu(shown(await jo.get("/inbox")))) == ["Failures"]
    (one,) = await saved_views.all_of(scene.tenant, scene.jo)
    page = shown(await jo.get(f"{PAGE}/{one.id}/edit"))
    assert "An admin can rename or remove it." in page.words
    for path in ("", "/archive"):
        assert (await jo.post(f"{PAGE}/{one.id}{path}", data={"name": "Mine now"})).status_code == 403
    taken = shown(await jo.post(PAGE, data={"query": "", "name": "failures"}), 422)
    assert "There is a view “failures” already." in taken.words
