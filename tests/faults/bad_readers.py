"""Sockets whose other end reads nothing, or a byte a second: a phone in a tunnel, a laptop that sleeps, an attacker."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

_LITTLE = 4096


@contextmanager
def bad_readers(
    web: str, target: str, *, deaf: int, slow: int, cookies: Mapping[str, str], origin: str
) -> Iterator[None]:
    """So many that never read and so many that read a byte a second, each with an open websocket on `target`."""
    ending = threading.Event()
    with ExitStack() as stack:
        lines = [
            stack.enter_context(_handshaken(web, target, cookies=cookies, origin=origin)) for _ in range(deaf + slow)
        ]
        reading = threading.Thread(target=_read_slowly, args=(lines[deaf:], ending), daemon=True)
        reading.start()
        try:
            yield
        finally:
            ending.set()
            reading.join()


def _handshaken(web: str, target: str, *, cookies: Mapping[str, str], origin: str) -> socket.socket:
    address = urlsplit(web)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LITTLE)
    line.settimeout(20)
    line.connect((address.hostname, address.port))
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    line.sendall(
        f"GET {target} HTTP/1.1\r\nHost: {address.netloc}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += line.recv(1)
    assert answer.startswith(b"HTTP/1.1 101 "), answer
    return line


def _read_slowly(lines: list[socket.socket], ending: threading.Event) -> None:
    while not ending.wait(1.0):
        for line in tuple(lines):
            try:
                if not line.recv(1):
                    lines.remove(line)
            except OSError:
                lines.remove(line)
