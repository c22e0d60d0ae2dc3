"""Who sees only their own conversations: every address is walked, and none shows, changes or tells of another one."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select, update
from starlette.routing import Route

from inbox.accounts import users
from inbox.accounts.roles import Act, Role
from inbox.accounts.users import User
from inbox.automation import workflow_beginning, workflow_executions, workflows
from inbox.automation.chatbot_scripts import TypedQuestion
from inbox.automation.workflow_steps import Step
from inbox.automation.workflow_wishes import Wish
from inbox.languages.readers import ENGLISH
from inbox.messaging import handling, notes, notifications, saved_views, scheduling
from inbox.messaging.views import View
from inbox.storage import tables
from inbox.storage.columns import db_later, new_id
from inbox.web import access
from inbox.web.assets import Assets
from inbox.web.routes import routes
from tests.automation import chatbot
from tests.media import jpeg
from tests.messaging.scene import MAYA, TOM, Scene
from tests.web.house import House, shown
from tests.web.test_campaigns import worked, written
from tests.web.test_media import text_in

pytestmark = [pytest.mark.anyio, pytest.mark.both_databases]
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""The walks take a while; the statements are the same on both."""

SECRET = "zebra"
"""A word that stands in everything about the conversation of somebody else, and nowhere else."""

QUERIES = ("?tab=shared&q=giraffe&range=7d&of=sent", "?tab=sms")
"""What every page is asked with, whether it knows of it or not."""

SHOWING = {
    "/inbox",
    "/inbox/c/{conversation_id:uuid}",
    "/inbox/c/{conversation_id:uuid}/messages",
    "/inbox/c/{conversation_id:uuid}/transcript",
    "/inbox/c/{conversation_id:uuid}/composer",
    "/candidates/{candidate_id:uuid}",
    "/candidates/{candidate_id:uuid}/preview",
    "/candidates/{candidate_id:uuid}/context",
    "/chat-messages",
    "/chat-messages.csv",
    "/chat-messages/failures",
    "/campaigns/{campaign_id:uuid}/recipients",
    "/chatbot/{intent_id:uuid}/sessions",
}
"""Where the walk has to find it for somebody who sees everything."""


async def sees_only_own(scene: Scene, user: User, role: Role = Role.RECRUITER) -> User:
    """The user as they are from now on."""
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == user.id).values(own_only=True, role=role.value)
    )
    return await users.find(scene.tenant, user.id)


async def filled(house: House, secret: str = SECRET) -> Mapping[str, str]:
    """Ana has a conversation with Tom, in which all that there is has happened; the ids of it by their parameter."""
    scene = house.scene
    ana = await house.browser(scene.ana)
    campaign = await written(house, ana)
    assert (await ana.post(f"{campaign}/send")).status_code == 303
    await worked(house)
    await worked(house)
    tom, (picture,) = await text_in(house, jpeg(), body=f"{secret} giraffe", sender=TOM)
    message = await scene.failed(tom)
    called = await notes.write(scene.tenant, scene.ana, tom, note_id=new_id(), body=f"@Jo Park {secret} in a note")
    later = await scheduling.schedule(
        scene.tenant,
        scene.ana,
        tom,
        text_id=new_id(),
        body=f"{secret} later",
        send_at=await scene.tenant.fetch_val(select(db_later(86_400))),
        regardless=False,
        seen=None,
    )
    candidate = (await scene.row(tom)).candidate_id
    made = await workflows.create(scene.tenant, scene.ana, Wish("Nudge", [Step("text", "Still there?")]))
    await workflow_beginning.begin(scene.tenant, await workflows.find(scene.tenant, made), candidate)
    (execution,) = await workflow_executions.of_candidate(scene.tenant, candidate)
    asked = (TypedQuestion("Which animal?"), TypedQuestion("Which other one?"))
    intent = await chatbot.made(scene, script=replace(chatbot.wish().script, questions=asked))
    await chatbot.texted(scene, "JOIN", "yes", secret, sender=TOM)
    view = View(user_id=None, zone="Australia/Melbourne", reader=ENGLISH, q="giraffe")
    saved = await saved_views.create(scene.tenant, await _admin(scene), view, name="Animals", shared=True)
    assert await handling.assign(scene.tenant, scene.jo, tom, scene.ana.id, version=(await scene.row(tom)).version)
    told = (await notifications.page(scene.tenant, scene.jo)).rows
    (notification,) = [one.id for one in told if one.message_id == called.id]
    return {
        "conversation_id": tom,
        "candidate_id": candidate,
        "message_id": message.id,
        "media_id": picture.id,
        "text_id": later.id,
        "notification_id": notification,
        "campaign_id": campaign.rpartition("/")[2],
        "workflow_id": made,
        "execution_id": execution.id,
        "intent_id": intent.id,
        "view_id": saved.id,
        "user_id": scene.ana.id,
        "version": "0",
        "file_id": str(uuid4()),
        # Of these nothing tells of a conversation: any will do.
        **dict.fromkeys(
            (
                "document_id",
                "gone_id",
                "export_id",
                "file_name",
                "import_id",
                "history_id",
                "change_id",
                "label_id",
                "template_id",
                "mail_id",
                "token_id",
                "companion_id",
                "company_id",
                "file_id",
                "endpoint_id",
                "delivery_id",
                "key_id",
            ),
            str(uuid4()),
        ),
    }


