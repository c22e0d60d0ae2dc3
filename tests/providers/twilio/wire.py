"""The far end of a connection to Twilio: a real server on loopback that answers, or misbehaves, as told."""

import asyncio
import base64
import json
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    """What came over the wire."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]

    @property
    def credentials(self) -> str:
        """The user and password of Basic authentication, as "user:password"."""
        return base64.b64decode(self.headers["authorization"].removeprefix("Basic ")).decode()


class Wire:
    """A listening server; each request is kept, and met with the next act."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[Request] = []
        self.connections = 0
        self.most_at_once = 0
        self._open = 0
        self._acts: deque[Act] = deque()

    def plays(self, *acts: Act) -> None:
        """Meet the next requests with these acts, in order."""
        self._acts.extend(acts)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, for as many requests as come over it."""
        self.connections += 1
        self._open += 1
        self.most_at_once = max(self.most_at_once, self._open)
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                await self._acts.popleft()(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client has gone, which is what some acts are about
        finally:
            self._open -= 1
            writer.close()


@asynccontextmanager
async def open_wire() -> AsyncIterator[Wire]:
    """A server on a free port of 127.0.0.1, closed with all its connections at the end."""
    wire = Wire()
    tasks: set[asyncio.Task[None]] = set()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(wire.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield wire
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def answers(
    status: int, body: Any = "", headers: Mapping[str, str] | None = None, after: asyncio.Event | None = None
) -> Act:
    """A whole answer; a body that is no text goes out as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if after is not None:
            await after.wait()
        raw = text.encode()
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(raw)}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + raw)
        await writer.drain()

    return act


def writes(raw: bytes) -> Act:
    """These bytes, whatever they are, and the end of the connection."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    return act


async def hangs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """No answer at all, until the client has enough."""
    await reader.read()


async def drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An answer that goes on for ever, one header at a time, so that no single read takes long."""
    writer.write(b"HTTP/1.1 201 Created\r\n")
    while not writer.is_closing():
        writer.write(b"X-Drip: drop\r\n")
        await writer.drain()
        with suppress(TimeoutError):
            await asyncio.wait_for(reader.read(), 0.02)


async def resets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A hard end: the kernel answers with RST."""
    connection: socket.socket = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    method, target, _ = head[0].split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    form = dict(parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=bool(body)))
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, form)
