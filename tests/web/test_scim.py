"""SCIM: a company's own directory adds, changes and shuts out people, in the words of RFC 7643 and RFC 7644."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed

from inbox.accounts import api_tokens, sessions, sso_connections, users
from inbox.accounts.roles import Role
from inbox.accounts.scopes import Scope
from inbox.accounts.users import User
from inbox.messaging import handling
from inbox.storage import tables
from inbox.web import revocation
from tests.messaging.scene import MAYA
from tests.web.api.program import Program
from tests.web.house import House
from tests.web.identity import Rogue
from tests.web.test_live_door import Door, door  # noqa: F401
from tests.web.test_sso import WISH, closed, opened
from tests.web.test_sso import Single as WithProvider

pytestmark = pytest.mark.anyio

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
NIA = {
    "schemas": [USER],
    "userName": "Nia@acme.example",
    "externalId": "00u-7",
    "name": {"givenName": "Nia", "familyName": "Bello"},
    "active": True,
}


@dataclass
class Directory:
    """Another system that keeps our users."""

    house: House
    client: httpx2.AsyncClient
    token: str

    async def __call__(self, method: str, path: str, body: object = None, **more: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        return await self.client.request(method, f"/scim/v2{path}", json=body, headers=headers, **more)

    async def add(self, **changes: Any) -> Any:
        return told(await self("POST", "/Users", NIA | changes), 201)


def told(answer: httpx2.Response, status: int = 200) -> Any:
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:500]}"
    assert answer.headers["Content-Type"] == "application/scim+json"
    return answer.json()


def refused(answer: httpx2.Response, status: int, kind: str | None = None) -> str:
    problem = told(answer, status)
    assert (problem["schemas"], problem["status"], problem.get("scimType")) == ([ERROR], str(status), kind)
    return str(problem["detail"])


@pytest.fixture
async def house(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    """Jo is an Organisation Admin."""
    async with opened(database_url, tmp_path) as house:
        yield house


@pytest.fixture
async def directory(house: House) -> Directory:
    """With a token of Jo's for SCIM alone."""
    return await of(house, house.scene.jo)


async def of(house: House, user: User, scope: Scope = Scope.SCIM) -> Directory:
    owner = await users.find(house.scene.tenant, user.id)
    wanted = [scope] if owner.role is Role.ORGANISATION_ADMIN else list(Scope)
    _, token = await api_tokens.create(house.scene.tenant, owner, name="Directory", wanted=wanted, days="")
    return Directory(house, await house.browser(), token)


async def test_somebody_is_added_found_and_read(directory: Directory, house: House) -> None:
    made = await directory.add(roles=[{"value": "reporter", "primary": True}])
    assert made["userName"] == "nia@acme.example"
    assert made["name"] == {"formatted": "Nia Bello", "givenName": "Nia", "familyName": "Bello"}
    assert (made["active"], made["externalId"], made["roles"][0]["value"]) == (True, "00u-7", "reporter")
    assert made["meta"]["location"] == f"https://inbox.example.com/scim/v2/Users/{made['id']}"
    assert told(await directory("GET", f"/Users/{made['id']}")) == made
    for query in ('userName eq "NIA@acme.example"', 'externalId Eq "00u-7"', 'emails.value eq "nia@acme.example"'):
        found = told(await directory("GET", "/Users", params={"filter": query}))
        assert (found["totalResults"], found["Resources"]) == (1, [made])
    nobody = told(await directory("GET", "/Users", params={"filter": 'userName eq "no@acme.example"'}))
    assert (nobody["totalResults"], nobody["Resources"]) == (0, [])
    assert "added nia@acme.example as Reporter by SCIM" in (await logged(house))[-1]


async def test_the_list_is_read_in_pages(directory: Directory) -> None:
    await directory.add()
    first = told(await directory("GET", "/Users", params={"count": "2"}))
    second = told(await directory("GET", "/Users", params={"startIndex": "3", "count": "2"}))
    assert (first["totalResults"], first["itemsPerPage"], second["itemsPerPage"]) == (3, 2, 1)
    names = [one["displayName"] for one in first["Resources"] + second["Resources"]]
    assert names == ["Jo Park", "Ana Ruiz", "Nia Bello"]
    assert told(await directory("GET", "/Users", params={"count": "0"}))["Resources"] == []
    refused(await directory("GET", "/Users", params={"count": "x"}), 400, "invalidValue")


async def test_who_has_no_single_sign_on_is_invited_by_mail_and_others_are_not(
    directory: Directory, house: House
) -> None:
    await directory.add()
    mails = await house.scene.tenant.fetch_all(select(tables.mails.c.kind, tables.mails.c.email))
    assert [tuple(row) for row in mails] == [("invitation", "nia@acme.example")]
    async with house.scene.tenant.transaction():
        wish = replace(WISH, issuer="https://id.example")
        await sso_connections.keep(house.scene.tenant, house.app.state.vault, wish, to_private=False)
    await directory.add(userName="lee@acme.example")
    assert len(await house.scene.tenant.fetch_all(select(tables.mails))) == 1


