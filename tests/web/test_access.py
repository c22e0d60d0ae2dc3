"""Who may do what, over HTTP and at the socket's door."""

from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import update
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.websockets import WebSocket

from inbox.accounts import sessions
from inbox.accounts.roles import ALLOWED, Act, Role
from inbox.accounts.users import User
from inbox.storage import tables
from inbox.storage.database import Tenant
from inbox.web import access
from inbox.web.access import allowed, who
from tests.web.site import ORIGIN, Site, settings, site

pytestmark = pytest.mark.anyio


async def _tell(request: Request) -> Response:
    me = who(request)
    return JSONResponse(
        {
            "user": me.user.name,
            "organisation": me.organisation.name,
            "tenant": me.tenant.organisation_id,
            "session": me.session_hash,
        }
    )


def _routes() -> list[BaseRoute]:
    acts = [Route(f"/do/{act}", allowed(act)(_tell), methods=["GET", "POST"]) for act in Act]
    return [*acts, Route("/c/{id}", allowed(Act.READ)(_tell), methods=["GET", "POST"])]


@pytest.fixture
def closed(tenant: Tenant) -> Site:
    """The site with a page for each act."""
    return site(tenant.database, more=_routes())


async def test_a_handler_knows_who_asks(closed: Site, tenant: Tenant, jo: User) -> None:
    cookie = await sessions.start(tenant, jo.id)
    async with closed.browser(Cookie=f"__Host-session={cookie}") as client:
        answer = await client.get("/do/read")
    assert answer.json() == {
        "user": "Jo Park",
        "organisation": "Acme",
        "tenant": tenant.organisation_id,
        "session": sessions.hash_of(cookie),
    }


@pytest.mark.parametrize("role", Role)
async def test_every_role_may_what_the_table_says_and_no_more(
    closed: Site, tenant: Tenant, jo: User, role: Role
) -> None:
    await tenant.execute(update(tables.users).values(role=role.value))
    cookie = await sessions.start(tenant, jo.id)
    async with closed.browser(Cookie=f"__Host-session={cookie}") as client:
        for act in Act:
            answer = await client.get(f"/do/{act}")
            assert answer.status_code == (200 if act in ALLOWED[role] else 403)


async def test_what_a_handler_demands_can_be_asked() -> None:
    demanded = {route.path: access.act_of(route.endpoint) for route in _routes() if isinstance(route, Route)}
    assert demanded["/do/billing"] is Act.BILLING
    assert demanded["/c/{id}"] is Act.READ
    assert access.act_of(_tell) is None


@pytest.mark.parametrize("cookie", [None, "__Host-session=unknown", "session=unknown"])
async def test_a_stranger_is_led_to_the_sign_in_and_back(closed: Site, cookie: str | None) -> None:
    headers = {"Cookie": cookie} if cookie else {}
    async with closed.browser(**headers) as client:
        answer = await client.get("/c/7?tab=shared&q=a%26b")
    assert answer.status_code == 303
    parts = urlsplit(answer.headers["Location"])
    assert (parts.netloc, parts.path) == ("", "/login")
    assert parse_qs(parts.query) == {"next": ["/c/7?tab=shared&q=a%26b"]}


async def test_htmx_is_told_to_leave_for_the_sign_in_from_the_page_it_is_on(closed: Site) -> None:
    page = {"HX_Request": "true", "HX_Current_URL": f"{ORIGIN}/inbox?tab=shared"}
    async with closed.browser(**page, Origin=ORIGIN) as client:
        for answer in (await client.get("/c/7"), await client.post("/c/7")):
            assert answer.status_code == 401
            assert answer.headers["HX-Redirect"] == "/login?next=/inbox%3Ftab%3Dshared"


async def test_a_page_of_another_host_is_no_place_to_come_back_to(closed: Site) -> None:
    page = {"HX_Request": "true", "HX_Current_URL": "https://evil.example/inbox"}
    async with closed.browser(**page) as client:
        assert (await client.get("/c/7")).headers["HX-Redirect"] == "/login?next=/inbox"


async def test_a_posted_form_comes_back_to_its_page(closed: Site) -> None:
    async with closed.browser(Origin=ORIGIN, Referer=f"{ORIGIN}/inbox/c/7") as client:
        answer = await client.post("/c/7")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=/inbox/c/7"


async def test_a_program_is_told_that_nobody_is_signed_in(closed: Site) -> None:
    async with closed.browser(Accept="application/json") as client:
        answer = await client.get("/c/7")
    assert answer.status_code == 401
    assert answer.json()["title"] == "Sign in first"
    assert "Location" not in answer.headers


async def test_a_strange_host_does_no_harm(closed: Site) -> None:
    async with closed.browser(Host="evil.example[") as client:
        answer = await client.get("/c/7")
    assert answer.headers["Location"] == "/login?next=/c/7"


def socket(site: Site, *headers: tuple[str, str]) -> WebSocket:
    """A socket that has not been accepted yet."""

    async def unused(*_: object) -> None:
        raise AssertionError("nothing is received or sent")

    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {"type": "websocket", "app": site.app, "path": "/live", "query_string": b"", "headers": raw}
    return WebSocket(scope, receive=unused, send=unused)  # type: ignore[arg-type]


async def test_a_socket_belongs_to_whoever_is_signed_in(closed: Site, tenant: Tenant, jo: User) -> None:
    cookie = await sessions.start(tenant, jo.id)
    found = await access.socket_who(socket(closed, ("Cookie", f"__Host-session={cookie}")))
    assert found is not None
    assert found.user == jo
    assert await access.socket_who(socket(closed)) is None
    await sessions.end_all(tenant, jo.id)
    assert await access.socket_who(socket(closed, ("Cookie", f"__Host-session={cookie}"))) is None


@pytest.mark.parametrize(
    ("origins", "is_ours"),
    [
        ([ORIGIN], True),
        ([], False),
        (["null"], False),
        (["https://inbox.example.com:443"], False),
        (["https://inbox.example.com.evil.example"], False),
        (["http://inbox.example.com"], False),
        (["https://www.inbox.example.com"], False),
        (["wss://inbox.example.com"], False),
        ([ORIGIN, ORIGIN], False),
    ],
)
def test_a_socket_is_opened_from_our_own_pages_only(bare: Site, origins: list[str], is_ours: bool) -> None:
    asking = socket(bare, *(("Origin", origin) for origin in origins))
    assert access.origin_is_among(asking, settings().origins) is is_ours


def test_all_spellings_of_a_loopback_address_are_ours(bare: Site) -> None:
    local = settings("http://127.0.0.1:8000")
    for origin in ("http://127.0.0.1:8000", "http://localhost:8000", "http://[::1]:8000"):
        assert access.origin_is_among(socket(bare, ("Origin", origin)), local.origins)
    assert not access.origin_is_among(socket(bare, ("Origin", "http://localhost:8001")), local.origins)
