"""Single sign-on: a whole sign-in at a real provider, and everything that a false one, or a thief, may try."""

import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from sqlalchemy import select, update

from inbox.accounts import sessions, sso_connections, users
from inbox.accounts.roles import Role
from inbox.accounts.sso_connections import Wish
from inbox.accounts.sso_roles import Rule
from inbox.accounts.users import User
from inbox.app import create_app
from inbox.storage import tables
from inbox.storage.columns import db_later
from tests.messaging.scene import organisation
from tests.people import PASSWORD
from tests.providers.sandbox.stage import Host
from tests.web.browsers import SESSION
from tests.web.codes import next_code, set_up
from tests.web.house import ORIGIN, House, settings, shown
from tests.web.identity import CLIENT, OTHER_KEY, SECRET, SHARED_KEY, Provider, Rogue, provider, rogues

pytestmark = pytest.mark.anyio

CALLBACK = "https://inbox.example.com/login/sso/callback"
NIA = "nia@acme.example"
WISH = Wish(
    issuer="",
    client_id=CLIENT,
    client_secret=SECRET,
    domains="acme.example",
    creates_people=True,
    default_role="recruiter",
    trusts_second_factor=False,
    passwords_off=False,
    keeper_id="",
)


@pytest.fixture(scope="module")
def real() -> Iterator[Provider]:
    with provider() as running:
        yield running


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with rogues() as running:
        yield running


@dataclass
class Single:
    """The house with an identity provider that says what a test lets it say."""

    house: House
    rogue: Rogue

    @property
    def tenant(self) -> Any:
        return self.house.scene.tenant

    async def keep(self, **changes: Any) -> None:
        """The provider as the settings have it."""
        wish = replace(WISH, issuer=self.rogue.url, **changes)
        async with self.tenant.transaction():
            await sso_connections.keep(self.tenant, self.house.app.state.vault, wish, to_private=True)

    async def sent(self, browser: httpx2.AsyncClient, email: str = NIA, onward: str = "/inbox?tab=shared") -> str:
        """Where the browser is sent with this e-mail."""
        return place_of(await browser.post("/login/sso", data={"email": email, "next": onward}))

    async def back(self, browser: httpx2.AsyncClient, email: str = NIA) -> httpx2.Response:
        """A whole sign-in, up to the answer to the code."""
        return await browser.get(self.rogue.agrees(await self.sent(browser, email)))

    async def refused(self, words: str, status: int = 403) -> None:
        """Somebody who comes back is not signed in, with these words."""
        browser = await self.house.browser(Origin=ORIGIN)
        answer = await self.back(browser)
        assert words in shown(answer, status).words
        assert SESSION not in browser.cookies

    async def comes_in(self, browser: httpx2.AsyncClient | None = None) -> User:
        """Somebody who comes back is signed in; who it is."""
        browser = browser or await self.house.browser(Origin=ORIGIN)
        answer = await self.back(browser)
        assert answer.status_code == 303, shown(answer, answer.status_code).words
        user_id = await self.tenant.fetch_val(
            select(tables.sessions.c.user_id).where(
                tables.sessions.c.id_hash == sessions.hash_of(browser.cookies[SESSION])
            )
        )
        return await users.find(self.tenant, user_id)


def place_of(answer: httpx2.Response) -> str:
    """Where the page leads: at once, and by its link."""
    assert answer.status_code == 200, answer.text
    (at_once,) = re.findall(r'<meta http-equiv="refresh" content="0;url=([^"]+)">', answer.text)
    (link,) = re.findall(r'id="go" href="([^"]+)"', answer.text)
    assert at_once == link
    return unescape(link)


@asynccontextmanager
async def opened(database_url: str, folder: Path) -> AsyncIterator[House]:
    app = create_app(replace(settings(database_url, folder), private_issuers=True), works=False)
    async with app.router.lifespan_context(app):
        house = House(app, await organisation(app.state.database))
        await users.change(house.scene.tenant, house.scene.jo.id, role=Role.ORGANISATION_ADMIN.value)
        yield house
        await house.close()