async def test_an_email_is_somebodys_once(directory: Directory) -> None:
    made = await directory.add()
    assert "already" in refused(await directory("POST", "/Users", NIA), 409, "uniqueness")
    patch = {"Operations": [{"op": "replace", "path": "userName", "value": directory.house.scene.ana.email}]}
    refused(await directory("PATCH", f"/Users/{made['id']}", patch), 409, "uniqueness")


@pytest.mark.parametrize(
    "operations",
    [
        [{"op": "replace", "value": {"active": False}}],
        [{"op": "Replace", "path": "active", "value": "False"}],
        [{"op": "replace", "path": f"{USER}:active", "value": False}],
        [{"op": "add", "path": "title", "value": "Nurse"}, {"op": "Add", "value": {"active": "false", "x": 1}}],
    ],
)
async def test_who_is_deactivated_is_out_at_once_everywhere(
    directory: Directory, house: House, operations: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = house.scene
    dismissed: list[str] = []
    monkeypatch.setattr(house.app.state.hub, "dismiss", dismissed.append)
    conversation = await scene.text_in(MAYA)
    version = (await scene.row(conversation)).version
    assert await handling.assign(scene.tenant, scene.jo, conversation, scene.ana.id, version=version)
    browser, program = await house.browser(scene.ana), await Program.of(house, scene.ana)
    assert (await program("GET", "/me")).status_code == 200
    cookie = browser.cookies["__Host-session"]
    answer = await directory("PATCH", f"/Users/{scene.ana.id}", {"Operations": operations})
    assert told(answer)["active"] is False
    assert (await browser.get("/inbox")).status_code == 303
    assert (await program("GET", "/me")).status_code == 401
    assert dismissed == [revocation.key(sessions.hash_of(cookie))], "its sockets here; elsewhere by the look of 5 s"
    assert await sessions.alive(scene.tenant.database, [sessions.hash_of(cookie)]) == {}
    assert (await scene.row(conversation)).assignee_id is None
    again = await directory(
        "PATCH", f"/Users/{scene.ana.id}", {"Operations": [{"op": "replace", "path": "active", "value": True}]}
    )
    assert told(again)["active"] is True


async def test_an_open_page_of_who_is_shut_out_is_closed_within_five_seconds(door: Door) -> None:  # noqa: F811
    directory, line = (
        await of(door.house, door.house.scene.jo),
        await door.line("?tab=shared", who=door.house.scene.ana),
    )
    await line.live()
    assert (await directory("DELETE", f"/Users/{door.house.scene.ana.id}")).status_code == 204
    with pytest.raises(ConnectionClosed) as over:
        async with asyncio.timeout(5):
            await line.until(lambda: False)
    assert over.value.rcvd is not None
    assert over.value.rcvd.code == 4401


async def test_a_deleted_user_is_shut_out_and_stays_to_be_read(directory: Directory) -> None:
    made = await directory.add()
    assert (await directory("DELETE", f"/Users/{made['id']}")).status_code == 204
    assert told(await directory("GET", f"/Users/{made['id']}"))["active"] is False
    assert (await directory.add(userName="lee@acme.example", active=False))["active"] is False


async def test_facts_are_replaced_and_patched_one_by_one(directory: Directory, house: House) -> None:
    made = await directory.add()
    path = f"/Users/{made['id']}"
    put = told(await directory("PUT", path, {**NIA, "displayName": "Nia B", "roles": ["company_admin"]}))
    assert (put["displayName"], put["roles"][0]["value"]) == ("Nia B", "company_admin")
    operations = [
        {"op": "replace", "path": "name.familyName", "value": "Okoro"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "ignored@acme.example"},
        {"op": "replace", "path": "userName", "value": "nia.okoro@acme.example"},
        {"op": "remove", "path": "externalId"},
    ]
    now = told(await directory("PATCH", path, {"Operations": operations}))
    assert (now["displayName"], now["userName"]) == ("Nia Okoro", "nia.okoro@acme.example")
    assert "externalId" not in now
    assert "changed nia@acme.example by SCIM" in (await logged(house))[-1]


async def test_groups_are_the_roles_and_only_read(directory: Directory, house: House) -> None:
    groups = told(await directory("GET", "/Groups"))
    assert [one["id"] for one in groups["Resources"]] == [
        "organisation_admin",
        "company_admin",
        "recruiter",
        "reporter",
    ]
    admins = told(await directory("GET", "/Groups/organisation_admin"))
    assert [one["value"] for one in admins["members"]] == [house.scene.jo.id]
    found = told(
        await directory(
            "GET", "/Groups", params={"filter": 'displayName eq "recruiter"', "excludedAttributes": "members"}
        )
    )
    assert [list(one) for one in found["Resources"]] == [["schemas", "id", "displayName", "meta"]]
    refused(await directory("GET", "/Groups/guest"), 404)
    for method, path in (("POST", "/Groups"), ("PATCH", "/Groups/recruiter"), ("DELETE", "/Groups/recruiter")):
        refused(await directory(method, path, {}), 403, "mutability")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "kind"),
    [
        ("GET", "/Nothing", None, 404, None),
        ("POST", "/Users/" + str(uuid4()), {}, 404, None),
        ("GET", "/Users/" + str(uuid4()), None, 404, None),
        ("GET", "/Users/no-id", None, 404, None),
        ("POST", "/Users", {}, 400, "invalidValue"),
        ("POST", "/Users", [], 400, "invalidSyntax"),
        ("POST", "/Users", {"userName": "no e-mail"}, 400, "invalidValue"),
        ("POST", "/Users", {"userName": 7}, 400, "invalidValue"),
        ("POST", "/Users", NIA | {"roles": ["king"]}, 400, "invalidValue"),
        ("POST", "/Users", NIA | {"roles": ["guest"]}, 400, "invalidValue"),
        ("POST", "/Users", NIA | {"active": "perhaps"}, 400, "invalidValue"),
        ("POST", "/Users", NIA | {"externalId": "x" * 301}, 400, "invalidValue"),
        ("GET", '/Users?filter=userName sw "a"', None, 400, "invalidFilter"),
        ("GET", '/Users?filter=password eq "a"', None, 400, "invalidFilter"),
    ],
)
async def test_what_cannot_be_is_refused_in_the_form_of_scim(
    directory: Directory, method: str, path: str, body: object, status: int, kind: str | None
) -> None:
    refused(await directory(method, path, body), status, kind)


