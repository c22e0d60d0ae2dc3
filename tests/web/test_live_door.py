"""The socket's door: each socket gets what its page shows, of its own organisation, and may change its mind."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import ClientConnection, connect

from inbox.accounts import companies, sessions, users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.automation import campaign_steps, campaigns
from inbox.candidates.choices import Choice
from inbox.messaging import handling
from inbox.server import listen, server
from inbox.storage import notifications, tables
from inbox.storage.columns import new_id
from inbox.web import revocation
from tests.journeys.elements import Element, parse
from tests.messaging.scene import MAYA, TOM
from tests.web.house import ORIGIN, House

pytestmark = pytest.mark.anyio


@dataclass
class Line:
    """An open socket; frames by their slot, signals by their kind, in the order they came."""

    connection: ClientConnection
    told: list[tuple[str, Element | dict[str, str]]] = field(default_factory=list)
    frames: list[str] = field(default_factory=list)
    """The same as they came."""

    async def next(self, kind: str) -> Element:
        """The next frame of a slot; whatever comes before it is kept in `told`."""
        before = self.slots.count(kind)
        await self.until(lambda: self.slots.count(kind) > before)
        content = self.told[-1][1]
        return content if isinstance(content, Element) else Element("", dict(content))

    async def until(self, happens: Callable[[], bool]) -> None:
        """Take what comes until it has happened."""
        async with asyncio.timeout(10):
            while not happens():
                self.told.append(self._read(await self.connection.recv()))

    async def live(self) -> None:
        """Until the server says that everything so far has been sent."""
        await self.next("beat")

    async def watch(self, **said: str | None) -> None:
        """The page shows something else from now on."""
        await self.connection.send(json.dumps({"t": "watch"} | said))

    def shows(self, words: str) -> bool:
        """Whether a frame held these words."""
        return any(isinstance(content, Element) and words in content.words for _, content in self.told)

    @property
    def slots(self) -> list[str]:
        return [slot for slot, _ in self.told]

    def _read(self, text: str | bytes) -> tuple[str, Element | dict[str, str]]:
        assert isinstance(text, str)
        self.frames.append(text)
        if text.startswith("{"):
            signal: dict[str, str] = json.loads(text)
            return signal["t"], signal
        root = parse(text)
        return next(iter(root)).id.removesuffix("-cursor"), root


@dataclass
class Door:
    """The application on a port of its own."""

    house: House
    url: str
    _open: contextlib.AsyncExitStack

    async def line(self, query: str = "", *, who: User | None = None, origin: str | None = ORIGIN) -> Line:
        """A socket of this user, Jo unless told otherwise, opened by a page at `origin`; closed at the test's end."""
        cookie = await sessions.start(self.house.scene.tenant, (who or self.house.scene.jo).id)
        connection = await self._open.enter_async_context(
            connect(
                f"{self.url}/live{query}",
                origin=origin,  # type: ignore[arg-type]
                additional_headers={"Cookie": f"__Host-session={cookie}"},
                proxy=None,
            )
        )
        return Line(connection)

    async def handshake(self, cookie: str, named: Sequence[tuple[str, str]]) -> str:
        """The first line that a handshake with these headers is answered with, written as it stands."""
        where = urlsplit(self.url)
        headers = [("Host", where.netloc), ("Cookie", f"__Host-session={cookie}"), *HANDSHAKE, *named]
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write("".join(["GET /live HTTP/1.1\r\n", *(f"{n}: {v}\r\n" for n, v in headers), "\r\n"]).encode())
        line = await asyncio.wait_for(reader.readline(), 10)
        writer.close()
        return line.decode()


HANDSHAKE = (
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
)


@pytest.fixture
async def door(house: House) -> AsyncIterator[Door]:
    async with open_door(house) as door:
        yield door


@contextlib.asynccontextmanager
async def open_door(house: House) -> AsyncIterator[Door]:
    """The house's application, listening."""
    listening = listen("127.0.0.1", 0)
    serving = server(house.app, host="127.0.0.1", port=0)
    serving.config.lifespan = "off"  # the house has begun and will end it
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    async with contextlib.AsyncExitStack() as stack:
        yield Door(house, f"ws://127.0.0.1:{listening.getsockname()[1]}", stack)
    serving.should_exit = True
    await task


