"""What cannot go into the database now, kept on this machine's disk until it can: sealed, durable, in order of arrival.

Several processes may keep and drain in one folder; two machines must not share one.
"""

import asyncio
import threading
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf
from pathlib import Path

from inbox.storage.spool_folder import VERIFIED, SpoolFolder, SpoolState, arrival, entry_name
from inbox.storage.vault import Vault, VaultError

MOST_BYTES = 200 * 1024 * 1024
MOST_UNVERIFIED_BYTES = 20 * 1024 * 1024
"""So much of it may come from senders whom nobody could check."""
DAMAGED_DAYS = 30
"""So long what cannot be used lies in the folder `damaged`."""

_MEASURE_SECONDS = 2.0


class SpoolError(Exception):
    """The spool takes nothing: its folder cannot be written to, or it is full. The message says which."""


class DamagedEntry(Exception):
    """An entry does not open: cut short, changed, or sealed with a key that is gone."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What was kept, and when it arrived (UTC, by this machine's clock)."""

    content: str
    arrived_at: datetime


class Spool:
    """Entries of text in a folder, sealed by the vault; all work on files is done in threads."""

    def __init__(
        self,
        path: Path,
        vault: Vault,
        *,
        most_bytes: int = MOST_BYTES,
        most_unverified_bytes: int = MOST_UNVERIFIED_BYTES,
    ) -> None:
        self._folder = SpoolFolder(path)
        self._vault = vault
        self._most_bytes = most_bytes
        self._most_unverified_bytes = most_unverified_bytes
        self._guard = threading.Lock()
        self._measured_at = -inf
        self._state = SpoolState()

    async def probe(self) -> None:
        """Make the folder and write a file in it. Raises SpoolError with a sentence."""
        try:
            await asyncio.to_thread(self._folder.prepare)
        except OSError as error:
            raise self._unwritable(error) from error

    async def keep(self, content: str, *, arrived_at: datetime, is_verified: bool) -> None:
        """Keep `content`; when this returns it survives a crash of the machine. Raises SpoolError."""
        await asyncio.to_thread(self._keep, content, entry_name(arrived_at, is_verified=is_verified))

    async def state(self) -> SpoolState:
        """What lies in the folder, at most two seconds ago; nothing when it cannot be read."""
        return await asyncio.to_thread(self._measured)

    async def names(self) -> list[str]:
        """The entries in order of arrival; none when the folder cannot be read."""
        try:
            return await asyncio.to_thread(self._folder.names)
        except OSError:
            return []

    async def read(self, name: str) -> Entry:
        """The entry `name`. Raises DamagedEntry."""
        try:
            content = self._vault.open(await asyncio.to_thread(self._folder.read, name), bound_to=name)
            return Entry(content, arrival(name))
        except (OSError, VaultError, ValueError, OverflowError) as error:
            raise DamagedEntry(f"{name}: {error}") from error

    async def remove(self, name: str) -> None:
        """Forget an entry that is stored elsewhere for good."""
        await asyncio.to_thread(self._folder.remove, name)

    async def set_aside(self, name: str) -> None:
        """Move an entry that nobody can use to the folder `damaged`, where a person can look at it."""
        await asyncio.to_thread(self._folder.set_aside, name)

    async def prune(self) -> int:
        """Remove for good what was set aside long ago, as texts of candidates lie in it; how many entries that were."""
        try:
            return await asyncio.to_thread(self._folder.prune, DAMAGED_DAYS)
        except OSError:
            return 0

    def turn(self) -> AbstractContextManager[bool]:
        """`with spool.turn() as is_mine:`; true for one drainer at a time, in whatever process."""
        return self._folder.lock()

    def _keep(self, content: str, name: str) -> None:
        sealed = self._vault.seal(content, bound_to=name)
        self._reserve(len(sealed), is_verified=name.endswith(VERIFIED))
        try:
            self._folder.write(name, sealed)
        except OSError as error:
            with self._guard:
                self._measured_at = -inf
            raise self._unwritable(error) from error

    def _reserve(self, size: int, *, is_verified: bool) -> None:
        unverified = 0 if is_verified else size
        with self._guard:
            self._measure_again()
            state = replace(
                self._state,
                entries=self._state.entries + 1,
                bytes=self._state.bytes + size,
                unverified_bytes=self._state.unverified_bytes + unverified,
            )
            is_over = unverified and state.unverified_bytes > self._most_unverified_bytes
            if is_over or state.bytes > self._most_bytes:
                raise SpoolError(f"{self._folder.path} is full.")
            self._state = state

    def _measured(self) -> SpoolState:
        with self._guard:
            self._measure_again()
            return self._state

    def _measure_again(self) -> None:
        """When the last time is too long ago; inside the guard."""
        if time.monotonic() - self._measured_at < _MEASURE_SECONDS:
            return
        try:
            self._state = self._folder.state()
        except OSError:
            self._state = SpoolState()
        self._measured_at = time.monotonic()

    def _unwritable(self, error: OSError) -> SpoolError:
        return SpoolError(f"{self._folder.path} cannot be written to ({error.strerror or error}).")
