"""Cuts the TCP connection under a request, so that the caller sees no answer at all."""

import asyncio
import os
import socket
import stat
import struct
from pathlib import Path

from starlette.requests import Request

_OPEN_FILES = ("/proc/self/fd", "/dev/fd")


async def cut(request: Request) -> None:
    """Reset the caller's connection, and come back when the server has noticed.

    An ASGI server hands out no socket, and an answer that stops half-way is not the same to a client. So
    the socket is looked for among the open files by the caller's address. Raises ConnectionResetError where
    there is none, which is what a caller without a network (an in-process transport) would see too.
    """
    peer = request.client
    if peer is None or not _reset((peer.host, peer.port)):
        raise ConnectionResetError("The sandbox was asked to reset this connection.")
    async with asyncio.timeout(5):
        while (await request.receive())["type"] != "http.disconnect":
            continue


def _reset(peer: tuple[str, int]) -> bool:
    for number in _open_sockets():
        try:
            connection = socket.socket(fileno=os.dup(number))
        except OSError:
            continue
        with connection:
            if _peer_of(connection) == peer:
                # With no time to linger the server's own close sends RST; the shutdown makes it close.
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.shutdown(socket.SHUT_RD)
                return True
    return False


def _open_sockets() -> list[int]:
    folder = next(path for path in map(Path, _OPEN_FILES) if path.is_dir())
    return [number for number in (int(entry.name) for entry in folder.iterdir()) if _is_socket(number)]


def _is_socket(number: int) -> bool:
    """Asked before it is duplicated: closing a duplicate of a file lets go of every lock on it, as fcntl(2) says.

    SQLite would lose the locks by which other processes leave its write-ahead log alone.
    """
    try:
        return stat.S_ISSOCK(os.fstat(number).st_mode)
    except OSError:
        return False


def _peer_of(connection: socket.socket) -> tuple[str, int] | None:
    try:
        address = connection.getpeername()
    except OSError:
        return None
    return (str(address[0]), int(address[1])) if isinstance(address, tuple) else None
