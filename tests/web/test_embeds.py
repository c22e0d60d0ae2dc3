"""The thread in other systems' pages: who is let in by which token, to what, and for how long."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select, update
from starlette.routing import Route

from inbox.accounts import users
from inbox.accounts.roles import Role
from inbox.candidates import people
from inbox.embeds import widgets
from inbox.storage import audit, tables
from inbox.storage.columns import db_later
from inbox.web import access
from inbox.web.assets import Assets
from inbox.web.embed_routes import IN_WIDGET
from inbox.web.routes import routes
from tests.embeds.signing import signed
from tests.media import jpeg
from tests.messaging.scene import MAYA, TOM, organisation
from tests.web.house import HTMX, ORIGIN, House, opened, shown

pytestmark = pytest.mark.anyio

PAGE = "/settings/embeds"
ATS = "https://ats.example.com"


@dataclass
class Embedding:
    """An organisation that lets an ATS show its threads, and a stranger's browser in which they are shown."""

    house: House
    admin: httpx2.AsyncClient
    key_id: str
    secret: str
    stranger: httpx2.AsyncClient

    def token(self, candidate: str = MAYA, **changes: Any) -> str:
        """As the ATS's server signs it, for Jo unless `sub` says otherwise."""
        secret, key_id = changes.pop("secret", self.secret), changes.pop("key_id", self.key_id)
        return signed(ORIGIN, key_id, secret, self.house.scene.jo.email, candidate, **changes)

    async def exchanged(self, token: str) -> httpx2.Response:
        """What the frame is answered for a token."""
        return await self.stranger.post("/embed/session", data={"token": token})

    async def why_not(self, token: str) -> str:
        """Why a token lets nobody in."""
        answer = await self.exchanged(token)
        assert answer.status_code == 401, answer.text
        return str(answer.json()["why"])

    async def widget(self, candidate: str = MAYA, **changes: Any) -> httpx2.AsyncClient:
        """The frame of somebody who was let in."""
        answer = await self.exchanged(self.token(candidate, **changes))
        assert answer.status_code == 200, answer.text
        return await self.house.browser(Authorization=f"Bearer {answer.json()['session']}", **HTMX)


