"""One socket's life: reads and writes at once, so that a closed tab is forgotten at once."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from starlette.websockets import WebSocket

from realtime.frames import Frame
from realtime.hub import Hub, Wanted
from realtime.wire import Counters, Socket, wire_of

__all__ = ["OnMessage", "Socket", "serve"]

MOST_MESSAGE_BYTES = 16 * 1024
MOST_MESSAGES_A_SECOND = 100

TOO_LARGE = 1009
TOO_MANY = 1008
"""Policy violation: htmx's extension does not come back from it, as this client is not one of ours."""
FAILED = 1011

OnMessage = Callable[[Socket, dict[str, Any]], Awaitable[None]]
"""What the caller does with a JSON object from the browser; it may call `hub.watch` with the socket."""

logger = logging.getLogger(__name__)


async def serve(
    websocket: WebSocket,
    hub: Hub,
    *,
    channel: str,
    topics: Wanted,
    keys: Collection[str],
    on_message: OnMessage,
    hello: Frame | None = None,
) -> None:
    """Serve an accepted WebSocket until it ends, from whichever side; `hello` goes first. Its headers are gone then.

    Close codes: 1008 flood, 1009 message over 16 KiB, 1011 `on_message` raised, 1012 restart, 1013 too slow,
    4401 dismissed.
    """
    try:
        async with asyncio.timeout(None) as life:
            socket = Socket(wire_of(websocket, _ender(life)), hub.counters, most_queued=hub.most_queued)
            try:
                if hello is not None:
                    socket.push(hello)
                await hub.join(socket, channel, topics, keys)
                # A socket lives for hours and costs 2 KiB less without what only its beginning needed.
                websocket.scope["headers"].clear()
                del topics, keys
                await _read(websocket, socket, hub.counters, on_message)
            finally:
                hub.leave(socket)
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


async def _read(websocket: WebSocket, socket: Socket, counters: Counters, on_message: OnMessage) -> None:
    rate = _Rate()
    while (received := await websocket.receive())["type"] != "websocket.disconnect":
        if socket.closed_with is not None:
            continue
        text = received.get("text")
        if _is_too_large(text or received.get("bytes") or ""):
            socket.close(TOO_LARGE)
        elif rate.is_exceeded():
            socket.close(TOO_MANY)
        elif (message := _parsed(text)) is None:
            counters.ignored_messages += 1
        else:
            await _hand_over(socket, message, on_message)


async def _hand_over(socket: Socket, message: dict[str, Any], on_message: OnMessage) -> None:
    try:
        await on_message(socket, message)
    except Exception:
        # What the browser now shows and what it watches may differ: let it come back and say so anew.
        logger.exception("a message from a browser could not be handled")
        socket.close(FAILED)


def _is_too_large(content: str | bytes) -> bool:
    if len(content) > MOST_MESSAGE_BYTES:
        return True
    return isinstance(content, str) and len(content.encode(errors="replace")) > MOST_MESSAGE_BYTES


def _parsed(text: str | None) -> dict[str, Any] | None:
    """The object a text frame holds; None for anything else."""
    try:
        message = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


class _Rate:
    """Counts the messages of the running second."""

    __slots__ = ("_began", "_count")

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._count = 0

    def is_exceeded(self) -> bool:
        now = time.monotonic()
        if now - self._began > 1.0:
            self._began, self._count = now, 0
        self._count += 1
        return self._count > MOST_MESSAGES_A_SECOND
