"""What can go wrong between us and an identity provider."""

from enum import StrEnum


class Trouble(StrEnum):
    """Why somebody could not be vouched for."""

    PRIVATE = "private"
    """A name leads to no public address."""
    UNKNOWN = "unknown"
    """No host of a name is known."""
    CLOSED = "closed"
    """Nobody took the connection, or it broke."""
    TLS = "tls"
    """The certificate is not good, or there is none."""
    SLOW = "slow"
    """There was no answer in time."""
    ANSWER = "answer"
    """The answer was not the one that the standard asks for."""
    ISSUER = "issuer"
    """The provider calls itself by another name."""
    PLAIN = "plain"
    """An address of it has no https."""
    KEYS = "keys"
    """It has no key that we could check a signature with."""
    REFUSED = "refused"
    """It did not take the code, or us."""
    TOKEN = "token"  # noqa: S105 - an id token
    """What it says of the person does not hold."""


class OidcError(Exception):
    """A trouble; `detail` is a word of the provider's, or of the claim that does not hold."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble}: {detail}" if detail else trouble)
        self.trouble = trouble
        self.detail = "".join(sign for sign in detail if sign.isprintable())[:200]
