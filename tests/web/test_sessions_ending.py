"""Sessions of browsers: whose they are and how they end."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from inbox import clock
from inbox.accounts import sessions, users
from inbox.accounts.users import User
from inbox.storage import tables
from inbox.storage.database import Tenant
from tests.web.browsers import PAIR, SESSION, given_cookies, is_in, signed_in
from tests.web.site import ORIGIN, Site

pytestmark = pytest.mark.anyio


async def test_a_preset_cookie_is_not_adopted_and_dies(acme: Site, tenant: Tenant, jo: User) -> None:
    invented, earlier = "a cookie that an attacker knows", await sessions.start(tenant, jo.id)
    for preset in (invented, earlier):
        async with acme.browser(Origin=ORIGIN, Cookie=f"{SESSION}={preset}") as client:
            answer = await client.post("/login", data=PAIR)
        fresh = given_cookies(answer)[SESSION].value
        assert fresh != preset
        assert await is_in(tenant, fresh)
        assert not await is_in(tenant, preset)
    assert acme.hub.keys == [f"session:{sessions.hash_of(earlier)}"]


async def test_signing_out_ends_the_session_on_the_server(acme: Site, tenant: Tenant, jo: User) -> None:
    async with signed_in(acme) as client:
        cookie = client.cookies[SESSION]
        answer = await client.post("/logout")
        assert answer.status_code == 303
        assert given_cookies(answer)[SESSION]["max-age"] == "0"
        assert SESSION not in client.cookies
        page = await client.get(answer.headers["Location"])
    assert "You were signed out. Your drafts are still on this computer." in page.text
    assert not await is_in(tenant, cookie)
    assert acme.hub.keys == [f"session:{sessions.hash_of(cookie)}"]


async def test_signing_out_leaves_other_browsers_alone(acme: Site, tenant: Tenant, jo: User) -> None:
    async with signed_in(acme) as one, signed_in(acme) as other:
        await one.post("/logout")
        assert await is_in(tenant, other.cookies[SESSION])


async def test_signing_out_everywhere_ends_every_session(acme: Site, tenant: Tenant, jo: User) -> None:
    kim = await users.create(tenant, email="kim@acme.test", name="Kim Lee", role=jo.role, password="another password")
    kims = await sessions.start(tenant, kim.id)
    async with signed_in(acme) as one, signed_in(acme) as other:
        cookies = [one.cookies[SESSION], other.cookies[SESSION]]
        assert (await one.post("/logout/everywhere")).status_code == 303
    assert [await is_in(tenant, cookie) for cookie in cookies] == [False, False]
    assert set(acme.hub.keys) == {f"session:{sessions.hash_of(cookie)}" for cookie in cookies}
    assert await is_in(tenant, kims)


async def test_signing_out_twice_or_as_nobody_does_no_harm(acme: Site, jo: User) -> None:
    async with acme.browser(Origin=ORIGIN, Cookie=f"{SESSION}=unknown") as client:
        for path in ("/logout", "/logout/everywhere"):
            assert (await client.post(path)).status_code == 303
    assert acme.hub.keys == []


@pytest.mark.parametrize("path", ["/logout", "/logout/everywhere"])
async def test_no_link_and_no_foreign_page_signs_anybody_out(acme: Site, tenant: Tenant, jo: User, path: str) -> None:
    async with signed_in(acme) as client:
        assert (await client.get(path)).status_code == 405
        foreign = {"Origin": "https://evil.example"}
        assert (await client.post(path, headers=foreign)).status_code == 403
        assert await is_in(tenant, client.cookies[SESSION])


async def test_the_sign_out_form_works_with_its_token_alone(acme: Site, tenant: Tenant, jo: User) -> None:
    async with signed_in(acme) as client:
        cookie = client.cookies[SESSION]
    token = acme.token(cookie)
    async with acme.browser(Cookie=f"{SESSION}={cookie}") as client:
        assert (await client.post("/logout", data={"csrf": token})).status_code == 303
    assert not await is_in(tenant, cookie)


async def test_an_idle_and_a_deactivated_browser_are_told_they_were_signed_out(
    acme: Site, tenant: Tenant, jo: User
) -> None:
    async with signed_in(acme) as client:
        assert (await client.get("/login")).headers["Location"] == "/inbox"
        await tenant.execute(update(tables.sessions).values(last_seen_at=clock.now() - timedelta(hours=13)))
        assert "You were signed out." in (await client.get("/login?next=/inbox")).text
    async with signed_in(acme) as client:
        await users.deactivate(tenant, jo.id)
        assert "You were signed out." in (await client.get("/login?next=/inbox")).text
        assert (await client.post("/login", data=PAIR)).status_code == 422


async def test_a_newcomer_is_told_nothing(acme: Site) -> None:
    async with acme.browser() as client:
        assert "You were signed out." not in (await client.get("/login?next=/inbox")).text


async def test_whoever_is_signed_in_skips_the_form(acme: Site, jo: User) -> None:
    async with signed_in(acme) as client:
        assert (await client.get("/login?next=/candidates")).headers["Location"] == "/candidates"
        assert (await client.get("/")).headers["Location"] == "/inbox"
