"""The HTTP side of uvicorn with limits: how large the head of a request may be, and how long head and body may take.

Uvicorn has none: one connection could make a header grow until memory is full, and thousands that send a byte now and
then would each be waited for without end. It leans on the inside of uvicorn's HttpToolsProtocol, so its tests have to
run with each new uvicorn.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

# Cookies, a long address of the list, and what proxies add take a fourth of it. What one read brings comes on top.
MOST_HEAD_BYTES = 32 * 1024
HEAD_SECONDS = 15.0
# So much for any body, and what a slow line needs for the bytes that were announced.
BODY_SECONDS = 30.0
SLOWEST_BYTES_A_SECOND = 16 * 1024

_REFUSED = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\ncache-control: no-store\r\nconnection: close\r\n\r\n"
)


class BoundedProtocol(HttpToolsProtocol):
    """Answers 431 to a head that is too large, and closes the connection of a request that is not whole in time."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._is_in_head = True
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._is_in_head and self._head_bytes > MOST_HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_REFUSED)
            self.transport.close()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._is_in_head = True
        if self._deadline is None:  # the next request of a connection that was kept
            self._head_bytes = 0
            self._wait(HEAD_SECONDS)

    def on_headers_complete(self) -> None:
        self._wait_no_more()
        self._is_in_head, self._head_bytes = False, 0
        super().on_headers_complete()
        if not (self.parser.should_upgrade() and self._should_upgrade()):
            self._wait(BODY_SECONDS + self._announced() / SLOWEST_BYTES_A_SECOND)

    def on_message_complete(self) -> None:
        self._wait_no_more()
        super().on_message_complete()

    def _announced(self) -> int:
        """The bytes that the body is said to have; 0 where nothing is said, or something that is no number."""
        said = next((value for name, value in self.headers if name == b"content-length"), b"0")
        return int(said) if said.isdigit() and len(said) < 10 else 0

    def _wait(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._give_up)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        self.transport.close()
