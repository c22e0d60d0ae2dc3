"""The line between one browser and everything else, to be cut, held and slowed down."""

import asyncio
from typing import Any

from tests.faults.proxy import Proxy


class Line(Proxy):
    """A proxy that browsers speak SOCKS 5 to (RFC 1928), so that addresses and origins stay what they are.

    Wherever a browser wants to go, it comes to `target_port`. With `break_after` the next piece of more than so many
    bytes is cut short there and its connection reset. With `lets_pages_be_kept` a browser does not hear "no-store", for
    which Chromium keeps no page to come back to, and others do.
    """

    def __init__(self, target_port: int) -> None:
        self.era = 0
        self.break_after: int | None = None
        self.lets_pages_be_kept = False
        super().__init__(target_port)

    @property
    def options(self) -> dict[str, Any]:
        """For `tabs.open` and `tabs.context`: a browser behind this line."""
        return {"proxy": {"server": f"socks5://127.0.0.1:{self.port}"}}

    def strand(self) -> None:
        """Half-open for good: every connection of this moment stays and carries nothing any more; new ones do."""
        self.era += 1

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await super()._forward(_Reader(reader, self), writer)  # type: ignore[arg-type]

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._refuses:
            try:
                await _greet(reader, writer)
            except (asyncio.IncompleteReadError, OSError):
                writer.close()
                return
        await super()._accept(reader, writer)


class _Reader:
    """One direction of a connection."""

    def __init__(self, reader: asyncio.StreamReader, line: Line) -> None:
        self._reader = reader
        self._line = line
        self._era = line.era
        self._is_broken = False

    async def read(self, most: int) -> bytes:
        """The next bytes. Raises ConnectionResetError after those that were to be the last."""
        if self._is_broken:
            raise ConnectionResetError
        piece = await self._reader.read(most)
        if self._era != self._line.era:
            await asyncio.Event().wait()
        if self._line.lets_pages_be_kept:
            piece = piece.replace(b"no-store", b"no-cache")
        last = self._line.break_after
        if last is None or len(piece) <= last:
            return piece
        self._line.break_after, self._is_broken = None, True
        return piece[:last]


async def _greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Agree to no password, and to every address."""
    _, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    writer.write(b"\x05\x00")
    _, _, _, kind = await reader.readexactly(4)
    size = {1: 4, 4: 16}.get(kind) or (await reader.readexactly(1))[0]
    await reader.readexactly(size + 2)
    writer.write(b"\x05\x00\x00\x01" + bytes(6))
