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

from bench.live.seats import DIGITS, WORDS, Seat

AT_ONCE = 48
"""So many handshakes are under way at a time."""
CONNECT_SECONDS = 120.0

MARK = WORDS.encode()
TEXT, CLOSE, PING = 0x81, 0x88, 0x89


class Line(asyncio.Protocol):
    """One socket."""

    __slots__ = ("_is_ready", "_opened", "_rest", "client", "number", "seat", "transport")

    def __init__(self, client: "Client", number: int, seat: Seat) -> None:
        self.client, self.number, self.seat = client, number, seat
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
            found = data.find(MARK, start, end) if length > 125 else -1
            if found < 0:
                self._other(data[place], data[start:end])
            while found >= 0:
                words_end = found + len(MARK)
                self.client.marked(self, int(data[words_end : words_end + DIGITS]))
                found = data.find(MARK, words_end, end)
            place = end
        if place < size:
            self._rest = data[place:]

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        """A masked frame; the mask is zero, so the payload stands as it is."""
        size = len(payload)
        head = bytes((opcode, 0x80 | size)) if size < 126 else bytes((opcode, 0xFE)) + size.to_bytes(2, "big")
        self.transport.write(head + b"\0\0\0\0" + payload)

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


class Visit(Line):
    """A socket that does not stay: it goes without a word, says goodbye, or looks at something else first."""

    __slots__ = ("_left_to_say", "_way", "ended")

    def __init__(self, client: "Client", number: int, seat: Seat, words: bytes) -> None:
        super().__init__(client, number, seat)
        self.ended: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._way = number % 3
        self._left_to_say = words

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(self._is_ready)

    def _ready(self) -> None:
        # It is ready again when the server has caught up with what it looks at next.
        looks, self._is_ready = self._way == 2 and not self._is_ready, True
        if looks:
            self.send(self._left_to_say)
        elif self._way == 1:
            self.send(b"\x03\xe8", CLOSE)
        else:
            self.transport.abort()

    def _other(self, opcode: int, payload: bytes) -> None:
        if self._is_ready and self.seat.ready in payload:
            self._ready()
        else:
            super()._other(opcode, payload)


class Client:
    """All sockets of this process, and what the measuring process asks for."""

    def __init__(self, orders: Connection) -> None:
        self.host = ""
        self.refused = ""
        self._orders = orders
        self._loop = asyncio.get_running_loop()
        self._lines: dict[int, Line] = {}
        self._size = 0
        self._first = self._count = 0
        self._got = bytearray()
        self._times: array[int] = array("q")
        self._missing = self._doubled = self._lost = 0
        self._waiting: deque[tuple[int, Seat]] = deque()
        self._opening = self._wanted = 0
        self._closing = False
        self.ended = asyncio.Event()
        self._loop.add_reader(orders.fileno(), self._heed)
        # Orders come in pieces, and uvloop has made the pipe one that does not wait for the rest.
        os.set_blocking(orders.fileno(), True)

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
        self._waiting.extend(enumerate(seats, self._size))
        self._size = self._wanted = self._size + len(seats)
        # Those that come later catch up with events of before, for which nobody waits any more.
        self._count = 0
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

    def _expect(self, first: int, count: int, seconds: float) -> None:
        """From now on the frames of the events with these numbers count."""
        self._first, self._count = first, count
        self._got = bytearray(count * self._size)
        self._times = array("q", bytes(8 * count * self._size))
        self._missing, self._doubled, self._lost = count * len(self._lines), 0, 0
        self._late = self._loop.call_later(seconds, self._tell_arrivals)
        self._answer("expecting")

    def marked(self, line: Line, number: int) -> None:
        """An event in a frame; on a socket with several frames an event, the last one is what is waited for."""
        number -= self._first
        if not 0 <= number < self._count:
            return
        place = number * self._size + line.number
        self._got[place] += 1
        if self._got[place] == line.seat.frames:
            self._times[place] = time.monotonic_ns()
            self._missing -= 1
            if not self._missing:
                self._late.cancel()
                self._tell_arrivals()
        elif self._got[place] > line.seat.frames:
            self._doubled += 1

    def _tell_arrivals(self) -> None:
        self._answer("arrived", self._times, self._missing, self._doubled, self._lost)

    def _visit(self, host: str, port: int, seats: Sequence[Seat], words: bytes, total: int, at_once: int) -> None:
        """So many sockets that come and go, `at_once` of them at a time."""
        self.host, self._address = f"{host}:{port}", (host, port)
        numbers = iter(range(total))
        refused = 0

        async def come_and_go() -> None:
            nonlocal refused
            for number in numbers:
                visit = Visit(self, number, seats[number % len(seats)], words)
                await self._loop.create_connection(lambda visit=visit: visit, *self._address)
                refused += not await visit.ended

        async def visits() -> None:
            await asyncio.gather(*(come_and_go() for _ in range(at_once)))
            self._answer("visited", total - refused)

        self._visiting = self._loop.create_task(visits())

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
