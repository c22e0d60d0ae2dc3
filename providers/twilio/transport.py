"""The way to Twilio's HTTP API: the official library's door, with timeouts that hold and no second try."""

import asyncio
import functools
import json
import logging
import re
import ssl
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import httpx2
from twilio.http import AsyncHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]

from providers.contract import NotReached, ProviderError, Refused, Throttled, Unconfirmed
from providers.twilio.fields import number_of

# Both print whole URLs at INFO, and Twilio's hold the phone numbers of candidates.
logging.getLogger("twilio.http_client").setLevel(logging.WARNING)
logging.getLogger("httpx2").setLevel(logging.WARNING)

_TWILIO = "https://api.twilio.com/"
_OTHER_HOSTS = tuple(f"https://{name}.twilio.com/" for name in ("numbers", "messaging", "numbers-upload", "trusthub"))
"""Where Twilio keeps what is beyond texts; a stand-in serves everything at one address."""
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_REFUSALS = {401: 20003, 403: 20003, 404: 20404}
_SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")


class TwilioTransport(AsyncHttpClient):  # type: ignore[misc]
    """The connections of one process to Twilio, shared by every account; `aclose` it at the end.

    Each request goes out once: no retry, no redirect, no cookie. An answer below 200 or above 299 and an
    answer that never came raise a `ProviderError`. Times are in seconds.
    """

    def __init__(
        self,
        api_url: str = "https://api.twilio.com",
        connect_seconds: float = 3.0,
        read_seconds: float = 12.0,
        most_connections: int = 16,
    ) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), is_async=True)
        self._api_url = api_url.rstrip("/") + "/"
        # A read timeout starts anew with every byte, so a dripping answer needs a bound of its own; one
        # read's worth more is for the wait for a free connection.
        self._patience = connect_seconds + 2 * read_seconds
        # A company's proxy leads to Twilio, but never to the sandbox on this machine.
        trust_env = urlsplit(api_url).hostname not in LOOPBACK
        self._http = httpx2.AsyncClient(
            timeout=httpx2.Timeout(read_seconds, connect=connect_seconds),
            limits=httpx2.Limits(max_connections=most_connections),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=trust_env,
            verify=certificates(trust_env),
        )

    async def aclose(self) -> None:
        """Close the connections; nothing can be sent afterwards."""
        await self._http.aclose()

    async def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature; ours are set once
        allow_redirects: bool = False,
    ) -> Response:
        """What the library calls for each request; raises `ProviderError` for all but a 2xx answer."""
        try:
            request = self._http.build_request(
                method, self._address(url), params=params or None, data=data or None, headers=headers
            )
        except (UnicodeError, httpx2.InvalidURL) as error:
            raise Refused("The request holds characters that cannot be sent.") from error
        return await self._answered(request, auth)

    async def upload(
        self, url: str, fields: Mapping[str, str], name: str, content: bytes, content_type: str, auth: tuple[str, str]
    ) -> Response:
        """Post a form with one file, which the library cannot; raises `ProviderError` like `request`."""
        files = {"File": (name, content, content_type)}
        request = self._http.build_request("POST", self._address(url), data=dict(fields), files=files)
        return await self._answered(request, auth)

    async def _answered(self, request: httpx2.Request, auth: tuple[str, str] | None) -> Response:
        answer = await self._exchange(request, auth)
        if not answer.is_success:
            raise _error_of(answer)
        return Response(answer.status_code, answer.text, answer.headers)

    def _address(self, url: str) -> str:
        if url.startswith(_TWILIO):
            return self._api_url + url.removeprefix(_TWILIO)
        if self._api_url != _TWILIO and url.startswith(_OTHER_HOSTS):
            return self._api_url + url.partition("://")[2].partition("/")[2]
        return url

    async def _exchange(self, request: httpx2.Request, auth: tuple[str, str] | None) -> httpx2.Response:
        written = False

        async def trace(event: str, info: Mapping[str, Any]) -> None:
            nonlocal written
            # A proxy's CONNECT goes out before the request, and carries nothing of it.
            if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
                written = True

        request.extensions["trace"] = trace
        try:
            async with asyncio.timeout(self._patience):
                return await self._http.send(request, auth=auth)
        except (httpx2.RequestError, OSError) as error:
            reason = str(error) or type(error).__name__
            if written:
                raise Unconfirmed(f"Twilio did not confirm the request: {reason}") from error
            raise NotReached(f"Twilio could not be reached: {reason}") from error


@functools.cache
def certificates(trust_env: bool) -> ssl.SSLContext:
    """Whom to trust; read once in a process, as that takes longer than to send."""
    return httpx2.create_ssl_context(trust_env=trust_env)


def _error_of(answer: httpx2.Response) -> ProviderError:
    # A refusal is Twilio's only with Twilio's code in it: a proxy on the way may answer 408 for a request
    # that went through.
    code, words = _explanation(answer)
    if answer.status_code == 429:
        return Throttled(words, code or 20429, _retry_after(answer))
    if answer.is_client_error and (code or answer.status_code in _REFUSALS):
        return Refused(words, code or _REFUSALS[answer.status_code])
    return Unconfirmed(words, code)


def _explanation(answer: httpx2.Response) -> tuple[int | None, str]:
    """Twilio's own code and words; its newer answers are those of RFC 9457."""
    try:
        payload = json.loads(answer.text)
    except ValueError:
        payload = None
    told = payload if isinstance(payload, dict) else {}
    words = told.get("message") or told.get("detail") or told.get("title")
    return number_of(told.get("code")), str(words or f"Twilio answered {answer.status_code}.")


def _retry_after(answer: httpx2.Response) -> float | None:
    told = answer.headers.get("Retry-After", "")
    return float(told) if _SECONDS.fullmatch(told) else None
