"""Other systems are told what happens, signed, once each, until they have taken it, as an Organisation Admin chose."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import select, update

from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.app import create_app
from inbox.hooks import deliveries, delivering, endpoints
from inbox.hooks.following import catch_up
from inbox.messaging import handling, inbound
from inbox.storage import tables
from inbox.storage.columns import db_later
from tests.hooks.receiver import Receiver, receiving
from tests.messaging.scene import MAYA, TOM, organisation
from tests.realtime import waiting
from tests.web.house import House, settings, shown

pytestmark = pytest.mark.anyio

PAGE = "/settings/webhooks"
ALL = ["message.received", "message.status", "conversation.assigned", "opt_out"]


@pytest.fixture
async def receiver(anyio_backend: str) -> AsyncIterator[Receiver]:
    async with receiving() as receiver:
        yield receiver


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    """The application with its workers, allowed to reach this machine; Jo is its Organisation Admin."""
    async with working(sqlite_url, tmp_path) as house:
        yield house


@pytest.fixture
async def each_house(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    """The same over a database of each kind."""
    async with working(database_url, tmp_path) as house:
        yield house


@asynccontextmanager
async def working(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    app = create_app(replace(settings(database_url, tmp_path), private_webhooks=True), works=True)
    async with app.router.lifespan_context(app):
        house = House(app, await organisation(app.state.database))
        await become(house, house.scene.jo, Role.ORGANISATION_ADMIN)
        yield house
        await house.close()


async def until(condition: Callable[[], object]) -> None:
    await waiting.until(condition, seconds=20)


async def become(house: House, user: User, role: Role) -> None:
    mine = tables.users.c.id == user.id
    await house.scene.tenant.execute(update(tables.users).where(mine).values(role=role.value))


async def added(house: House, receiver: Receiver, kinds: list[str] = ALL) -> tuple[str, str]:
    """Jo adds the receiver in the settings; the address of its page, and its secret."""
    jo = await house.browser(house.scene.jo)
    made = shown(await jo.post(PAGE, data={"url": receiver.url, "kinds": kinds}))
    (endpoint,) = await endpoints.all_of(house.scene.tenant)
    return f"{PAGE}/{endpoint.id}", made.by_id("secret").words  # type: ignore[union-attr]


async def states(house: House) -> list[tuple[str, str, int | None, str | None]]:
    table = tables.webhook_deliveries
    rows = await house.scene.tenant.fetch_all(select(table).order_by(table.c.id))
    return [(row.kind, row.state, row.status, row.trouble) for row in rows]


async def test_what_happens_is_told_signed_and_once_each(each_house: House, receiver: Receiver) -> None:
    house, scene = each_house, each_house.scene
    page, secret = await added(house, receiver)
    await house.text_in("Is the shift still free?")
    await until(lambda: receiver.of("message.received"))
    conversation = await scene.conversation(MAYA)
    (came,) = receiver.told
    assert came.is_signed_with(secret)
    assert not came.is_signed_with("whsec_" + "A" * 43 + "=")
    data = came.json["data"]
    assert (data["message"]["body"], data["message"]["direction"]) == ("Is the shift still free?", "in")
    assert (data["conversation"]["id"], data["conversation"]["number"]) == (conversation, MAYA)

    message = await scene.reply(conversation, who=scene.ana)
    await until(lambda: receiver.of("conversation.assigned"))
    assert receiver.of("conversation.assigned")[0]["assignee"] == {"id": scene.ana.id, "name": scene.ana.name}
    await scene.report(message, "delivered")
    await until(lambda: [one for one in receiver.of("message.status") if one["message"]["state"] == "delivered"])
    assert {one["message"]["author"] for one in receiver.of("message.status")} == {scene.ana.name}
    version = (await scene.row(conversation)).version
    await handling.assign(scene.tenant, scene.jo, conversation, None, version=version)
    await until(lambda: len(receiver.of("conversation.assigned")) == 2)
    assert receiver.of("conversation.assigned")[1]["assignee"] is None
    assert receiver.of("conversation.assigned")[1]["previous_assignee"]["id"] == scene.ana.id

    await house.text_in("STOP")
    await until(lambda: receiver.of("opt_out"))
    assert (receiver.of("opt_out")[0]["state"], receiver.of("opt_out")[0]["by"]) == ("opted_out", "candidate")
    ids = [one.id for one in receiver.told]
    assert len(ids) == len(set(ids))
    jo = await house.browser(scene.jo)
    log = shown(await jo.get(page)).words
    assert "opt_out" in log
    assert "Taken" in log
    assert secret not in (await jo.get(page)).text


async def test_what_is_not_taken_is_tried_again_and_can_be_sent_again_by_hand(
    house: House, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "RETRY_SECONDS", (0.01, 0.01))
    page, secret = await added(house, receiver, ["message.received"])
    jo = await house.browser(house.scene.jo)
    receiver.answers = [500, 302, 503]
    receiver.location = receiver.url
    await jo.post(f"{page}/test")
    await until(lambda: len(receiver.told) == 3)
    assert len({one.id for one in receiver.told}) == 1  # a receiver can tell that it is the same
    await _until_failed(house)
    log = shown(await jo.get(page)).words
    assert "503" in log
    assert "Send again what failed" in log
    renewed = shown(await jo.post(f"{page}/secret")).by_id("secret").words  # type: ignore[union-attr]
    assert (await jo.post(f"{page}/again")).status_code == 303
    await until(lambda: len(receiver.told) == 4)
    assert receiver.told[3].id == receiver.told[0].id
    assert receiver.told[3].is_signed_with(secret)
    assert receiver.told[3].is_signed_with(renewed)
    await house.scene.tenant.execute(update(tables.webhook_endpoints).values(old_secret_until=db_later(-1)))
    ((only, *_),) = [await deliveries.page(house.scene.tenant, page.rpartition("/")[2])]
    await jo.post(f"{page}/deliveries/{only[0].id}/again")
    await until(lambda: len(receiver.told) == 5)
    assert not receiver.told[4].is_signed_with(secret)
    assert receiver.told[4].is_signed_with(renewed)


async def test_who_wants_no_more_or_fails_for_days_is_switched_off_and_an_admin_is_told(
    house: House, receiver: Receiver
) -> None:
    tenant = house.scene.tenant
    page, _ = await added(house, receiver, ["message.received"])
    jo = await house.browser(house.scene.jo)
    receiver.answers = [410]
    await jo.post(f"{page}/test")
    await until_off(house)
    assert "it wants no more events" in shown(await jo.get(page)).words
    assert "wants no more events" in shown(await jo.get("/notifications")).words
    assert "Switch it on first" in shown(await jo.post(f"{page}/test"), 422).words
    await house.text_in("Nobody is told of this")
    await catch_up(tenant.database)
    await jo.post(f"{page}/on")
    await tenant.execute(update(tables.webhook_endpoints).values(failing_since=db_later(-86_400 * 3 - 60)))
    receiver.answers = [500]
    await jo.post(f"{page}/test")
    await until_off(house)
    assert "three days" in shown(await jo.get(page)).words
    assert [one.json["type"] for one in receiver.told] == ["test", "test"]
    assert (await jo.post(f"{page}/remove")).status_code == 303
    assert await states(house) == []


async def test_history_and_what_was_erased_are_not_told_and_nobody_else_may_look(
    house: House, receiver: Receiver
) -> None:
    scene = house.scene
    page, _ = await added(house, receiver)
    before = await scene.tenant.fetch_val(select(db_later(-86_400 * 30)))
    assert await inbound.store(scene.tenant, scene.account, scene.sms(TOM, "Long ago"), received_at=before)
    await scene.text_in(MAYA, "Now")
    await until(lambda: receiver.of("message.received"))
    assert [data["message"]["body"] for data in receiver.of("message.received")] == ["Now"]
    await scene.tenant.execute(update(tables.conversations).values(erased_at=db_later(60)))
    await deliveries.again(scene.tenant, page.rpartition("/")[2], receiver.told[0].id)
    await _until_failed(house)
    assert len(receiver.told) == 1
    await become(house, scene.ana, Role.COMPANY_ADMIN)
    ana = await house.browser(scene.ana)
    assert (await ana.get(PAGE)).status_code == 403
    assert (await ana.post(f"{page}/secret")).status_code == 403
    jo, other = await house.browser(scene.jo), await house.neighbour()
    facts: Any = {"url": receiver.url, "wanted": ALL, "to_private": True}
    theirs, _ = await endpoints.create(other.tenant, house.app.state.vault, **facts)
    assert (await jo.get(f"{PAGE}/{theirs.id}")).status_code == 404
    assert (await jo.post(f"{PAGE}/{theirs.id}/remove")).status_code == 404


async def test_an_address_that_cannot_be_told_anything_is_refused_with_what_was_typed(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    for url in ("ftp://ats.example.com/", "https://", "https://user:pw@ats.example.com/", "https://ats.example.com/#x"):
        page = shown(await jo.post(PAGE, data={"url": url}), 422)
        assert "Enter an address such as https://ats.example.com/hooks." in page.words
        assert "Choose what it is told of." in page.words
        assert page.by_id("url").attributes["value"] == url  # type: ignore[union-attr]


def test_the_pauses_are_a_day_in_all() -> None:
    assert 23 * 3600 < sum(delivering.RETRY_SECONDS) < 25 * 3600


async def _until_failed(house: House) -> None:
    await _until_row(house, tables.webhook_deliveries, "state", ("failed",))


async def until_off(house: House) -> None:
    await _until_row(house, tables.webhook_endpoints, "off_why", ("gone", "failing"))


async def _until_row(house: House, table: Any, column: str, wanted: Any) -> None:
    """Wait until the only row is so."""
    with anyio.fail_after(20):
        while (await house.scene.tenant.fetch_val(select(table.c[column]))) not in wanted:  # noqa: ASYNC110 - another task writes it
            await anyio.sleep(0.01)
