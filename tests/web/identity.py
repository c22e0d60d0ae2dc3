"""Identity providers: a real one as a process of its own, and one of ours over HTTP that says whatever it is told."""

import json
import subprocess
import sys
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx2
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.clients import LOCAL
from tests.journeys.waiting import until
from tests.providers.sandbox.stage import Host
from tests.services import free_port

CLIENT, SECRET = "shared-inbox", "the secret of our registration"


@dataclass(frozen=True)
class Provider:
    """oidc-provider-mock: it shows a form, takes any name, and signs what it was told of it."""

    url: str

    def knows(self, subject: str, **claims: object) -> None:
        """From now on it says this of somebody."""
        answer = httpx2.put(f"{self.url}/users/{subject}", json=claims, **LOCAL)
        assert answer.status_code == 204, answer.text

    def agrees(self, place: str, subject: str) -> str:
        """Somebody signs in there; where their browser is sent with the code."""
        answer = httpx2.post(place, data={"sub": subject}, **LOCAL)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def provider() -> Iterator[Provider]:
    """The real one, while it runs."""
    port = free_port()
    command = (sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port), "--host", "127.0.0.1")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        found = Provider(f"http://127.0.0.1:{port}")
        until(lambda: _answers(found.url, process), seconds=50)
        yield found
    finally:
        process.terminate()
        process.wait(10)


def _answers(url: str, process: "subprocess.Popen[bytes]") -> bool:
    assert process.poll() is None, "the provider did not start"
    try:
        return httpx2.get(f"{url}/jwks", timeout=5, **LOCAL).status_code == 200
    except httpx2.TransportError:
        return False


_KEYS = [RSAKey.generate_key(2048, {"kid": f"key-{number}"}) for number in range(2)]
OTHER_KEY = _KEYS[1]
SHARED_KEY = OctKey.import_key(SECRET)


@dataclass
class Rogue:
    """A provider that keeps to the standard but for what a test changes."""

    url: str
    key: RSAKey = field(default_factory=lambda: _KEYS[0])
    algorithm: str = "RS256"
    signs_with: Any = None
    """Another key than the one it publishes; "nothing" for none."""
    says: dict[str, object] = field(default_factory=dict)
    """Claims that are other ones; None: left out."""
    metadata: dict[str, object] = field(default_factory=dict)
    published: list[dict[str, object]] | None = None
    status: int = 200
    asked: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def agrees(self, place: str) -> str:
        """Somebody signs in there; where their browser is sent with the code."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(place).query).items()}
        self.asked.append(asked)
        code = f"code-{len(self.asked)}"
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def token(self, asked: dict[str, str], access_token: str) -> str:
        """What it says of the person."""
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self.url,
            "sub": "s-1",
            "aud": asked["client_id"],
            "exp": now + 300,
            "iat": now,
            "nonce": asked["nonce"],
            "email": "nia@acme.example",
            "email_verified": True,
            "name": "Nia Bello",
        }
        claims = {name: value for name, value in (claims | self.says).items() if value is not None}
        header = {"alg": self.algorithm, "kid": str(self.key.kid)}
        if self.signs_with == "nothing":
            parts = [
                urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in ({"alg": "none"}, claims)
            ]
            return f"{parts[0]}.{parts[1]}."
        return jwt.encode(header, claims, self.signs_with or self.key, algorithms=[self.algorithm])

    async def configuration(self, _: Request) -> Response:
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize?tenant=acme",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        return JSONResponse(told | self.metadata)

    async def keys(self, _: Request) -> Response:
        own = [self.key.as_dict(private=False) | {"kid": self.key.kid, "use": "sig"}]
        return JSONResponse({"keys": own if self.published is None else self.published})

    async def exchange(self, request: Request) -> Response:
        form = dict(await request.form())
        asked = self._codes.pop(str(form.get("code")), None)
        pair = b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        challenge = urlsafe_b64encode(sha256(str(form.get("code_verifier")).encode()).digest()).decode().rstrip("=")
        known = asked and (
            asked["code_challenge"] == challenge
            and asked["code_challenge_method"] == "S256"
            and asked["redirect_uri"] == form.get("redirect_uri")
            and [unquote(half) for half in pair.split(":")] == [CLIENT, SECRET]
        )
        if not known or asked is None:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        told = {"token_type": "Bearer", "access_token": "opaque", "id_token": self.token(asked, "opaque")}
        return JSONResponse(told, status_code=self.status)

    @property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.configuration),
                Route("/keys", self.keys),
                Route("/token", self.exchange, methods=["POST"]),
            ]
        )


@contextmanager
def rogues() -> Iterator[Host]:
    """A server for them; each test has its own provider on it."""
    with Host().running() as host:
        yield host
