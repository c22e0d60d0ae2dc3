"""One socket's life: what comes in is read while frames go out, so that a closed tab is forgotten at once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection

from starlette.websockets import WebSocket

from realtime.frames import Frame
from realtime.hub import Hub, Wanted
from realtime.listener import Listener, OnEnd, OnMessage
from realtime.wire import AsgiWire, Socket, own_wire

__all__ = ["OnEnd", "OnMessage", "Socket", "serve"]


async def serve(
    websocket: WebSocket,
    hub: Hub,
    *,
    channel: str,
    topics: Wanted,
    keys: Collection[str],
    on_message: OnMessage,
    on_end: OnEnd,
    hello: Frame | None = None,
) -> None:
    """Serve an accepted WebSocket until it ends, from whichever side; `hello` goes first, `on_end` is called last.

    Returns at once where the server has a wire of its own, which reads without us: a socket lives for hours, and half
    of its memory would be the task and the stack of its request. Close codes: 1008 flood, 1009 message over 16 KiB,
    1011 `on_message` raised, 1012 restart, 1013 too slow, 4401 dismissed.
    """

    async def enter(socket: Socket) -> None:
        if hello is not None:
            socket.push(hello)
        await hub.join(socket, channel, topics, keys)

    own = own_wire(websocket.scope)
    if own is None:
        await _read(websocket, hub, enter, on_message, on_end)
        return
    socket = Socket(own, hub.counters, most_queued=hub.most_queued)
    listener = Listener(socket, hub, on_message, on_end)
    try:
        await enter(socket)
    except BaseException:
        listener.end()
        raise
    own.keep(listener)


async def _read(
    websocket: WebSocket, hub: Hub, enter: Callable[[Socket], Awaitable[None]], on_message: OnMessage, on_end: OnEnd
) -> None:
    """Read in the task of the request until the socket ends."""
    try:
        async with asyncio.timeout(None) as life:
            socket = Socket(AsgiWire(websocket, _ender(life)), hub.counters, most_queued=hub.most_queued)
            listener = Listener(socket, hub, on_message, on_end)
            try:
                await enter(socket)
                while (event := await websocket.receive())["type"] != "websocket.disconnect":
                    await listener.hear(event)
            finally:
                listener.end()
    except TimeoutError:
        if not life.expired():
            raise


def _ender(life: asyncio.Timeout) -> Callable[[], None]:
    """What ends the reading of a peer that is gone without a word."""

    def end() -> None:
        # Too late is well: then the reading has ended by itself.
        with contextlib.suppress(RuntimeError):
            life.reschedule(0)

    return end
