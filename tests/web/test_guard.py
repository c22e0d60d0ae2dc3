"""The write guard, header by header."""

import httpx2
import pytest

from inbox.accounts import sessions
from inbox.web import csrf
from tests.web.site import ORIGIN, SECRET_KEY, Site

pytestmark = pytest.mark.anyio

COOKIE = "the value of a session's cookie"
TOKEN = csrf.of_session(SECRET_KEY, sessions.hash_of(COOKIE))

FOREIGN_ORIGINS = [
    "null",
    "",
    "https://evil.example",
    "https://inbox.example.com.evil.example",
    "https://evilinbox.example.com",
    "https://inbox.example.com:444",
    "https://inbox.example.com:443",
    "http://inbox.example.com",
    "https://www.inbox.example.com",
    "https://example.com",
    "https://inbox.example.com/",
    "https://INBOX.example.com",
    "https://inbox.example.com@evil.example",
    "https://inbox.example.com evil.example",
    "https://xn--nbox-example-3za.com",
    "chrome-extension://abcdefghijklmnop",
    "file://",
]


def browser(site: Site, **headers: str) -> httpx2.AsyncClient:
    """A browser with a session's cookie; the guard reads it without a look into the database."""
    return site.browser(Cookie=f"__Host-session={COOKIE}", **headers)


async def test_a_form_with_our_exact_origin_is_let_through(bare: Site) -> None:
    async with browser(bare, Origin=ORIGIN, Sec_Fetch_Site="same-origin") as client:
        answer = await client.post("/write", data={"body": "Hello"})
    assert answer.status_code == 200
    assert bare.written == [{"body": "Hello"}]


async def test_a_form_with_its_token_is_let_through_and_arrives_whole(bare: Site) -> None:
    async with browser(bare) as client:
        answer = await client.post("/write", data={"csrf": TOKEN, "body": "Héllo & bye"})
    assert answer.status_code == 200
    assert bare.written == [{"csrf": TOKEN, "body": "Héllo & bye"}]


async def test_a_form_in_parts_may_carry_the_token_too(bare: Site) -> None:
    async with browser(bare) as client:
        answer = await client.post("/write", files={"csrf": (None, TOKEN), "body": (None, "Hello")})
    assert answer.status_code == 200
    assert bare.written == [{"csrf": TOKEN, "body": "Hello"}]


async def test_a_script_sends_the_token_in_a_header(bare: Site) -> None:
    async with browser(bare, X_CSRF_Token=TOKEN) as client:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            assert (await client.request(method, "/write")).status_code == 200
    assert len(bare.written) == 4


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_with_the_cookie_and_nothing_else_is_refused(bare: Site, method: str) -> None:
    async with browser(bare) as client:
        assert (await client.request(method, "/write")).status_code == 403
    assert bare.written == []


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
@pytest.mark.parametrize("token", [TOKEN, None])
async def test_a_write_from_a_foreign_origin_is_refused_even_with_a_token(
    bare: Site, origin: str, token: str | None
) -> None:
    data = {"csrf": token} if token else {}
    async with browser(bare, Origin=origin) as client:
        assert (await client.post("/write", data=data)).status_code == 403
    assert bare.written == []


@pytest.mark.parametrize("place", ["cross-site", "same-site", "anything", ""])
@pytest.mark.parametrize("origin", [ORIGIN, None])
async def test_a_write_that_the_browser_calls_foreign_is_refused(bare: Site, place: str, origin: str | None) -> None:
    headers = {"Sec_Fetch_Site": place} | ({"Origin": origin} if origin else {})
    async with browser(bare, **headers) as client:
        assert (await client.post("/write", data={"csrf": TOKEN})).status_code == 403
    assert bare.written == []


async def test_two_origins_are_one_too_many(bare: Site) -> None:
    async with browser(bare) as client:
        answer = await client.post("/write", headers=[("Origin", ORIGIN), ("Origin", "https://evil.example")])
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "token",
    [
        "",
        TOKEN[:-1],
        TOKEN.upper(),
        "ünknown",
        csrf.of_session(SECRET_KEY, sessions.hash_of("another session")),
        csrf.of_session("another secret key of 32 letters", sessions.hash_of(COOKIE)),
        csrf.of_visit(SECRET_KEY, COOKIE),
    ],
)
async def test_a_wrong_token_is_refused_in_a_field_and_in_a_header(bare: Site, token: str) -> None:
    async with browser(bare) as client:
        assert (await client.post("/write", data={"csrf": token})).status_code == 403
        answer = await client.post("/write", headers=[(b"X-CSRF-Token", token.encode())])
        assert answer.status_code == 403
    assert bare.written == []


async def test_a_token_without_its_cookie_is_worth_nothing(bare: Site) -> None:
    async with bare.browser() as client:
        assert (await client.post("/write", data={"csrf": TOKEN})).status_code == 403


async def test_a_token_in_the_address_does_not_count(bare: Site) -> None:
    async with browser(bare) as client:
        assert (await client.post(f"/write?csrf={TOKEN}")).status_code == 403


async def test_a_token_in_another_kind_of_body_does_not_count(bare: Site) -> None:
    async with browser(bare, Content_Type="text/plain") as client:
        assert (await client.post("/write", content=f"csrf={TOKEN}")).status_code == 403


async def test_a_broken_form_is_refused(bare: Site) -> None:
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data"):
        async with browser(bare, Content_Type=kind) as client:
            answer = await client.post("/write", content=b"\x00--x\r\nnonsense")
        assert answer.status_code in (400, 403)
    assert bare.written == []


async def test_webhooks_are_exempt_and_nothing_beside_them(bare: Site) -> None:
    async with bare.browser(Origin="https://evil.example", Sec_Fetch_Site="cross-site") as client:
        assert (await client.post("/hooks/x", data={"Body": "Hello"})).status_code == 200
        for path in ("/hooks", "/hooksx", "/write/hooks/"):
            assert (await client.post(path)).status_code == 403
    assert len(bare.written) == 1


async def test_reading_needs_nothing(bare: Site) -> None:
    async with bare.browser(Origin="https://evil.example", Sec_Fetch_Site="cross-site") as client:
        assert (await client.get("/")).status_code == 303


async def test_a_refusal_says_what_to_do(bare: Site) -> None:
    async with browser(bare) as client:
        page = await client.post("/write")
        assert "Reload it and try again." in page.text
        assert page.headers["Content-Type"].startswith("text/html")
        data = await client.post("/write", headers={"Accept": "application/json"})
        assert data.json()["status"] == 403