FOREIGN: tuple[str | None, ...] = (
    None,
    "",
    "null",
    "https://evil.example",
    "http://inbox.example.com",
    "wss://inbox.example.com",
    "https://inbox.example.com:443",
    "https://inbox.example.com:8443",
    "https://inbox.example.com/",
    "https://inbox.example.com.",
    "https://inbox.example.com.evil.example",
    "https://evilinbox.example.com",
    "https://widget.inbox.example.com",
    "https://example.com",
    "https://inbox.example.com@evil.example",
    "https://user:word@inbox.example.com",
    "https://INBOX.example.com",
    "https://xn--nbox-example-3za.com",
    "https://inbox.example.com, https://evil.example",
    "https://inbox.example.com https://evil.example",
    "https://inbox.example.com\x00.evil.example",
    "https://inbox\u3002example.com",
    "//inbox.example.com",
    "inbox.example.com",
    "chrome-extension://abcdefghijklmnopabcdefghijklmnop",
    "file://",
)


async def test_a_page_of_another_site_gets_no_socket_even_with_a_session(door: Door) -> None:
    cookie = await sessions.start(door.house.scene.tenant, door.house.scene.jo.id)
    for origin in FOREIGN:
        named = [] if origin is None else [("Origin", origin)]
        assert (await door.handshake(cookie, named)).startswith("HTTP/1.1 40"), origin
    for name in (ORIGIN, "https://evil.example"):
        assert "40" in await door.handshake(cookie, [("Origin", ORIGIN), ("Origin", name)])
    assert "101" in await door.handshake(cookie, [("Origin", ORIGIN)])


async def test_a_page_with_list_and_thread_gets_both_and_its_counts(door: Door) -> None:
    conversation = await door.house.scene.text_in()
    line = await door.line(f"?tab=shared&c={conversation}")
    await line.live()
    await door.house.text_in("Hello again")
    assert "Hello again" in (await line.next("thread")).words
    await door.house.text_in("And a stranger", From=TOM)
    await line.until(lambda: line.shows("And a stranger") and "counts" in line.slots)
    assert line.slots.count("thread") == 1


async def test_a_page_without_a_list_gets_none(door: Door) -> None:
    conversation = await door.house.scene.text_in()
    line = await door.line(f"?only=thread&c={conversation}")
    await line.live()
    await door.house.text_in("Hello again")
    await line.next("thread")
    await door.house.text_in("And again")
    await line.next("thread")
    assert "list" not in line.slots


async def test_a_page_that_opens_another_conversation_goes_on_with_that_one(door: Door) -> None:
    maya, tom = await door.house.scene.text_in(MAYA), await door.house.scene.text_in(TOM)
    line = await door.line(f"?tab=shared&c={maya}")
    await line.live()
    await line.watch(view="?tab=shared", c=tom)
    await line.live()
    await door.house.text_in("Not on screen", From=MAYA)
    await door.house.text_in("On screen", From=TOM)
    assert "On screen" in (await line.next("thread")).words
    assert line.slots.count("thread") == 1
    await line.until(lambda: line.shows("Not on screen"))


async def test_a_view_that_is_chosen_without_a_new_socket_is_the_one_that_is_served(door: Door) -> None:
    conversation = await door.house.scene.text_in()
    line = await door.line("?tab=shared")
    await line.live()
    await line.watch(view="?tab=shared&unread=1", c=None)
    await line.live()
    await handling.mark_read(door.house.scene.tenant, door.house.scene.ana, conversation, seen=1)
    # Whoever writes beside the application is heard at the next look at the log.
    door.house.app.state.hub.announce(door.house.scene.tenant.channel)
    gone = await line.next("list")
    assert [element.id for element in gone if "data-gone" in element.attributes] == [f"conv-{conversation}"]


