"""What is sealed opens in its own place, with a known key, unchanged; and in no other way."""

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from inbox.storage.vault import Vault, VaultError, new_key

PLACE = "provider_accounts.auth_token:one"


@given(secret=st.text(alphabet=st.characters(exclude_categories=["Cs"])), place=st.text(max_size=80))
def test_a_secret_comes_back_as_it_was(secret: str, place: str) -> None:
    vault = Vault([new_key()])
    assert vault.open(vault.seal(secret, bound_to=place), bound_to=place) == secret


def test_sealed_text_tells_neither_secret_nor_place_and_is_new_each_time() -> None:
    vault = Vault([new_key()])
    sealed = [vault.seal("a secret", bound_to=PLACE) for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert b"secret" not in sealed[0]
    assert b"provider" not in sealed[0]


def test_sealed_text_moved_to_another_row_does_not_open() -> None:
    vault = Vault([new_key()])
    with pytest.raises(VaultError, match="moved"):
        vault.open(vault.seal("a secret", bound_to=PLACE), bound_to="provider_accounts.auth_token:two")


def test_a_place_cannot_be_forged_by_the_secret() -> None:
    vault = Vault([new_key()])
    sealed = vault.seal('", "forged"]', bound_to='place", "')
    with pytest.raises(VaultError, match="moved"):
        vault.open(sealed, bound_to="place")


def test_another_key_does_not_open() -> None:
    sealed = Vault([new_key()]).seal("a secret", bound_to=PLACE)
    with pytest.raises(VaultError, match="INBOX_VAULT_KEYS"):
        Vault([new_key(), new_key()]).open(sealed, bound_to=PLACE)


def test_a_single_changed_bit_does_not_open() -> None:
    vault = Vault([new_key()])
    sealed = vault.seal("a secret", bound_to=PLACE)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(VaultError):
            vault.open(bytes(changed), bound_to=PLACE)


@pytest.mark.parametrize("sealed", [b"", b"plain", b"\xff" * 90])
def test_what_was_never_sealed_does_not_open(sealed: bytes) -> None:
    vault = Vault([new_key()])
    with pytest.raises(VaultError):
        vault.open(sealed, bound_to=PLACE)
    with pytest.raises(VaultError):
        vault.rotate(sealed)


def test_keys_can_be_rotated_without_a_moment_in_which_nothing_opens() -> None:
    old, new = new_key(), new_key()
    before = Vault([old])
    during = Vault([new, old])
    after = Vault([new])
    sealed = before.seal("a secret", bound_to=PLACE)
    assert during.open(sealed, bound_to=PLACE) == "a secret"
    assert after.open(during.seal("another", bound_to=PLACE), bound_to=PLACE) == "another"
    rotated = during.rotate(sealed)
    assert after.open(rotated, bound_to=PLACE) == "a secret"
    with pytest.raises(VaultError):
        before.open(rotated, bound_to=PLACE)
    with pytest.raises(VaultError):
        after.open(sealed, bound_to=PLACE)


def test_something_else_that_was_encrypted_with_the_key_does_not_open() -> None:
    key = new_key()
    for content in (b"not json", b'"one"', b'["one"]', b'["one", "two", "three"]', b'{"a": 1}', b"[1, 2]"):
        with pytest.raises(VaultError):
            Vault([key]).open(Fernet(key).encrypt(content), bound_to="one")


@pytest.mark.parametrize("keys", [[], [""], ["too short"], [new_key(), "x" * 44]])
def test_a_key_that_is_none_is_refused_and_not_shown(keys: list[str]) -> None:
    with pytest.raises(VaultError) as refused:
        Vault(keys)
    assert all(key not in str(refused.value) for key in keys if key)
    assert refused.value.__cause__ is None
