"""Who is let in to the API, for what, how often, and what happens when a write comes twice."""

import asyncio
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx2
import pytest
import time_machine
from sqlalchemy import func, select, update

from inbox.accounts import companions, users
from inbox.accounts.roles import ALLOWED, Role
from inbox.accounts.scopes import ACTS, Scope
from inbox.automation import campaigns, message_templates
from inbox.candidates.choices import EVERYBODY
from inbox.messaging import outbound
from inbox.storage import audit, tables
from inbox.storage.columns import db_later
from inbox.web.api import resources
from inbox.web.api.door import Door
from inbox.web.api.operations import Operation
from inbox.web.api.rates import Rates
from inbox.web.api.resources import OPERATIONS
from tests.messaging.scene import MAYA
from tests.web.api.conftest import become
from tests.web.api.program import API, Program, refused, told
from tests.web.house import ORIGIN, House
from tests.web.site import site

pytestmark = pytest.mark.anyio

NOBODY = "00000000-0000-7000-8000-000000000000"
GUARDED = [operation for operation in OPERATIONS if operation.needs_token]
THREAD = "/conversations/{}/messages"


def path_of(operation: Operation) -> str:
    return operation.path.format(candidate_id=NOBODY, conversation_id=NOBODY, campaign_id=NOBODY, template_id=NOBODY)


async def test_each_operation_demands_its_scope_and_nothing_else_opens_it(house: House) -> None:
    await become(house, house.scene.jo, Role.RECRUITER)
    # What is for a directory opens nothing here, and has a door of its own.
    wanted = {scope for scope in Scope if scope is not Scope.SCIM}
    programs = {scope: await Program.of(house, house.scene.jo, [scope]) for scope in wanted}
    for operation in GUARDED:
        for scope, program in programs.items():
            body = {"json": {}} if operation.takes else {}
            answer = await program(operation.method, path_of(operation), **body)
            if operation.scope in (None, scope):
                assert answer.status_code in (200, 403, 404, 422), operation
                assert "scope" not in answer.text or answer.status_code == 200
            else:
                assert f"scope {operation.scope}" in refused(answer, 403)["detail"]


