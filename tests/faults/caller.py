"""Twilio's webhook calls made by hand: any text, as often as wanted, at any web process, many at once."""

import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

import httpx2

from tests.clients import LOCAL
from tests.journeys.installation import Installation
from tests.web.house import sign

T = TypeVar("T")
LONGEST_SECONDS = 15.0

_every = count(1)


class Caller:
    """Signs for the installation's account; who calls by hand has to compare what was answered and what is stored."""

    def __init__(self, installation: Installation) -> None:
        facts = json.loads(installation.do("info", "--json"))
        self._webs, self._number = installation.webs, installation.number
        self._account, self._address = facts["account_sid"], facts["message_webhook"]
        self._token = facts["auth_token"]
        limits = httpx2.Limits(max_connections=60, keepalive_expiry=2.0)  # before the server closes it
        self._client = httpx2.Client(timeout=LONGEST_SECONDS, **LOCAL, limits=limits)

    def text(self, sender: str, body: str | bytes = "Hello", *, sid: str = "") -> dict[str, Any]:
        """The form of a text that came in; its bytes need not be UTF-8."""
        return {
            "MessageSid": sid or f"SM{next(_every):032x}",
            "AccountSid": self._account,
            "From": sender,
            "To": self._number,
            "Body": body,
            "NumSegments": "1",
            "NumMedia": "0",
        }

    def call(self, form: dict[str, Any], *, web: int = 0) -> int | None:
        """The status that this web process answers a text with; None when there is no whole answer."""
        address = self._webs[web] + urlsplit(self._address).path
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": sign(self._address, form, self._token),
        }
        try:
            return self._client.post(address, content=urlencode(form), headers=headers).status_code
        except httpx2.TransportError:
            return None

    def close(self) -> None:
        """Close every connection."""
        self._client.close()


def at_once(act: Callable[..., T], many: Iterable[Any], *, threads: int = 50) -> list[T]:
    """What `act` answers to each of `many`, so many of them at a time."""
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(act, many))
