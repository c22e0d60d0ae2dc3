"""Sockets under a real uvicorn: what browsers are sent, and how each of them ends."""

import asyncio
import json
import logging
import socket as sockets
import struct
import time
from collections.abc import AsyncIterator
from typing import Self

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from realtime.cursor import Cursor
from tests import services
from tests.realtime.conftest import NewHub
from tests.realtime.live_server import OWN_PROTOCOL, UVICORNS_PROTOCOL, LiveServer, first_beat, serving
from tests.realtime.played import PlayedLog, PlayedRender
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture(
    params=[(True, OWN_PROTOCOL), (False, OWN_PROTOCOL), (True, UVICORNS_PROTOCOL)],
    ids=["own protocol on uvloop", "own protocol on asyncio", "uvicorn's protocol on uvloop"],
)
def stack(request: pytest.FixtureRequest) -> tuple[bool, str]:
    """Whether on uvloop, and which protocol: production's first, then each with the other part changed."""
    uses_uvloop, protocol = request.param
    return uses_uvloop, protocol


@pytest.fixture
def anyio_backend(stack: tuple[bool, str]) -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": stack[0]}


@pytest.fixture
async def live(new_hub: NewHub, stack: tuple[bool, str]) -> AsyncIterator[LiveServer]:
    async with new_hub() as hub, serving(hub, services.free_port(), stack[1]) as live:
        yield live


async def next_frame(client: ClientConnection) -> str:
    async with asyncio.timeout(5):
        while (frame := str(await client.recv())).startswith('{"t":"beat"'):
            pass
    return frame


async def close_code(client: ClientConnection) -> int:
    async with asyncio.timeout(5):
        await client.wait_closed()
    assert client.close_code is not None
    return client.close_code


def numbers(frame: str) -> list[int]:
    shown: list[int] = json.loads(frame.removeprefix("<p>").rstrip("."))[3]
    return shown


async def test_a_browser_is_caught_up_and_then_shown_what_comes(live: LiveServer, log: PlayedLog) -> None:
    log.write(events=5)
    async with live.connect(since=Cursor("e1", 3)) as client:
        missed, beat = await first_beat(client)
        log.write()
        live.hub.announce("org")
        then = await next_frame(client)

    assert (numbers(missed), numbers(then)) == ([4, 5], [6])
    assert json.loads(beat) == {"t": "beat", "head": "e1-5"}


async def test_a_frame_of_every_size_arrives_as_it_was_rendered(
    live: LiveServer, log: PlayedLog, render: PlayedRender
) -> None:
    async with live.connect() as client:
        await first_beat(client)
        for size in (0, 30, 60, 100, 1_000, 70_000, 300_000):
            render.filler = "." * size
            log.write()
            live.hub.announce("org")

            frame = await next_frame(client)

            assert frame.endswith("." * size)
            assert numbers(frame) == [log.end().seq]


async def test_a_browser_that_looks_elsewhere_is_shown_that_topic(live: LiveServer, log: PlayedLog) -> None:
    log.write(events=3)
    async with live.connect(since=log.end()) as client:
        await first_beat(client)
        await client.send(json.dumps({"topic": "other", "since": "e1-1"}))

        frame = await next_frame(client)

    assert json.loads(frame.removeprefix("<p>")) == ["other", "e1-1", "e1-3", [2, 3]]