@pytest.mark.parametrize("role", Role)
async def test_a_token_may_never_do_more_than_its_owner(house: House, role: Role) -> None:
    await become(house, house.scene.jo, Role.ORGANISATION_ADMIN)
    program = await Program.of(house, await users.find(house.scene.tenant, house.scene.jo.id))
    await become(house, house.scene.jo, role)
    mine = {scope for scope in Scope if ACTS[scope] in ALLOWED[role]}
    assert set(told(await program("GET", "/me"))["scopes"]) == {str(scope) for scope in mine}
    answer = await program("POST", "/candidates", json={"name": "Zoë"})
    assert answer.status_code == (201 if Scope.CANDIDATES_WRITE in mine else 403)


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer unknown", "Basic am86cA==", "Bearer sia_x", "Bearer \xff"]
)
async def test_without_a_good_token_there_is_nothing(house: House, authorization: str | None) -> None:
    client = await house.browser(house.scene.jo)  # whose cookie opens nothing here
    headers = {} if authorization is None else {"Authorization": authorization.encode("latin-1")}
    for operation in GUARDED:
        answer = await client.request(operation.method, API + path_of(operation), headers=headers)
        if answer.status_code == 429:
            break
        refused(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_is_dead_as_soon_as_it_is_revoked_over_or_its_owner_shut_out(house: House) -> None:
    tenant, scene = house.scene.tenant, house.scene
    table = tables.api_tokens
    over = await Program.of(house, scene.ana)
    told(await over("GET", "/me"))
    await tenant.execute(update(table).where(table.c.id == over.token_id).values(expires_at=db_later(-1)))
    refused(await over("GET", "/me"), 401)
    program = await Program.of(house, scene.ana)
    await users.deactivate(tenant, scene.ana.id)
    refused(await program("GET", "/me"), 401)
    await tenant.execute(update(tables.users).values(deactivated_at=None))
    refused(await program("GET", "/me"), 401)


async def test_what_a_token_is_stored_as_opens_nothing(house: House, jo: Program) -> None:
    stored = await house.scene.tenant.fetch_one(select(tables.api_tokens))
    assert jo.token not in str(dict(stored._mapping))
    assert stored.last_used_at is None
    told(await jo("GET", "/me"))
    assert (await house.scene.tenant.fetch_one(select(tables.api_tokens))).last_used_at is not None
    jo.token = stored.hash
    refused(await jo("GET", "/me"), 401)


async def test_a_write_with_a_key_is_done_once(house: House, jo: Program) -> None:
    conversation = await house.scene.text_in()
    path = THREAD.format(conversation)
    first = await jo("POST", path, key="k1", json={"body": "Are you free?"})
    again = await jo("POST", path, key="k1", json={"body": "Are you free?"})
    assert told(first, 201) == told(again, 201)
    assert again.headers["Idempotency-Replayed"] == "true"
    sent = select(func.count()).select_from(tables.messages).where(tables.messages.c.direction == "out")
    assert await house.scene.tenant.fetch_val(sent) == 1
    other = await jo("POST", path, key="k1", json={"body": "Other words"})
    assert "Idempotency-Key" in refused(other, 422)["fields"]
    ana = await Program.of(house, house.scene.ana)
    told(await ana("POST", path, key="k1", json={"body": "Mine"}), 201)
    refused(await jo("POST", path, key="x" * 256, json={"body": "Hello"}), 422)


async def test_what_was_refused_under_a_key_can_be_tried_again(house: House, jo: Program) -> None:
    refused(await jo("POST", "/candidates", key="k", json={"email": "no"}), 422)
    told(await jo("POST", "/candidates", key="k", json={"email": "zoe@example.com"}), 201)


async def test_two_writes_with_one_key_at_the_same_instant_are_one(house: House, jo: Program) -> None:
    answers = await asyncio.gather(*(jo("POST", "/candidates", key="k", json={"name": "Zoë"}) for _ in range(5)))
    assert len({told(answer, 201)["id"] for answer in answers}) == 1


async def test_what_has_not_changed_is_not_sent_again(house: House, jo: Program) -> None:
    conversation = await house.scene.text_in()
    first = await jo("GET", THREAD.format(conversation))
    mark = {"If-None-Match": first.headers["ETag"]}
    same = await jo("GET", THREAD.format(conversation), headers=mark)
    assert (same.status_code, same.content) == (304, b"")
    await house.scene.text_in(body="And one more")
    assert len(told(await jo("GET", THREAD.format(conversation), headers=mark))["data"]) == 2


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("{", "application/json", 400),
        ('{"name": "\\ud800"}', "application/json", 400),
        ("name=Zo", "application/x-www-form-urlencoded", 415),
        ("{}", "", 415),
        ("[]", "application/json", 422),
        ('{"salary": 1}', "application/json", 422),
        ('{"name": 7}', "application/json", 422),
        ('{"name": "\\u0000"}', "application/json", 422),
        (f'{{"name": "{"x" * 301}"}}', "application/json; charset=utf-8", 422),
        (f'{{"name": "{"x" * 70_000}"}}', "application/json", 413),
    ],
)
async def test_a_body_that_is_not_as_described_is_refused(jo: Program, content: str, kind: str, status: int) -> None:
    headers = {"Content-Type": kind} if kind else {}
    refused(await jo("POST", "/candidates", content=content.encode(), headers=headers), status)


async def test_a_field_is_named_by_what_is_wrong_with_it(jo: Program) -> None:
    wrong = refused(await jo("POST", "/candidates", json={"name": 7}), 422)
    assert wrong["fields"] == {"name": "Expected `str | null`, got `int`."}
    assert "salary" in refused(await jo("GET", "/candidates?salary=1"), 422)["fields"]
    assert "number" in refused(await jo("POST", "/candidates", json={"number": "12"}), 422)["fields"]


async def test_the_rate_is_told_and_held(house: House) -> None:
    small = site(house.scene.tenant.database, more=[resources.mounted(Door(most=2, most_strangers=1))])
    program = await Program.of(house, house.scene.jo)
    program.client = small.browser()
    answers = [await program("GET", "/me") for _ in range(4)]
    if [answer.status_code for answer in answers[:3]] == [200, 200, 200]:
        answers = answers[1:]  # a minute ended behind the first
    assert [answer.headers["RateLimit-Remaining"] for answer in answers[:2]] == ["1", "0"]
    refused(answers[2], 429)
    assert answers[2].headers["RateLimit-Limit"] == "2"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 60
    program.client = small.browser(address="203.0.113.9")
    program.token = "unknown"
    refused(await program("GET", "/me"), 401)
    refused(await program("GET", "/me"), 429)


