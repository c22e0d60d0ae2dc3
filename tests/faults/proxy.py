"""A TCP line that breaks on demand: it stands between two programs that know nothing of it."""

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from typing import Self

# Linger for no time: closing then resets the connection instead of ending it politely.
_RESET = struct.pack("ii", 1, 0)
_PIECE = 64 * 1024


class Proxy:
    """Listens on `port` of 127.0.0.1 and forwards new lines to what is `target_port` there at that moment.

    It runs on a loop in a thread of its own; every method may be called from anywhere and has happened when it returns.
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self._lines: set[asyncio.StreamWriter] = set()
        self._refuses = False
        self._delay = 0.0
        self._bytes_per_second: float | None = None
        self._passing = asyncio.Event()
        self._passing.set()
        self._ended = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name=f"proxy {self.port}", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def lines(self) -> int:
        """How many connections are open through it, counted once each."""
        return self._do(lambda: len(self._lines)) // 2

    def cut(self) -> None:
        """Reset every connection; new ones are taken."""
        self._do(self._cut)

    def refuse(self) -> None:
        """Reset every connection, also each new one as soon as it is made."""
        self._refuses = True
        self._do(self._cut)

    def hold(self) -> None:
        """Half-open: connections stay and new ones are taken, and no byte goes either way."""
        self._do(self._passing.clear)

    def slow_down(self, *, delay_seconds: float = 0.0, bytes_per_second: float | None = None) -> None:
        """Each piece waits this long before it is passed on, and no more than so much goes each way in a second."""
        self._delay, self._bytes_per_second = delay_seconds, bytes_per_second

    def restore(self) -> None:
        """Forward everything, at once; connections that were held go on."""
        self._refuses = False
        self.slow_down()
        self._do(self._passing.set)

    def close(self) -> None:
        """End every connection and the thread."""
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join()

    def _do(self, act: Callable[[], object]) -> int:
        """Run `act` on the loop; its answer as a number."""

        async def done() -> int:
            answer = act()
            return answer if isinstance(answer, int) else 0

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(10)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._accept, sock=self._listening)
        await self._ended.wait()
        server.close()
        self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError), contextlib.closing(writer):
            await self._connect(reader, writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            _reset(writer)
            return
        await self._passing.wait()
        try:
            far_reader, far_writer = await self._reach()
        except OSError:
            _reset(writer)
            return
        pair = {writer, far_writer}
        self._lines |= pair
        ways = (self._forward(reader, far_writer), self._forward(far_reader, writer))
        try:
            await asyncio.gather(*ways)
        except OSError:
            # One side was reset: the other one learns of it in the same way.
            for one in pair:
                _reset(one)
        finally:
            for one in pair:
                one.close()
            await asyncio.gather(*(one.wait_closed() for one in pair), return_exceptions=True)
            self._lines -= pair

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to what stands behind; raises OSError."""
        return await asyncio.open_connection("127.0.0.1", self.target_port)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(_PIECE):
            await asyncio.sleep(self._delay)
            for part in self._parts(piece):
                if self._bytes_per_second:
                    await asyncio.sleep(len(part) / self._bytes_per_second)
                await self._passing.wait()
                writer.write(part)
                await writer.drain()
        await self._passing.wait()
        with contextlib.suppress(OSError):
            writer.write_eof()

    def _parts(self, piece: bytes) -> list[bytes]:
        """Tenths of a second's worth, or all of it."""
        size = max(1, int(self._bytes_per_second / 10)) if self._bytes_per_second else len(piece)
        return [piece[start : start + size] for start in range(0, len(piece), size)]

    def _cut(self) -> None:
        for writer in tuple(self._lines):
            _reset(writer)


def _reset(writer: asyncio.StreamWriter) -> None:
    line = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()