@pytest.fixture
async def single(database_url: str, tmp_path: Path, host: Host, anyio_backend: str) -> AsyncIterator[Single]:
    rogue = Rogue(host.url)
    host.serving = rogue.app
    async with opened(database_url, tmp_path) as house:
        single = Single(house, rogue)
        await single.keep()
        yield single


async def test_a_whole_sign_in_at_a_real_provider(single: Single, real: Provider) -> None:
    single.rogue.url = real.url
    await single.keep()
    real.knows("r-7", email=NIA, email_verified=True, name="Nia Bello")
    browser = await single.house.browser(Origin=ORIGIN)
    returned = await browser.get(real.agrees(await single.sent(browser), "r-7"))
    assert returned.headers["Location"] == "/inbox?tab=shared"
    assert "Nia Bello" in shown(await browser.get("/account")).words
    made = await users.by_email(single.tenant.database, NIA)
    assert made is not None
    assert (made.name, made.role, made.organisation_id) == ("Nia Bello", Role.RECRUITER, single.tenant.organisation_id)
    assert SESSION in browser.cookies


async def test_a_browser_is_sent_with_state_nonce_and_pkce_to_our_one_redirect_address(single: Single) -> None:
    browser = await single.house.browser(Origin=ORIGIN)
    asked = [parse_qs(urlsplit(await single.sent(browser)).query) for _ in range(2)]
    first = {name: value[0] for name, value in asked[0].items()}
    assert first["redirect_uri"] == CALLBACK
    assert first["tenant"] == "acme", "what the provider's own address asks for is kept"
    assert (first["response_type"], first["code_challenge_method"]) == ("code", "S256")
    assert first["login_hint"] == NIA
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 43
        assert asked[0][name] != asked[1][name]
    stored = str([tuple(row) for row in await single.tenant.fetch_all(select(tables.sso_visits))])
    assert not any(first[name] in stored for name in ("state", "nonce", "code_challenge"))
    cookie = browser.cookies["__Host-sso"]
    assert cookie not in stored


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another nonce": ({"says": {"nonce": "n" * 43}}, "(nonce)"),
    "no nonce": ({"says": {"nonce": None}}, "(nonce)"),
    "for another client": ({"says": {"aud": "another"}}, "(aud)"),
    "for others, too, by another": ({"says": {"aud": [CLIENT, "another"], "azp": "another"}}, "(azp)"),
    "for others, too, by nobody": ({"says": {"aud": [CLIENT, "another"]}}, "(azp)"),
    "of another issuer": ({"says": {"iss": "https://evil.example"}}, "(iss)"),
    "expired": ({"says": {"exp": int(time.time()) - 3600}}, "does not hold"),
    "without an end": ({"says": {"exp": None}}, "(exp)"),
    "of the future": ({"says": {"iat": int(time.time()) + 3600}}, "does not hold"),
    "of nobody": ({"says": {"sub": ""}}, "(sub)"),
    "of a number": ({"says": {"sub": 7}}, "(sub)"),
    "for another access token": ({"says": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, "(at_hash)"),
    "unsigned": ({"signs_with": "nothing"}, "(alg none)"),
    "signed with our secret": ({"signs_with": SHARED_KEY, "algorithm": "HS256"}, "(alg HS256)"),
    "signed by another": ({"signs_with": OTHER_KEY}, "(signature)"),
}


@pytest.mark.parametrize("what", WRONG)
async def test_what_does_not_hold_signs_nobody_in(single: Single, what: str) -> None:
    changes, words = WRONG[what]
    for name, value in changes.items():
        setattr(single.rogue, name, value)
    await single.refused(words)
    assert await users.by_email(single.tenant.database, NIA) is None


async def test_clocks_may_differ_by_a_minute(single: Single) -> None:
    single.rogue.says = {"exp": int(time.time()) - 30, "iat": int(time.time()) + 30}
    await single.comes_in()