async def _admin(scene: Scene) -> User:
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == scene.ana.id).values(role=Role.COMPANY_ADMIN.value)
    )
    return await users.find(scene.tenant, scene.ana.id)


def guarded(method: str) -> list[tuple[Route, Act]]:
    """Every address behind the sign-in that takes this method, and what it demands.

    Those of widgets take no cookie; `test_embeds.py` walks them.
    """
    found = []
    for route in routes(Assets()):
        act = access.act_of(route.endpoint) if isinstance(route, Route) else None
        if isinstance(route, Route) and route.path.startswith(access.EMBEDS):
            continue
        if act is not None and isinstance(route, Route) and method in (route.methods or {"GET"}):
            found.append((route, act))
    assert len(found) > 30
    return found


def address(route: Route, ids: Mapping[str, str]) -> str:
    """The route's address with what it is asked for; a parameter that is new has to be said in `filled`."""
    known: dict[str, Any] = {"country": "au", "item": "abn", "kind": "bundle", "role": "recruiter", **ids}
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: known[found[1]], route.path)


def text_of(answer: httpx2.Response) -> str:
    """All that an answer tells, where it leads included."""
    return f"{answer.text} {answer.headers.get('Location', '')} {answer.headers.get('HX-Redirect', '')}"


@on_sqlite
async def test_the_walk_finds_what_others_see(house: House) -> None:
    ids = await filled(house)
    ana = await house.browser(house.scene.ana)
    for route, _ in guarded("GET"):
        if route.path in SHOWING:
            told = [text_of(await ana.get(address(route, ids) + query)) for query in QUERIES]
            assert any(SECRET in one or ids["conversation_id"] in one for one in told), route.path


@on_sqlite
@pytest.mark.parametrize("role", [Role.RECRUITER, Role.REPORTER])
async def test_no_page_shows_a_conversation_that_is_not_ones_own(house: House, role: Role) -> None:
    scene, ids = house.scene, await filled(house)
    jo = await house.browser(await sees_only_own(scene, scene.jo, role))
    for route, _ in guarded("GET"):
        if route.path == "/notifications/{notification_id:uuid}":
            assert (await jo.get(address(route, ids))).status_code == 404
        for query in QUERIES:
            for target in ("", "convs", "thread") if route.path.startswith("/inbox") else ("",):
                headers = {"HX-Request": "true", "HX-Target": target} if target else {}
                answer = await jo.get(address(route, ids) + query, headers=headers)
                assert SECRET not in text_of(answer), (route.path, query)
                if "{conversation_id" not in route.path:
                    assert ids["conversation_id"] not in text_of(answer), (route.path, query)
                elif target != "convs":  # the list beside the conversation that an address names
                    assert answer.status_code in (403, 404), (route.path, query)