def test_a_limit_begins_anew_with_each_minute() -> None:
    ticks = count(0, 20)
    rates = Rates(2, clock=lambda: float(next(ticks)))
    assert [rates.take("a").remaining for _ in range(2)] == [1, 0]
    with pytest.raises(Exception, match="2 requests"):
        rates.take("a")
    assert rates.take("a").remaining == 1


async def test_nobody_reaches_into_another_organisation(house: House, jo: Program) -> None:
    neighbour = await house.neighbour()
    conversation = await neighbour.text_in()
    row = await neighbour.row(conversation)
    facts: Any = {"name": "Theirs", "body": "Hi", "choice": EVERYBODY, "only_consented": False}
    campaign = await campaigns.create(neighbour.tenant, neighbour.jo, **facts)
    template = await message_templates.create(neighbour.tenant, neighbour.jo, name="Theirs", body="Hi", shared=True)
    fields = {"messages": {"body": "Hi"}, "read": {"seen": 1}, "send": {}}
    for operation in GUARDED:
        if "{" not in operation.path:
            continue
        theirs_are = {"candidate_id": row.candidate_id, "conversation_id": conversation, "campaign_id": campaign}
        theirs_are |= {"template_id": template.id}
        path = operation.path.format(**theirs_are)
        body = {"json": fields.get(operation.path.rpartition("/")[2], {})} if operation.takes else {}
        if operation.method == "PATCH":
            body = {"json": {"name": "Mine now"}}
        theirs = await jo(operation.method, path, **body)
        missing = await jo(operation.method, path_of(operation), **body)
        assert refused(theirs, 404) == refused(missing, 404), operation
    assert told(await jo("GET", "/candidates"))["data"] == []
    assert told(await jo("GET", "/conversations"))["data"] == []
    assert told(await jo("GET", "/campaigns"))["data"] == []
    assert told(await jo("GET", "/opt-outs"))["data"] == []
    refused(await jo("POST", "/opt-outs", json={"conversation_id": conversation, "words": "Mine now"}), 404)
    assert told(await jo("GET", f"/candidates?number={MAYA.replace('+', '%2B')}"))["data"] == []
    named = await jo("GET", f"/message-templates?candidate_id={row.candidate_id}")
    refused(named, 404)