async def test_new_keys_of_the_provider_are_taken_when_they_are_needed(single: Single) -> None:
    await single.comes_in()
    single.rogue.key = OTHER_KEY
    await single.comes_in()


async def test_an_answer_is_taken_once_and_of_the_browser_that_was_sent(single: Single) -> None:
    browser, thief = await single.house.browser(Origin=ORIGIN), await single.house.browser(Origin=ORIGIN)
    place = single.rogue.agrees(await single.sent(browser))
    await single.sent(thief)
    stolen = await thief.get(place)
    assert "begun in another browser" in shown(stolen, 400).words, "a foreign state"
    assert (await browser.get(place)).status_code == 303, "which the thief has not used up"
    assert "begun in another browser" in shown(await browser.get(place), 400).words, "a replay"
    for query in ("", "?code=x", "?code=x&state=y", "?state=" + "z" * 5_000, "?code=x&state=%00"):
        assert (await thief.get(CALLBACK + query)).status_code == 400


async def test_a_code_that_was_used_is_refused_by_the_provider(single: Single) -> None:
    browser = await single.house.browser(Origin=ORIGIN)
    first, second = [single.rogue.agrees(await single.sent(browser)) for _ in range(2)]
    cookie = browser.cookies["__Host-sso"]
    assert (await browser.get(first)).status_code == 303
    browser.cookies.set("__Host-sso", cookie)
    (used,), (state,) = (parse_qs(urlsplit(one).query)[name] for one, name in ((first, "code"), (second, "state")))
    answer = await browser.get(f"{CALLBACK}?code={used}&state={state}")
    assert "It did not take the code from us (invalid_grant)." in shown(answer, 403).words


async def test_a_sign_in_that_took_too_long_or_whose_provider_changed_begins_again(single: Single) -> None:
    browser = await single.house.browser(Origin=ORIGIN)
    late, moved = [single.rogue.agrees(await single.sent(browser)) for _ in range(2)]
    hashed = sessions.hash_of(parse_qs(urlsplit(late).query)["state"][0])
    await single.tenant.execute(
        update(tables.sso_visits).where(tables.sso_visits.c.state_hash == hashed).values(expires_at=db_later(-1))
    )
    assert (await browser.get(late)).status_code == 400
    await single.tenant.execute(update(tables.sso_connections).values(issuer="https://other.example"))
    assert "Begin again." in shown(await browser.get(moved), 403).words


async def test_who_says_to_be_another_provider_is_not_believed(single: Single) -> None:
    """RFC 9207: a code that was got elsewhere."""
    browser = await single.house.browser(Origin=ORIGIN)
    place = single.rogue.agrees(await single.sent(browser))
    assert (await browser.get(f"{place}&iss=https://evil.example")).status_code == 403
    single.rogue.metadata = {"authorization_response_iss_parameter_supported": True}
    await single.house.app.state.issuers.examine(single.rogue.url)
    place = single.rogue.agrees(await single.sent(browser))
    assert (await browser.get(place)).status_code == 403, "it says who it is, and did not"
    place = single.rogue.agrees(await single.sent(browser))
    assert (await browser.get(f"{place}&iss={single.rogue.url}")).status_code == 303


async def test_what_the_provider_says_instead_of_a_code_is_told(single: Single) -> None:
    browser = await single.house.browser(Origin=ORIGIN)
    for error, told in (("access_denied", "(access_denied)"), ("<script>", "(-)")):
        (state,) = parse_qs(urlsplit(await single.sent(browser)).query)["state"]
        answer = await browser.get(CALLBACK, params={"error": error, "state": state})
        assert told in shown(answer, 403).words


