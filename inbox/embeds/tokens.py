"""Tokens: what another system's server signs to let one of its users in, a JWT (RFC 7519) over HMAC-SHA256.

header  {"alg": "HS256", "kid": the key's id}
claims  {"aud": our address, "sub": the user's e-mail or id, "candidate": an id, a number or a page,
         "iat": now, "exp": at most 15 minutes later, "jti": never the same twice, "company": an id, if needed}
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import jwt

from inbox.embeds import keys
from inbox.embeds.keys import Signer
from inbox.errors import InboxError
from inbox.languages import _
from inbox.storage.database import Database
from inbox.storage.vault import Vault

MOST_SECONDS = 900
_LEEWAY_SECONDS = 30
_MOST_CHARACTERS = 4096
_MOST_CLAIM = 400
_NEEDED = ("aud", "sub", "candidate", "iat", "exp", "jti")


class Why(StrEnum):
    """Why a token lets nobody in, for programs."""

    EXPIRED = "expired"
    USED = "used"
    FORGED = "forged"
    MALFORMED = "malformed"
    USER = "user"
    CANDIDATE = "candidate"


class TokenRefused(InboxError):
    """A token that lets nobody in; `why` says it to programs, the sentence to people."""

    def __init__(self, why: Why, sentence: str) -> None:
        super().__init__(sentence)
        self.why = why


@dataclass(frozen=True, slots=True)
class Claims:
    """What a genuine token says."""

    signer: Signer
    user: str
    candidate: str
    company: str | None
    token_id: str


async def read(database: Database, vault: Vault, token: str, *, audience: str) -> Claims:
    """What a token says that one of our keys has signed for `audience`. Raises TokenRefused."""
    signer = await keys.signer(database, vault, _key_id(token))
    if signer is None:
        raise TokenRefused(Why.FORGED, _("The token names a key that there is not, or that was revoked."))
    claims = _opened(token, signer, audience)
    named = {name: claims[name] for name in ("sub", "candidate", "jti")}
    if not all(_is_text(value) for value in named.values()):
        raise TokenRefused(Why.MALFORMED, _("The claims sub, candidate and jti have to be texts."))
    if not 0 < claims["exp"] - claims["iat"] <= MOST_SECONDS:
        raise TokenRefused(Why.MALFORMED, _("A token is good for at most 15 minutes: exp is at most iat + 900."))
    company = claims.get("company")
    return Claims(signer, named["sub"], named["candidate"], str(company) if company else None, named["jti"])


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _MOST_CLAIM and value.isprintable()


def _key_id(token: str) -> str:
    if len(token) > _MOST_CHARACTERS:
        raise TokenRefused(Why.MALFORMED, _("This is no token."))
    try:
        return str(jwt.get_unverified_header(token).get("kid", ""))
    except (jwt.PyJWTError, ValueError):
        raise TokenRefused(Why.MALFORMED, _("This is no token.")) from None


def _opened(token: str, signer: Signer, audience: str) -> Mapping[str, Any]:
    try:
        claims: Mapping[str, Any] = jwt.decode(
            token,
            signer.secret,
            algorithms=["HS256"],
            audience=audience,
            leeway=_LEEWAY_SECONDS,
            options={"require": list(_NEEDED), "verify_sub": False, "verify_jti": False},
        )
    except jwt.ExpiredSignatureError:
        raise TokenRefused(Why.EXPIRED, _("The token has run out.")) from None
    except jwt.MissingRequiredClaimError as error:
        raise TokenRefused(Why.MALFORMED, _("The token lacks the claim %(claim)s.", claim=error.claim)) from None
    except jwt.InvalidAudienceError:
        raise TokenRefused(Why.MALFORMED, _("The claim aud has to be %(address)s.", address=audience)) from None
    except jwt.ImmatureSignatureError:
        raise TokenRefused(Why.MALFORMED, _("The token is of the future: one of the two clocks is wrong.")) from None
    except (jwt.PyJWTError, ValueError):
        raise TokenRefused(Why.FORGED, _("The token was not signed with this key over HS256.")) from None
    if not all(type(claims[name]) is int for name in ("iat", "exp")):
        raise TokenRefused(Why.MALFORMED, _("The claims iat and exp have to be whole seconds."))
    return claims
