"""Id tokens: whether what a provider says of somebody was said by it, to us, now, and for this very sign-in."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Sequence
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from providers.oidc.metadata import Key
from providers.oidc.troubles import OidcError, Trouble

SKEW_SECONDS = 60
"""By which our clocks may differ."""
MOST_CHARACTERS = 32_000
MOST_SUBJECT = 255

# Signatures by a key that only the provider has: never "none", and none by a secret that two sides share.
ALGORITHMS: dict[str, type[Key]] = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), RSAKey),
    **dict.fromkeys(("ES256", "ES384", "ES512"), ECKey),
    "EdDSA": OKPKey,
}


class UnknownKey(OidcError):
    """None of the keys made the signature: the provider may have new ones."""

    def __init__(self) -> None:
        super().__init__(Trouble.TOKEN, "signature")


def claims(
    token: object, keys: Sequence[Key], *, issuer: str, client_id: str, nonce: str, access_token: str | None
) -> dict[str, Any]:
    """What the token says of a person. Raises OidcError, UnknownKey."""
    if not isinstance(token, str) or len(token) > MOST_CHARACTERS:
        raise OidcError(Trouble.TOKEN, "id_token")
    header, said = _verified(token, keys)
    wanted = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}
    known = {"nonce": nonce, "client_id": client_id, "access_token": access_token}
    try:
        CodeIDToken(said, header, wanted, known).validate(leeway=SKEW_SECONDS)
    except (JoseError, ValueError, TypeError) as error:
        raise OidcError(Trouble.TOKEN, str(getattr(error, "claim", None) or error)) from None
    subject = said["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= MOST_SUBJECT or "\x00" in subject:
        raise OidcError(Trouble.TOKEN, "sub")
    return dict(said)


def _verified(token: str, keys: Sequence[Key]) -> tuple[dict[str, Any], dict[str, Any]]:
    algorithm, named = _header(token)
    wanted = ALGORITHMS.get(algorithm)
    if wanted is None:
        raise OidcError(Trouble.TOKEN, f"alg {algorithm}")
    for key in keys:
        if not isinstance(key, wanted) or (named is not None and key.kid not in (None, named)):
            continue
        try:
            read = jwt.decode(token, key, algorithms=[algorithm])
        except (JoseError, ValueError, TypeError):
            continue
        return read.header, read.claims
    raise UnknownKey


def _header(token: str) -> tuple[str, str | None]:
    """The algorithm and the name of the key, as the token claims; both decide only what is tried."""
    head = token.partition(".")[0]
    try:
        told = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        algorithm, named = told["alg"], told.get("kid")
    except (ValueError, KeyError, TypeError, AttributeError):
        raise OidcError(Trouble.TOKEN, "id_token") from None
    if not isinstance(algorithm, str) or not isinstance(named, str | None):
        raise OidcError(Trouble.TOKEN, "id_token")
    return algorithm, named
