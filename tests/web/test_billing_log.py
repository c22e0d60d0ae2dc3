"""The billing log over the web, and what everybody sees when no segments are left."""

import re

import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.billing import balance, log
from inbox.storage import tables
from inbox.storage.columns import new_id
from tests.messaging.scene import MAYA
from tests.web.house import HTMX, House, shown

pytestmark = pytest.mark.anyio

LOG = "/settings/organisation/sms/billing-log"


async def made(house: House, user: User, role: Role) -> None:
    """Somebody gets another role."""
    await house.scene.tenant.execute(update(tables.users).where(tables.users.c.id == user.id).values(role=role.value))


async def left(house: House, segments: int, topped_to: int = 1_000) -> None:
    await house.scene.tenant.execute(
        update(tables.segment_balances)
        .where(tables.segment_balances.c.organisation_id == house.scene.tenant.organisation_id)
        .values(balance=segments, topped_to=topped_to)
    )


async def test_the_log_shows_what_for_and_what_is_left(house: House) -> None:
    scene = house.scene
    await made(house, scene.jo, Role.ORGANISATION_ADMIN)
    conversation = await scene.text_in(MAYA, "Hello")
    message = await scene.reply(conversation, "x" * 161)
    jo = await house.browser(scene.jo)
    page = shown(await jo.get(LOG))
    assert "997 segments left" in page.words
    assert "Sent to +61 491 570 110 −2 997" in page.words
    assert "Received from +61 491 570 110 −1 999" in page.words
    assert "Opening balance +1,000 1,000" in page.words
    links = [element.attributes.get("href") or "" for element in page]
    assert any(message.id in link for link in links)
    assert "Received" not in shown(await jo.get(f"{LOG}?kind=sent")).by_id("log").words  # type: ignore[union-attr]
    assert "Nothing in these days." in shown(await jo.get(f"{LOG}?kind=corrections")).words
    assert "Opening balance" in shown(await jo.get(f"{LOG}?kind=top_ups&before=x.y")).words
    lines = (await jo.get(f"{LOG}.csv")).text.splitlines()
    assert lines[0] == "When (UTC),What,Candidate,Number,Segments,Balance after"
    assert lines[1].endswith(",Sent to +61 491 570 110,,'+61491570110,'-2,997")


async def test_pages_follow_each_other_without_a_gap(house: House) -> None:
    await made(house, house.scene.jo, Role.ORGANISATION_ADMIN)
    for number in range(1, log.PAGE + 3):
        async with house.scene.tenant.transaction():
            await balance.receive(house.scene.tenant, new_id(), number)
    jo = await house.browser(house.scene.jo)
    first = shown(await jo.get(LOG)).by_id("log-rows")
    assert first is not None
    (more,) = [link for element in first if "before=" in (link := element.attributes.get("href") or "")]
    second = shown(await jo.get(more)).by_id("log-rows")
    assert second is not None
    steps = re.findall(r"not here any more −(\d+) ", f"{first.words} {second.words}")
    assert [int(step) for step in steps] == list(range(log.PAGE + 2, 0, -1))
    assert second.words.endswith("Opening balance +1,000 1,000")


async def test_segments_are_added_with_who_did_it_and_why(house: House) -> None:
    await made(house, house.scene.jo, Role.ORGANISATION_ADMIN)
    await left(house, 0)
    jo = await house.browser(house.scene.jo)
    page = shown(await jo.post(LOG, data={"segments": "many", "note": "<b>card</b>"}), status=422)
    assert "Enter a number from 1 to 100,000,000." in page.words
    assert page.by_id("note").attributes["value"] == "<b>card</b>"  # type: ignore[union-attr]
    answer = await jo.post(LOG, data={"segments": "5,000", "note": "<b>card</b>"})
    page = shown(await jo.get(answer.headers["Location"]))
    assert "5,000 segments added." in page.words
    assert "Top-up by Jo Park: <b>card</b> +5,000 5,000" in page.words


async def test_only_who_pays_sees_the_log(house: House) -> None:
    for role in (Role.RECRUITER, Role.COMPANY_ADMIN, Role.REPORTER):
        await made(house, house.scene.jo, role)
        jo = await house.browser(house.scene.jo)
        for path in (LOG, f"{LOG}.csv"):
            assert (await jo.get(path)).status_code == 403
        assert (await jo.post(LOG, data={"segments": "5"})).status_code == 403
        assert "Billing log" not in shown(await jo.get("/inbox")).words


async def test_at_zero_everybody_is_told_and_the_composer_is_closed(house: House) -> None:
    scene = house.scene
    await made(house, scene.ana, Role.ORGANISATION_ADMIN)
    conversation = await scene.text_in(MAYA)
    await left(house, 0)
    jo, ana = await house.browser(scene.jo), await house.browser(scene.ana)
    told = shown(await jo.get("/candidates")).by_id("banners")
    assert told is not None
    assert told.words == "No segments left. Messages can be read, but not sent. Ask an admin (Ana Ruiz)."
    told = shown(await ana.get("/candidates")).by_id("banners")
    assert told is not None
    assert told.words == "No segments left. Messages can be read, but not sent. Top up under Settings, Billing log."
    assert [element.attributes["href"] for element in told if element.tag == "a"] == [LOG]
    composer = shown(await jo.get(f"/inbox/c/{conversation}")).by_id("composer")
    assert composer is not None
    assert composer.words.startswith(balance.NONE_LEFT)
    assert composer.by_id("body") is None
    refused = await jo.post(f"/inbox/c/{conversation}/messages", data={"body": "Hello"}, headers=HTMX)
    assert balance.NONE_LEFT in shown(refused, status=422).words


@pytest.mark.parametrize(("segments", "kind"), [(251, ""), (250, "info"), (100, "warn")])
async def test_who_pays_is_warned_at_a_quarter_and_at_a_tenth(house: House, segments: int, kind: str) -> None:
    await made(house, house.scene.ana, Role.ORGANISATION_ADMIN)
    await left(house, segments)
    for user, sees in ((house.scene.jo, False), (house.scene.ana, bool(kind))):
        browser = await house.browser(user)
        told = shown(await browser.get("/candidates")).by_id("banners")
        assert told is not None
        assert bool(told.words) is sees
        if sees:
            assert f"{segments} segments left." in told.words
            assert [element.attributes["href"] for element in told if element.tag == "a"] == [LOG]
            assert any(f"banner--{kind}" in (element.attributes.get("class") or "") for element in told)


async def test_a_warning_says_for_how_long_it_lasts_as_the_log_does(house: House) -> None:
    await made(house, house.scene.ana, Role.ORGANISATION_ADMIN)
    await left(house, 100)
    for _ in range(3):
        async with house.scene.tenant.transaction():
            await balance.receive(house.scene.tenant, new_id(), 10)
    ana = await house.browser(house.scene.ana)
    page = shown(await ana.get(LOG))
    told = page.by_id("banners")
    assert told is not None
    lasts = told.words.partition("left. ")[2].partition(" Top up")[0]
    assert lasts.endswith("at the pace of the last week.")
    assert page.words.count(lasts) == 2
