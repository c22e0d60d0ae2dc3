"""Settings > Sign-in: the provider is kept, tested and switched off, and its secret is never shown."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from inbox.accounts import sessions, sso_connections, users
from inbox.accounts.roles import Role
from inbox.storage import tables
from tests.people import PASSWORD
from tests.providers.sandbox.stage import Host
from tests.web.house import House, shown
from tests.web.identity import CLIENT, SECRET, Rogue, rogues
from tests.web.test_sso import opened

pytestmark = pytest.mark.anyio

PAGE = "/settings/sign-in"
FIELDS = {
    "issuer": "https://login.acme.example",
    "client_id": CLIENT,
    "client_secret": SECRET,
    "domains": "acme.example",
}


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with rogues() as running:
        yield running


@pytest.fixture
async def house(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    async with opened(database_url, tmp_path) as house:
        yield house


@pytest.fixture
async def jo(house: House) -> httpx2.AsyncClient:
    """A browser of an Organisation Admin."""
    return await house.browser(house.scene.jo)


async def test_the_secret_is_sealed_and_never_shown(house: House, jo: Any) -> None:
    assert (await jo.post(f"{PAGE}/sso", data=FIELDS)).status_code == 303
    page = await jo.get(PAGE)
    assert SECRET not in page.text
    assert f"The one that is kept ends with {SECRET[-4:]}." in shown(page).words
    assert "https://inbox.example.com/login/sso/callback" in page.text
    sealed = await house.scene.tenant.fetch_val(select(tables.sso_connections.c.client_secret))
    assert SECRET.encode() not in sealed
    wrong = await jo.post(f"{PAGE}/sso", data=FIELDS | {"client_id": "", "client_secret": "a new secret, typed"})
    assert "a new secret, typed" not in wrong.text
    assert "keeps single sign-on by https://login.acme.example" in (await jo.get("/settings/audit-log")).text


async def test_the_secret_stays_when_nothing_is_typed_but_not_for_another_provider(house: House, jo: Any) -> None:
    await jo.post(f"{PAGE}/sso", data=FIELDS)
    kept = FIELDS | {"client_secret": "", "domains": "acme.example, acme.test"}
    assert (await jo.post(f"{PAGE}/sso", data=kept)).status_code == 303
    connection = await sso_connections.find(house.scene.tenant)
    assert connection is not None
    assert sso_connections.secret(house.scene.tenant, house.app.state.vault, connection) == SECRET
    assert connection.domains == ("acme.example", "acme.test")
    moved = await jo.post(f"{PAGE}/sso", data=kept | {"issuer": "https://evil.example"})
    assert "Another provider has another secret." in shown(moved, 422).words


async def test_a_domain_is_of_one_organisation(house: House, jo: Any) -> None:
    await jo.post(f"{PAGE}/sso", data=FIELDS)
    there = await house.neighbour()
    await users.change(there.tenant, there.jo.id, role=Role.ORGANISATION_ADMIN.value)
    other = await house.browser(Origin="https://inbox.example.com")
    other.cookies.set("__Host-session", await sessions.start(there.tenant, there.jo.id))
    answer = shown(await other.post(f"{PAGE}/sso", data=FIELDS | {"domains": "b.example\nACME.example"}), 422)
    assert answer.by_id("domains-error").words == "acme.example is another organisation’s."  # type: ignore[union-attr]


async def test_a_provider_inside_our_network_is_refused_unless_that_is_allowed(house: House, jo: Any) -> None:
    state = house.app.state
    state.settings = replace(state.settings, private_issuers=False)
    for issuer in (
        "http://login.acme.example",
        "https://127.0.0.1",
        "https://[::1]",
        "https://10.0.0.8",
        "https://localhost",
    ):
        answer = shown(await jo.post(f"{PAGE}/sso", data=FIELDS | {"issuer": issuer}), 422)
        assert answer.by_id("issuer-error") is not None, issuer


async def test_passwords_go_only_with_somebody_who_keeps_theirs(house: House, jo: Any) -> None:
    scene = house.scene
    for keeper in ("", scene.ana.id, "no id"):
        answer = await jo.post(f"{PAGE}/sso", data=FIELDS | {"passwords_off": "1", "keeper_id": keeper})
        assert "Choose an Organisation Admin" in shown(answer, 422).words
    done = await jo.post(f"{PAGE}/sso", data=FIELDS | {"passwords_off": "1", "keeper_id": scene.jo.id})
    assert done.status_code == 303
    await users.change(scene.tenant, scene.jo.id, email="jo@acme.example")
    await users.set_password(scene.tenant, scene.jo.id, PASSWORD)
    browser = await house.browser(Origin="https://inbox.example.com")
    assert (await browser.post("/login", data={"email": "jo@acme.example", "password": PASSWORD})).status_code == 303


async def test_rules_are_kept_in_their_order_and_those_emptied_are_gone(house: House, jo: Any) -> None:
    rules = {"claim-0": "groups", "value-0": "leads", "role-0": "company_admin"}
    rules |= {"claim-1": "department", "value-1": "Nursing", "role-1": "reporter", "company-1": house.scene.company.id}
    assert (await jo.post(f"{PAGE}/sso", data=FIELDS | rules)).status_code == 303
    page = shown(await jo.get(PAGE))
    assert page.by_id("claim-1").attributes["value"] == "department"  # type: ignore[union-attr]
    assert page.by_id("claim-2").attributes["value"] == ""  # type: ignore[union-attr]
    assert (await jo.post(f"{PAGE}/sso", data=FIELDS | rules | {"claim-0": "", "value-0": ""})).status_code == 303
    connection = await sso_connections.find(house.scene.tenant)
    assert connection is not None
    assert [(rule.claim, rule.role, rule.company_ids) for rule in connection.rules] == [
        ("department", Role.REPORTER, (house.scene.company.id,))
    ]
    for wrong in ({"role-0": "guest"}, {"role-0": "king"}, {"value-0": ""}, {"company-0": "no company"}):
        assert (await jo.post(f"{PAGE}/sso", data=FIELDS | rules | wrong)).status_code == 422


async def test_the_test_says_what_is_right_and_what_is_wrong(house: House, jo: Any, host: Host) -> None:
    rogue = Rogue(host.url)
    host.serving = rogue.app
    await jo.post(f"{PAGE}/sso", data=FIELDS | {"issuer": host.url})

    async def told() -> str:
        return shown(await jo.post(f"{PAGE}/sso/test")).by_id("tested").words  # type: ignore[union-attr]

    assert "says where people sign in" in await told()
    assert "It publishes 1 key for signatures." in await told()
    rogue.metadata = {"issuer": f"{host.url}/"}
    assert f"The provider calls itself “{host.url}/”. Enter exactly that as its address." in await told()
    rogue.metadata = {"token_endpoint": None}
    assert "It did not answer as OpenID Connect asks for (token_endpoint)." in await told()
    rogue.metadata, rogue.published = {}, [{"kty": "oct", "k": "c2VjcmV0"}, {"kty": "RSA"}]
    assert "It publishes no key that a signature could be checked with." in await told()


async def test_switched_off_everybody_has_the_password_again(house: House, jo: Any) -> None:
    await jo.post(f"{PAGE}/sso", data=FIELDS | {"passwords_off": "1", "keeper_id": house.scene.jo.id})
    assert (await jo.post(f"{PAGE}/sso/remove")).status_code == 303
    assert await sso_connections.find(house.scene.tenant) is None
    await users.deactivate(house.scene.tenant, house.scene.jo.id)


@pytest.mark.parametrize("role", [Role.COMPANY_ADMIN, Role.RECRUITER])
async def test_it_is_for_organisation_admins_alone(house: House, role: Role) -> None:
    await users.change(house.scene.tenant, house.scene.ana.id, role=role.value)
    ana = await house.browser(house.scene.ana)
    assert (await ana.get(PAGE)).status_code == 403
    for act in ("second-factor", "sso", "sso/test", "sso/remove"):
        assert (await ana.post(f"{PAGE}/{act}", data=FIELDS)).status_code == 403


async def test_two_factor_is_required_by_one_press_of_everybody(house: House, jo: Any) -> None:
    assert (await jo.post(f"{PAGE}/second-factor", data={"needed": "1"})).status_code == 303
    assert (await jo.get(PAGE)).headers["Location"].startswith("/account/second-factor")
    ana = await house.browser(house.scene.ana)
    assert (await ana.get("/inbox")).headers["Location"].startswith("/account/second-factor")
