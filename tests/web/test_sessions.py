"""Signing in: what the form answers."""

import re

import pytest
from sqlalchemy import insert, select

from inbox.accounts import login_failures, sessions
from inbox.accounts.users import User
from inbox.storage import tables
from inbox.storage.database import Tenant
from tests.people import PASSWORD
from tests.web.browsers import PAIR, SESSION, field, given_cookies, is_in
from tests.web.site import ORIGIN, SECRET_KEY, Site, site
from tests.web.test_way_back import HOSTILE

pytestmark = pytest.mark.anyio


async def test_the_right_pair_signs_in_and_goes_on(acme: Site, tenant: Tenant, jo: User) -> None:
    async with acme.browser(Origin=ORIGIN, User_Agent="Firefox") as client:
        answer = await client.post("/login", data={**PAIR, "next": "/inbox/c/7?tab=shared"})
        assert answer.status_code == 303
        assert answer.headers["Location"] == "/inbox/c/7?tab=shared"
        assert await is_in(tenant, client.cookies[SESSION])
    assert await tenant.fetch_val(select(tables.sessions.c.user_agent)) == "Firefox"


async def test_the_session_cookie_is_for_this_host_tls_and_no_script(acme: Site, jo: User) -> None:
    async with acme.browser(Origin=ORIGIN) as client:
        cookie = given_cookies(await client.post("/login", data=PAIR))[SESSION]
    assert len(cookie.value) == 43
    assert cookie["httponly"] is True
    assert cookie["secure"] is True
    assert cookie["samesite"] == "lax"
    assert cookie["path"] == "/"
    assert cookie["domain"] == ""
    assert cookie["max-age"] == str(14 * 24 * 3600)


async def test_without_tls_the_cookie_has_its_plain_name(tenant: Tenant, jo: User) -> None:
    plain = site(tenant.database, public_url="http://127.0.0.1:8000")
    async with plain.browser() as client:
        cookie = given_cookies(await client.post("/login", data=PAIR))["session"]
    assert cookie["secure"] == ""
    assert cookie["httponly"] is True


@pytest.mark.parametrize(
    ("email", "password"),
    [("jo@acme.test", "wrong"), ("nobody@acme.test", PASSWORD), ("' or 1=1 --", "x"), ("jo\x00", "x")],
)
async def test_a_wrong_pair_gets_the_same_words_and_keeps_the_email(
    acme: Site, jo: User, email: str, password: str
) -> None:
    async with acme.browser(Origin=ORIGIN) as client:
        answer = await client.post("/login", data={"email": email, "password": password, "next": "/inbox?q=x"})
    assert answer.status_code == 422
    assert answer.text.count("Email or password do not match.") == 2
    assert field(answer, "email") == email.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    assert field(answer, "next") == "/inbox?q=x"
    assert field(answer, "password") == ""
    assert password not in answer.text.replace("/inbox?q=x", "") or password == "x"
    assert SESSION not in given_cookies(answer)


async def test_known_and_unknown_emails_get_the_same_page(acme: Site, jo: User) -> None:
    pages = []
    async with acme.browser(Origin=ORIGIN) as client:
        await client.get("/login")
        for email in ("jo@acme.test", "no@acme.test"):
            answer = await client.post("/login", data={"email": email, "password": "wrong"})
            headers = {name: value for name, value in answer.headers.items() if name != "x-request-id"}
            pages.append((answer.status_code, answer.text.replace(email, ""), headers))
    assert pages[0] == pages[1]


async def test_an_empty_field_is_asked_for_and_counts_as_no_attempt(acme: Site, tenant: Tenant) -> None:
    async with acme.browser(Origin=ORIGIN) as client:
        for data in ({}, {"email": "jo@acme.test"}, {"password": "x"}, {"email": " ", "password": "x"}):
            answer = await client.post("/login", data=data)
            assert answer.status_code == 422
            assert "Enter your email and password." in answer.text
    assert await tenant.fetch_all(select(tables.login_failures)) == []


