"""What an identity provider says of itself, and the keys that it signs with.

https://openid.net/specs/openid-connect-discovery-1_0.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key

from providers.oidc.asking import Asking
from providers.oidc.troubles import OidcError, Trouble

WELL_KNOWN = "/.well-known/openid-configuration"
FEWEST_RSA_BITS = 2048
_KINDS = ("RSA", "EC", "OKP")  # never "oct": a secret that two sides share
Key: TypeAlias = RSAKey | ECKey | OKPKey


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where the provider is asked what; `posts_secret`: it wants our secret in the form, not in a header."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    posts_secret: bool
    names_itself: bool
    """Whether it puts its name beside each code (RFC 9207)."""


async def discover(asking: Asking, issuer: str) -> Metadata:
    """What the provider says under the address that it goes by. Raises OidcError."""
    told = await asking.get(issuer.rstrip("/") + WELL_KNOWN)
    if told.get("issuer") != issuer:
        raise OidcError(Trouble.ISSUER, str(told.get("issuer", "")))
    places = {name: told.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    for name, place in places.items():
        _check(place, name, asking)
    userinfo = told.get("userinfo_endpoint")
    if userinfo is not None:
        _check(userinfo, "userinfo_endpoint", asking)
    ways = told.get("token_endpoint_auth_methods_supported")
    return Metadata(
        issuer=issuer,
        userinfo_endpoint=userinfo,
        posts_secret=isinstance(ways, list) and "client_secret_basic" not in ways,
        names_itself=told.get("authorization_response_iss_parameter_supported") is True,
        **places,  # type: ignore[arg-type] # each is text, as was checked
    )


async def keys(asking: Asking, metadata: Metadata) -> Sequence[Key]:
    """The public keys that signatures are checked with. Raises OidcError when there is none of use."""
    told = (await asking.get(metadata.jwks_uri)).get("keys")
    found = [key for key in map(_key, told if isinstance(told, list) else []) if key is not None]
    if not found:
        raise OidcError(Trouble.KEYS)
    return found


def _check(place: object, name: str, asking: Asking) -> None:
    if not isinstance(place, str) or not place.startswith(("https://", "http://")):
        raise OidcError(Trouble.ANSWER, name)
    if not place.startswith("https://") and not asking.to_private:
        raise OidcError(Trouble.PLAIN, name)


def _key(told: object) -> Key | None:
    """None for what is no public key for signatures, or too weak a one."""
    if not isinstance(told, Mapping) or told.get("use", "sig") != "sig" or told.get("kty") not in _KINDS:
        return None
    public: dict[str, Any] = {
        name: value for name, value in told.items() if name not in {"d", "p", "q", "dp", "dq", "qi"}
    }
    try:
        key = import_key(public)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey):
        return key if key.public_key.key_size >= FEWEST_RSA_BITS else None
    return key if isinstance(key, ECKey | OKPKey) else None
