"""The whole application in this process, over a scene's database, with people signed in and Twilio at the door."""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest
from starlette.applications import Starlette

from inbox.accounts import sessions
from inbox.accounts.users import User
from inbox.app import create_app
from inbox.config import Settings
from tests.journeys.elements import Element, parse
from tests.messaging.scene import KEY, MAYA, Scene, organisation

ORIGIN = "https://inbox.example.com"
METRICS_TOKEN = "a token for metrics"
HTMX = {"HX-Request": "true"}

Fields = Mapping[str, str | bytes] | Iterable[tuple[str | bytes, str | bytes]]

_every = count(1)


@dataclass
class House:
    """The application and the organisation it is about."""

    app: Starlette
    scene: Scene
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def browser(self, user: User | None = None, **headers: str) -> httpx2.AsyncClient:
        """A browser, in which `user` is signed in and a page of ours is open; closed at the end of the test."""
        cookies = {}
        if user is not None:
            tenant = self.scene.tenant
            cookies["__Host-session"] = await sessions.start(tenant, user.id)
            headers = {"Origin": ORIGIN} | headers
        client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(self.app), base_url=ORIGIN, cookies=cookies, headers=headers
        )
        return await self._open.enter_async_context(client)

    async def call(
        self,
        url: str,
        fields: Fields,
        *,
        token: str | None = None,
        signed: Fields | None = None,
        at: str | None = None,
        headers: Mapping[str, str | bytes] | None = None,
    ) -> httpx2.Response:
        """Twilio calls a webhook; what it signs and where may differ from what it sends."""
        pairs = _pairs(fields)
        signature = sign(
            at or ORIGIN + url, signed if signed is not None else pairs, token or self.scene.account.auth_token
        )
        twilio = await self.browser()
        return await twilio.post(
            url,
            content=urlencode(pairs).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
            | dict(headers or {}),
        )

    async def text_in(self, body: str | bytes = "Hello", **changes: str | bytes) -> httpx2.Response:
        """Twilio tells of a text."""
        return await self.call(self.scene.account.message_path, self.text(body, **changes))

    def text(self, body: str | bytes = "Hello", **changes: str | bytes) -> dict[str, str | bytes]:
        """The form of a text that came in."""
        sid = f"SM{next(_every):030x}ff"
        fields: dict[str, str | bytes] = {
            "ToCountry": "AU",
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "SmsSid": sid,
            "SmsStatus": "received",
            "Body": body,
            "To": self.scene.number.number,
            "NumSegments": "1",
            "MessageSid": sid,
            "AccountSid": self.scene.account.account_sid,
            "From": MAYA,
            "ApiVersion": "2010-04-01",
        }
        return fields | changes

    async def neighbour(self) -> Scene:
        """Another organisation in the same installation."""
        return await organisation(self.scene.tenant.database, "Other")

    async def close(self) -> None:
        await self._open.aclose()


def sign(url: str, fields: Fields, token: str) -> str:
    """What Twilio puts into X-Twilio-Signature (https://www.twilio.com/docs/usage/webhooks/webhooks-security)."""
    joined = b"".join(name + value for name, value in sorted(set(_pairs(fields))))
    return base64.b64encode(hmac.digest(token.encode(), url.encode() + joined, hashlib.sha1)).decode()


def _pairs(fields: Fields) -> list[tuple[bytes, bytes]]:
    given = fields.items() if isinstance(fields, Mapping) else fields
    return [(_bytes(name), _bytes(value)) for name, value in given]


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def shown(answer: httpx2.Response, status: int = 200) -> Element:
    """The page or fragment of an answer that has to have this status."""
    assert answer.status_code == status, f"{answer.status_code}: {answer.text[:1000]}"
    return parse(answer.text)


@asynccontextmanager
async def opened(database_url: str, folder: Path) -> AsyncIterator[House]:
    """The application over this database, without a worker, its spool in `folder`, and an organisation in it."""
    app = create_app(settings(database_url, folder), works=False)
    async with app.router.lifespan_context(app):
        house = House(app, await organisation(app.state.database))
        yield house
        await house.close()


def settings(database_url: str, folder: Path) -> Settings:
    """Settings of a deployment whose spool is in `folder`."""
    return Settings(
        database_url=database_url,
        redis_url="memory://",
        public_url=ORIGIN,
        host="127.0.0.1",
        port=8000,
        twilio_api_url="http://127.0.0.1:9",
        log_format="text",
        secret_key="a secret key of thirty-two letters",
        vault_keys=(KEY,),
        metrics_token=METRICS_TOKEN,
        spool_dir=folder / "spool",
        mail_dir=folder / "mails",
    )


@pytest.fixture
async def house(database_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    """The application over a database of each kind, without a worker, and an organisation in it."""
    async with opened(database_url, tmp_path) as house:
        yield house