async def test_somebody_is_linked_by_a_verified_email_and_then_known_by_the_subject(single: Single) -> None:
    made = await users.create(single.tenant, email=NIA, name="Nia B", role=Role.REPORTER, password=PASSWORD)
    assert (await single.comes_in()).id == made.id
    single.rogue.says = {"email": "renamed@elsewhere.example", "email_verified": False}
    assert (await single.comes_in()).id == made.id
    assert (await users.find(single.tenant, made.id)).role is Role.REPORTER


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ({"email_verified": False}, "has not verified your e-mail nia@acme.example."),
        ({"email_verified": None}, "has not verified your e-mail nia@acme.example."),
        ({"email": None}, "did not say which e-mail is yours."),
        ({"email": "nia@evil.example"}, "nia@evil.example is of none of the domains that sign in here."),
        ({"email": "nia@acme.example.evil.example"}, "is of none of the domains"),
        ({"email": "nia@acme.example@evil.example"}, "is of none of the domains"),
        ({"email": ["nia@acme.example"]}, "did not say which e-mail is yours."),
    ],
)
async def test_an_email_links_only_when_verified_and_of_a_listed_domain(
    single: Single, says: dict[str, object], words: str
) -> None:
    await users.create(single.tenant, email=NIA, name="Nia B", role=Role.COMPANY_ADMIN, password=PASSWORD)
    single.rogue.says = says
    await single.refused(words)
    assert await single.tenant.fetch_all(select(tables.sso_identities)) == []


async def test_an_email_that_was_given_to_another_person_opens_not_the_account_of_the_first(single: Single) -> None:
    await single.comes_in()
    single.rogue.says = {"sub": "s-2"}
    await single.refused("This e-mail belongs to another person’s account here.")


async def test_nobody_is_created_who_was_not_to_be(single: Single) -> None:
    await single.keep(creates_people=False)
    await single.refused("Nobody here signs in as nia@acme.example.")
    await single.keep(default_role="")
    await single.refused("Nobody here signs in as nia@acme.example.")


async def test_people_of_another_organisation_are_nobody_here(single: Single) -> None:
    there = await single.house.neighbour()
    await users.create(there.tenant, email=NIA, name="Nia", role=Role.RECRUITER, password=PASSWORD)
    await single.refused("Nobody here signs in as nia@acme.example.")


async def test_who_was_shut_out_stays_out(single: Single) -> None:
    user = await single.comes_in()
    await users.deactivate(single.tenant, user.id)
    await single.refused("This account cannot sign in any more.")


async def test_rules_give_roles_and_companies_at_each_sign_in(single: Single) -> None:
    company = single.house.scene.company.id
    rules = (
        Rule("groups", "leads", Role.COMPANY_ADMIN, (company,)),
        Rule("department", "Nursing", Role.REPORTER),
    )
    await single.keep(rules=rules, default_role="")
    await single.refused("Nobody here signs in as nia@acme.example.")
    single.rogue.says = {"groups": ["staff", "leads"], "department": "Nursing"}
    user = await single.comes_in()
    assert (user.role, user.every_company) == (Role.COMPANY_ADMIN, False)
    single.rogue.says = {"department": "Nursing"}
    before = await single.house.browser(user)
    user = await single.comes_in()
    assert (user.role, user.every_company) == (Role.REPORTER, True)
    assert (await before.get("/account")).status_code == 303, "what the old role had opened is closed"
    single.rogue.says = {"groups": "nobody"}
    await single.refused("gives you no role here.")


async def test_a_code_of_ours_is_asked_for_as_well_unless_the_provider_does(single: Single) -> None:
    user = await single.comes_in()
    secret, _ = await set_up(await single.house.browser(user))
    browser = await single.house.browser(Origin=ORIGIN)
    assert (await single.back(browser)).headers["Location"] == "/login/code"
    assert SESSION not in browser.cookies
    answer = await browser.post("/login/code", data={"code": next_code(secret)})
    assert answer.headers["Location"] == "/inbox?tab=shared"
    await single.keep(trusts_second_factor=True)
    await single.comes_in()


async def test_where_two_factor_is_required_the_provider_can_answer_for_it(single: Single) -> None:
    await single.tenant.execute(update(tables.organisations).values(needs_second_factor=True))
    browser = await single.house.browser(Origin=ORIGIN)
    await single.comes_in(browser)
    assert (await browser.get("/account")).headers["Location"].startswith("/account/second-factor")
    await single.keep(trusts_second_factor=True)
    browser = await single.house.browser(Origin=ORIGIN)
    await single.comes_in(browser)
    assert (await browser.get("/account")).status_code == 200


