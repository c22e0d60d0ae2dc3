"""Headers that every answer carries."""

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from inbox.storage.database import Database
from tests.web.site import ORIGIN, Site, site

pytestmark = pytest.mark.anyio

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self' wss://inbox.example.com; img-src 'self'; manifest-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


async def _broken(request: Request) -> Response:
    raise RuntimeError("a fault")


async def _own(request: Request) -> Response:
    headers = {"Content-Security-Policy": "default-src 'self'", "Cache-Control": "public, max-age=60"}
    return PlainTextResponse("own", headers=headers)


@pytest.fixture
def pages() -> Site:
    """The site with a page that fails, a static file and a page with headers of its own."""
    return site(
        Database("sqlite:////nowhere/unused.db"),
        more=[Route("/broken", _broken), Route("/static/app.css", _own), Route("/own", _own)],
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/login", 200),
        ("GET", "/", 303),
        ("HEAD", "/", 303),
        ("GET", "/nowhere", 404),
        ("DELETE", "/logout", 403),
        ("PUT", "/hooks/x", 405),
        ("POST", "/write", 403),
        ("POST", "/hooks/x", 200),
        ("GET", "/broken", 500),
        ("GET", "/static/missing.css", 404),
    ],
)
async def test_every_answer_carries_the_headers(pages: Site, method: str, path: str, status: int) -> None:
    async with pages.browser() as client:
        answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "microphone=()" in answer.headers["Permissions-Policy"]
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert answer.headers["Cache-Control"] == "no-store"
    assert len(answer.headers["X-Request-Id"]) == 16


async def test_too_large_a_request_is_answered_with_the_headers_too(pages: Site) -> None:
    async with pages.browser(Origin=ORIGIN) as client:
        answer = await client.post("/write", content=b"x" * 65_537)
    assert answer.status_code == 413
    assert answer.headers["Content-Security-Policy"] == POLICY


async def test_static_files_may_be_kept_and_nothing_else(pages: Site) -> None:
    async with pages.browser() as client:
        assert (await client.get("/static/app.css")).headers["Cache-Control"] == "public, max-age=60"
        assert (await client.get("/own")).headers["Cache-Control"] == "no-store"


async def test_a_page_may_have_a_policy_of_its_own(pages: Site) -> None:
    async with pages.browser() as client:
        assert (await client.get("/own")).headers["Content-Security-Policy"] == "default-src 'self'"


async def test_without_tls_nothing_demands_it() -> None:
    plain = site(Database("sqlite:////nowhere/unused.db"), public_url="http://127.0.0.1:8000")
    async with plain.browser() as client:
        answer = await client.get("/login")
    assert "Strict-Transport-Security" not in answer.headers
    assert "connect-src 'self' ws://127.0.0.1:8000;" in answer.headers["Content-Security-Policy"]
    assert "Secure" not in answer.headers["Set-Cookie"]


async def test_each_request_has_a_number_of_its_own(pages: Site) -> None:
    async with pages.browser(X_Request_Id="forged") as client:
        numbers = {(await client.get("/")).headers["X-Request-Id"] for _ in range(3)}
    assert len(numbers) == 3
    assert "forged" not in numbers
