"""Telling other systems what happened, at addresses that customers name: one POST, to nowhere but the open internet.

An address is looked up once, looked at, and asked at exactly what was found, so that whoever answers for its name
cannot lead us to a machine of ours in between. A redirect is not followed and no byte of an answer is read.
Signatures are those of Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks.
"""

import asyncio
import base64
import binascii
import hmac
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import httpx2

from providers import strangers
from providers.addresses import NoSuchHost, Private, Resolve, address_of, resolve_https

MOST_SECONDS = 15.0
"""For a whole try, however slowly an answer drips."""
SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with


class Trouble(StrEnum):
    """Why a try brought nothing."""

    PRIVATE = "private"
    """The name leads to no public address."""
    UNKNOWN = "unknown"
    """No host of this name is known."""
    CLOSED = "closed"
    """Nobody took the connection, or it broke."""
    TLS = "tls"
    """The certificate is not good, or there is none."""
    SLOW = "slow"
    """There was no answer in time."""
    MOVED = "moved"
    """It wanted to send us elsewhere."""
    ANSWER = "answer"
    """The answer was none of 200 to 299."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a try: the status of the answer, if there was one, and how long it took."""

    status: int | None
    trouble: Trouble | None
    millis: int

    @property
    def is_gone(self) -> bool:
        """Whether the other side wants to be told nothing any more."""
        return self.status == 410


class HookSender:
    """The way of one process to the endpoints of all organisations; `aclose` it at the end.

    With `to_private` it goes to machines of this network too, and without TLS: for development. `resolve` is for tests.
    """

    def __init__(self, *, to_private: bool = False, resolve: Resolve | None = None) -> None:
        self._to_private = to_private
        self._resolve = resolve or resolve_https
        self._http = strangers.client(seconds=MOST_SECONDS, connections=32)

    async def aclose(self) -> None:
        """Close the connections; nothing can be sent afterwards."""
        await self._http.aclose()

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Send `content`, once."""
        begun = time.monotonic()
        status, trouble = None, None
        try:
            async with asyncio.timeout(MOST_SECONDS):
                status = await self._asked(httpx2.URL(url), content, headers)
        except (TimeoutError, httpx2.TimeoutException):
            trouble = Trouble.SLOW
        except Private:
            trouble = Trouble.PRIVATE
        except (httpx2.RequestError, httpx2.InvalidURL, OSError) as error:
            trouble = _trouble(error)
        else:
            trouble = _of_status(status)
        return Answer(status, trouble, round(1000 * (time.monotonic() - begun)))

    async def _asked(self, url: httpx2.URL, content: bytes, headers: Mapping[str, str]) -> int:
        address = await address_of(url.host, self._resolve, to_private=self._to_private)
        request = self._http.build_request(
            "POST",
            url.copy_with(host=address),
            content=content,
            headers={**headers, "Host": url.netloc.decode(), "Accept-Encoding": "identity"},
            extensions={"sni_hostname": url.host},
        )
        response = await self._http.send(request, stream=True)
        await response.aclose()
        return response.status_code


def _trouble(error: Exception) -> Trouble:
    if isinstance(error, NoSuchHost | httpx2.InvalidURL):
        return Trouble.UNKNOWN
    causes: list[BaseException | None] = [error, error.__cause__, error.__context__]
    while causes[-1] is not None:
        causes.append(causes[-1].__cause__ or causes[-1].__context__)
    return Trouble.TLS if any(isinstance(cause, ssl.SSLError) for cause in causes) else Trouble.CLOSED


def _of_status(status: int) -> Trouble | None:
    if 200 <= status < 300:
        return None
    return Trouble.MOVED if 300 <= status < 400 else Trouble.ANSWER


def signature(secrets: Sequence[str], hook_id: str, timestamp: int, content: bytes) -> str:
    """The header `webhook-signature`: one signature for each secret, as while one is being changed both hold."""
    signed = f"{hook_id}.{timestamp}.".encode() + content
    return " ".join(
        f"v1,{base64.b64encode(hmac.digest(_key(secret), signed, 'sha256')).decode()}" for secret in secrets
    )


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("A webhook secret is whsec_ and base64.") from None