async def test_whoever_comes_back_gets_a_session_of_a_new_id(single: Single) -> None:
    user = await single.comes_in()
    before = await single.house.browser(user)
    old = before.cookies[SESSION]
    await single.back(before)
    new = before.cookies.get(SESSION, domain="inbox.example.com")
    assert new not in (None, old)
    assert await sessions.alive(single.tenant.database, [sessions.hash_of(old)]) == {}


@pytest.mark.parametrize("onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "/login/sso"])
async def test_no_sign_in_leads_to_another_host(single: Single, onward: str) -> None:
    browser = await single.house.browser(Origin=ORIGIN)
    place = single.rogue.agrees(await single.sent(browser, onward=onward))
    assert (await browser.get(place)).headers["Location"] == "/inbox"


async def test_a_domain_without_a_provider_keeps_its_passwords(single: Single) -> None:
    browser = await single.house.browser(Origin=ORIGIN)
    answer = await browser.post("/login/sso", data={"email": "x@other.example"})
    assert "There is no single sign-on for other.example." in shown(answer, 422).words
    assert (await browser.post("/login/sso", data={"email": ""})).status_code == 422
    known, unknown = [await browser.post("/login/sso", data={"email": email}) for email in (NIA, "nobody@acme.example")]
    assert known.status_code == unknown.status_code == 200


async def test_a_provider_that_is_away_is_told_with_the_reason(single: Single) -> None:
    single.rogue.metadata = {"issuer": "https://other.example"}
    browser = await single.house.browser(Origin=ORIGIN)
    answer = await browser.post("/login/sso", data={"email": NIA})
    assert "The provider calls itself “https://other.example”." in shown(answer, 502).words


async def closed(single: Single) -> User:
    """Passwords are off, but for Jo, who keeps hers."""
    jo = single.house.scene.jo
    await users.change(single.tenant, jo.id, email="jo@acme.example")
    await users.set_password(single.tenant, jo.id, PASSWORD)
    await users.create(single.tenant, email=NIA, name="Nia", role=Role.RECRUITER, password=PASSWORD)
    await single.keep(passwords_off=True, keeper_id=jo.id)
    return await users.find(single.tenant, jo.id)


async def test_where_passwords_are_off_a_right_one_is_answered_like_a_wrong_one(single: Single) -> None:
    await closed(single)
    browser, pages = await single.house.browser(Origin=ORIGIN), []
    await browser.get("/login")
    for email, password in (
        (NIA, PASSWORD),
        (NIA, "wrong"),
        ("nobody@acme.example", "wrong"),
        ("jo@acme.example", "x"),
    ):
        answer = await browser.post("/login", data={"email": email, "password": password})
        pages.append((answer.status_code, answer.text.replace(email, "")))
    assert len(set(pages)) == 1
    assert "People of acme.example sign in with single sign-on." in pages[0][1]
    keeper = await browser.post("/login", data={"email": "jo@acme.example", "password": PASSWORD})
    assert keeper.status_code == 303
    await browser.post("/login/forgotten", data={"email": NIA})
    assert await single.tenant.fetch_all(select(tables.mails)) == []


async def test_the_keeper_is_neither_shut_out_nor_made_less(single: Single) -> None:
    jo = await closed(single)
    ana = single.house.scene.ana
    await users.change(single.tenant, ana.id, role=Role.ORGANISATION_ADMIN.value)
    admin = await single.house.browser(ana)
    page = f"/settings/users/{jo.id}"
    for act, data in (("/hand-over", {"deactivate": "1"}), ("", {"name": jo.name, "role": "recruiter"})):
        answer = await admin.post(page + act, data=data)
        assert "This is who can always sign in with a password." in shown(answer, 422).words
    now = await users.find(single.tenant, jo.id)
    assert (now.role, now.deactivated) == (Role.ORGANISATION_ADMIN, False)