async def test_a_closed_tab_is_forgotten_without_another_event(
    live: LiveServer, caplog: pytest.LogCaptureFixture
) -> None:
    clients = [await live.connect() for _ in range(5)]
    await until(lambda: live.hub.state.sockets == 5)

    await clients[0].close()
    for client in clients[1:]:
        client.transport.abort()

    await until(lambda: live.hub.state.sockets == live.served == 0)
    assert live.hub.state.topics == 0
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_events_for_a_tab_that_has_just_gone_leave_no_traceback(
    live: LiveServer, log: PlayedLog, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(10):
        clients = [await live.connect() for _ in range(5)]
        await until(lambda: live.hub.state.sockets == 5)
        for client in clients:
            client.transport.abort()
            log.write()
            live.hub.announce("org")
        await until(lambda: live.hub.state.sockets == live.served == 0)

    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_200_browsers_cost_one_render(live: LiveServer, log: PlayedLog, render: PlayedRender) -> None:
    clients = [await live.connect() for _ in range(200)]
    for client in clients:
        await first_beat(client)

    log.write()
    live.hub.announce("org")
    frames = [await next_frame(client) for client in clients]

    assert len(render.calls) == 1
    assert [numbers(frame) for frame in frames] == [[1]] * 200
    for client in clients:
        await client.close()


@pytest.mark.parametrize("nonsense", ["", "{", "7", "[]", '"text"', "null", "[" * 10_000, b'{"topic": "other"}'])
async def test_what_is_not_a_json_object_is_ignored_and_counted(live: LiveServer, nonsense: str | bytes) -> None:
    async with live.connect() as client:
        await client.send(nonsense)
        await client.send('{"hello": 1}')
        await until(lambda: live.messages == [{"hello": 1}])

    assert live.hub.state.ignored_messages == 1


@pytest.mark.parametrize("size", [16 * 1024 + 1, 200_000])
async def test_a_message_over_16_kib_closes_with_1009(live: LiveServer, size: int) -> None:
    async with live.connect() as client:
        await client.send("x" * 16 * 1024)
        await until(lambda: live.hub.state.ignored_messages == 1)

        await client.send("x" * size)

        assert await close_code(client) == 1009
    await until(lambda: live.hub.state.sockets == 0)


async def test_16_kib_are_counted_in_bytes(live: LiveServer) -> None:
    async with live.connect() as client:
        await client.send("ü" * (8 * 1024 + 1))

        assert await close_code(client) == 1009


async def test_a_flood_of_messages_closes_with_1008(live: LiveServer) -> None:
    async with live.connect() as client:
        for _ in range(101):
            await client.send("{}")

        assert await close_code(client) == 1008
    assert len(live.messages) <= 100


async def test_a_hundred_messages_are_no_flood(live: LiveServer) -> None:
    async with live.connect() as client:
        for _ in range(100):
            await client.send("{}")

        await until(lambda: len(live.messages) == 100)
        await client.ping()


async def test_a_handler_that_breaks_closes_with_1011(live: LiveServer, caplog: pytest.LogCaptureFixture) -> None:
    async with live.connect() as client:
        await client.send('{"fail": true}')

        assert await close_code(client) == 1011
    assert "the handler is broken" in caplog.text


async def test_a_dismissed_user_is_closed_with_4401_and_others_stay(live: LiveServer, log: PlayedLog) -> None:
    async with live.connect(key="gone") as gone, live.connect(key="stays") as stays:
        await first_beat(gone)
        await first_beat(stays)

        live.hub.dismiss("gone")
        log.write()
        live.hub.announce("org")

        assert numbers(await next_frame(stays)) == [1]
        assert await close_code(gone) == 4401
        with pytest.raises(ConnectionClosed):
            await gone.recv()
    await until(lambda: live.hub.state.sockets == live.served == 0)


async def test_a_draining_hub_closes_every_browser_with_1012_over_the_time(live: LiveServer) -> None:
    clients = [await live.connect() for _ in range(20)]
    await until(lambda: live.hub.state.sockets == 20)

    began = time.monotonic()
    await live.hub.drain(spread_seconds=0.3)

    assert 0.2 < time.monotonic() - began < 2.0
    assert [await close_code(client) for client in clients] == [1012] * 20
    late = await live.connect()
    assert await close_code(late) == 1012
    await until(lambda: live.served == 0)


class DeafPeer:
    """A client that completes the handshake and then does not read."""

    def __init__(self, live: LiveServer) -> None:
        port = int(live.url.split(":")[2].split("/")[0])
        self._connection = sockets.socket()
        self._connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
        self._connection.connect(("127.0.0.1", port))
        self._connection.sendall(
            b"GET /live?topic=everything&key=user HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Version: 13\r\n\r\n"
        )

    async def read_until(self, end: bytes) -> None:
        """Read whatever is still in the way, up to these last bytes."""
        self._connection.setblocking(False)
        loop, received = asyncio.get_running_loop(), b""
        async with asyncio.timeout(5):
            while not received.endswith(end):
                data = await loop.sock_recv(self._connection, 1_000_000)
                assert data, "the connection ended before"
                received += data

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._connection.close()


async def test_a_slow_browser_is_closed_with_1013_while_others_go_on(
    live: LiveServer, log: PlayedLog, render: PlayedRender
) -> None:
    async with DeafPeer(live) as deaf, live.connect() as quick:
        await first_beat(quick)
        await until(lambda: live.hub.state.sockets == 2)
        render.filler = "." * 60_000
        while live.hub.state.overflows == 0:
            end = log.write()
            live.hub.announce("org")
            assert numbers(await next_frame(quick)) == [end.seq]

        if live.protocol == OWN_PROTOCOL:
            # Freed before the peer has read, or done, anything.
            await until(lambda: live.hub.state.sockets == live.served == 1)
        await deaf.read_until(b"\x88\x02" + struct.pack("!H", 1013))
        await until(lambda: live.hub.state.sockets == live.served == 1)
        assert live.hub.state.overflows == 1


async def test_a_peer_that_never_reads_is_cut_off_in_time(
    live: LiveServer, log: PlayedLog, render: PlayedRender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.wire.SEND_SECONDS", 0.2)
    monkeypatch.setattr("realtime.server.SEND_SECONDS", 0.2)
    async with DeafPeer(live):
        await until(lambda: live.hub.state.sockets == 1)
        # Too little to overflow the queue, too much for the buffers on the way.
        render.filler = "." * 3_000_000
        for _ in range(3):
            log.write()
            live.hub.announce("org")
            await until(lambda: live.hub.state.lag == 0.0)

        assert await until(lambda: live.hub.state.sockets == live.served == 0) < 2.0

    assert live.hub.state.overflows == 1


async def test_a_peer_that_answers_no_ping_is_cut_off_even_with_bytes_on_their_way(
    new_hub: NewHub, stack: tuple[bool, str], log: PlayedLog, render: PlayedRender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("realtime.server.SEND_SECONDS", 0.2)
    pings = {"ws_ping_interval": 2.0, "ws_ping_timeout": 0.2}
    async with (
        new_hub() as hub,
        serving(hub, services.free_port(), OWN_PROTOCOL, **pings) as live,
        DeafPeer(live),
    ):
        await until(lambda: hub.state.sockets == 1)
        (wire,) = live.wires
        # Enough to wait for the peer, too little to be the overload that is cut off for its own sake.
        render.filler = "." * 60_000
        while not wire.transport.get_write_buffer_size():
            log.write()
            hub.announce("org")
            await until(lambda: hub.state.lag == 0.0)
            assert not wire.disconnected, "the pings came before the test was ready for them"

        await until(lambda: wire.disconnected and hub.state.sockets == live.served == 0)


async def test_a_browser_that_is_slow_for_a_moment_misses_nothing(
    live: LiveServer, log: PlayedLog, render: PlayedRender
) -> None:
    async with live.connect() as client:
        await first_beat(client)
        # The client library stops reading from the network when its own queue of 16 is full.
        render.filler = "." * 100_000
        for _ in range(40):
            log.write()
            live.hub.announce("org")
            await until(lambda: live.hub.state.lag == 0.0)

        shown = []
        while len(shown) < 40:
            shown += numbers(await next_frame(client))

    assert shown == list(range(1, 41))
    assert live.hub.state.overflows == 0