@on_sqlite
async def test_nothing_is_done_to_a_conversation_that_is_not_ones_own(house: House) -> None:
    scene, ids = house.scene, await filled(house)
    jo = await house.browser(await sees_only_own(scene, scene.jo))
    before = await standing(scene, ids["conversation_id"])
    fields = {
        "body": "Hi",
        "id": str(uuid4()),
        "seen": "1",
        "version": "0",
        "send_at": "2099-01-01T08:00",
        "preset": "hour",
        "name": "Nudge",
        "workflow_id": ids["workflow_id"],
        "number": TOM,
        "to": "text",
    }
    for route, act in guarded("POST"):
        files = {"file": ("map.jpg", jpeg())} if route.path.endswith("/media") else None
        answer = await jo.post(address(route, ids), data=fields, files=files)
        assert SECRET not in text_of(answer), route.path
        if "{conversation_id" in route.path or act is Act.SEND_CAMPAIGNS:
            assert answer.status_code in (403, 404), route.path
        assert await standing(scene, ids["conversation_id"]) == before, route.path


async def standing(scene: Scene, conversation: str) -> object:
    """All that belongs to a conversation, as far as a person can change it."""
    row = await scene.row(conversation)
    ids: list[object] = [row.assignee_id, row.version, row.unread, row.closed_at, row.snoozed_until]
    for table in (tables.messages, tables.notes, tables.scheduled_texts, tables.message_media):
        rows = await scene.tenant.fetch_all(select(table.c.id).where(table.c.conversation_id == conversation))
        ids.append(sorted(row.id for row in rows))
    executions = tables.workflow_executions
    ids.append(len(await scene.tenant.fetch_all(select(executions.c.id))))
    return ids


async def test_ones_own_are_all_there_and_the_pages_say_that_there_is_no_more(house: House) -> None:
    scene = house.scene
    maya = await scene.text_in(MAYA, "Hello Jo")
    await handling.claim(scene.tenant, scene.jo, maya)
    await scene.text_in(TOM, "Hello all")
    jo = await house.browser(await sees_only_own(scene, scene.jo))
    for path in ("/inbox", "/inbox?tab=shared", "/inbox?tab=shared&q=hello", "/chat-messages", f"/inbox/c/{maya}"):
        page = shown(await jo.get(path))
        assert "Only your own conversations are shown." in page.words, path
        assert "Hello Jo" in page.words, path
        assert "Hello all" not in page.words, path
        assert page.by_id("tab-shared") is None
    report = shown(await jo.get("/reports/chat?range=7d"))
    assert "Only your own conversations are shown." in report.words
    assert "Total 0 0 0 1 1" in report.words


@on_sqlite
async def test_who_gives_the_last_one_away_is_led_to_the_list(house: House) -> None:
    scene = house.scene
    maya = await scene.text_in(MAYA)
    await handling.claim(scene.tenant, scene.jo, maya)
    jo = await house.browser(await sees_only_own(scene, scene.jo))
    for give, headers in ((scene.ana.id, {}), ("", {"HX-Request": "true"})):
        await scene.tenant.execute(update(tables.conversations).values(assignee_id=scene.jo.id))
        version = (await scene.row(maya)).version
        answer = await jo.post(
            f"/inbox/c/{maya}/assign", data={"assignee": give, "version": str(version)}, headers=headers
        )
        assert (answer.headers.get("Location") or answer.headers.get("HX-Redirect")) == "/inbox"
        assert (await scene.row(maya)).assignee_id == (give or None)
        assert (await jo.get(f"/inbox/c/{maya}")).status_code == 404


