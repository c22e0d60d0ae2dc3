"""Serves an ASGI application with uvicorn, on a listening socket of our own, and ends it without losing anything."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from types import FrameType

import structlog
import uvicorn
from starlette.types import ASGIApp

from inbox.errors import Unavailable
from inbox.request_limits import BoundedProtocol

# A peer that acknowledges nothing for this long is cut off by the kernel; uvicorn alone would wait for its buffer.
DEAD_PEER_MILLISECONDS = 20_000
# What the kernel keeps for a peer that does not read, beyond what is on its way; else it takes 4 MiB before we notice.
MOST_UNSENT_BYTES = 128 * 1024
LARGEST_FRAME = 64 * 1024
# Requests that are under way when draining is over have so long.
REQUEST_SECONDS = 7
LOOK_SECONDS = 0.1

Drain = Callable[[], Awaitable[None]]
"""Ends, while requests are still answered, what has to end in an orderly way; cancelled to hurry."""

_log = structlog.stdlib.get_logger(__name__)


class Server(uvicorn.Server):
    """Uvicorn's, which drains before it closes anything: it would close all websockets at once, and listen no more.

    A first SIGTERM or SIGINT drains, a second cuts that short, a third waits for nothing. Returns after a clean end,
    where uvicorn raises the signal once more.
    """

    def __init__(self, config: uvicorn.Config, drain: Drain | None) -> None:
        super().__init__(config)
        self._drain = drain
        self._signals = 0

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Called by the signal's handler, between any two steps of the loop."""
        self._signals += 1
        self.should_exit = True
        self.force_exit = self._signals > 2

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain; then close what is left and listen no more."""
        if self._drain is not None:
            # From now on an answer is the last one of its connection: the next request finds another process.
            self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
            await self._drained(self._drain)
        await super().shutdown(sockets)

    async def _drained(self, drain: Drain) -> None:
        draining = asyncio.ensure_future(drain())
        while not draining.done() and self._signals < 2:
            await asyncio.wait((draining,), timeout=LOOK_SECONDS)
        draining.cancel()
        (outcome,) = await asyncio.gather(draining, return_exceptions=True)
        if isinstance(outcome, Exception):
            _log.error("draining failed", exc_info=outcome)


def server(
    app: ASGIApp, *, host: str, port: int, trusted_proxies: str = "127.0.0.1", drain: Drain | None = None
) -> Server:
    """A server ready to `serve(sockets=[listen(...)])`; logging is left as it is configured."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        http=BoundedProtocol,
        ws="realtime.server:LiveProtocol",
        ws_per_message_deflate=False,  # it would cost 34 KiB a socket
        ws_max_size=LARGEST_FRAME,
        timeout_graceful_shutdown=REQUEST_SECONDS,
        forwarded_allow_ips=trusted_proxies,
    )
    return Server(config, drain)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that frees connections of peers that are gone; raises Unavailable when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for option, value in (("TCP_USER_TIMEOUT", DEAD_PEER_MILLISECONDS), ("TCP_NOTSENT_LOWAT", MOST_UNSENT_BYTES)):
        if hasattr(socket, option):
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise Unavailable(f"Port {port} on {host} cannot be used ({error.strerror}). Choose another one.") from error
    listening.listen(2048)
    listening.setblocking(False)
    return listening
