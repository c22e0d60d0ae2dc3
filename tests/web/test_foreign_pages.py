"""What a page of somebody else makes a signed-in browser ask: every address of the route table, none does anything.

The addresses are taken from the application, so that one that is new is walked as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx2
import pytest
from starlette.routing import BaseRoute, Mount, Route

from inbox.accounts import sessions
from inbox.accounts.roles import Role
from inbox.storage import tables
from inbox.storage.database import Tenant
from inbox.web import csrf
from tests.web.house import ORIGIN, House
from tests.web.test_own_only import address, filled

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.both_databases,  # that is: on the one below, whatever a test is called
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

REFUSAL = "This did not come from a page of ours"
SIGNING_IN = {"/login", "/login/code", "/login/forgotten", "/login/password", "/login/sso"}
"""Forms for whom nobody knows yet: without any header of a browser they need no token, see `inbox/web/guard.py`."""

FROM_ELSEWHERE: Mapping[str, Mapping[str, str]] = {
    "a foreign origin": {"Origin": "https://evil.example"},
    "the origin of nobody": {"Origin": "null"},
    "a name that begins as ours": {"Origin": f"{ORIGIN}.evil.example"},
    "called cross-site": {"Sec-Fetch-Site": "cross-site"},
    "called cross-site under our name": {"Origin": ORIGIN, "Sec-Fetch-Site": "cross-site"},
    "a sister of ours": {"Sec-Fetch-Site": "same-site"},
}
"""Headers of a browser that another page made write; our token does not help them either."""

ANOTHER_NAME = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}

NOTED = {"audit_log", "audit_heads"}
"""Where an export leaves its line; nothing else may be left by a look."""
OPENED = "/notifications/{notification_id:uuid}"
"""The one look that is an act as well, as it has been in a mail: what it tells of has been read."""
DRAWN = "/inbox/c/{conversation_id:uuid}/transcript.pdf"
"""Takes longer than all the others together, and is no page."""

MARKED: Mapping[str, str] = {
    "channel_token": "x" * 32,
    "token": "x" * 32,
    "digest": "x" * 16,
    "kind": "css",
    "path": "x",
}
"""Parameters of addresses that nobody is signed in for."""


def walked(table: Sequence[BaseRoute], before: str = "") -> Iterator[Route]:
    """Every address of a route table, those of what is mounted with their whole path."""
    for route in table:
        if isinstance(route, Mount):
            yield from walked(route.routes or [], before + route.path)
        elif isinstance(route, Route):
            yield Route(before + route.path, route.endpoint, methods=sorted(route.methods or {"GET"}))


def writes(house: House) -> list[tuple[Route, str]]:
    """Every address that writes, with the method that does."""
    found = [
        (route, method)
        for route in walked(house.app.routes)
        for method in sorted(route.methods or ())
        if method not in ("GET", "HEAD", "OPTIONS")
    ]
    assert len(found) > 100
    return found


def by_cookie(house: House) -> list[tuple[Route, str]]:
    """Those that look at a cookie: all but webhooks, which carry a signature, and what takes a token or a session."""
    return [one for one in writes(house) if not one[0].path.startswith(("/hooks/", "/api/", "/scim/", "/embed/"))]


async def every_row(tenant: Tenant) -> dict[str, list[tuple[object, ...]]]:
    """All that the database holds."""
    return {
        table.name: sorted((tuple(row) for row in await tenant.database.fetch_all(table.select())), key=repr)
        for table in tables.metadata.sorted_tables
    }


async def furnished(house: House) -> tuple[httpx2.AsyncClient, Mapping[str, str], str]:
    """An admin's browser that sends nothing by itself but the cookie, ids of what there is, and the form token."""
    scene, ids = house.scene, await filled(house)
    await scene.tenant.execute(tables.users.update().values(role=Role.ORGANISATION_ADMIN.value))
    client = await house.browser(scene.jo)
    del client.headers["Origin"]
    # Once before the rows are counted: what the first look at the day's figures keeps is nothing that was asked for.
    assert (await client.get("/inbox")).status_code == 200
    token = csrf.of_session(house.app.state.settings.secret_key, sessions.hash_of(client.cookies["__Host-session"]))
    return client, {**MARKED, **ids}, token


async def test_no_write_is_done_that_another_page_asks_for(house: House) -> None:
    client, ids, token = await furnished(house)
    before = await every_row(house.scene.tenant)
    tried = 0
    for route, method in by_cookie(house):
        where = address(route, ids)
        asked: list[dict[str, Any]] = [
            {"headers": {**headers, "X-CSRF-Token": token}} for headers in FROM_ELSEWHERE.values()
        ]
        asked += [{"headers": {"Sec-Fetch-Site": "none"}}]
        if route.path not in SIGNING_IN:
            asked += [{}, {"data": {"csrf": "0" * 64}}, {"files": {"file": ("x.csv", b"Name,Phone\n")}}]
            asked += [{"params": {"csrf": token}, "content": f"csrf={token}"}]
        for one in asked:
            answer = await client.request(method, where, **one)
            assert answer.status_code == 403, (method, route.path, one)
        tried += len(asked)
    assert await every_row(house.scene.tenant) == before
    assert tried > 1300


@pytest.mark.long
async def test_the_same_writes_are_let_through_from_a_page_of_ours(house: House) -> None:
    client, ids, _ = await furnished(house)
    for route, method in by_cookie(house):
        if not route.path.startswith(("/login", "/logout")):
            answer = await client.request(method, address(route, ids), headers={"Origin": ORIGIN})
            assert REFUSAL not in answer.text, route.path


async def test_a_cookie_opens_neither_the_api_nor_a_webhook(house: House) -> None:
    client, ids, token = await furnished(house)
    client.headers["Origin"], client.headers["X-CSRF-Token"] = ORIGIN, token
    before = await every_row(house.scene.tenant)
    others = [one for one in writes(house) if one not in by_cookie(house)]
    for route, method in others:
        answer = await client.request(method, address(route, ids), json={})
        assert answer.status_code in (400, 401, 403, 404, 415, 422), (method, route.path, answer.status_code)
    assert await every_row(house.scene.tenant) == before
    assert len(others) > 10


@pytest.mark.timeout(150)  # every page there is
async def test_a_picture_or_a_link_on_another_page_changes_nothing_and_no_page_can_be_framed(house: House) -> None:
    client, ids, _ = await furnished(house)
    before, framed, misled = await every_row(house.scene.tenant), [], []
    client.headers.update({"Sec-Fetch-Site": "cross-site", **ANOTHER_NAME})
    for route in walked(house.app.routes):
        if "GET" not in (route.methods or ()) or route.path in (OPENED, DRAWN):
            continue
        answer = await client.get(address(route, ids))
        if "frame-ancestors 'none'" not in answer.headers["Content-Security-Policy"]:
            framed.append(route.path)
        if "evil.example" in answer.text or "evil.example" in repr(answer.headers):
            misled.append(route.path)
    now = await every_row(house.scene.tenant)
    changed = {table for table in now if now[table] != before[table]}
    assert changed <= NOTED
    assert (framed, misled) == ([], [])