@on_sqlite
async def test_a_first_text_opens_a_conversation_of_ones_own_and_none_of_somebody_else(house: House) -> None:
    scene = house.scene
    tom = await scene.text_in(TOM)
    jo = await house.browser(await sees_only_own(scene, scene.jo))
    opened = await jo.post("/inbox/new", data={"number": MAYA})
    maya = await scene.conversation(MAYA)
    assert opened.headers["Location"] == f"/inbox/c/{maya}?tab=shared"
    assert (await scene.row(maya)).assignee_id == scene.jo.id
    assert (await jo.get(f"/inbox/c/{maya}")).status_code == 200
    assert (
        "Nobody has the conversation with this number yet." in (await jo.post("/inbox/new", data={"number": TOM})).text
    )
    await handling.claim(scene.tenant, scene.ana, tom)
    refused = await jo.post(f"/candidates/{(await scene.row(tom)).candidate_id}/text")
    assert "Ana Ruiz has the conversation with this number." in refused.text
    assert (await scene.row(tom)).assignee_id == scene.ana.id


async def test_somebody_who_does_not_see_a_conversation_is_not_called_in_its_notes(house: House) -> None:
    scene = house.scene
    maya = await scene.text_in(MAYA)
    await sees_only_own(scene, scene.jo)
    written_note = await notes.write(scene.tenant, scene.ana, maya, note_id=new_id(), body="@Jo Park look")
    assert written_note.mentions == ()
    await handling.assign(scene.tenant, scene.ana, maya, scene.jo.id, version=0)
    called = await notes.write(scene.tenant, scene.ana, maya, note_id=new_id(), body="@Jo Park look")
    assert [mention.user_id for mention in called.mentions] == [scene.jo.id]


@on_sqlite
async def test_a_guest_who_sees_only_their_own_can_be_given_one_to_read(house: House) -> None:
    scene = house.scene
    maya = await scene.text_in(MAYA, "Hello guest")
    guest = await sees_only_own(scene, scene.jo, Role.GUEST)
    await handling.assign(scene.tenant, scene.ana, maya, guest.id, version=0)
    browser = await house.browser(guest)
    assert "Hello guest" in shown(await browser.get(f"/inbox/c/{maya}")).words
    assert (await browser.post(f"/inbox/c/{maya}/messages", data={"body": "Hi"})).status_code == 403


@on_sqlite
async def test_an_admin_sets_it_and_the_pages_that_are_open_come_back(house: House) -> None:
    scene = house.scene
    admin = await house.browser(await _admin(scene))
    dismissed: list[str] = []
    house.app.state.hub.dismiss = dismissed.append
    form = {"name": "Jo Park", "role": "recruiter", "own_only": "1"}
    assert (await admin.post(f"/settings/users/{scene.jo.id}", data=form)).status_code == 303
    assert (await users.find(scene.tenant, scene.jo.id)).own_only
    assert dismissed == [f"user:{scene.jo.id}"]
    assert "Recruiter, own conversations only" in shown(await admin.get("/settings/users")).words
    (box,) = [
        one
        for one in shown(await admin.get(f"/settings/users/{scene.jo.id}"))
        if one.attributes.get("name") == "own_only"
    ]
    assert "checked" in box.attributes
    assert "sees their own conversations only" in shown(await admin.get("/settings/audit-log")).words
    assert (
        await admin.post(f"/settings/users/{scene.jo.id}", data=form | {"role": "company_admin"})
    ).status_code == 303
    assert not (await users.find(scene.tenant, scene.jo.id)).own_only
    added = {"name": "Nia", "email": "nia@acme.test", "role": "reporter", "own_only": "1"}
    assert (await admin.post("/settings/users", data=added)).status_code == 200
    nia = await users.by_email(scene.tenant.database, "nia@acme.test")
    assert nia is not None
    assert nia.own_only


def test_whoever_is_let_in_sees_what_their_right_lets_them() -> None:
    made = {path.name for path in Path(access.__file__).parent.rglob("*.py") if "Tenant(" in path.read_text()}
    # Twilio's calls, forgotten passwords, the hub's rendering, and the sealed address of a picture are nobody's; who is
    # on the way in has a session or none, and is shown nothing yet.
    on_the_way_in = {"signing_in.py", "sso.py"}
    assert made == {"access.py", "calls.py", "forgotten.py", "frames.py", "media.py"} | on_the_way_in
