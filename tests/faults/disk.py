"""A disk that can be filled and emptied again: a small file system of its own, or a limit on what a process writes."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

_SIZE = 48 * 1024 * 1024
_PIECE = 64 * 1024


class Disk(Protocol):
    """A folder on it, and what can be done to it."""

    path: Path
    tells_full: bool
    """Whether the system says that the disk is full; else it says that a file is too large."""

    def fill(self, process: int) -> None:
        """From now on this process has no room."""

    def free(self, process: int) -> None:
        """There is room again."""


@contextmanager
def small_disk(path: Path) -> Iterator[Disk]:
    """A disk under `path`. Only root may mount one; for others a limit stands for it."""
    path.mkdir()
    if os.geteuid() != 0:
        yield Limit(path)
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", path], check=True)
    try:
        yield Tmpfs(path)
    finally:
        subprocess.run(["umount", "--lazy", path], check=True)


class Tmpfs:
    """A file system in memory, filled by a file of ours."""

    tells_full = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def fill(self, process: int) -> None:
        with self._ballast.open("wb", buffering=0) as file:
            size = _PIECE
            while size:
                try:
                    file.write(b"x" * size)
                except OSError:
                    size //= 2

    def free(self, process: int) -> None:
        self._ballast.unlink()


class Limit:
    """A limit on the size of the files that the process may write (RLIMIT_FSIZE): its log of writes cannot grow."""

    tells_full = False

    def __init__(self, path: Path) -> None:
        self.path = path

    def fill(self, process: int) -> None:
        self._limit(process, _PIECE)

    def free(self, process: int) -> None:
        self._limit(process, resource.RLIM_INFINITY)

    def _limit(self, process: int, size: int) -> None:
        resource.prlimit(process, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
