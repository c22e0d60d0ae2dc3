"""How Twilio calls a webhook: signed, with a time limit, and with the few retries that its URL asks for."""

import asyncio
import re
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Self
from urllib.parse import SplitResult, parse_qs, unquote, urlencode, urlsplit

import aiohttp
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from yarl import URL

from providers.sandbox.message import Message

_PLAIN = re.compile(r"[!-~]+")
"""ASCII without blanks and control characters: such a URL needs no encoding."""

_MOST_CONNECTIONS = 32
_MOST_LOGGED = 10_000
_MOST_OF_AN_ANSWER = 64 * 1024

HTTP_RETRIEVAL_FAILURE = 11200
CONNECTION_FAILURE = 11205
INVALID_URL = 11100


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a webhook URL's fragment sets: times in seconds, and on what to try again.

    https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
    """

    connect: float
    read: float
    total: float
    retries: int
    retry_on: frozenset[str]


@lru_cache(maxsize=64)
def overrides(fragment: str) -> Overrides:
    """Read `rc=2&rp=5xx,ct&rt=4000`; what is out of range keeps its default."""
    asked = {key: values[-1] for key, values in parse_qs(fragment).items()}

    def within(key: str, least: int, most: int, default: int) -> int:
        text = asked.get(key, "")
        return int(text) if text.isdecimal() and least <= int(text) <= most else default

    policies = frozenset(asked.get("rp", "ct").split(",")) & {"4xx", "5xx", "ct", "rt", "all"}
    return Overrides(
        connect=within("ct", 100, 10_000, 5_000) / 1_000,
        read=within("rt", 100, 15_000, 15_000) / 1_000,
        total=within("tt", 100, 15_000, 15_000) / 1_000,
        retries=within("rc", 0, 5, 1),
        retry_on=frozenset({"4xx", "5xx", "ct", "rt"}) if "all" in policies else policies,
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a webhook: the app's answer, or Twilio's error code when there is none or a bad one."""

    status: int | None = None
    body: str = ""
    content_type: str = ""
    error_code: int | None = None
    trouble: str = ""
    """What retry policies call it: 4xx, 5xx, ct or rt; empty when there is nothing to retry."""

    @property
    def in_words(self) -> str:
        if self.status is not None:
            return f"Your app answered {self.status}"
        return f"Your app did not answer ({self.error_code})"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One line of the log of webhook calls."""

    at: datetime
    kind: str
    sid: str
    message_status: str
    url: str
    attempt: int
    status: int | None
    error_code: int | None
    seconds: float


class Webhooks:
    """Calls the app's URLs. The HTTP client starts with the first call, so nothing needs a lifespan."""

    def __init__(self) -> None:
        self.log: deque[Attempt] = deque(maxlen=_MOST_LOGGED)
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self,
        url: str,
        fields: Mapping[str, str],
        *,
        auth_token: str,
        message: Message,
        kind: str,
        method: str = "POST",
    ) -> Answer:
        """Send the fields to the URL, signed with the account's token; never raises for what the app does.

        The signature covers the URL without fragment and without user and password, plus the fields
        (https://www.twilio.com/docs/usage/webhooks/webhooks-security).
        """
        try:
            parts = urlsplit(url)
            request = _SignedRequest.of(parts, fields, auth_token, method)
        except ValueError:
            return Answer(error_code=INVALID_URL)
        limits = overrides(parts.fragment)
        deadline = time.monotonic() + limits.total
        answer = Answer(error_code=INVALID_URL)
        for attempt in range(limits.retries + 1):
            began = time.monotonic()
            if began >= deadline:
                break
            answer = await self._attempt(request, limits, deadline)
            self.log.append(
                Attempt(
                    at=datetime.now(UTC),
                    kind=kind,
                    sid=message.sid,
                    message_status=fields["SmsStatus"],
                    url=url,
                    attempt=attempt + 1,
                    status=answer.status,
                    error_code=answer.error_code,
                    seconds=round(time.monotonic() - began, 3),
                )
            )
            if answer.trouble not in limits.retry_on or attempt == limits.retries:
                break
            # Twilio does not say how long it waits between tries; a short pause lets a restart pass.
            await asyncio.sleep(min(0.1 * 2**attempt, max(0.0, deadline - time.monotonic())))
        return answer

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _attempt(self, request: "_SignedRequest", limits: Overrides, deadline: float) -> Answer:
        timeout = aiohttp.ClientTimeout(
            total=deadline - time.monotonic(), sock_connect=limits.connect, sock_read=limits.read
        )
        try:
            async with self.http().request(
                request.method,
                request.url,
                data=request.content,
                headers=request.headers,
                timeout=timeout,
            ) as response:
                body = await response.text(errors="replace")
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return Answer(error_code=CONNECTION_FAILURE, trouble="ct")
        except aiohttp.InvalidURL:
            return Answer(error_code=INVALID_URL)
        except (TimeoutError, aiohttp.ClientError):
            return Answer(error_code=HTTP_RETRIEVAL_FAILURE, trouble="rt")
        trouble = f"{response.status // 100}xx" if response.status >= 400 else ""
        return Answer(
            status=response.status,
            body=body[:_MOST_OF_AN_ANSWER],
            content_type=response.headers.get("content-type", ""),
            error_code=HTTP_RETRIEVAL_FAILURE if trouble else None,
            trouble=trouble,
        )

    def http(self) -> aiohttp.ClientSession:
        """The one client: aiohttp, as a campaign makes two calls for each text and it is six times as fast as httpx.

        It follows a redirect of a POST with GET, and so loses the form, as Twilio does.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(
                # Idle connections go before the app's server closes them (uvicorn: after 5 seconds).
                connector=aiohttp.TCPConnector(limit=_MOST_CONNECTIONS, keepalive_timeout=3),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session


@dataclass(frozen=True, slots=True)
class _SignedRequest:
    method: str
    url: URL
    content: bytes | None
    headers: dict[str, str]

    @classmethod
    def of(cls, parts: SplitResult, fields: Mapping[str, str], auth_token: str, method: str) -> Self:
        """ValueError for a URL that cannot go on the wire as it is."""
        _userinfo, _at, host = parts.netloc.rpartition("@")
        url = parts._replace(netloc=host, fragment="").geturl()
        is_http = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        if not is_http or not _PLAIN.fullmatch(url):
            raise ValueError("not an HTTP URL")
        form = urlencode(fields)
        content: bytes | None = form.encode()
        signed: Mapping[str, str] = fields
        if method == "GET":
            url += ("&" if parts.query else "?") + form
            content, signed = None, {}
        headers = {
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "X-Twilio-Signature": RequestValidator(auth_token).compute_signature(url, signed),
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
        }
        if content is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded; charset=UTF-8"
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if user:
            headers["Authorization"] = aiohttp.encode_basic_auth(user, password)
        # The URL goes out letter by letter as it was signed: no second encoding, no tidying.
        return cls(method, URL(url, encoded=True), content, headers)
