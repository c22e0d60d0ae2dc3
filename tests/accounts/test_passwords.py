"""Passwords and their hashes."""

import threading

import pytest
from argon2 import PasswordHasher

from inbox.accounts import passwords
from inbox.errors import Invalid

pytestmark = pytest.mark.anyio


async def test_a_password_is_stored_as_argon2id_and_recognised() -> None:
    stored = await passwords.hashed("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert "correct" not in stored
    assert await passwords.is_right("correct horse battery", stored)
    assert not await passwords.is_right("correct horse batter", stored)


async def test_the_same_letters_in_other_code_points_are_the_same_password() -> None:
    stored = await passwords.hashed("pässwörter")
    assert await passwords.is_right("pa\u0308sswo\u0308rter", stored)


async def test_what_only_begins_like_a_longest_password_is_another_one() -> None:
    longest = "x" * passwords.MOST_CHARACTERS
    stored = await passwords.hashed(longest)
    assert await passwords.is_right(longest, stored)
    assert not await passwords.is_right(longest + "y", stored)


async def test_nothing_is_the_password_of_nobody() -> None:
    for password in ("", "password", "\x00" * 16):
        assert not await passwords.is_right(password, passwords.NOBODY)


async def test_a_broken_hash_is_no_password() -> None:
    assert not await passwords.is_right("password", "!")


async def test_a_hash_of_weaker_parameters_is_outdated() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("password")
    assert passwords.is_outdated(weak)
    assert not passwords.is_outdated(await passwords.hashed("password"))
    assert not passwords.is_outdated(passwords.NOBODY)


async def test_hashing_never_takes_more_than_two_threads() -> None:
    for _ in range(4):
        await passwords.hashed("correct horse battery")
    assert len([thread for thread in threading.enumerate() if thread.name.startswith("passwords")]) <= 2


@pytest.mark.parametrize("password", ["", "seven77", "x" * 257])
def test_a_password_has_a_sensible_length(password: str) -> None:
    with pytest.raises(Invalid) as raised:
        passwords.check(password)
    assert list(raised.value.fields) == ["password"]
