"""Asking an identity provider for JSON: at a public address, over TLS, a small answer in good time.

As with webhooks, a name is looked up once, looked at, and asked at exactly what was found; no redirect is followed.
"""

import asyncio
import json
import ssl
from collections.abc import Mapping
from typing import Any

import httpx2

from providers import strangers
from providers.addresses import NoSuchHost, Private, Resolve, address_of, resolve_https
from providers.oidc.troubles import OidcError, Trouble

MOST_SECONDS = 10.0
"""For a whole answer, however slowly it drips."""
MOST_BYTES = 256 * 1024


class Asking:
    """The way of one process to the identity providers of all organisations; `aclose` it at the end.

    With `to_private` it goes to machines of this network too, and without TLS. `resolve` is for tests.
    """

    def __init__(self, *, to_private: bool = False, resolve: Resolve | None = None) -> None:
        self.to_private = to_private
        self._resolve = resolve or resolve_https
        self._http = strangers.client(seconds=MOST_SECONDS, connections=16)

    async def aclose(self) -> None:
        """Close the connections; nothing can be asked afterwards."""
        await self._http.aclose()

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The object at an address. Raises OidcError, also when the answer is not 200."""
        status, told = await self._ask("GET", url, None, headers or {})
        if status != 200:
            raise OidcError(Trouble.ANSWER, str(status))
        return told

    async def post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """The status and the object that a form is answered with. Raises OidcError."""
        return await self._ask("POST", url, form, headers)

    async def _ask(
        self, method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        try:
            async with asyncio.timeout(MOST_SECONDS):
                status, content = await self._answer(method, httpx2.URL(url), form, headers)
        except (TimeoutError, httpx2.TimeoutException):
            raise OidcError(Trouble.SLOW) from None
        except Private:
            raise OidcError(Trouble.PRIVATE) from None
        except NoSuchHost:
            raise OidcError(Trouble.UNKNOWN) from None
        except (httpx2.RequestError, httpx2.InvalidURL, OSError) as error:
            raise OidcError(Trouble.TLS if _is_of_tls(error) else Trouble.CLOSED) from None
        try:
            told = json.loads(content)
        except ValueError:
            raise OidcError(Trouble.ANSWER, str(status)) from None
        if not isinstance(told, dict):
            raise OidcError(Trouble.ANSWER, str(status))
        return status, told

    async def _answer(
        self, method: str, url: httpx2.URL, form: Mapping[str, str] | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        if url.scheme != "https" and not self.to_private:
            raise OidcError(Trouble.PLAIN)
        address = await address_of(url.host, self._resolve, to_private=self.to_private)
        request = self._http.build_request(
            method,
            url.copy_with(host=address),
            data=form,
            headers={"Accept": "application/json", **headers, "Host": url.netloc.decode()},
            extensions={"sni_hostname": url.host},
        )
        response = await self._http.send(request, stream=True)
        try:
            content = b""
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > MOST_BYTES:
                    raise OidcError(Trouble.ANSWER, f"> {MOST_BYTES} bytes")
        finally:
            await response.aclose()
        return response.status_code, content


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
