"""The browsers' side as a process of its own: many sockets, as little work for each frame as Python allows.

It parses frames by hand, answers pings, and notes on CLOCK_MONOTONIC, which all processes of a machine share, when
the last byte of an event has come to each socket.
"""

import asyncio
import base64
import os
import time
from array import array
from collections import deque
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import uvloop

from bench.live.seats import Seat

AT_ONCE = 48
"""So many handshakes are under way at a time."""
CONNECT_SECONDS = 120.0

TEXT, CLOSE, PING = 0x81, 0x88, 0x89


class Line(asyncio.Protocol):
    """One socket."""

    __slots__ = ("_is_ready", "_opened", "_rest", "client", "got", "number", "seat", "transport")

    def __init__(self, client: "Client", number: int, seat: Seat) -> None:
        self.client, self.number, self.seat = client, number, seat
        self.got = 0
        self._rest = b""
        self._opened = self._is_ready = False
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self.seat.path} HTTP/1.1\r\nHost: {self.client.host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"{self.seat.headers}\r\n".encode()
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self.client.lost(self)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
            self._rest = b""
        place = 0 if self._opened else self._open(data)
        size = len(data)
        while size - place > 1:
            length, start = data[place + 1], place + 2
            if length == 126:
                start += 2
                length = int.from_bytes(data[place + 2 : start], "big")
            elif length == 127:
                start += 8
                length = int.from_bytes(data[place + 2 : start], "big")
            end = start + length
            if end > size or start > size:
                break
            if data[place] == TEXT and length > 125 and data.find(self.client.mark, start, end) >= 0:
                self._marked()
            else:
                self._other(data[place], data[start:end])
            place = end
        if place < size:
            self._rest = data[place:]

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        """A masked frame; the mask is zero, so the payload stands as it is."""
        size = len(payload)
        head = bytes((opcode, 0x80 | size)) if size < 126 else bytes((opcode, 0xFE)) + size.to_bytes(2, "big")
        self.transport.write(head + b"\0\0\0\0" + payload)

    def _marked(self) -> None:
        self.got += 1
        if self.got >= self.seat.frames:
            self.client.arrived(self)

    def _open(self, data: bytes) -> int:
        """Where the first frame begins, or the end when the answer is not whole yet."""
        end = data.find(b"\r\n\r\n")
        if end < 0:
            return 0
        if not data.startswith(b"HTTP/1.1 101"):
            self.client.refused = data[:300].decode(errors="replace")
            self.transport.abort()
            return len(data)
        self._opened = True
        if self.seat.say and not self.seat.greeting:
            self.send(self.seat.say)
        if not self.seat.ready:
            self._ready()
        return end + 4

    def _other(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self.send(payload, 0x8A)
        elif opcode == CLOSE:
            self.transport.close()
        elif payload == b"2":
            self.send(b"3")  # a ping of Engine.IO
        elif not self._is_ready and self.seat.ready in payload:
            self._ready()
        elif self.seat.greeting and self.seat.greeting in payload:
            self.send(self.seat.say)

    def _ready(self) -> None:
        self._is_ready = True
        self.client.ready(self)


class Client:
    """All sockets of this process, and what the measuring process asks for."""

    def __init__(self, orders: Connection) -> None:
        self.mark = b"\0"
        self.host = ""
        self.refused = ""
        self._orders = orders
        self._loop = asyncio.get_running_loop()
        self._lines: dict[int, Line] = {}
        self._times: array[int] = array("q")
        self._missing = self._doubled = self._lost = 0
        self._waiting: deque[tuple[int, Seat]] = deque()
        self._opening = self._wanted = 0
        self._closing = False
        self.ended = asyncio.Event()
        self._loop.add_reader(orders.fileno(), self._heed)

    def _heed(self) -> None:
        try:
            order, *details = self._orders.recv()
        except EOFError:
            self.ended.set()
            return
        getattr(self, f"_{order}")(*details)

    def _open(self, host: str, port: int, seats: Sequence[Seat]) -> None:
        self.host = f"{host}:{port}"
        self._address = host, port
        self._waiting.extend(enumerate(seats, len(self._times)))
        self._wanted = len(self._times) + len(seats)
        self._times.extend([0] * len(seats))
        self._loop.call_later(CONNECT_SECONDS, self._tell_if_not_open, self._wanted)
        for _ in range(min(AT_ONCE, len(seats))):
            self._next()

    def _next(self) -> None:
        if self._waiting and not self.refused:
            number, seat = self._waiting.popleft()
            opening = self._loop.create_connection(lambda: Line(self, number, seat), *self._address)
            self._loop.create_task(opening).add_done_callback(self._connected)

    def _connected(self, opening: "asyncio.Task[Any]") -> None:
        if opening.exception() is not None:
            self.refused = repr(opening.exception())
            self._answer("refused", self.refused)

    def ready(self, line: Line) -> None:
        """A socket is open, and its server has confirmed what it watches."""
        self._lines[line.number] = line
        if len(self._lines) == self._wanted:
            self._answer("opened", len(self._lines))
        self._next()

    def _tell_if_not_open(self, wanted: int) -> None:
        if len(self._lines) < wanted and not self.refused:
            self._answer("refused", f"{len(self._lines)} of {wanted} were open after {CONNECT_SECONDS:.0f} s")

    def lost(self, line: Line) -> None:
        """A socket has ended; before it was open this fails the opening."""
        if self._lines.pop(line.number, None) is None and not self._closing:
            self._answer("refused", self.refused or "a socket ended before it was open")
        self._lost += 1
        if self._closing and not self._lines:
            self._answer("closed")

    def _expect(self, mark: bytes, seconds: float) -> None:
        """From now on the frames with this mark count."""
        self.mark = mark
        self._missing, self._doubled, self._lost = len(self._lines), 0, 0
        for line in self._lines.values():
            line.got = 0
        self._late = self._loop.call_later(seconds, self._tell_arrivals)
        self._answer("expecting")

    def arrived(self, line: Line) -> None:
        """The last frame of the event, or one too many."""
        if line.got > line.seat.frames:
            self._doubled += 1
            return
        self._times[line.number] = time.monotonic_ns()
        self._missing -= 1
        if not self._missing:
            self._late.cancel()
            self._tell_arrivals()

    def _tell_arrivals(self) -> None:
        self._answer("arrived", self._times, self._missing, self._doubled, self._lost)

    def _close(self) -> None:
        self._closing = True
        for line in tuple(self._lines.values()):
            line.transport.abort()
        if not self._lines:
            self._answer("closed")

    def _answer(self, *words: object) -> None:
        self._orders.send(words)


def run(orders: Connection) -> None:
    """Do what is asked for until the other end is closed."""

    async def work() -> None:
        await Client(orders).ended.wait()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work())