async def test_who_is_where_is_told_on_the_pages_of_the_company_to_those_who_may_see_it(door: Door) -> None:
    scene = door.house.scene
    north = await companies.create(scene.tenant, "North")
    maya = await scene.text_in(MAYA)
    here = await door.line(f"?tab=shared&c={maya}&company={scene.company.id}", who=scene.ana)
    await here.live()
    await here.connection.send(json.dumps({"t": "here"}))
    told = {}
    for page, query in {"its company": scene.company.id, "another company": north.id, "only own": ""}.items():
        if page == "only own":
            await scene.tenant.execute(
                tables.users.update().where(tables.users.c.id == scene.jo.id).values(own_only=True)
            )
        line = await door.line(f"?tab=shared&company={query}")
        await line.live()
        await line.connection.send(json.dumps({"t": "who"}))
        async with scene.tenant.transaction():
            await notifications.notify(scene.tenant, [scene.jo.id], "news", words="Later")
        await line.next("counts")
        told[page] = "presence" in line.slots
    assert told == {"its company": True, "another company": False, "only own": False}


async def test_a_conversation_of_another_organisation_is_not_watched(door: Door) -> None:
    other = await door.house.neighbour()
    foreign = await other.text_in(MAYA, "A secret")
    for asked in (foreign, new_id(), "x", "%00"):
        line = await door.line(f"?tab=shared&c={asked}")
        await line.live()
        await line.watch(view="?tab=shared", c=asked)
        await other.text_in(MAYA, "Another secret")
        door.house.app.state.hub.announce(other.tenant.channel)
        await door.house.text_in(f"Ours {asked}")
        await line.next("list")
        assert not line.shows("secret")
        assert "thread" not in line.slots


async def test_whatever_a_page_says_the_socket_lives(door: Door) -> None:
    line = await door.line("?tab=shared")
    await line.live()
    for said in ("", "x", "[]", "null", '"watch"', '{"t": 1}', '{"t": "watch", "view": 7, "c": [], "list": {}}'):
        await line.connection.send(said)
    await line.watch(view="?tab=shared&q=\ud800", c="\ud800", list="\ud800-1")
    await line.watch(view="?tab=shared&from=x&q=%00", c=None)
    await door.house.text_in("Still here")
    await line.until(lambda: line.shows("Still here"))


async def test_whoever_loses_the_right_to_read_gets_no_new_socket(door: Door) -> None:
    scene = door.house.scene
    await users.deactivate(scene.tenant, scene.ana.id)
    line = await door.line("?tab=shared", who=scene.ana)
    await line.connection.wait_closed()
    assert line.connection.close_code == 4401
    await scene.tenant.execute(tables.users.update().values(role=Role.GUEST.value))
    line = await door.line("?tab=shared")
    await line.live()


async def test_who_sees_only_their_own_from_now_on_is_sent_away_and_comes_back_to_those(door: Door) -> None:
    scene = door.house.scene
    tom = await scene.text_in(TOM)
    line = await door.line(f"?tab=shared&c={tom}")
    await line.live()
    await scene.tenant.execute(tables.users.update().values(own_only=True))
    # However it was changed: each process looks every five seconds.
    await revocation.dismiss_ended(scene.tenant.database, door.house.app.state.hub)
    await line.connection.wait_closed()
    assert line.connection.close_code == 4401
    line = await door.line(f"?tab=shared&c={tom}")
    await line.live()
    await door.house.text_in("Not for Jo", From=TOM)
    maya = await scene.text_in(MAYA)
    await handling.claim(scene.tenant, scene.jo, maya)
    await door.house.text_in("For Jo", From=MAYA)
    await line.until(lambda: line.shows("For Jo"))
    assert not line.shows("Not for Jo")
    assert "thread" not in line.slots
    await revocation.dismiss_ended(scene.tenant.database, door.house.app.state.hub)
    assert line.connection.close_code is None


async def test_whoever_has_a_campaign_open_sees_at_once_what_somebody_did_to_it(door: Door) -> None:
    scene = door.house.scene
    words: dict[str, Any] = {"body": "Hi", "choice": Choice(), "only_consented": False}
    shown, another = [await campaigns.create(scene.tenant, scene.jo, name=name, **words) for name in ("One", "Two")]
    line = await door.line(f"?only=thread&campaign={shown}")
    await line.live()
    await campaign_steps.cancel(scene.tenant, another)
    await door.house.text_in("Hello")
    await line.next("counts")
    assert "refetch" not in line.slots
    await campaign_steps.cancel(scene.tenant, shown)
    await line.until(lambda: "refetch" in line.slots)
