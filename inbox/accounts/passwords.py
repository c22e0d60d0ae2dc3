"""Passwords: hashed with argon2id, two at a time."""

import asyncio
import unicodedata
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from inbox.errors import Invalid
from inbox.languages import _

FEWEST_CHARACTERS = 8
MOST_CHARACTERS = 256

# RFC 9106, section 4, the second recommended set: 64 MiB and about 0.1 s a hash.
_hasher = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4, hash_len=32, salt_len=16)

# A flood of sign-ins takes two threads and 128 MiB, not the machine.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


def _nobodys_hash() -> str:
    salt, digest = (b64encode(bytes(size)).decode().rstrip("=") for size in (16, 32))
    return f"$argon2id$v=19$m=65536,t=3,p=4${salt}${digest}"


# Well formed, with the parameters above, and the hash of no password anybody knows.
NOBODY = _nobodys_hash()


def check(password: str) -> None:
    """Raise Invalid when `password` is too short or too long to be chosen."""
    if len(password) < FEWEST_CHARACTERS:
        raise Invalid({"password": _("Choose a password of at least %(number)s characters.", number=FEWEST_CHARACTERS)})
    if len(password) > MOST_CHARACTERS:
        raise Invalid({"password": _("Choose a password of at most %(number)s characters.", number=MOST_CHARACTERS)})


async def hashed(password: str) -> str:
    """The argon2id hash to store."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _hasher.hash, _bytes(password))


async def is_right(password: str, stored: str) -> bool:
    """Whether `password` is the one that was hashed. Takes the same time for NOBODY, which is never right."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _matches, stored, password)


def is_outdated(stored: str) -> bool:
    """Whether the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, _bytes(password[:MOST_CHARACTERS])) and len(password) <= MOST_CHARACTERS
    except (VerificationError, InvalidHashError):
        return False


def _bytes(password: str) -> bytes:
    # The same letters typed on two systems may differ in code points (NIST SP 800-63B-4, 3.1.1.2).
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
