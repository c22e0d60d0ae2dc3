"""Two-factor sign-in in the browser: set up, asked for, required, recovered from, and reset."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from websockets.exceptions import ConnectionClosed

from inbox.accounts import second_steps, sessions, users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.storage import tables
from inbox.storage.columns import db_later
from inbox.storage.database import Tenant
from inbox.web import revocation
from tests.people import PASSWORD
from tests.web.browsers import SESSION, given_cookies, is_in
from tests.web.codes import SET_UP, next_code, set_up, with_password
from tests.web.house import HTMX, House, shown
from tests.web.test_live_door import Door, door  # noqa: F401

pytestmark = pytest.mark.anyio

CODE = "/login/code"
STEP = "__Host-second-step"


@pytest.fixture
async def jo(house: House) -> User:
    """Jo can sign in by password, and is an Organisation Admin."""
    tenant, jo = house.scene.tenant, house.scene.jo
    await users.set_password(tenant, jo.id, PASSWORD)
    await users.change(tenant, jo.id, role=Role.ORGANISATION_ADMIN.value)
    return await users.find(tenant, jo.id)


@pytest.fixture
async def mine(house: House, jo: User) -> httpx2.AsyncClient:
    """A browser in which Jo is signed in."""
    return await house.browser(jo)


async def require(house: House) -> None:
    ours = tables.organisations.c.id == house.scene.tenant.organisation_id
    await house.scene.tenant.execute(update(tables.organisations).where(ours).values(needs_second_factor=True))


async def told(tenant: Tenant) -> list[str]:
    return [row["what"] for row in await tenant.fetch_all(select(tables.audit_log.c.what))]


async def test_the_app_is_told_by_a_picture_and_a_key_and_confirmed_by_a_code(house: House, mine: Any) -> None:
    assert "Signing in takes your password alone." in shown(await mine.get("/account")).words
    assert (await mine.get(f"{SET_UP}/picture.svg")).status_code == 404
    await mine.post(SET_UP)
    picture = await mine.get(f"{SET_UP}/picture.svg")
    assert picture.headers["Content-Type"] == "image/svg+xml"
    assert picture.headers["Cache-Control"] == "no-store"
    assert b"<script" not in picture.content
    wrong = shown(await mine.post(f"{SET_UP}/confirm", data={"code": "000000"}), 422)
    assert "This code is not right" in wrong.by_id("code-error").words  # type: ignore[union-attr]
    _, codes = await set_up(mine)
    assert len(codes) == 10
    assert "Recovery codes that are left: 10" in shown(await mine.get("/account")).words
    assert (await mine.get(f"{SET_UP}/picture.svg")).status_code == 404
    assert (await mine.get(SET_UP)).headers["Location"] == "/account"
    assert "turned two-factor sign-in on" in (await told(house.scene.tenant))[-1]


async def test_turning_it_on_ends_every_other_session_and_renews_this_one(house: House, jo: User, mine: Any) -> None:
    elsewhere, before = await house.browser(jo), mine.cookies[SESSION]
    await set_up(mine)
    assert (await elsewhere.get("/account")).status_code == 303
    assert mine.cookies.get(SESSION, domain="inbox.example.com") not in (None, before)
    assert not await is_in(house.scene.tenant, before)
    assert (await mine.get("/account")).status_code == 200


async def test_signing_in_takes_the_code_after_the_password(house: House, jo: User, mine: Any) -> None:
    secret, _ = await set_up(mine)
    browser = await with_password(house, jo)
    assert SESSION not in browser.cookies
    assert (await browser.get("/inbox")).status_code == 303, "the password alone opens nothing"
    assert "Enter a code" in shown(await browser.get(CODE)).words
    wrong = shown(await browser.post(CODE, data={"code": "000000"}), 422)
    assert "This code is not right" in wrong.words
    right = await browser.post(CODE, data={"code": next_code(secret)})
    assert right.headers["Location"] == "/inbox?tab=shared"
    cookie = given_cookies(right)[SESSION]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "lax")
    assert (await browser.get("/account")).status_code == 200
    assert STEP not in browser.cookies


async def test_a_code_that_signed_somebody_in_signs_nobody_in_again(house: House, jo: User, mine: Any) -> None:
    secret, codes = await set_up(mine)
    for used in (next_code(secret), codes[3]):
        first, second = await with_password(house, jo), await with_password(house, jo)
        assert (await first.post(CODE, data={"code": used})).status_code == 303
        assert (await second.post(CODE, data={"code": used})).status_code == 422


async def test_the_step_is_this_browsers_and_ends_with_its_use(house: House, jo: User, mine: Any) -> None:
    secret, codes = await set_up(mine)
    stranger = await house.browser(Origin="https://inbox.example.com")
    assert (await stranger.post(CODE, data={"code": next_code(secret)})).headers["Location"] == "/login?over"
    browser = await with_password(house, jo)
    stolen = browser.cookies[STEP]
    await browser.post(CODE, data={"code": next_code(secret)})
    stranger.cookies.set(STEP, stolen, domain="inbox.example.com")
    assert (await stranger.post(CODE, data={"code": codes[0]})).headers["Location"] == "/login?over"
    assert stolen not in str([tuple(row) for row in await house.scene.tenant.fetch_all(select(tables.second_steps))])


async def test_after_five_wrong_codes_the_password_is_asked_for_again(house: House, jo: User, mine: Any) -> None:
    secret, _ = await set_up(mine)
    browser = await with_password(house, jo)
    for _ in range(second_steps.MOST_TRIES):
        assert (await browser.post(CODE, data={"code": "000000"})).status_code == 422
    assert (await browser.post(CODE, data={"code": next_code(secret)})).headers["Location"] == "/login?over"
    assert "Sign in again." in shown(await browser.get("/login?over")).words
    again = await with_password(house, jo)
    held = await again.post(CODE, data={"code": next_code(secret)})
    assert held.status_code == 429, "a new password brings no new tries"
    assert int(held.headers["Retry-After"]) > 30


async def test_a_step_ends_by_time_by_a_new_password_and_by_deactivation(house: House, jo: User, mine: Any) -> None:
    tenant, (secret, _) = house.scene.tenant, await set_up(mine)
    late, replaced, gone = [await with_password(house, jo) for _ in range(3)]
    hashed = tables.second_steps.c.cookie_hash == sessions.hash_of(late.cookies[STEP])
    await tenant.execute(update(tables.second_steps).where(hashed).values(expires_at=db_later(-1)))
    assert (await late.get(CODE)).headers["Location"] == "/login?over"
    await users.set_password(tenant, jo.id, PASSWORD)
    assert (await replaced.post(CODE, data={"code": next_code(secret)})).headers["Location"] == "/login?over"
    gone = await with_password(house, jo)
    await users.deactivate(tenant, jo.id)
    assert (await gone.post(CODE, data={"code": next_code(secret)})).headers["Location"] == "/login?over"


async def test_a_password_chosen_by_mail_does_not_spare_the_code(house: House, jo: User, mine: Any) -> None:
    await set_up(mine)
    await users.set_password(house.scene.tenant, jo.id, PASSWORD)
    assert SESSION not in (await with_password(house, jo)).cookies


async def test_it_is_turned_off_with_the_password_and_told_by_mail(house: House, jo: User, mine: Any) -> None:
    await set_up(mine)
    wrong = shown(await mine.post(f"{SET_UP}/off", data={"proof": "not mine"}), 422)
    assert wrong.by_id("proof-error").words == "This is not your present password."  # type: ignore[union-attr]
    assert (await mine.post(f"{SET_UP}/off", data={"proof": PASSWORD})).status_code == 303
    assert SESSION in (await with_password(house, jo)).cookies
    mailed = await house.scene.tenant.fetch_one(select(tables.mails))
    assert mailed is not None
    assert (mailed["email"], mailed["subject"]) == (jo.email, "Two-factor sign-in is off")


async def test_new_recovery_codes_end_the_old_ones(house: House, jo: User, mine: Any) -> None:
    _, old = await set_up(mine)
    assert (await mine.post(f"{SET_UP}/codes", data={"proof": "not mine"})).status_code == 422
    page = shown(await mine.post(f"{SET_UP}/codes", data={"proof": PASSWORD}))
    new = [one.words for one in page if one.tag == "code"]
    assert not set(new) & set(old)
    browser = await with_password(house, jo)
    assert (await browser.post(CODE, data={"code": old[0]})).status_code == 422
    assert (await browser.post(CODE, data={"code": new[0]})).status_code == 303


async def test_where_it_is_required_it_is_set_up_before_anything_else(house: House, jo: User, mine: Any) -> None:
    await require(house)
    led = await mine.get("/inbox?tab=shared")
    assert led.headers["Location"] == f"{SET_UP}?next=/inbox%3Ftab%3Dshared"
    assert (await mine.post("/account", data={"name": "Jo"})).status_code == 303
    assert (await mine.get("/inbox", headers=HTMX)).headers["HX-Redirect"].startswith(SET_UP)
    assert (await mine.get("/account", headers={"Accept": "application/json"})).status_code == 403
    page = shown(await mine.get(led.headers["Location"]))
    assert "Acme asks everybody for a code beside the password." in page.words
    assert await sessions.alive(house.scene.tenant.database, [sessions.hash_of(mine.cookies[SESSION])]) == {}
    await set_up(mine)
    assert (await mine.get("/inbox")).status_code == 200
    now = mine.cookies.get(SESSION, domain="inbox.example.com")
    assert await sessions.alive(house.scene.tenant.database, [sessions.hash_of(str(now))])


async def test_open_pages_are_closed_once_it_is_required(door: Door) -> None:  # noqa: F811
    line = await door.line("?tab=shared")
    await line.live()
    await require(door.house)
    await revocation.dismiss_ended(door.house.scene.tenant.database, door.house.app.state.hub)
    with pytest.raises(ConnectionClosed) as over:
        await line.until(lambda: False)
    again = await door.line("?tab=shared")
    with pytest.raises(ConnectionClosed):
        await again.until(lambda: False)
    assert over.value.rcvd is not None
    assert over.value.rcvd.code == 4401


async def test_an_admin_resets_it_for_somebody_who_has_lost_the_app(house: House, jo: User, mine: Any) -> None:
    tenant, ana = house.scene.tenant, house.scene.ana
    await users.set_password(tenant, ana.id, PASSWORD)
    await set_up(await house.browser(ana))
    page = f"/settings/users/{ana.id}"
    assert "Two-factor sign-in is on." in shown(await mine.get(page)).words
    assert "was told so by mail" in shown(await mine.post(f"{page}/second-factor")).words
    assert SESSION in (await with_password(house, ana)).cookies
    mailed = await tenant.fetch_one(select(tables.mails))
    assert mailed is not None
    assert (mailed["email"], mailed["subject"]) == (ana.email, "Your two-factor sign-in was reset")
    assert "Jo Park has reset your two-factor sign-in." in mailed["paragraphs"]
    assert any(f"reset the two-factor sign-in of {ana.email}" in entry for entry in await told(tenant))
    assert (await mine.post(f"/settings/users/{jo.id}/second-factor")).status_code == 422


async def test_nobody_resets_it_for_who_may_do_more(house: House, jo: User, mine: Any) -> None:
    await set_up(mine)
    await users.change(house.scene.tenant, house.scene.ana.id, role=Role.COMPANY_ADMIN.value)
    ana = await house.browser(house.scene.ana)
    assert (await ana.post(f"/settings/users/{jo.id}/second-factor")).status_code == 403
    assert (await users.find(house.scene.tenant, jo.id)).has_second_factor


async def test_known_and_unknown_emails_are_not_told_apart_by_a_second_factor(
    house: House, jo: User, mine: Any
) -> None:
    await set_up(mine)
    browser, pages = await house.browser(Origin="https://inbox.example.com"), []
    await browser.get("/login")
    for email in (jo.email, "nobody@acme.test"):
        answer = await browser.post("/login", data={"email": email, "password": "wrong"})
        pages.append((answer.status_code, answer.text.replace(email, "")))
    assert pages[0] == pages[1]
