"""Serves an ASGI application with uvicorn, on a listening socket of our own."""

import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from inbox.errors import Unavailable

# A peer that acknowledges nothing for this long is cut off by the kernel; uvicorn alone would wait for its buffer.
DEAD_PEER_MILLISECONDS = 20_000
LARGEST_FRAME = 64 * 1024


class Server(uvicorn.Server):
    """Uvicorn's, which also tells when it begins to end, so that endless answers can be ended first."""

    before_end: Callable[[], None] | None = None

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what never ends by itself, then wait for the rest."""
        if self.before_end is not None:
            self.before_end()
        await super().shutdown(sockets)


def server(app: ASGIApp, *, host: str, port: int, trusted_proxies: str = "127.0.0.1") -> Server:
    """A server ready to `serve(sockets=[listen(...)])`; logging is left as it is configured."""
    return Server(
        uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            server_header=False,
            ws="websockets-sansio",
            ws_per_message_deflate=False,  # 26 KiB a socket instead of 60
            ws_max_size=LARGEST_FRAME,
            timeout_graceful_shutdown=10,
            forwarded_allow_ips=trusted_proxies,
        )
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket that frees connections of peers that are gone; raises Unavailable when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MILLISECONDS)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise Unavailable(f"Port {port} on {host} cannot be used ({error.strerror}). Choose another one.") from error
    listening.listen(2048)
    listening.setblocking(False)
    return listening