@pytest.fixture
async def embedding(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[Embedding]:
    """Jo is an admin; there are an origin and a key, and Maya has texted."""
    async with opened(database_url, tmp_path) as house:
        scene = house.scene
        jo = tables.users.c.id == scene.jo.id
        await scene.tenant.execute(update(tables.users).where(jo).values(role=Role.ORGANISATION_ADMIN.value))
        await scene.text_in(MAYA, "Is the job still open?")
        admin = await house.browser(scene.jo)
        assert (await admin.post(f"{PAGE}/origins", data={"origin": ATS})).status_code == 303
        key_id, secret = await made_key(admin)
        yield Embedding(house, admin, key_id, secret, await house.browser())


async def made_key(admin: httpx2.AsyncClient) -> tuple[str, str]:
    """The id and the secret of a new key."""
    page = shown(await admin.post(f"{PAGE}/keys"))
    return page.by_id("key-id").words, page.by_id("secret").words  # type: ignore[union-attr]


async def test_an_admin_keeps_origins_and_two_keys_and_all_of_it_is_in_the_audit_log(embedding: Embedding) -> None:
    admin, tenant = embedding.admin, embedding.house.scene.tenant
    wrong = shown(await admin.post(f"{PAGE}/origins", data={"origin": "http://ats.example.com/x"}), 422)
    assert "It has to begin with https://." in wrong.words
    assert "is in the list already" in shown(await admin.post(f"{PAGE}/origins", data={"origin": ATS}), 422).words
    second, secret = await made_key(admin)
    assert "There are two keys already." in shown(await admin.post(f"{PAGE}/keys"), 422).words
    page = await admin.get(PAGE)
    assert not any(one in page.text for one in (secret, embedding.secret))
    assert all(one in page.text for one in (second, ATS))
    stored = await tenant.fetch_all(select(tables.embed_keys.c.secret))
    assert all(secret.encode() not in row.secret for row in stored)

    assert (await admin.post(f"{PAGE}/keys/{embedding.key_id}/revoke")).status_code == 303
    assert await embedding.why_not(embedding.token()) == "forged"
    assert (await embedding.exchanged(embedding.token(key_id=second, secret=secret))).status_code == 200
    assert (await admin.post(f"{PAGE}/origins/remove", data={"origin": ATS})).status_code == 303
    assert (await admin.post(f"{PAGE}/origins/remove", data={"origin": ATS})).status_code == 404
    entries, _ = await audit.page(tenant)
    assert [entry.what.partition(" the ")[0] for entry in entries] == ["lets", "revoked", "made", "made", "lets"]
    assert all(secret not in entry.what for entry in entries)
    ana = await embedding.house.browser(embedding.house.scene.ana)
    assert (await ana.get(PAGE)).status_code == 403


async def test_the_frame_may_stand_in_the_pages_of_the_list_alone_and_nothing_else_anywhere(
    embedding: Embedding,
) -> None:
    frame = await embedding.stranger.get(f"/embed/thread?key={embedding.key_id}")
    policy = frame.headers["Content-Security-Policy"]
    assert f"frame-ancestors {ATS}" in policy.split("; ")
    assert frame.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "Set-Cookie" not in frame.headers
    assert "Maya" not in frame.text
    for key in ("", str(uuid4()), "x"):
        unknown = await embedding.stranger.get("/embed/thread", params={"key": key})
        assert unknown.status_code == 404
        assert "frame-ancestors 'none'" in unknown.headers["Content-Security-Policy"]
    for path in ("/inbox", "/login", "/embed/content"):
        answer = await embedding.admin.get(path)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
    script = await embedding.stranger.get("/embed/thread.js")
    assert script.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert script.headers["Access-Control-Allow-Origin"] == "*"
    kept = await embedding.stranger.get(Assets().address("embed.js"))
    assert kept.text == script.text
    assert "immutable" in kept.headers["Cache-Control"]


async def test_who_was_let_in_reads_the_thread_and_replies(embedding: Embedding) -> None:
    scene = embedding.house.scene
    conversation = await scene.conversation(MAYA)
    widget = await embedding.widget()
    content = shown(await widget.get("/embed/content"))
    assert "Is the job still open?" in content.words
    sent = await widget.post(f"/embed/c/{conversation}/messages", data={"body": "It is!", "id": str(uuid4())})
    assert "It is!" in shown(sent).words
    assert "It is!" in shown(await widget.get(f"/embed/c/{conversation}")).words
    content_of_picture = jpeg() + bytes(100_000)
    added = await widget.post(
        f"/embed/c/{conversation}/media",
        files={"file": ("map.jpg", content_of_picture)},
        headers={"Origin": ORIGIN, "Accept": "application/json"},
    )
    picture = f"/embed/c/{conversation}/media/{added.json()['id']}/thumbnail"
    assert (await widget.get(picture)).status_code == 200
    assert (await embedding.admin.get(picture)).status_code == 401
    page = await embedding.admin.get(PAGE)
    assert ">Never<" not in page.text
    tom = await people.create(scene.tenant, name="Tom Byrne", number=TOM)
    await people.create(scene.tenant, name="Nobody Yet", email="n@example.com")
    begun = await embedding.widget(tom)
    assert "Text Tom" in shown(await begun.get("/embed/content")).words
    assert (await begun.post("/embed/conversation")).status_code == 204
    assert "No texts with Tom yet." in shown(await begun.get("/embed/content")).words
    assert (await begun.post(f"/embed/c/{await scene.conversation(TOM)}/claim")).status_code in (200, 422)


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"secret": "sik_" + "x" * 43}, "forged"),
    ({"key_id": str(uuid4())}, "forged"),
    ({"iat": 1_600_000_000, "exp": 1_600_000_300}, "expired"),
    ({"iat": 4_000_000_000, "exp": 4_000_000_300}, "malformed"),
    ({"exp": 4_000_000_000}, "malformed"),
    ({"iat": "now"}, "forged"),
    ({"aud": ATS}, "malformed"),
    ({"jti": 7}, "malformed"),
    ({"jti": ""}, "malformed"),
    ({"sub": "nobody@example.com"}, "user"),
    ({"sub": str(uuid4())}, "user"),
    ({"sub": "\x00@example.com"}, "malformed"),
    ({"candidate": "+\ud800"}, "malformed"),
    ({"candidate": "+61491570157"}, "candidate"),
    ({"candidate": str(uuid4())}, "candidate"),
    ({"candidate": "https://people.example.com/in/nobody"}, "candidate"),
    ({"candidate": "Maya"}, "candidate"),
    ({"company": str(uuid4())}, "user"),
)
"""Claims, and why a token with them lets nobody in."""


async def test_a_token_that_is_not_in_order_lets_nobody_in(embedding: Embedding) -> None:
    for changes, why in WRONG:
        assert await embedding.why_not(embedding.token(**changes)) == why, changes


async def test_a_token_is_good_once_however_it_is_written(embedding: Embedding) -> None:
    token = embedding.token(jti="once")
    assert (await embedding.exchanged(token)).status_code == 200
    assert await embedding.why_not(token) == "used"
    # The last letter of the signature has two bits to spare: another text, the same token.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    place = letters.index(token[-1])
    for spare in range(4):
        other = token[:-1] + letters[place - place % 4 + spare]
        assert await embedding.why_not(other) in ("used", "forged", "malformed")
    assert await embedding.why_not(embedding.token(jti="once", candidate=TOM)) in ("used", "candidate")
    head, body, _ = token.split(".")
    for text in (f"{head}.{body}.", "eyJhbGciOiJub25lIn0." + body + ".", "a.b.c", "", "x" * 5000):
        assert await embedding.why_not(text) in ("forged", "malformed")


async def test_nobody_is_let_in_to_another_organisation(embedding: Embedding) -> None:
    other = await organisation(embedding.house.scene.tenant.database, "Other")
    theirs = await people.create(other.tenant, name="Theirs", number=TOM)
    for changes in ({"candidate": theirs}, {"candidate": TOM}):
        assert await embedding.why_not(embedding.token(**changes)) == "candidate"
    assert await embedding.why_not(embedding.token(sub=other.jo.email)) == "user"
    assert await embedding.why_not(embedding.token(sub=other.jo.id)) == "user"


