"""The folder of the spool: files that are whole or not there, and that survive a crash once they are."""

import contextlib
import fcntl
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from inbox import clock

VERIFIED, UNVERIFIED = ".call", ".unverified"
"""Endings of entries, by whether their sender was checked before they were kept."""

_DAMAGED, _LOCK, _PART = "damaged", ".lock", ".part"
_ABANDONED_SECONDS = 60.0
_DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class SpoolState:
    """What lies in the folder. `oldest_seconds` is the age of the oldest entry; `damaged` counts what was set aside."""

    entries: int = 0
    oldest_seconds: float = 0.0
    damaged: int = 0
    bytes: int = 0
    unverified_bytes: int = 0


class SpoolFolder:
    """Blocking work on files, for threads. Everything raises OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Make it, for us alone, and see whether a file can be written; what a dead process left half-written goes."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)
        for part in self.path.glob(f".*{_PART}"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - part.stat().st_mtime > _ABANDONED_SECONDS:
                    part.unlink()
        probe = f"probe-{secrets.token_hex(8)}"
        self.write(probe, b"x")
        self.remove(probe)

    def write(self, name: str, content: bytes) -> None:
        """Bring `content` to the disk under `name`, mode 0600: first the file, then its name."""
        part = self.path / f".{name}{_PART}"
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            part.rename(self.path / name)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        self._bring_names_to_disk()

    def names(self) -> list[str]:
        """The entries, oldest first."""
        return sorted(name for name in os.listdir(self.path) if _is_entry(name))

    def read(self, name: str) -> bytes:
        """The content of an entry."""
        return (self.path / name).read_bytes()

    def remove(self, name: str) -> None:
        """Remove a file; one that is gone already is well."""
        (self.path / name).unlink(missing_ok=True)

    def set_aside(self, name: str) -> None:
        """Move an entry to the folder `damaged`."""
        damaged = self.path / _DAMAGED
        damaged.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            (self.path / name).rename(damaged / name)

    def prune(self, days: float) -> int:
        """Remove what was kept so many days ago and set aside since; how many that were."""
        gone = 0
        for file in (self.path / _DAMAGED).glob("*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - file.stat().st_mtime > days * _DAY_SECONDS:
                    file.unlink()
                    gone += 1
        return gone

    def state(self) -> SpoolState:
        """Count and weigh the entries."""
        sizes: dict[str, int] = {}
        for name in self.names():
            with contextlib.suppress(FileNotFoundError):
                sizes[name] = (self.path / name).stat().st_size
        damaged = self.path / _DAMAGED
        return SpoolState(
            entries=len(sizes),
            oldest_seconds=_age(min(sizes)) if sizes else 0.0,
            damaged=len(os.listdir(damaged)) if damaged.is_dir() else 0,
            bytes=sum(sizes.values()),
            unverified_bytes=sum(size for name, size in sizes.items() if name.endswith(UNVERIFIED)),
        )

    @contextlib.contextmanager
    def lock(self) -> Iterator[bool]:
        """The one drainer's turn, told apart between processes and within one; False when another has it."""
        try:
            descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            yield False
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            yield False
            return
        try:
            yield True
        finally:
            os.close(descriptor)

    def _bring_names_to_disk(self) -> None:
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def entry_name(arrived_at: datetime, *, is_verified: bool) -> str:
    """A name that sorts by the moment of arrival (UTC) and that no other process chooses."""
    return f"{clock.microseconds(arrived_at):020d}-{secrets.token_hex(8)}{VERIFIED if is_verified else UNVERIFIED}"


def arrival(name: str) -> datetime:
    """The moment (UTC) in an entry's name. Raises ValueError or OverflowError for another name."""
    return clock.from_microseconds(int(name.partition("-")[0]))


def _age(name: str) -> float:
    try:
        return max(0.0, (clock.now() - arrival(name)).total_seconds())
    except OverflowError:
        return 0.0


def _is_entry(name: str) -> bool:
    return name.endswith((VERIFIED, UNVERIFIED)) and name.partition("-")[0].isdecimal()