async def test_nobody_gets_in_without_a_token_of_the_scope_and_an_organisation_admin(house: House) -> None:
    stranger = Directory(house, await house.browser(house.scene.jo), "sit_nobody")
    answer = await stranger("GET", "/Users")
    refused(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    for scope in (Scope.REPORTS_READ, Scope.CANDIDATES_WRITE):
        refused(await (await of(house, house.scene.jo, scope))("GET", "/Users"), 403)
    refused(await (await of(house, house.scene.ana))("GET", "/Users"), 403)


async def test_people_of_another_organisation_and_guests_are_nobody_here(directory: Directory, house: House) -> None:
    there, scene = await house.neighbour(), house.scene
    await users.change(scene.tenant, scene.ana.id, guest_of=await scene.text_in(MAYA))
    for user_id in (there.jo.id, scene.ana.id):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
            refused(await directory(method, f"/Users/{user_id}", body), 404)
    assert not (await users.find(there.tenant, there.jo.id)).deactivated


async def test_a_directory_shuts_out_neither_its_owner_nor_the_keeper(directory: Directory, house: House) -> None:
    scene = house.scene
    off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    lesser = {"Operations": [{"op": "replace", "path": "roles", "value": [{"value": "recruiter"}]}]}
    for body in (off, lesser):
        refused(await directory("PATCH", f"/Users/{scene.jo.id}", body), 403)
    await users.change(scene.tenant, scene.ana.id, role=Role.ORGANISATION_ADMIN.value)
    keeper = await closed(WithProvider(house, Rogue("https://id.example")))
    other = await of(house, await users.find(scene.tenant, scene.ana.id))
    for body in (off, lesser):
        assert "always sign in" in refused(await other("PATCH", f"/Users/{keeper.id}", body), 403)


async def test_it_says_what_it_can_do(directory: Directory) -> None:
    config = told(await directory("GET", "/ServiceProviderConfig"))
    assert (config["patch"]["supported"], config["bulk"]["supported"]) == (True, False)
    assert [one["id"] for one in told(await directory("GET", "/ResourceTypes"))["Resources"]] == ["User", "Group"]
    assert told(await directory("GET", "/Schemas"))["totalResults"] == 2


NAMES = st.sampled_from(["userName", "active", "name", "givenName", "roles", "op", "path", "value", "Operations"])
LEAF = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
INNER = LEAF | st.lists(LEAF, max_size=3) | st.dictionaries(NAMES, LEAF, max_size=3)
JSON = INNER | st.lists(INNER, max_size=3) | st.dictionaries(NAMES, INNER, max_size=4)


@given(
    body=JSON,
    operation=st.fixed_dictionaries(
        {"op": st.sampled_from(["add", "replace", "remove"])},
        optional={
            "path": st.text(max_size=20) | st.sampled_from(["active", "name", "name.x", "emails[x].value", "roles"]),
            "value": JSON,
        },
    ),
)
@profile(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_body_breaks_it(directory: Directory, body: object, operation: dict[str, Any]) -> None:
    path = f"/Users/{directory.house.scene.ana.id}"
    for method, where, sent in (
        ("POST", "/Users", body),
        ("PUT", path, body),
        ("PATCH", path, {"Operations": [operation]}),
    ):
        answer = await directory(method, where, sent)
        assert answer.status_code in {200, 201, 400, 403, 409}, answer.text


async def logged(house: House) -> list[str]:
    return [row["what"] for row in await house.scene.tenant.fetch_all(select(tables.audit_log.c.what))]
