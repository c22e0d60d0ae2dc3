"""SQLite connections that are kept: opening one costs a thread and several times the query it is for."""

import asyncio
import sqlite3
from collections.abc import Callable
from typing import TypeVar

import aiosqlite

from inbox.storage.cancellation import finish

T = TypeVar("T")

_MOST_KEPT = 8
_BUSY_SECONDS = 10.0
_CLOSE_SECONDS = 5.0
# journal_mode stays in the file, the others must be set on each connection. With a write-ahead log only "full" keeps
# what was committed through a power cut; "normal" may lose the last of it (sqlite.org/pragma.html#pragma_synchronous).
# What is deleted is overwritten, so that nothing of an erased candidate stays in freed parts of the file.
_PRAGMAS = ("journal_mode=wal", "foreign_keys=on", "synchronous=full", "secure_delete=on")


class Pool:
    """The connections to one file that nobody uses at the moment."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._free: list[KeptConnection] = []
        self._ending: set[asyncio.Future[object]] = set()
        self._generation = 0
        self.is_closed = False

    async def take(self) -> "KeptConnection":
        if self._free:
            return self._free.pop()
        connection = KeptConnection(self._path, self._generation)
        try:
            await finish(connection.open())
        except BaseException:
            self._end(connection)
            raise
        return connection

    def give_back(self, connection: "KeptConnection", *, is_sound: bool) -> None:
        is_young = connection.generation == self._generation
        may_be_kept = is_sound and is_young and not connection.in_transaction and not self.is_closed
        if may_be_kept and len(self._free) < _MOST_KEPT:
            self._free.append(connection)
        else:
            self._end(connection)

    def renew(self) -> None:
        """Take none of the present connections again; those in use are closed when they are given back."""
        self._generation += 1
        while self._free:
            self._end(self._free.pop())

    async def close(self) -> None:
        """Close every connection that is not in use and wait a while until their threads have ended."""
        self.is_closed = True
        self.renew()
        if self._ending:
            await asyncio.wait(self._ending, timeout=_CLOSE_SECONDS)

    def _end(self, connection: "KeptConnection") -> None:
        ended = connection.stop()
        if ended is not None:
            self._ending.add(ended)
            ended.add_done_callback(self._ending.discard)


class KeptConnection(aiosqlite.Connection):
    """A SQLite connection and its thread; each statement is one trip to the thread."""

    def __init__(self, path: str, generation: int) -> None:
        self.generation = generation
        super().__init__(lambda: _open(path), iter_chunk_size=1)
        self._thread.daemon = True  # a forgotten disconnect must not keep the process from ending

        self._stopped: asyncio.Future[object] | None = None

    async def open(self) -> None:
        await self

    def stop(self) -> asyncio.Future[object] | None:
        """Have the thread close the connection and end, once; the future is done when it has."""
        if self._stopped is None:
            self._stopped = super().stop()
        return self._stopped

    def interrupt_now(self) -> None:
        """Have the statement that runs in the thread fail, if one does."""
        self._conn.interrupt()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        result: T = await self._execute(work, self._conn)  # type: ignore[no-untyped-call]
        return result


def _open(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None, cached_statements=256)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"pragma {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection
