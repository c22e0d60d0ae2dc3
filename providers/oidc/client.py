"""The code flow: where a browser is sent, and who comes back with a code.

What providers say of themselves is kept for an hour, their keys until a signature needs others.
"""

import time
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from providers.oidc import id_tokens, metadata
from providers.oidc.asking import Asking
from providers.oidc.metadata import Key, Metadata
from providers.oidc.troubles import OidcError, Trouble

SCOPES = "openid email profile"
KEPT_SECONDS = 3600.0
MOST_CODE = 2_000


@dataclass(frozen=True, slots=True)
class Registration:
    """How a provider knows us."""

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret: str = field(default="", repr=False)


@dataclass(slots=True)
class _Known:
    metadata: Metadata
    keys: Sequence[Key]
    until: float


class Issuers:
    """The identity providers that this process has asked; `aclose` it at the end."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._known: dict[str, _Known] = {}

    async def aclose(self) -> None:
        """Ask nobody any more."""
        await self._asking.aclose()

    async def examine(self, issuer: str) -> tuple[Metadata, Sequence[Key]]:
        """What the provider says of itself, and its keys, asked anew. Raises OidcError."""
        self._known.pop(issuer, None)
        known = await self._ask(issuer)
        return known.metadata, known.keys

    async def authorization(self, us: Registration, *, state: str, nonce: str, verifier: str, hint: str = "") -> str:
        """The address at which the provider asks a person who they are. Raises OidcError."""
        known = await self._ask(us.issuer)
        asked = {
            "response_type": "code",
            "scope": SCOPES,
            "client_id": us.client_id,
            "redirect_uri": us.redirect_uri,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        if hint:
            asked["login_hint"] = hint
        return str(add_params_to_uri(known.metadata.authorization_endpoint, list(asked.items())))

    async def identify(
        self, us: Registration, *, code: str, verifier: str, nonce: str, said_issuer: str | None
    ) -> dict[str, Any]:
        """The claims of whoever came back with `code`; `said_issuer` is who said to have sent them (RFC 9207).

        Raises OidcError.
        """
        known = await self._ask(us.issuer)
        if said_issuer != us.issuer and (said_issuer is not None or known.metadata.names_itself):
            raise OidcError(Trouble.ISSUER, said_issuer or "")
        tokens = await self._exchange(us, known.metadata, code, verifier)
        access_token = tokens.get("access_token")
        wanted = {"issuer": us.issuer, "client_id": us.client_id, "nonce": nonce, "access_token": access_token}
        try:
            claims = id_tokens.claims(tokens.get("id_token"), known.keys, **wanted)  # type: ignore[arg-type]
        except id_tokens.UnknownKey:
            known.keys = await metadata.keys(self._asking, known.metadata)
            claims = id_tokens.claims(tokens.get("id_token"), known.keys, **wanted)  # type: ignore[arg-type]
        if "email" not in claims and known.metadata.userinfo_endpoint and isinstance(access_token, str):
            claims = await self._told(known.metadata.userinfo_endpoint, access_token, claims["sub"]) | claims
        return claims

    async def _exchange(self, us: Registration, known: Metadata, code: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code[:MOST_CODE],
            "redirect_uri": us.redirect_uri,
            "code_verifier": verifier,
        }
        headers = {}
        if known.posts_secret:
            form |= {"client_id": us.client_id, "client_secret": us.client_secret}
        else:
            # Each half is form-encoded first (RFC 6749, 2.3.1).
            pair = f"{quote(us.client_id, safe='')}:{quote(us.client_secret, safe='')}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
        status, tokens = await self._asking.post(known.token_endpoint, form, headers)
        if status != 200:
            raise OidcError(Trouble.REFUSED, str(tokens.get("error", status)))
        return tokens

    async def _told(self, address: str, access_token: str, subject: str) -> dict[str, Any]:
        """What is told of the person elsewhere; it has to be the same one (OpenID Connect Core, 5.3.2)."""
        told = await self._asking.get(address, {"Authorization": f"Bearer {access_token}"})
        if told.get("sub") != subject:
            raise OidcError(Trouble.TOKEN, "sub")
        return told

    async def _ask(self, issuer: str) -> _Known:
        known = self._known.get(issuer)
        if known is None or known.until < time.monotonic():
            found = await metadata.discover(self._asking, issuer)
            keys = await metadata.keys(self._asking, found)
            known = self._known[issuer] = _Known(found, keys, time.monotonic() + KEPT_SECONDS)
        return known