async def test_who_guesses_is_told_how_long_to_wait(acme: Site, tenant: Tenant, jo: User) -> None:
    tried = login_failures.attempt(SECRET_KEY, "jo@acme.test", "203.0.113.7")
    for _ in range(5):
        await login_failures.reserve(tenant.database, tried)
    async with acme.browser(Origin=ORIGIN) as client:
        answer = await client.post("/login", data=PAIR)
        assert answer.status_code == 429
        assert re.search(r"Too many attempts to sign in\. Try again in \d+ seconds\.", answer.text)
        assert 50 <= int(answer.headers["Retry-After"]) <= 60
        assert field(answer, "email") == "jo@acme.test"
    async with acme.browser(Origin=ORIGIN, address="198.51.100.9") as client:
        assert (await client.post("/login", data=PAIR)).status_code == 303


async def test_an_address_cannot_be_forged_by_a_header(acme: Site, tenant: Tenant, jo: User) -> None:
    async with acme.browser(Origin=ORIGIN, X_Forwarded_For="192.0.2.1", Forwarded="for=192.0.2.1") as client:
        await client.post("/login", data={**PAIR, "password": "wrong"})
    rows = await tenant.fetch_all(select(tables.login_failures.c.subject))
    assert "address:203.0.113.7" in {row["subject"] for row in rows}


async def test_long_waits_are_told_in_minutes(acme: Site, tenant: Tenant, jo: User) -> None:
    tried = login_failures.attempt(SECRET_KEY, "jo@acme.test", "203.0.113.7")
    await tenant.execute(insert(tables.login_failures).values([{"subject": tried.here} for _ in range(12)]))
    async with acme.browser(Origin=ORIGIN) as client:
        assert "Try again in 60 minutes." in (await client.post("/login", data=PAIR)).text


@pytest.mark.parametrize("number", range(len(HOSTILE)))
async def test_a_hostile_next_stays_on_our_host(number: int, tenant: Tenant, jo: User, acme: Site) -> None:
    cookie = await sessions.start(tenant, jo.id)
    async with acme.browser() as client:
        form = await client.get("/login", params={"next": HOSTILE[number]})
        assert field(form, "next") == "/inbox"
    async with acme.browser(Cookie=f"{SESSION}={cookie}") as client:
        answer = await client.get("/login", params={"next": HOSTILE[number]})
        assert answer.headers["Location"] == "/inbox"


async def test_a_hostile_next_in_the_form_stays_on_our_host(acme: Site, jo: User) -> None:
    async with acme.browser(Origin=ORIGIN) as client:
        for text in HOSTILE[:4]:
            answer = await client.post("/login", data={**PAIR, "next": text})
            assert answer.headers["Location"] == "/inbox"


async def test_a_program_without_browser_headers_may_sign_in_without_a_token(acme: Site, jo: User) -> None:
    async with acme.browser() as client:
        assert (await client.post("/login", data=PAIR)).status_code == 303


async def test_a_browser_without_an_origin_needs_the_token_of_its_own_form(acme: Site, jo: User) -> None:
    here = {"Sec_Fetch_Site": "same-origin"}
    async with acme.browser(**here) as client:
        token = field(await client.get("/login"), "csrf")
        assert (await client.post("/login", data=PAIR)).status_code == 403
        assert (await client.post("/login", data={**PAIR, "csrf": "x"})).status_code == 403
        assert (await client.post("/login", data={**PAIR, "csrf": token})).status_code == 303
        assert "__Host-visit" not in client.cookies
    async with acme.browser(**here) as attacker:
        theirs = field(await attacker.get("/login"), "csrf")
    async with acme.browser(**here) as victim:
        await victim.get("/login")
        assert (await victim.post("/login", data={**PAIR, "csrf": theirs})).status_code == 403


async def test_two_open_sign_in_pages_share_their_token(acme: Site) -> None:
    async with acme.browser() as client:
        tokens = {field(await client.get("/login"), "csrf") for _ in range(2)}
    assert len(tokens) == 1


async def test_no_foreign_page_signs_anybody_in(acme: Site, jo: User) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}):
        async with acme.browser(**headers) as client:
            assert (await client.post("/login", data=PAIR)).status_code == 403


async def test_the_page_escapes_what_was_typed(acme: Site) -> None:
    async with acme.browser(Origin=ORIGIN) as client:
        typed = '"><script>alert(1)</script>'
        answer = await client.post("/login", data={"email": typed, "password": "x"})
    assert typed not in answer.text
    assert field(answer, "email") == typed
