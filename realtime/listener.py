"""What one browser says: a JSON object at a time, none too large, and not too many."""

import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Message

from realtime.hub import Hub
from realtime.wire import Socket

MOST_MESSAGE_BYTES = 16 * 1024
MOST_MESSAGES_A_SECOND = 100

TOO_LARGE = 1009
TOO_MANY = 1008
"""Policy violation: htmx's extension does not come back from it, as this client is not one of ours."""
FAILED = 1011

OnMessage = Callable[[Socket, dict[str, Any]], Awaitable[None]]
"""What the caller does with a JSON object from the browser; it may call `hub.watch` with the socket."""
OnEnd = Callable[[], None]
"""What the caller does when the socket is gone."""

logger = logging.getLogger(__name__)


class Listener:
    """Listens to one socket of the hub until its end."""

    __slots__ = ("_count", "_hub", "_on_end", "_on_message", "_second", "_socket")

    def __init__(self, socket: Socket, hub: Hub, on_message: OnMessage, on_end: OnEnd) -> None:
        self._socket = socket
        self._hub = hub
        self._on_message = on_message
        self._on_end = on_end
        self._second = time.monotonic()
        self._count = 0

    async def hear(self, event: Message) -> None:
        """Take an event of ASGI's `websocket.receive`; never raises."""
        if self._socket.closed_with is not None:
            return
        text = event.get("text")
        if _is_too_large(text or event.get("bytes") or ""):
            self._socket.close(TOO_LARGE)
        elif self._are_too_many():
            self._socket.close(TOO_MANY)
        elif (message := _parsed(text)) is None:
            self._hub.counters.ignored_messages += 1
        else:
            await self._hand_over(message)

    def end(self) -> None:
        """The socket is gone: the hub forgets it."""
        self._hub.leave(self._socket)
        self._on_end()

    async def _hand_over(self, message: dict[str, Any]) -> None:
        try:
            await self._on_message(self._socket, message)
        except Exception:
            # What the browser now shows and what it watches may differ: let it come back and say so anew.
            logger.exception("a message from a browser could not be handled")
            self._socket.close(FAILED)

    def _are_too_many(self) -> bool:
        """Whether this one is too much for the running second."""
        now = time.monotonic()
        if now - self._second > 1.0:
            self._second, self._count = now, 0
        self._count += 1
        return self._count > MOST_MESSAGES_A_SECOND


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
