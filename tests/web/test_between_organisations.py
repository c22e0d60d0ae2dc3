"""Between organisations: whatever of another one is asked for, the answer is that of an id which nobody has.

Every address of the route table that names something is asked by every role, with ids of another organisation and
with ids of nobody. One that is new, or that names something new, fails here until `neighbours.filled` has one of it.
"""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select
from starlette.routing import Mount, Route

from inbox.accounts.roles import ALLOWED, Role
from inbox.storage import tables
from inbox.storage.columns import db_later
from inbox.web import access
from inbox.web.routes import routes
from tests.media import jpeg
from tests.messaging.scene import MAYA, TOM
from tests.web.api.program import API, Program
from tests.web.house import House, opened
from tests.web.neighbours import WORDS, Ids, address, as_role, filled, methods, named, rows_of
from tests.web.site import ASSETS
from tests.web.test_live_door import open_door
from tests.web.test_own_only import text_of

pytestmark = pytest.mark.anyio

SECRET = "okapi"
"""A word that stands in everything of the other organisation, and nowhere else."""

_ID = re.compile(r"[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}")

NO_GUEST: Mapping[str, Any] = {"guest_of": None, "expires_at": None}

LOOKED_AT = ("/live", "/embed/live", "/static")
APART = {"/embed/": "tests/web/test_embeds.py", "/scim/": "tests/web/test_scim.py"}
"""Addresses that ask for keys of their own, and where another organisation's are tried on them."""

NOBODYS = {
    "/hooks/twilio/{channel_token}/message": "signed by the account that its token names",
    "/hooks/twilio/{channel_token}/status": "signed by the account that its token names",
    "/media/{token}": "sealed, for Twilio, and for whoever has been given it",
    "/static/app.{digest}.{kind}": "the same for everybody",
    "/static/embed.{digest}.{kind}": "the same for everybody",
    "/static/frame.{digest}.{kind}": "the same for everybody",
}
"""Addresses that name something and are asked without being signed in, and why no other organisation's is open."""


@dataclass
class Neighbours:
    """Two organisations with one of everything, and what the other one has stored."""

    house: House
    ours: Ids
    theirs: Ids
    other: House

    @property
    def nobodys(self) -> Ids:
        """Ids that there are none of."""
        return {name: value if name in WORDS else str(uuid4()) for name, value in self.theirs.items()}

    def mixtures(self, path: str) -> Iterator[tuple[str, str]]:
        """The address with theirs and with nobody's ids, beside ours in the places that go before."""
        names, nobodys = named(path), self.nobodys
        for place in range(len(names)):
            foreign = names[place:]
            yield (
                address(path, {**self.ours, **_of(self.theirs, foreign)}),
                address(path, {**self.ours, **_of(nobodys, foreign)}),
            )


def _of(ids: Ids, names: list[str]) -> Ids:
    return {name: ids[name] for name in names} | ({"list_id": ids["list_id"]} if "label_id" in names else {})


