"""Files that nobody can write to any more, and can again."""

import array
import fcntl
import os
from collections.abc import Iterable
from pathlib import Path

# linux/fs.h: what `chattr +i` sets. Rights mean nothing to root, this does, also for files that are open already.
_GET_FLAGS, _SET_FLAGS, _IMMUTABLE = 0x80086601, 0x40086602, 0x10

STOPS_OPEN_FILES = os.geteuid() == 0
"""Whether a file that a process has open stops it too; else only rights are taken, which count when it is opened."""


def forbid_writing(files: Iterable[Path]) -> None:
    """From now on these files can only be read, and these folders get no new file."""
    for file in files:
        _mark(file, is_immutable=True) if STOPS_OPEN_FILES else file.chmod(0o500 if file.is_dir() else 0o400)


def allow_writing(files: Iterable[Path]) -> None:
    """They can be written again."""
    for file in files:
        _mark(file, is_immutable=False) if STOPS_OPEN_FILES else file.chmod(0o700 if file.is_dir() else 0o600)


def _mark(file: Path, *, is_immutable: bool) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        flags = array.array("i", [0])
        fcntl.ioctl(descriptor, _GET_FLAGS, flags)
        flags[0] = flags[0] | _IMMUTABLE if is_immutable else flags[0] & ~_IMMUTABLE
        fcntl.ioctl(descriptor, _SET_FLAGS, flags)
    finally:
        os.close(descriptor)
