"""A guest sees one conversation until a day, and nothing else; whoever is shut out is out everywhere within seconds."""

import re
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed

from inbox import clock
from inbox.accounts import guests, inviting, password_links, users
from inbox.accounts.users import User
from inbox.messaging import notes
from inbox.storage import mails, tables
from inbox.storage.columns import db_later, new_id
from inbox.web import access, revocation
from inbox.web.routes import routes
from providers.mail import MailFolder
from tests import mail_server
from tests.messaging.scene import MAYA, TOM, Scene
from tests.web.api.program import Program
from tests.web.house import House, shown
from tests.web.site import ASSETS
from tests.web.test_live_door import Door, Line, door  # noqa: F401

pytestmark = pytest.mark.anyio

NEW = "a new long password"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The statements are tried on both kinds by the pages around."""
    return sqlite_url


async def invited(scene: Scene, conversation: str) -> User:
    """Somebody from outside, a guest of a conversation for three days."""
    until = (clock.now() + timedelta(days=3)).date().isoformat()
    facts = {"conversation_id": conversation, "until": until, "organisation": "Acme"}
    return await guests.invite(scene.tenant, scene.jo, email="max@client.test", name="Max Stone", **facts)


async def over(scene: Scene, guest: User) -> None:
    """The guest's time has passed."""
    await scene.tenant.execute(
        update(tables.users).where(tables.users.c.id == guest.id).values(expires_at=db_later(-1))
    )


async def code_of(line: Line) -> int:
    """With which code a socket is closed."""
    with pytest.raises(ConnectionClosed) as closed:
        await line.until(lambda: False)
    return closed.value.rcvd.code if closed.value.rcvd else 0


async def test_somebody_is_invited_by_mail_and_comes_to_the_one_thread(house: House) -> None:
    scene = house.scene
    maya = await scene.text_in(MAYA, "Hello Jo")
    jo, stranger = await house.browser(scene.jo), await house.browser(Origin="https://inbox.example.com")
    page = f"/inbox/c/{maya}/guests"
    typed = {"name": "Max Stone", "email": "max@client.test", "until": ""}
    assert "Enter a day." in shown(await jo.post(page, data=typed), status=422).words
    far = (clock.now() + timedelta(days=200)).date().isoformat()
    assert (
        "Choose a day within 90 days from today." in shown(await jo.post(page, data=typed | {"until": far}), 422).words
    )
    until = (clock.now() + timedelta(days=3)).date().isoformat()
    taken = {"email": scene.ana.email, "until": until}
    assert "Somebody signs in with this e-mail already." in shown(await jo.post(page, data=typed | taken), 422).words
    assert (await jo.post(page, data=typed | {"until": until})).status_code == 303
    assert "Max Stone Invited max@client.test, until" in shown(await jo.get(page)).words
    folder = MailFolder(house.app.state.settings.mail_dir)
    await mail_server.deliver(scene.tenant, folder)
    ((mail,), _) = await mails.page(scene.tenant)
    content = (folder.read(mail.id) or b"").replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
    assert "invites you to read a conversation of Acme" in content
    token = re.findall(r"token=([\w-]+)", content)[0]
    assert (await stranger.post("/login/password", data={"token": token, "new": NEW})).status_code == 303
    answer = await stranger.post("/login", data={"email": "max@client.test", "password": NEW})
    assert answer.headers["Location"] == "/inbox"
    assert (await stranger.get("/inbox")).headers["Location"] == f"/inbox/c/{maya}"
    assert "Hello Jo" in shown(await stranger.get(f"/inbox/c/{maya}")).words


async def test_a_guest_sees_the_texts_of_that_thread_and_nothing_else(house: House) -> None:
    scene = house.scene
    maya, tom = await scene.text_in(MAYA, "Hello Jo"), await scene.text_in(TOM, "Hello from elsewhere")
    await notes.write(scene.tenant, scene.ana, maya, note_id=new_id(), body="Asks for too much")
    guest = await house.browser(await users.find(scene.tenant, (await invited(scene, maya)).id))
    seen = shown(await guest.get(f"/inbox/c/{maya}")).words
    assert "Hello Jo" in seen
    assert "Asks for too much" not in seen
    assert "Candidates" not in seen
    row = await scene.row(maya)
    values = {"conversation_id": tom, "candidate_id": row.candidate_id, "user_id": scene.ana.id}
    opened = []
    for route in routes(ASSETS):
        if not isinstance(route, Route) or access.act_of(route.endpoint) is None:
            continue
        if route.path.startswith(access.EMBEDS):  # which take no cookie
            continue
        path = re.sub(r"{(\w+)(?::\w+)?}", lambda found: values.get(found[1], new_id()), route.path)
        for method in sorted((route.methods or {"GET"}) - {"HEAD"}):
            answer = await guest.request(method, path, data={"name": "Max"} if method == "POST" else None)
            assert "elsewhere" not in answer.text
            if answer.status_code not in (403, 404):
                opened.append((method, route.path))
    own = [("GET", "/account"), ("POST", "/account"), ("POST", "/account/password")]
    factor = "/account/second-factor"
    codes = [("GET", factor), ("POST", factor), ("GET", f"{factor}/picture.svg")]
    codes += [("POST", f"{factor}/{act}") for act in ("confirm", "codes", "off")]
    assert opened == [("GET", "/inbox"), *own, *codes]


