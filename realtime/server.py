"""The WebSocket side of uvicorn, made for many quiet sockets: ready-made frames and little memory for each.

To be named to uvicorn as `ws="realtime.server:LiveProtocol"`. Sockets of another server work as well, only slower
and with uvicorn's own limits. It leans on the inside of uvicorn's WebSocketsSansIOProtocol, so its tests have to
run with each new uvicorn.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.types import Message
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from realtime.frames import Frame
from realtime.wire import SCOPE_EXTENSION, SEND_SECONDS, Listening, Socket


class LiveProtocol(WebSocketsSansIOProtocol):
    """Uvicorn's protocol as a `Wire`, with three cures.

    A frame is encoded once for all sockets and written to the transport by the loop that fans out. What only the
    handshake needs is freed after it, the request's task with its stack included: from then on the browser is listened
    to from here. A peer that does not read is cut off: uvicorn waits for its buffer for ever.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A queue and an event of asyncio keep four deques, 3 KiB a socket, for what are nearly always 0 items.
        self.queue = _Mailbox(self._listen)  # type: ignore[assignment]
        self.writable = _Gate()  # type: ignore[assignment]
        self._socket: Socket | None = None
        self._listening: Listening | None = None
        self._is_hearing = self._is_kept = False
        self._takes_frames = True
        self._deadline: asyncio.TimerHandle | None = None

    def attach(self, socket: Socket) -> None:
        self._socket = socket
        # The handshake is over, and the scope has its headers. The parser of the library holds on to these objects,
        # so they are emptied: 4 KiB a socket.
        self.request.headers.clear()
        self.response.headers.clear()

    def write(self, frame: Frame) -> bool:
        if self._takes_frames:
            self.transport.write(frame.wire)
            return True
        # Who reads from a lost connection learns of it by itself.
        return self.disconnected

    def way(self) -> Callable[[bytes], object] | None:
        return self.transport.write if self._takes_frames else None

    def hang_up(self, code: int) -> None:
        if self.close_sent or self.transport.is_closing():
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": code, "reason": ""})
        self.conn.send_close(code)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(SEND_SECONDS, self.transport.abort)

    def keep(self, listening: Listening) -> None:
        self._listening = listening
        self._is_kept = True

    async def run_asgi(self) -> None:
        self.scope["extensions"] = {**(self.scope["extensions"] or {}), SCOPE_EXTENSION: self}  # type: ignore[dict-item]
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application\n")
        if self._is_kept:
            self.scope = {}  # type: ignore[typeddict-item]
            self._listen()
        else:
            self._let_go()

    def _let_go(self) -> None:
        """The request's handler has returned, and nobody listens."""
        self._socket = None
        self.send_500_response()
        if self.close_timer is None:
            self.transport.close()

    def _listen(self) -> None:
        """Hear what waits, in a task that lives no longer than that; called for whatever comes in."""
        if self._listening is not None and not self._is_hearing and not self.queue.empty():
            self._is_hearing = True
            task = self.loop.create_task(self._hear(self._listening))
            task.add_done_callback(self.on_task_complete)
            self.tasks.add(task)

    async def _hear(self, listening: Listening) -> None:
        try:
            while not self.queue.empty():
                event: Message = await self.receive()  # type: ignore[assignment]
                if event["type"] == "websocket.disconnect":
                    self._listening = self._socket = None
                    listening.end()
                    return
                await listening.hear(event)
        finally:
            self._is_hearing = False

    def pause_writing(self) -> None:
        super().pause_writing()
        self._block()
        self._deadline = self.loop.call_later(SEND_SECONDS, self._cut_off)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._takes_frames = True
        self._forget_deadline()
        if self._socket is not None:
            self._socket.ready()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._block()
        self._forget_deadline()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()
        # Uvicorn has closed the transport, which waits until a peer that is not there has read everything.
        self.loop.call_later(SEND_SECONDS, self.transport.abort)

    def _block(self) -> None:
        self._takes_frames = False
        if self._socket is not None:
            self._socket.way = None

    def _cut_off(self) -> None:
        self._deadline = None
        if self._socket is not None:
            self._socket.stuck()
        self.transport.abort()

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class _Mailbox:
    """The part of asyncio.Queue that uvicorn's protocol uses, for one reader. `tell` is called for each item."""

    __slots__ = ("_items", "_tell", "_waiter")

    def __init__(self, tell: Callable[[], None]) -> None:
        self._items: list[Any] = []
        self._tell = tell
        self._waiter: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        self._items.append(item)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        self._tell()

    def empty(self) -> bool:
        return not self._items

    async def get(self) -> Any:
        while not self._items:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._items.pop(0)


class _Gate:
    """The part of asyncio.Event that uvicorn's protocol uses."""

    __slots__ = ("_open", "_opening")

    def __init__(self) -> None:
        self._open = True
        self._opening: asyncio.Future[None] | None = None

    def set(self) -> None:
        self._open = True
        if self._opening is not None:
            self._opening.set_result(None)
            self._opening = None

    def clear(self) -> None:
        self._open = False

    async def wait(self) -> None:
        while not self._open:
            if self._opening is None:
                self._opening = asyncio.get_running_loop().create_future()
            # Several may wait on the one future: a wait that is given up must not end those of the others.
            await asyncio.shield(self._opening)