async def test_only_pages_of_extensions_may_ask_from_a_browser(house: House, jo: Program) -> None:
    for origin, allowed in (
        ("chrome-extension://" + "a" * 32, True),
        ("https://evil.example", False),
        (ORIGIN, False),
        ("chrome-extension://" + "z" * 32, False),
    ):
        answer = await jo("GET", "/me", headers={"Origin": origin})
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
        assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_a_text_of_a_program_goes_the_way_of_the_composer(
    house: House, jo: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = await house.scene.text_in()
    path = THREAD.format(conversation)
    message = told(await jo("POST", path, json={"body": " Hello ", "id": NOBODY[:-1] + "1"}), 201)
    assert (message["body"], message["state"], message["author"]) == ("Hello", "queued", "Jo Park")
    assert told(await jo("POST", path, json={"body": "Hello", "id": message["id"]}), 201)["seq"] == message["seq"]
    refused(await jo("POST", path, json={"body": "Other", "id": message["id"]}), 422)
    assert "{{name}}" in refused(await jo("POST", path, json={"body": "Hi {{name}}"}), 422)["detail"]
    refused(await jo("POST", path, json={"body": " "}), 422)
    refused(await jo("POST", path, json={"body": "x" * 1601}), 422)
    seen = told(await jo("GET", path))["seen"]
    await house.scene.text_in(body="Wait")
    held = refused(await jo("POST", path, json={"body": "Late", "seen": seen}), 409)
    assert held["seen"] > seen
    await house.text_in("STOP", OptOutType="STOP")
    assert "opted out" in refused(await jo("POST", path, json={"body": "Hello?"}), 422)["detail"]
    shown = told(await jo("GET", f"/conversations/{conversation}"))
    assert "opted out" in shown["blocked"]
    assert outbound.MOST_CHARACTERS == 1600


async def test_the_description_and_its_page_are_there_for_everybody(house: House) -> None:
    client: httpx2.AsyncClient = await house.browser()
    told_of = told(await client.get(f"{API}/openapi.json"))
    assert told_of["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, found in told_of["paths"].items() for method in found}
    assert described == {(operation.method, operation.path) for operation in OPERATIONS}
    page = await client.get(f"{API}/docs")
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    for operation in OPERATIONS:
        assert operation.path in page.text


async def test_a_spent_refresh_token_is_told_of_in_the_audit_log(house: House) -> None:
    browser = await house.browser(house.scene.jo)
    page = await browser.post("/companion")
    code = page.text.partition('data-code="')[2].partition('"')[0]
    client = await house.browser()
    first = told(await client.post(f"{API}/companion/connect", json={"code": code, "name": "Chrome"}), 201)
    refused(await client.post(f"{API}/companion/connect", json={"code": code}), 422)
    companion = Program(client, first["access_token"], "")
    assert told(await companion("GET", "/me"))["name"] == "Jo Park"
    following = told(await client.post(f"{API}/companion/refresh", json={"refresh_token": first["refresh_token"]}))
    refused(await companion("GET", "/me"), 401)
    companion.token = following["access_token"]
    told(await companion("GET", "/me"))
    refused(await client.post(f"{API}/companion/refresh", json={"refresh_token": first["refresh_token"]}), 401)
    refused(await companion("GET", "/me"), 401)
    newest, _ = await audit.page(house.scene.tenant)
    assert "used twice" in newest[0].what


async def test_a_token_shows_no_more_conversations_than_its_owner_sees(house: House, jo: Program) -> None:
    conversation = await house.scene.text_in()
    await house.scene.reply(conversation, who=house.scene.ana)
    path = f"/conversations/{conversation}"
    told(await jo("GET", path))
    await house.scene.tenant.execute(update(tables.users).values(own_only=True))
    for method, more, body in (
        ("GET", "", None),
        ("GET", "/messages", None),
        ("POST", "/messages", {"body": "Hi"}),
        ("POST", "/read", {"seen": 1}),
    ):
        refused(await jo(method, path + more, **({"json": body} if body else {})), 404)
    assert told(await jo("GET", "/conversations"))["data"] == []
    (maya,) = told(await jo("GET", "/candidates"))["data"]
    assert maya["conversation_id"] is None
    assert "Ana Ruiz" in refused(await jo("POST", f"/candidates/{maya['id']}/conversation"), 422)["detail"]
    ana = await Program.of(house, house.scene.ana)
    assert [one["id"] for one in told(await ana("GET", "/conversations"))["data"]] == [conversation]


async def test_in_quiet_hours_a_program_is_asked_why_too(house: House, jo: Program) -> None:
    path = THREAD.format(await house.scene.text_in())
    for table, values in (
        (tables.companies, {"texting_hours": "08:00-21:00"}),
        (tables.messages, {"at": datetime(2026, 11, 26, tzinfo=UTC)}),
    ):
        await house.scene.tenant.execute(update(table).values(**values))
    with time_machine.travel(datetime(2026, 11, 27, 15, 0, tzinfo=UTC), tick=True):
        assert refused(await jo("POST", path, key="k", json={"body": "Can you come?"}), 422)["asks"] == "reason"
        told(await jo("POST", path, key="k", json={"body": "Can you come?", "reason": "It begins at 3"}), 201)


async def test_a_companion_speaks_its_persons_language_and_a_program_english(house: House, jo: Program) -> None:
    conversation = await house.scene.text_in()
    await house.text_in("STOP", OptOutType="STOP")
    await house.scene.tenant.execute(update(tables.users).values(language="de"))
    tenant = house.scene.tenant
    code = await companions.new_code(tenant, house.scene.jo)
    tokens = await companions.connect(tenant.database, code, name="Chrome")
    assert tokens is not None
    companion = Program(jo.client, tokens.access, "")
    german, english = [
        (
            told(await one("GET", f"/conversations/{conversation}"))["blocked"],
            refused(await one("GET", f"/candidates/{NOBODY}", headers={"Accept-Language": "de"}), 404)["detail"],
        )
        for one in (companion, jo)
    ]
    assert told(await companion("GET", "/me"))["language"] == "de"
    assert english[1] == "There is nothing here. It may have been removed."
    assert "Nobody here can text" in english[0]
    assert german[1].startswith("Hier gibt es nichts.")
    assert "Nobody" not in german[0]
