"""Backups: one file with a copy of the database and what is needed to trust it, readable by its owner alone.

A zip of "database.sqlite" or "database.dump" and "manifest.json". Pictures and files are in the database, so in it.
Not in it: the keys of INBOX_VAULT_KEYS, of which it names fingerprints, and the calls in the spool, which no copy
misses: they are drained into whichever database is there, and a text that is there already is not stored again.
"""

import contextlib
import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from inbox import clock
from inbox.errors import Refused
from inbox.storage import copies, schema

_FORMAT = 1
_MANIFEST = "manifest.json"
_ENTRIES = {"sqlite": "database.sqlite", "postgresql": "database.dump"}
_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is: of which kind of database and schema, from when (UTC), and what its bytes add up to."""

    format: int
    made_at: str
    database: str
    schema: str
    bytes: int
    sha256: str
    keys: tuple[str, ...]
    """Fingerprints of the keys that its secrets are sealed with, as far as whoever made it had them."""

    def opens_with(self, keys: Sequence[str]) -> bool:
        """Whether one of these keys may open its secrets; True where it does not know."""
        return not self.keys or bool(set(self.keys) & set(_fingerprints(keys)))


def make(url: str, target: Path, *, keys: Sequence[str] = ()) -> Manifest:
    """Write a backup to `target`, which must not exist. Raises Refused, and Unavailable with the database away."""
    if target.exists():
        raise Refused(f"{target} exists. Name another file: a backup never replaces one.")
    if not target.parent.is_dir():
        raise Refused(f"There is no folder {target.parent}.")
    kind = copies.kind_of(url)
    with _room(target.parent) as room:
        copies.take(url, room / "copy")
        written = room / "backup"
        with os.fdopen(os.open(written, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            _demand_private(file, target)
            manifest = _write(file, room / "copy", kind, keys)
            file.flush()
            os.fsync(file.fileno())
        os.link(written, target)  # raises where somebody was faster, where a rename would replace it
    return manifest


def verify(backup: Path) -> Manifest:
    """Read all of it and look whether it is whole; raises Refused when it is not."""
    with _room(backup.parent) as room:
        return unpack(backup, room / "copy")


def unpack(backup: Path, to: Path) -> Manifest:
    """Write the database of a backup to the new file `to`, after every check; raises Refused when it is not whole."""
    try:
        with zipfile.ZipFile(backup) as archive:
            manifest = _manifest(archive)
            with archive.open(_ENTRIES[manifest.database]) as entry:
                os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
                with to.open("wb") as file:
                    added = _copied(entry, file)
    except FileNotFoundError:
        raise Refused(f"There is no file {backup}.") from None
    except (zipfile.BadZipFile, EOFError, KeyError, TypeError, ValueError) as error:
        raise Refused(f"{backup} is no backup, or it is damaged: {error}.") from error
    if added != (manifest.bytes, manifest.sha256):
        raise Refused(f"{backup} is damaged: its bytes do not add up to what was written.")
    copies.check(manifest.database, to)
    return manifest


@contextlib.contextmanager
def _room(folder: Path) -> Iterator[Path]:
    """A folder for us alone, on the disk of what is made in it."""
    try:
        with tempfile.TemporaryDirectory(prefix=".inbox-backup-", dir=folder) as path:
            yield Path(path)
    except PermissionError as error:
        raise Refused(f"Nothing can be written in {folder}: {error.strerror}.") from error


def _demand_private(file: IO[bytes], target: Path) -> None:
    """Not every file system knows owners."""
    if os.fstat(file.fileno()).st_mode & 0o077:
        raise Refused(f"Others could read {target}: its file system keeps no permissions. Name another folder.")


def _write(file: IO[bytes], copy: Path, kind: str, keys: Sequence[str]) -> Manifest:
    # A dump of PostgreSQL's is compressed already.
    how = zipfile.ZIP_STORED if kind == "postgresql" else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(file, "w", compression=how, compresslevel=6) as archive:
        with copy.open("rb") as source, archive.open(_ENTRIES[kind], "w", force_zip64=True) as entry:
            size, digest = _copied(source, entry)
        made_at = clock.now().isoformat(timespec="seconds")
        manifest = Manifest(_FORMAT, made_at, kind, schema.newest(), size, digest, _fingerprints(keys))
        archive.writestr(_MANIFEST, json.dumps(asdict(manifest), indent=1))
    return manifest


def _manifest(archive: zipfile.ZipFile) -> Manifest:
    told = json.loads(archive.read(_MANIFEST))
    if told["format"] != _FORMAT:
        raise Refused("A newer version of the inbox made this backup.")
    return Manifest(**told | {"keys": tuple(told["keys"])})


def _copied(source: IO[bytes], target: IO[bytes]) -> tuple[int, str]:
    """How many bytes there were, and their SHA-256."""
    size, digest = 0, hashlib.sha256()
    while some := source.read(_AT_ONCE):
        target.write(some)
        digest.update(some)
        size += len(some)
    return size, digest.hexdigest()


def _fingerprints(keys: Sequence[str]) -> tuple[str, ...]:
    """By which a key of 32 random bytes is known, and not found."""
    return tuple(hashlib.sha256(f"inbox vault key {key}".encode()).hexdigest()[:16] for key in keys)
