"""The limit: one protocol over uvloop that writes ready-made frames to lists of transports when Redis says so.

`python -m bench.live.limit PORT REDIS_PORT FILE`. FILE holds, for each group, the frame of one event with a mark;
a message on Redis' channel "limit" is the mark of the next event, as many bytes long.
"""

import asyncio
import base64
import hashlib
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import uvloop

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Server:
    """Who is open by group, and the frame of each group in the parts around the mark."""

    def __init__(self, parts: dict[str, list[bytes]]) -> None:
        self.open: defaultdict[str, set[Any]] = defaultdict(set)
        self._parts = parts

    def show(self, mark: bytes) -> None:
        """Write each group its frame."""
        for group, parts in self._parts.items():
            frame = mark.join(parts)
            for transport in self.open[group]:
                transport.write(frame)


class Line(asyncio.Protocol):
    """One socket: a handshake, then only what is written to it."""

    __slots__ = ("_groups", "_server", "_transport")

    def __init__(self, server: Server) -> None:
        self._server = server
        self._groups: tuple[str, ...] = ()
        self._transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        for group in self._groups:
            self._server.open[group].discard(self._transport)

    def data_received(self, data: bytes) -> None:
        if self._groups:
            return
        request, *headers = data.split(b"\r\n")
        key = next(one[19:].strip() for one in headers if one.lower().startswith(b"sec-websocket-key: "))
        accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
        self._transport.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        address = urlsplit(request.split()[1].decode())
        self._groups = tuple(map(sys.intern, parse_qs(address.query)["groups"][0].split(",")))
        for group in self._groups:
            self._server.open[group].add(self._transport)


class Hints(asyncio.Protocol):
    """One subscription, in Redis' own protocol: the last line of a message is the mark."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def connection_made(self, transport: Any) -> None:
        transport.write(b"SUBSCRIBE limit\r\n")

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"*3\r\n$7\r\nmessage"):
            self._server.show(data.split(b"\r\n")[-2])


def _parts(file: Path) -> dict[str, list[bytes]]:
    content = json.loads(file.read_text())
    return {group: _frame(text).split(content["mark"].encode()) for group, text in content["frames"].items()}


def _frame(text: str) -> bytes:
    payload = text.encode()
    assert 125 < len(payload) < 65_536
    return b"\x81\x7e" + len(payload).to_bytes(2, "big") + payload


async def main(port: int, redis_port: int, file: Path) -> None:
    """Serve until the process is ended."""
    loop = asyncio.get_running_loop()
    server = Server(_parts(file))
    await loop.create_connection(lambda: Hints(server), "127.0.0.1", redis_port)
    listening = await loop.create_server(lambda: Line(server), "127.0.0.1", port, backlog=4096)
    await listening.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])))