async def test_a_guest_hears_of_new_texts_there_and_of_nothing_else(door: Door) -> None:  # noqa: F811
    scene = door.house.scene
    maya, tom = await scene.text_in(MAYA), await scene.text_in(TOM)
    line = await door.line(f"?tab=shared&c={tom}", who=await invited(scene, maya))
    await line.live()
    await door.house.text_in("From elsewhere", From=TOM)
    await notes.write(scene.tenant, scene.ana, maya, note_id=new_id(), body="Asks for too much")
    await door.house.text_in("Hello again")
    await line.until(lambda: line.shows("Hello again"))
    assert not line.shows("From elsewhere")
    assert not line.shows("Asks for too much")
    assert set(line.slots) <= {"hello", "beat", "thread", "presence", "who"}


async def test_a_guests_time_ends_by_itself_and_by_a_press(door: Door) -> None:  # noqa: F811
    house, scene = door.house, door.house.scene
    maya = await scene.text_in(MAYA)
    guest = await invited(scene, maya)
    await users.set_password(scene.tenant, guest.id, NEW)
    browser, line = await house.browser(guest), await door.line(who=guest)
    await line.live()
    await over(scene, guest)
    assert (await browser.get(f"/inbox/c/{maya}")).status_code == 303
    await revocation.dismiss_ended(house.app.state.database, house.app.state.hub)
    assert await code_of(line) == 4401
    stranger = await house.browser(Origin="https://inbox.example.com")
    assert (await stranger.post("/login", data={"email": guest.email, "password": NEW})).status_code == 422
    again = await invited(scene, maya)  # the same person, once more
    assert again.id == guest.id
    line = await door.line(who=again)
    await line.live()
    jo = await house.browser(scene.jo)
    assert (await jo.post(f"/inbox/c/{maya}/guests/{guest.id}/end")).status_code == 303
    assert await code_of(line) == 4401
    assert "Max Stone" not in shown(await jo.get(f"/inbox/c/{maya}/guests")).words
    assert (await jo.post(f"/inbox/c/{maya}/guests/{scene.ana.id}/end")).status_code == 404


async def test_who_is_shut_out_is_out_everywhere_within_five_seconds(door: Door) -> None:  # noqa: F811
    house, scene = door.house, door.house.scene
    await scene.text_in(MAYA)
    browser, line = await house.browser(scene.ana), await door.line("?tab=shared", who=scene.ana)
    await line.live()
    await inviting.forgot(scene.tenant.database, scene.ana.email)
    token = await password_links.make(scene.tenant, scene.ana.id, mails.RESET)
    program = await Program.of(house, scene.ana)
    assert (await program("GET", "/me")).status_code == 200
    await users.deactivate(scene.tenant, scene.ana.id)  # as another process, or the command, does it
    assert revocation.LOOK_SECONDS <= 5
    await revocation.dismiss_ended(house.app.state.database, house.app.state.hub)
    assert await code_of(line) == 4401
    stranger: httpx2.AsyncClient = await house.browser(Origin="https://inbox.example.com")
    answers: list[Any] = [
        await browser.get("/inbox"),
        await browser.post("/account", data={"name": "Ana"}),
        await stranger.get("/login/password", params={"token": token}),
        await stranger.post("/login/password", data={"token": token, "new": NEW}),
    ]
    assert [answer.status_code for answer in answers] == [303, 303, 410, 410]
    assert (await program("GET", "/me")).status_code == 401
    assert await mail_server.deliver(scene.tenant, MailFolder(house.app.state.settings.mail_dir)) == [None]
    assert not list(house.app.state.settings.mail_dir.glob("*.eml"))


async def test_the_audit_log_names_the_conversation_of_a_guest_by_its_id_as_nothing_is_taken_out_of_it(
    house: House,
) -> None:
    scene = house.scene
    conversation = await scene.text_in(MAYA)
    await scene.tenant.execute(update(tables.candidates).values(name="Maya Singh"))
    jo, until = await house.browser(scene.jo), (clock.now() + timedelta(days=3)).date().isoformat()
    address = f"/inbox/c/{conversation}/guests"
    form = {"email": "max@client.test", "name": "Max Stone", "until": until}
    assert (await jo.post(address, data=form)).status_code == 303
    (guest,) = await guests.of(scene.tenant, conversation)
    assert (await jo.post(f"{address}/{guest.id}/end")).status_code == 303
    told = await scene.tenant.fetch_all(select(tables.audit_log.c.what))
    assert len(told) == 2
    assert all(conversation in row.what and "Maya" not in row.what for row in told)