async def test_a_widget_opens_its_thread_and_nothing_else(embedding: Embedding) -> None:
    scene = embedding.house.scene
    widget = await embedding.widget()
    toms = await scene.text_in(TOM, "zebra")
    ids = {name: str(uuid4()) for name in ("message_id", "text_id", "media_id", "execution_id")}
    fields = {"body": "Hi", "version": "0", "seen": "1", "send_at": "2099-01-01T08:00", "preset": "hour"}
    seen = 0
    for route in routes(Assets()):
        if not isinstance(route, Route) or not route.path.startswith(IN_WIDGET):
            continue
        path = re.sub(r"\{(\w+)(:\w+)?\}", lambda found: (ids | {"conversation_id": toms})[found[1]], route.path)
        for method in (route.methods or set()) - {"HEAD"}:
            files = {"file": ("map.jpg", jpeg())} if path.endswith("/media") else None
            answer = await widget.request(method, path, data=fields if method == "POST" else None, files=files)
            assert answer.status_code == 404, (method, path, answer.text)
            assert "zebra" not in answer.text
            seen += 1
    assert seen > 20
    for path in ("/inbox", f"/inbox/c/{toms}", "/candidates", "/settings/embeds", "/chat-messages"):
        assert (await widget.get(path, follow_redirects=False)).status_code in (303, 401), path
    assert (await widget.get("/api/v1/me")).status_code == 401


async def test_a_cookie_opens_nothing_below_embed(embedding: Embedding) -> None:
    mayas = await embedding.house.scene.conversation(MAYA)
    for method, path in (("GET", "/embed/content"), ("GET", f"/embed/c/{mayas}"), ("POST", f"/embed/c/{mayas}/read")):
        assert (await embedding.admin.request(method, path)).status_code == 401, path
    foreign = await embedding.house.browser(Origin=ATS)
    assert (await foreign.post("/embed/session", data={"token": embedding.token()})).status_code == 403


async def test_a_reporter_reads_and_a_guest_is_not_let_in(embedding: Embedding) -> None:
    scene = embedding.house.scene
    ana = tables.users.c.id == scene.ana.id
    await scene.tenant.execute(update(tables.users).where(ana).values(role=Role.REPORTER.value))
    mayas = await scene.conversation(MAYA)
    widget = await embedding.widget(sub=scene.ana.email)
    content = shown(await widget.get("/embed/content"))
    assert "Is the job still open?" in content.words
    assert content.by_id("note-writer") is None
    assert (await widget.post(f"/embed/c/{mayas}/messages", data={"body": "Hi"})).status_code == 403
    await scene.tenant.execute(update(tables.users).where(ana).values(own_only=True))
    theirs = await embedding.widget(sub=scene.ana.email)
    assert "is yours" in shown(await theirs.get("/embed/content")).words
    assert (await theirs.get(f"/embed/c/{mayas}")).status_code == 404
    guest = {"role": Role.GUEST.value, "guest_of": mayas, "expires_at": db_later(3600)}
    await scene.tenant.execute(update(tables.users).where(ana).values(**guest))
    assert await embedding.why_not(embedding.token(sub=scene.ana.email)) == "user"


async def test_a_widget_ends_with_its_time_its_user_and_its_key(embedding: Embedding) -> None:
    scene = embedding.house.scene
    database, sessions = scene.tenant.database, tables.embed_sessions
    for end in (
        lambda: scene.tenant.execute(update(sessions).values(expires_at=db_later(-1))),
        lambda: users.deactivate(scene.tenant, scene.ana.id),
    ):
        widget = await embedding.widget(sub=scene.ana.email)
        assert (await widget.get("/embed/content")).status_code == 200
        rows = await scene.tenant.fetch_all(select(sessions.c.id_hash).order_by(sessions.c.created_at.desc()).limit(1))
        mine = {widgets.MARK + row.id_hash for row in rows}
        assert set(await widgets.alive(database, mine)) == mine
        await end()
        assert (await widget.get("/embed/content")).status_code == 401
        assert await widgets.alive(database, mine) == {}
    assert await embedding.why_not(embedding.token(sub=scene.ana.email)) == "user"
    last = await embedding.widget()
    await embedding.admin.post(f"{PAGE}/keys/{embedding.key_id}/revoke")
    assert (await last.get("/embed/content")).status_code == 401
    await scene.tenant.execute(update(sessions).values(expires_at=db_later(-90_000)))
    await widgets.prune(database)
    assert await scene.tenant.fetch_all(select(sessions)) == []


def test_every_address_of_a_widget_asks_who_it_is_but_for_the_ways_in() -> None:
    open_to_all = {
        route.path
        for route in routes(Assets())
        if isinstance(route, Route) and route.path.startswith("/embed/") and access.act_of(route.endpoint) is None
    }
    assert open_to_all == {"/embed/thread", "/embed/thread.js", "/embed/session"}
