"""Settings > Users and one's own account, in the browser."""

import re
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from inbox.accounts import sessions, users
from inbox.accounts.roles import Role
from inbox.messaging import handling
from inbox.storage import tables
from tests.people import PASSWORD
from tests.web.house import House, shown

pytestmark = pytest.mark.anyio

PAGE = "/settings/users"


@pytest.fixture
async def admin(house: House) -> Any:
    """A browser in which an admin is signed in."""
    await is_now(house, Role.ORGANISATION_ADMIN)
    return await house.browser(house.scene.jo)


async def is_now(house: House, role: Role) -> None:
    await house.scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == house.scene.jo.id).values(role=role.value)
    )


async def test_somebody_is_added_and_the_password_is_shown_once(house: House, admin: Any) -> None:
    answer = await admin.post(PAGE, data={"email": "nia@acme.test", "name": "Nia Bello", "role": "recruiter"})
    words = shown(answer).words
    assert "Nia Bello signs in as nia@acme.test with this password. It is shown only now." in words
    assert answer.headers["Cache-Control"] == "no-store"
    (password,) = re.findall(r'<code class="secret">(.+?)</code>', answer.text)
    listed = await admin.get(PAGE)
    assert "Nia Bello nia@acme.test Recruiter" in shown(listed).words
    assert password not in listed.text
    stranger = await house.browser()
    signed_in = await stranger.post(
        "/login", data={"email": "nia@acme.test", "password": password}, headers={"Origin": "https://inbox.example.com"}
    )
    assert signed_in.status_code == 303


async def test_what_cannot_be_added_stays_in_the_form(house: House, admin: Any) -> None:
    fields = {"email": house.scene.ana.email, "name": "<b>Ana", "role": "recruiter"}
    page = shown(await admin.post(PAGE, data=fields), status=422)
    assert "Somebody signs in with this e-mail already." in page.words
    assert page.by_id("name").attributes["value"] == "<b>Ana"  # type: ignore[union-attr]
    assert (await admin.post(PAGE, data=fields | {"role": "king"})).status_code == 422


async def test_who_leaves_is_shut_out_and_the_conversations_are_a_colleagues(house: House, admin: Any) -> None:
    scene = house.scene
    conversation = await scene.text_in()
    await handling.claim(scene.tenant, scene.ana, conversation)
    ana = await house.browser(scene.ana)
    assert "Open conversations: 1" in shown(await admin.get(f"{PAGE}/{scene.ana.id}")).words
    answer = await admin.post(f"{PAGE}/{scene.ana.id}/hand-over", data={"assignee": scene.jo.id, "deactivate": "1"})
    words = shown(answer).words
    assert "Ana Ruiz cannot sign in any more. 1 conversation handed over to Jo Park." in words
    assert "Let Ana in again" in words
    assert (await scene.row(conversation)).assignee_id == scene.jo.id
    assert (await ana.get("/inbox")).status_code == 303
    assert (await admin.post(f"{PAGE}/{scene.ana.id}/reactivate")).status_code == 303
    assert not (await users.find(scene.tenant, scene.ana.id)).deactivated


async def test_a_new_password_ends_every_session(house: House, admin: Any) -> None:
    ana = await house.browser(house.scene.ana)
    assert (await ana.get("/inbox")).status_code == 200
    page = await admin.post(f"{PAGE}/{house.scene.ana.id}/password")
    assert "Password of Ana Ruiz" in shown(page).words
    assert (await ana.get("/inbox")).status_code == 303


async def test_what_nobody_does_to_themselves_is_refused_with_a_sentence(house: House, admin: Any) -> None:
    me = f"{PAGE}/{house.scene.jo.id}"
    page = shown(await admin.post(me, data={"name": "Jo", "role": "guest"}), status=422)
    assert "Nobody changes their own role." in page.words
    page = shown(await admin.post(f"{me}/hand-over", data={"deactivate": "1"}), status=422)
    assert "Nobody shuts themselves out." in page.words
    page = shown(await admin.post(f"{me}/password"), status=422)
    assert "Change your own password on your account page." in page.words
    assert shown(await admin.post(f"{PAGE}/{house.scene.ana.id}/hand-over", data={"assignee": "x"}), status=422)


@pytest.mark.parametrize("role", [Role.RECRUITER, Role.REPORTER, Role.GUEST])
async def test_only_admins_see_users(house: House, role: Role) -> None:
    await is_now(house, role)
    jo = await house.browser(house.scene.jo)
    for path in (PAGE, f"{PAGE}/new", f"{PAGE}/{house.scene.ana.id}"):
        assert (await jo.get(path)).status_code == 403
    for path in ("", f"/{house.scene.ana.id}", *(f"/{house.scene.ana.id}/{act}" for act in ("password", "hand-over"))):
        assert (await jo.post(f"{PAGE}{path}", data={"role": "guest"})).status_code == 403
    assert "Settings" not in shown(await jo.get("/account")).words


async def test_users_of_another_organisation_are_not_there(house: House, admin: Any) -> None:
    assert (await admin.get(f"{PAGE}/{uuid4()}")).status_code == 404
    assert (await admin.post(f"{PAGE}/{uuid4()}/hand-over")).status_code == 404


async def test_a_new_name_and_zone_of_ones_own_are_kept(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    assert (await jo.post("/account", data={"name": "Joanna Park", "time_zone": "Europe/London"})).status_code == 303
    changed = await users.find(house.scene.tenant, house.scene.jo.id)
    assert (changed.name, changed.zone.key) == ("Joanna Park", "Europe/London")
    page = shown(await jo.post("/account", data={"name": " ", "time_zone": "Mars/Base"}), status=422)
    assert page.by_id("name-error") is not None or page.by_id("time_zone-error") is not None


async def test_ones_own_password_needs_the_present_one_and_signs_out_everywhere_else(house: House) -> None:
    scene = house.scene
    await users.set_password(scene.tenant, scene.jo.id, PASSWORD)
    here, there = await house.browser(scene.jo), await house.browser(scene.jo)
    wrong = shown(
        await here.post("/account/password", data={"current": "guess", "new": "another password"}), status=422
    )
    assert "This is not your present password." in wrong.words
    short = shown(await here.post("/account/password", data={"current": PASSWORD, "new": "short"}), status=422)
    assert "Choose a password of at least 8 characters." in short.words
    answer = await here.post("/account/password", data={"current": PASSWORD, "new": "another password"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account?saved=password")
    cookie = answer.cookies["__Host-session"]
    here.cookies.clear()
    here.cookies["__Host-session"] = cookie
    assert "Your password is changed." in shown(await here.get("/account?saved=password")).words
    assert (await there.get("/inbox")).status_code == 303
    open_sessions = await scene.tenant.fetch_all(tables.sessions.select().where(tables.sessions.c.ended_at.is_(None)))
    assert len(open_sessions) == 1
    assert sessions.hash_of(cookie) == open_sessions[0].id_hash


async def test_who_guesses_the_present_password_is_held_up(house: House) -> None:
    jo = await house.browser(house.scene.jo)
    codes = [
        (await jo.post("/account/password", data={"current": "guess", "new": "another password"})).status_code
        for _ in range(30)
    ]
    assert codes[0] == 422
    assert codes[-1] == 429
