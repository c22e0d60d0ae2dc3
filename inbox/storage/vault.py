"""Secrets at rest: sealed with a key that is not in the database, each bound to the row it belongs to."""

import json
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_CLOSED = "A stored secret does not open with the keys in INBOX_VAULT_KEYS."


class VaultError(Exception):
    """A key is no key, or sealed text does not open: another key, another row, or somebody changed it."""


class Vault:
    """Seals with the first of `keys` and opens with any of them, so that keys can be rotated."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise VaultError("The vault needs at least one key.")
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            # Not chained: the error below may show the key.
            raise VaultError("A vault key must be 32 random bytes in URL-safe base64.") from None

    def seal(self, secret: str, *, bound_to: str) -> bytes:
        """`secret` encrypted; it opens only with the same `bound_to`, such as "table.column:<row id>"."""
        # Fernet authenticates nothing but its content, so the place is part of the content.
        return self._fernet.encrypt(json.dumps([bound_to, secret]).encode())

    def open(self, sealed: bytes, *, bound_to: str) -> str:
        """The secret. Raises VaultError when the text was sealed elsewhere, with another key, or changed."""
        try:
            content = json.loads(self._fernet.decrypt(sealed))
        except (InvalidToken, ValueError):
            raise VaultError(_CLOSED) from None
        match content:
            case [str(place), str(secret)]:
                if place != bound_to:
                    raise VaultError("A stored secret was moved from the row it was sealed for.")
                return secret
        raise VaultError(_CLOSED)

    def rotate(self, sealed: bytes) -> bytes:
        """The same secret sealed with the first key. Raises VaultError when no key opens it."""
        try:
            return self._fernet.rotate(sealed)
        except InvalidToken:
            raise VaultError(_CLOSED) from None


def new_key() -> str:
    """A fresh random key for INBOX_VAULT_KEYS."""
    return Fernet.generate_key().decode()
