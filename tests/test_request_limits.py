"""What one connection may send before anybody looks at it: a small head, whole in time, and its body after it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from inbox import request_limits
from inbox.server import listen, server
from tests.realtime.waiting import until

pytestmark = pytest.mark.anyio

HEAD = b"GET / HTTP/1.1\r\nHost: inbox.example.com\r\n"
SOON = 0.5


class Line:
    """One connection, on which bytes are written by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def say(self, what: bytes) -> None:
        self._writer.write(what)
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    async def answer(self) -> bytes:
        """The first line of what comes, empty when the connection was closed without a word."""
        with contextlib.suppress(ConnectionError):
            return await asyncio.wait_for(self._reader.readline(), 10)
        return b""

    async def whole_answer(self) -> bytes:
        """An answer with its short body, of a connection that stays."""
        first = await self.answer()
        await self._reader.readuntil(b"\r\n\r\nhello")
        return first

    async def end(self) -> None:
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


class Desk:
    """A server, and what became of the bodies that it was sent."""

    def __init__(self, port: int) -> None:
        self._port, self._lines = port, list[Line]()
        self.bodies: list[bytes | None] = []

    async def line(self) -> Line:
        line = Line(*await asyncio.open_connection("127.0.0.1", self._port))
        self._lines.append(line)
        return line

    async def hello(self, request: Request) -> Response:
        try:
            self.bodies.append(await request.body())
        except ClientDisconnect:
            self.bodies.append(None)
        return PlainTextResponse("hello")

    async def close(self) -> None:
        for line in self._lines:
            await line.end()


@pytest.fixture
async def desk(anyio_backend: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(request_limits, "HEAD_SECONDS", SOON)
    monkeypatch.setattr(request_limits, "BODY_SECONDS", SOON)
    listening = listen("127.0.0.1", 0)
    port = listening.getsockname()[1]
    desk = Desk(port)
    app = Starlette(routes=[Route("/", desk.hello, methods=["GET", "POST"])])
    serving = server(app, host="127.0.0.1", port=port)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    await until(lambda: serving.started)
    yield desk
    await desk.close()
    serving.should_exit = True
    await asyncio.wait_for(task, 10)


@pytest.mark.parametrize(
    "much",
    [
        b"X-Long: " + b"x" * 200_000,
        b"".join(b"X-%d: x\r\n" % number for number in range(20_000)),
        b"Cookie: " + b"a=b; " * 40_000,
    ],
)
async def test_a_head_that_is_too_large_is_refused_before_it_ends(desk: Desk, much: bytes) -> None:
    line = await desk.line()
    await line.say(HEAD + much)
    assert await line.answer() in (b"HTTP/1.1 431 Request Header Fields Too Large\r\n", b"")
    assert desk.bodies == []


async def test_an_address_that_does_not_end_is_refused(desk: Desk) -> None:
    line = await desk.line()
    await line.say(b"GET /" + b"x" * 300_000)
    assert b"431" in await line.answer()


async def test_a_head_as_large_as_browsers_send_is_taken_again_and_again(desk: Desk) -> None:
    line = await desk.line()
    for _ in range(4):
        await line.say(HEAD + b"Cookie: " + b"x" * 16_000 + b"\r\n\r\n")
        assert b"200" in await line.whole_answer()


@pytest.mark.parametrize("begun", [b"", b"G", HEAD, HEAD + b"X-Slow: "])
async def test_a_head_that_is_not_whole_in_time_ends_the_connection(desk: Desk, begun: bytes) -> None:
    line = await desk.line()
    await line.say(begun)
    assert await line.answer() == b""


async def test_a_byte_now_and_then_buys_no_time(desk: Desk) -> None:
    line = await desk.line()
    await line.say(HEAD + b"X-Slow: ")

    async def drip() -> None:
        while True:
            await line.say(b"x")
            await asyncio.sleep(SOON / 10)

    dripping = asyncio.create_task(drip())
    assert await line.answer() == b""
    dripping.cancel()


async def test_a_second_request_of_a_connection_has_the_same_time(desk: Desk) -> None:
    line = await desk.line()
    await line.say(HEAD + b"\r\n")
    assert b"200" in await line.whole_answer()
    await line.say(b"GET / HT")
    assert await line.answer() == b""


async def test_a_body_that_does_not_come_ends_the_request_and_frees_who_waits_for_it(desk: Desk) -> None:
    line = await desk.line()
    await line.say(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
    assert await line.answer() == b""
    await until(lambda: desk.bodies == [None])


async def test_a_body_in_pieces_that_does_not_end_is_given_up_too(desk: Desk) -> None:
    line = await desk.line()
    await line.say(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
    assert await line.answer() == b""
    await until(lambda: desk.bodies == [None])


async def test_a_large_body_has_the_time_of_a_slow_line(desk: Desk) -> None:
    line = await desk.line()
    size = request_limits.SLOWEST_BYTES_A_SECOND // 2
    await line.say(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size)
    await asyncio.sleep(SOON * 1.5)  # longer than a body has of which nothing is announced
    await line.say(b"x" * size)
    assert b"200" in await line.whole_answer()
    assert desk.bodies == [b"x" * size]


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "framing",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Length: 5\r\n",
        b"Content-Length: +4\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 4, 5\r\n",
        b"Content-Length: 0x4\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"X: y\nTransfer-Encoding: chunked\r\n",
    ],
)
async def test_a_body_of_two_lengths_is_no_request_and_hides_none(desk: Desk, framing: bytes) -> None:
    line = await desk.line()
    await line.say(b"POST / HTTP/1.1\r\nHost: x\r\n" + framing + b"\r\n0\r\n\r\n" + SMUGGLED)
    first = await line.answer()
    assert b"400" in first or first == b"", first
    assert desk.bodies in ([], [None])