@pytest.fixture(scope="module")
async def neighbours(
    _migrated_sqlite: object, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[Neighbours]:
    folder = tmp_path_factory.mktemp("neighbours")
    (folder / "inbox.db").write_bytes(_migrated_sqlite.read_bytes())  # type: ignore[attr-defined]
    async with opened(f"sqlite:///{folder / 'inbox.db'}", folder) as house:
        other = House(house.app, await house.neighbour())
        yield Neighbours(house, await filled(house, "zebra"), await filled(other, SECRET), other)
        await other.close()


def every_route() -> list[tuple[str, Route]]:
    """Each address with its route; mounted files and the socket, which are no routes, are looked at by name."""
    found: list[tuple[str, Route]] = []
    for route in routes(ASSETS):
        if isinstance(route, Route):
            found.append((route.path, route))
        elif isinstance(route, Mount) and route.routes:
            inside = [one for one in route.routes if isinstance(one, Route)]
            assert len(inside) == len(route.routes)
            found += [(route.path + one.path, one) for one in inside]
        else:
            assert getattr(route, "path", "") in LOOKED_AT, "the walk does not look into this one"
    return [(path, route) for path, route in found if not path.startswith(tuple(APART))]


def test_every_address_that_names_something_is_walked(neighbours: Neighbours) -> None:
    for path, route in every_route():
        if path in NOBODYS:
            continue
        signed_in = access.act_of(route.endpoint) is not None or path.startswith(API)
        assert signed_in or not named(path), f"{path} is for nobody who is known: say why in NOBODYS"
        unknown = set(named(path)) - neighbours.theirs.keys()
        assert not unknown, f"{path} names {unknown}: have one made in tests/web/neighbours.py"


async def test_the_other_organisation_has_all_that_is_asked_for(neighbours: Neighbours) -> None:
    stored = "\n".join("\n".join(rows) for rows in (await rows_of(neighbours.other.scene.tenant)).values())
    walked = {name for path, _ in every_route() if path not in NOBODYS for name in named(path)}
    for name in walked:
        assert f"'{neighbours.theirs[name]}'" in stored, name
    admin = await neighbours.other.browser(neighbours.other.scene.jo)
    for path, route in every_route():
        if named(path) and "GET" in methods(route) and access.act_of(route.endpoint) is not None:
            answer = await admin.get(address(path, neighbours.theirs))
            assert answer.status_code in (200, 303), path


@pytest.mark.parametrize("role", list(Role))
async def test_what_is_of_another_organisation_is_as_if_there_were_none(neighbours: Neighbours, role: Role) -> None:
    house, before = neighbours.house, await rows_of(neighbours.other.scene.tenant)
    more = NO_GUEST
    if role is Role.GUEST:
        more = {"guest_of": neighbours.ours["conversation_id"], "expires_at": db_later(86_400)}
    browser = await house.browser(await as_role(house.scene, role, **more))
    wrong: list[str] = []
    for path, route in every_route():
        act = access.act_of(route.endpoint)
        for method in methods(route) if act is not None else ():
            for theirs, nobodys in neighbours.mixtures(path):
                answer = await asked(browser, method, theirs)
                if act not in ALLOWED[role]:
                    wrong += [] if answer.status_code == 403 else [f"{method} {path}: {answer.status_code}"]
                    continue
                missing = await asked(browser, method, nobodys)
                if missing.status_code not in (403, 404) and path not in GONE:
                    wrong.append(f"{method} {path}: {missing.status_code}, so nothing was looked for")
                wrong += unlike(f"{method} {path}", answer, missing)
    assert not wrong, "\n".join(wrong)
    assert await rows_of(neighbours.other.scene.tenant) == before


async def test_a_program_gets_nothing_of_another_organisation(neighbours: Neighbours) -> None:
    house, before = neighbours.house, await rows_of(neighbours.other.scene.tenant)
    program = await Program.of(house, await as_role(house.scene, Role.ORGANISATION_ADMIN, **NO_GUEST))
    wrong: list[str] = []
    for path, route in every_route():
        for method in methods(route) if path.startswith(API) else ():
            said = BODIES.get((method, path.removeprefix(API)), {})
            for pair in neighbours.mixtures(path):
                theirs, nobodys = [await program(method, one.removeprefix(API), json=said) for one in pair]
                assert nobodys.status_code == 404, (method, path, nobodys.text)
                wrong += unlike(f"{method} {path}", theirs, nobodys)
    for method, path, said in NAMING:
        answers = [
            await program(method, path.format_map(ids), json=json.loads(json.dumps(said) % ids))
            for ids in (neighbours.theirs, neighbours.nobodys)
        ]
        wrong += unlike(f"{method} {path}", *answers)
    assert not wrong, "\n".join(wrong)
    assert await rows_of(neighbours.other.scene.tenant) == before


BODIES: Mapping[tuple[str, str], Mapping[str, object]] = {
    ("POST", "/conversations/{conversation_id:uuid}/read"): {"seen": 1},
    ("POST", "/conversations/{conversation_id:uuid}/messages"): {"body": "Hi"},
    ("PATCH", "/candidates/{candidate_id:uuid}"): {"name": "Maya"},
    ("PATCH", "/message-templates/{template_id:uuid}"): {"name": "Hello"},
    ("PATCH", "/campaigns/{campaign_id:uuid}"): {"name": "Friday"},
}
"""What operations on one thing have to be told."""

_CAMPAIGN = {"name": "Friday", "body": "Hi"}
NAMING: Sequence[tuple[str, str, Mapping[str, object]]] = (
    ("GET", "/conversations?company={company_id}", {}),
    ("GET", "/campaigns?company={company_id}", {}),
    ("GET", "/reports/chat?company={company_id}", {}),
    ("GET", "/message-templates?candidate_id={candidate_id}", {}),
    ("POST", "/message-templates", {"name": "Hello", "body": "Hi", "is_shared": True, "company": "%(company_id)s"}),
    ("POST", "/opt-outs", {"conversation_id": "%(conversation_id)s", "words": "No more"}),
    ("POST", "/triggers", {"candidate_id": "%(candidate_id)s", "event": "stage", "value": "Hired"}),
    ("POST", "/campaigns", {**_CAMPAIGN, "recipients": {}, "company": "%(company_id)s"}),
    ("POST", "/campaigns", {**_CAMPAIGN, "recipients": {}, "template_id": "%(template_id)s"}),
    ("POST", "/campaigns", {**_CAMPAIGN, "recipients": {"tag": "%(label_id)s"}}),
    ("POST", "/campaigns", {**_CAMPAIGN, "recipients": {"list": "%(list_id)s"}}),
    ("POST", "/campaigns", {**_CAMPAIGN, "recipients": {"owner": "%(user_id)s"}}),
)
"""Operations that are told of something by its id in another way than by their address."""


async def test_twilio_calls_of_one_organisation_say_nothing_to_another(neighbours: Neighbours) -> None:
    house, other = neighbours.house, neighbours.other
    before = await rows_of(other.scene.tenant)
    text = house.text("Hello", To=other.scene.number.number)
    for path in (other.scene.account.message_path, other.scene.account.status_path):
        assert (await house.call(path, text, token=house.scene.account.auth_token)).status_code == 403
    message = neighbours.theirs["message_id"]
    row = await other.scene.tenant.fetch_one(select(tables.messages).where(tables.messages.c.id == message))
    assert row is not None
    account = house.scene.account
    for sid in (row.provider_message_id, "SM" + "0" * 32):
        report = {"MessageSid": sid, "MessageStatus": "read", "AccountSid": account.account_sid, "To": TOM}
        assert (await house.call(f"{account.status_path}?m={message}", report)).status_code in (200, 204)
    assert await rows_of(other.scene.tenant) == before


async def test_a_socket_that_names_what_is_of_another_organisation_hears_of_ones_own_alone(
    neighbours: Neighbours,
) -> None:
    house, other, theirs = neighbours.house, neighbours.other, neighbours.theirs
    told = {name: theirs[FIELD_OF[name]] for name in ("c", "campaign", "company")}
    jo = await as_role(house.scene, Role.RECRUITER, **NO_GUEST)
    async with open_door(house) as door:
        line = await door.line(f"?tab=shared&{urlencode(told)}", who=jo)
        await line.live()
        for place in range(2):
            if place:
                await line.watch(view=f"?tab=shared&unread=1&{urlencode(told)}", **told)
                await line.live()
            assert (await other.text_in(f"Again {SECRET}", From=TOM)).status_code == 200
            assert (await house.text_in(f"Of our own {place}", From=MAYA)).status_code == 200
            await line.until(partial(line.shows, f"Of our own {place}"))
    heard = " ".join(line.frames)
    assert SECRET not in heard
    assert not [one for one in set(FIELD_OF.values()) if theirs[one] in heard]


async def test_what_a_field_or_a_filter_names_is_not_found_in_another_organisation(neighbours: Neighbours) -> None:
    house, theirs = neighbours.house, neighbours.theirs
    before = await rows_of(neighbours.other.scene.tenant)
    browser = await house.browser(await as_role(house.scene, Role.ORGANISATION_ADMIN, **NO_GUEST))
    for path, route in every_route():
        like = theirs["campaign_id" if path.startswith("/campaigns") else "workflow_id"]
        told = {name: theirs[of] for name, of in FIELD_OF.items()} | {"like": like}
        told |= {"asked": urlencode(told), "query": f"?{urlencode(told)}"}
        for method in methods(route) if access.act_of(route.endpoint) is not None else ():
            answer = await asked(browser, method, address(path, neighbours.ours), told)
            assert SECRET not in text_of(answer), f"{method} {path}"
            assert answer.status_code < 500, f"{method} {path}: {answer.text[-500:]}"
    assert await rows_of(neighbours.other.scene.tenant) == before
    ours = dict(await rows_of(house.scene.tenant))
    del ours["label_changes"], ours["saved_views"]  # which keep the words of a filter as they were typed
    rows = [f"{name}: {row}" for name, of in ours.items() for row in of]
    assert [row for row in rows if any(theirs[name] in row for name in FIELD_OF.values())] == []


FIELD_OF = {
    "assignee": "user_id",
    "by": "user_id",
    "escalates_to": "user_id",
    "mentions": "user_id",
    "owner": "user_id",
    "sender_id": "user_id",
    "user": "user_id",
    "candidate": "candidate_id",
    "candidate_id": "candidate_id",
    "chosen": "candidate_id",
    "with": "candidate_id",
    "company": "company_id",
    "into": "label_id",
    "label_id": "label_id",
    "tag": "label_id",
    "list": "list_id",
    "file": "file_id",
    "intent_id": "intent_id",
    "media": "media_id",
    "template": "template_id",
    "workflow": "workflow_id",
    "workflow_id": "workflow_id",
    "c": "conversation_id",
    "campaign": "campaign_id",
    "number_id": "number_id",
}
"""Fields of forms and parameters of filters that name something."""


async def asked(
    browser: httpx2.AsyncClient, method: str, path: str, more: Mapping[str, str] = MappingProxyType({})
) -> httpx2.Response:
    """The answer to somebody who sends what every form could want."""
    if method == "GET":
        return await browser.get(path, params=more or None)
    files = {"file": ("map.jpg", jpeg())} if path.endswith("/media") else None
    return await browser.request(method, path, data={**FIELDS, **more}, files=files)


_LATER = "/inbox/c/{conversation_id:uuid}/scheduled/{text_id:uuid}"
GONE = {_LATER, f"{_LATER}/send", f"{_LATER}/cancel"}
"""Where what is not there has gone out meanwhile, and the answer says so."""

FIELDS = {
    "body": "Hi",
    "id": str(uuid4()),
    "seen": "1",
    "version": "0",
    "send_at": "2099-01-01T08:00",
    "preset": "hour",
    "name": "Nudge",
    "number": "+61491570157",
    "kind": "tag",
    "words": "By phone",
    "given": "1",
    "until": "2099-01-01",
}


def unlike(what: str, theirs: httpx2.Response, nobodys: httpx2.Response) -> list[str]:
    """In what an answer about somebody else's differs from one about nobody's."""
    found = []
    if theirs.status_code != nobodys.status_code or plain(theirs) != plain(nobodys):
        found.append(f"{what}: {theirs.status_code} is not {nobodys.status_code}, or says something else")
    if SECRET in text_of(theirs):
        found.append(f"{what}: tells of another organisation")
    return found


def plain(answer: httpx2.Response) -> str:
    """What an answer says, but for ids and the moment."""
    return _ID.sub("<id>", text_of(answer))
