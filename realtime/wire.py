"""The write path: an open socket, the few frames that may wait for it, and the wire they leave by."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.types import Message, Scope
from starlette.websockets import WebSocket, WebSocketDisconnect

from realtime.frames import Frame

MOST_QUEUED_BYTES = 512 * 1024
SEND_SECONDS = 10.0

OVERLOADED = 1013
"""Close code of a peer that does not keep up; htmx's extension comes back from it and resumes."""

SCOPE_EXTENSION = "realtime.wire"
"""Where a server that has a wire of its own leaves it: `scope["extensions"]`."""

log = logging.getLogger(__name__)


class Wire(Protocol):
    """The way out of the process. It calls `ready` and `stuck` of the socket attached to it."""

    def attach(self, socket: "Socket") -> None: ...

    def write(self, frame: Frame) -> bool:
        """Take a frame, at once and without waiting; False when the peer has to read first."""
        ...

    def way(self) -> Callable[[bytes], object] | None:
        """What takes the bytes of a frame straight away, if there is such a way and it is free."""
        ...

    def hang_up(self, code: int) -> None:
        """Send a close frame if the peer takes one, and free the connection soon in any case."""
        ...


class Listening(Protocol):
    """What is told of a browser: each event that ASGI's `receive` would give, one after the other, and the end once."""

    async def hear(self, event: Message) -> None: ...

    def end(self) -> None: ...


class OwnWire(Wire, Protocol):
    """A server's own wire, which reads as well, so that an open socket needs no task that waits for it."""

    def keep(self, listening: Listening) -> None:
        """Go on when the request's handler has returned: from now on, what the browser says is told to `listening`."""
        ...


def own_wire(scope: Scope) -> OwnWire | None:
    """The server's own wire, where it has one."""
    wire: OwnWire | None = (scope.get("extensions") or {}).get(SCOPE_EXTENSION)
    return wire


@dataclass(slots=True)
class Counters:
    """What happened to the sockets of a hub since the start."""

    frames_sent: int = 0
    overflows: int = 0
    resyncs: int = 0
    ignored_messages: int = 0


class Socket:
    """One open socket. In the usual case a frame goes straight to the transport; nothing waits and no task wakes."""

    __slots__ = ("_counters", "_most_queued", "_queue", "_queued_bytes", "_wire", "closed_with", "way")

    def __init__(self, wire: Wire, counters: Counters, *, most_queued: int) -> None:
        self.closed_with: int | None = None
        self.way: Callable[[bytes], object] | None = None
        """The wire's way while it is free and nothing waits: all that a fan-out touches of a socket."""
        self._wire = wire
        self._counters = counters
        self._most_queued = most_queued
        self._queue: deque[Frame] | None = None
        self._queued_bytes = 0
        wire.attach(self)
        self.way = wire.way()

    def push(self, frame: Frame) -> None:
        """Send a frame after all earlier ones; never waits and never raises. A closed socket drops it."""
        if self.way is not None:
            self.way(frame.wire)
        elif self.closed_with is None and (self._queue or not self._wire.write(frame)):
            self._enqueue(frame)

    def push_all(self, frames: Sequence[Frame], wire: bytes) -> None:
        """Send several frames as `push` does, in one write of all their bytes, `wire`, where that is possible."""
        if self.way is not None:
            self.way(wire)
            return
        for frame in frames:
            self.push(frame)

    def close(self, code: int) -> None:
        """Close with this code once; frames that still wait are dropped."""
        if self.closed_with is None:
            self.closed_with = code
            self.way = self._queue = None
            self._wire.hang_up(code)

    def ready(self) -> None:
        """The wire takes frames again."""
        while self._queue and self._wire.write(self._queue[0]):
            self._queued_bytes -= len(self._queue.popleft().wire)
        if not self._queue and self.closed_with is None:
            self._queue = None
            self.way = self._wire.way()

    def stuck(self) -> None:
        """The peer has not read for SEND_SECONDS while frames waited for it."""
        self._overflow()

    def _enqueue(self, frame: Frame) -> None:
        if self._queue is None:
            self._queue = deque()
            self._queued_bytes = 0
        too_large = self._queued_bytes + len(frame.wire) > MOST_QUEUED_BYTES
        # One frame may wait whatever its size: refused, it would be refused again after each reconnect.
        if self._queue and (too_large or len(self._queue) >= self._most_queued):
            self._overflow()
            return
        self._queue.append(frame)
        self._queued_bytes += len(frame.wire)

    def _overflow(self) -> None:
        if self.closed_with is None:
            self._counters.overflows += 1
        self.close(OVERLOADED)


class AsgiWire:
    """The way through `websocket.send`, which every ASGI server has: a short task for each frame.

    `abandon` is called when a peer neither reads nor closes, so that the reading side can give up.
    The server's own wire (`realtime.server`) costs a third of it and is taken where it is there.
    """

    def __init__(self, websocket: WebSocket, abandon: Callable[[], None]) -> None:
        self._websocket = websocket
        self._abandon = abandon
        self._sending: asyncio.Task[None] | None = None
        self._socket: Socket | None = None

    def attach(self, socket: Socket) -> None:
        self._socket = socket

    def write(self, frame: Frame) -> bool:
        if self._sending is not None:
            return False
        self._sending = asyncio.create_task(self._send(frame))
        return True

    def way(self) -> None:
        return None

    def hang_up(self, code: int) -> None:
        if self._sending is not None:
            self._sending.cancel()
        self._sending = asyncio.create_task(self._close(code))

    async def _send(self, frame: Frame) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._websocket.send_text(frame.text)
        except TimeoutError:
            self._sending = None
            if self._socket is not None:
                self._socket.stuck()
        except (WebSocketDisconnect, RuntimeError):
            # Gone between two frames: whoever reads from it is told, and leaves.
            log.debug("a frame found its socket gone")
        else:
            self._sending = None
            if self._socket is not None:
                self._socket.ready()

    async def _close(self, code: int) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._websocket.close(code)
        except (TimeoutError, WebSocketDisconnect, RuntimeError):
            self._abandon()
