"""Duplicates in the browser: found, side by side, merged, and where the old page leads."""

import pytest
from sqlalchemy import select

from inbox.candidates import people, profiles
from inbox.languages import known
from inbox.storage import tables
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


async def test_a_merge_is_undone_from_the_page_that_says_what_goes_back(house: House) -> None:
    scene = house.scene
    jo = await house.browser(scene.jo)
    stays = await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    goes = await people.create(scene.tenant, name="M. Chen", number=TOM, job="Nurse")
    await scene.text_in(TOM)
    marks = [(await profiles.find(scene.tenant, one)).mark for one in (stays, goes)]
    fields = {"with": goes, "mark": marks[0], "other_mark": marks[1], "name": "other"}
    await jo.post(f"/candidates/{stays}/merge", data=fields)
    undo = f"/candidates/{goes}/unmerge"
    for listed in ("/candidates/duplicates", f"/candidates/{stays}/merge"):
        assert undo in [one.attributes.get("href") for one in shown(await jo.get(listed))]
    page = shown(await jo.get(undo))
    assert "M. Chen is there again, with" in page.words
    assert "+61 491 570 156" in page.words
    assert "1 conversation, with all that was written in it since" in page.words
    assert "Name: Maya Chen M. Chen" in page.words
    done = await jo.post(undo)
    assert (done.status_code, done.headers["Location"]) == (303, f"/candidates/{goes}")
    assert "M. Chen" in shown(await jo.get(f"/candidates/{goes}")).words
    assert (await people.find(scene.tenant, stays)).name == "Maya Chen"
    assert (await jo.post(undo)).status_code == (await jo.get(undo)).status_code == 404
    log = await scene.tenant.fetch_val(select(tables.audit_log.c.what).order_by(tables.audit_log.c.seq.desc()).limit(1))
    assert known(log) == f"took candidate {goes} out of candidate {stays} again"


async def test_who_does_not_see_everything_merges_nobody(house: House) -> None:
    scene = house.scene
    stays = await people.create(scene.tenant, name="Maya Chen", number=MAYA)
    goes = await people.create(scene.tenant, name="M. Chen", number=TOM)
    jo = await house.browser(await sees_only_own(scene, scene.jo))
    assert (await jo.get("/candidates/duplicates")).status_code == 403
    assert (await jo.get(f"/candidates/{stays}/merge?with={goes}")).status_code == 403
    assert (await jo.post(f"/candidates/{stays}/merge", data={"with": goes})).status_code == 403
    assert (await jo.get(f"/candidates/{goes}/unmerge")).status_code == 403
    assert (await people.find(scene.tenant, goes)).id == goes
