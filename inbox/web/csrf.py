"""CSRF tokens: derived from the session, or from the visit on the sign-in page; nothing is stored."""

import hmac


def of_session(secret_key: str, session_hash: str) -> str:
    """The token that forms and scripts of this session send back."""
    return _token(secret_key, f"session {session_hash}")


def of_visit(secret_key: str, visit: str) -> str:
    """The token of the sign-in form, where there is no session yet."""
    return _token(secret_key, f"visit {visit}")


def is_same(given: str, expected: str) -> bool:
    """Whether a token is the expected one, in time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())


def _token(secret_key: str, subject: str) -> str:
    text = f"csrf {subject}".encode("utf-8", "surrogatepass")
    return hmac.digest(secret_key.encode(), text, "sha256").hex()
