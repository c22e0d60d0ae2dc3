"""Duplicates in the browser: found, side by side, merged, and where the old page leads."""

import pytest

from inbox.candidates import people
from tests.messaging.scene import MAYA, TOM
from tests.web.house import House, shown
from tests.web.test_own_only import sees_only_own

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


async def test_they_are_found_compared_and_merged_and_the_old_page_leads_on(house: House) -> None:
    scene = house.scene
    jo = await house.browser(scene.jo)
    assert (
        "Nobody has the number or the e-mail of somebody else." in shown(await jo.get("/candidates/duplicates")).words
    )
    stays = await people.create(scene.tenant, name="Maya Chen", number=MAYA, email="maya@example.com")
    goes = await people.create(scene.tenant, name="M. Chen", number=TOM, email="maya@example.com", job="Nurse")
    listed = shown(await jo.get("/candidates/duplicates"))
    assert "One e-mail: maya@example.com" in listed.words
    assert f"/candidates/{stays}/merge?with={goes}" in [one.attributes.get("href") for one in listed]
    found = shown(await jo.get(f"/candidates/{stays}/merge?q=chen"))
    assert "Compare with M. Chen" in found.words
    page = shown(await jo.get(f"/candidates/{stays}/merge?with={goes}"))
    assert "Merge Maya Chen and M. Chen" in page.words
    fields = {
        str(one.attributes["name"]): str(one.attributes["value"])
        for one in page
        if one.tag == "input"
        and "name" in one.attributes
        and ("checked" in one.attributes or one.attributes.get("type") == "hidden")
    }
    assert fields["name"] == ""
    assert fields["job"] == "other"
    late = await jo.post(f"/candidates/{stays}/merge", data=fields | {"mark": "older"})
    assert "Somebody changed one of them meanwhile." in shown(late, status=409).words
    done = await jo.post(f"/candidates/{stays}/merge", data=fields | {"number": "other"})
    assert (done.status_code, done.headers["Location"]) == (303, f"/candidates/{stays}")
    kept = await people.find(scene.tenant, stays)
    assert (kept.name, kept.number, kept.job) == ("Maya Chen", TOM, "Nurse")
    for path in ("", "/preview"):
        led = await jo.get(f"/candidates/{goes}{path}")
        assert led.headers["Location"] == f"/candidates/{stays}{path}"


async def test_who_does_not_see_everything_merges_nobody(house: House) -> None:
    scene = house.scene
    stays = await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    goes = await people.create(scene.tenant, name="M. Chen", number=TOM)
    jo = await house.browser(await sees_only_own(scene, scene.jo))
    assert (await jo.get("/candidates/duplicates")).status_code == 403
    assert (await jo.get(f"/candidates/{stays}/merge?with={goes}")).status_code == 403
    assert (await jo.post(f"/candidates/{stays}/merge", data={"with": goes})).status_code == 403
    assert (await people.find(scene.tenant, goes)).id == goes
