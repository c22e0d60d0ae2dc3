"""Pictures and files that candidates sent, fetched from Twilio and from nowhere else.

Twilio asks for the account's credentials and sends whoever has them on to its storage, where they must not be shown.
Sources: https://www.twilio.com/docs/messaging/api/media-resource and
https://help.twilio.com/articles/223183748-Protect-Media-Access-with-HTTP-Basic-Authentication-for-Programmable-Messaging
"""

import asyncio
import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit
from urllib.request import getproxies

import httpx2

from providers.addresses import Resolve, is_public, resolve_https
from providers.twilio.transport import LOOPBACK, certificates

MOST_BYTES = 5 * 1024 * 1024
"""Twilio itself takes no more: 5 MB for all that a message carries."""
MOST_SECONDS = 25.0
"""For the whole way: well within a worker's lease, however slowly the bytes drip."""
MOST_REDIRECTS = 2
"""Of Twilio's older storage two follow each other."""

_TWILIO = "https://api.twilio.com"
_PATH = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-fA-F]{32})/Messages/[A-Z]{2}[0-9a-fA-F]{32}/Media/ME[0-9a-fA-F]{32}")
_STORAGE = re.compile(r"([a-z0-9-]+\.)+twiliocdn\.com")
_REDIRECTS = {301, 302, 303, 307, 308}


class MediaError(Exception):
    """Something was not fetched; the message says why, for the log."""


class MediaForbidden(MediaError):
    """Its address leads elsewhere: nothing was asked of it, or no further."""


class MediaTooLarge(MediaError):
    """It has more than MOST_BYTES."""


class MediaGone(MediaError):
    """Twilio does not have it, or not any more."""


class MediaAway(MediaError):
    """It could not be had at this moment; a later try may bring it."""


class TwilioMedia:
    """The way of one process to what candidates sent; `aclose` it at the end.

    `api_url` is where Twilio's API is for us. `transport` and `resolve` are for tests.
    """

    def __init__(
        self,
        api_url: str = _TWILIO,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._api_url = api_url.rstrip("/")
        is_here = urlsplit(api_url).hostname in LOOPBACK
        # Behind a company's proxy it is the proxy that resolves names, and no address can be pinned.
        self._is_proxied = not is_here and transport is None and "https" in getproxies()
        self._resolve = resolve or resolve_https
        self._http = httpx2.AsyncClient(
            transport=transport,
            timeout=httpx2.Timeout(10.0, connect=5.0),
            # Each host is asked on a connection of its own, whatever address it shares with another.
            limits=httpx2.Limits(max_connections=8, max_keepalive_connections=0),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            follow_redirects=False,
            trust_env=not is_here,
            verify=certificates(not is_here),
        )

    async def aclose(self) -> None:
        """Close the connections; nothing can be fetched afterwards."""
        await self._http.aclose()

    async def fetch(self, url: str, account_sid: str, auth_token: str) -> bytes:
        """What lies at the address that Twilio named, of this account; raises MediaError.

        The credentials go to Twilio's API alone. It may send us on, twice at most and to its own storage only, over
        https and to a public address.
        """
        address: str = self._of_twilio(url, account_sid)
        auth: tuple[str, str] | None = (account_sid, auth_token)
        try:
            async with asyncio.timeout(MOST_SECONDS):
                for _ in range(MOST_REDIRECTS + 1):
                    answer = await self._ask(address, auth)
                    if isinstance(answer, bytes):
                        return answer
                    address, auth = _storage(answer), None
        except (httpx2.RequestError, OSError) as error:
            raise MediaAway(str(error) or type(error).__name__) from error
        raise MediaForbidden("it was sent on more often than Twilio does")

    def _of_twilio(self, url: str, account_sid: str) -> str:
        """The address below our way to the API; nothing of `url` but a path of the one known form gets into it."""
        for base in (_TWILIO, self._api_url):
            found = _PATH.fullmatch(url.removeprefix(base)) if url.startswith(base) else None
            if found and found[1] == account_sid:
                return f"{self._api_url}{found[0]}"
        raise MediaForbidden("its address is none of the account's media at Twilio")

    async def _ask(self, address: str, auth: tuple[str, str] | None) -> bytes | str:
        """The content, or where it is said to be."""
        response = await self._http.send(await self._request(address), auth=auth, stream=True)
        try:
            return await _read(response)
        finally:
            await response.aclose()

    async def _request(self, address: str) -> httpx2.Request:
        """A request that goes to an address that was looked at: whoever answers for the name cannot change it after."""
        url = httpx2.URL(address)
        headers = {"Accept-Encoding": "identity"}
        is_ours = address.startswith(f"{self._api_url}/") and self._api_url != _TWILIO  # as it was configured
        if is_ours or self._is_proxied:
            return self._http.build_request("GET", url, headers=headers)
        public = [one for one in await self._resolve(url.host) if is_public(one)]
        if not public:
            raise MediaForbidden(f"{url.host} has no public address")
        return self._http.build_request(
            "GET",
            url.copy_with(host=public[0]),
            headers=headers | {"Host": url.host},
            extensions={"sni_hostname": url.host},
        )


async def _read(response: httpx2.Response) -> bytes | str:
    status = response.status_code
    if status in _REDIRECTS:
        return str(response.headers.get("Location", ""))
    if status in (404, 410):
        raise MediaGone(f"Twilio answered {status}")
    if status != 200:
        raise MediaAway(f"Twilio answered {status}")
    content = bytearray()
    # As it comes: what is packed small could be large, and Twilio packs nothing.
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > MOST_BYTES:
            raise MediaTooLarge("it has more than 5 MB")
    return bytes(content)


def _storage(location: str) -> str:
    """Where Twilio sends us, when that is its own storage; raises MediaForbidden."""
    try:
        url = httpx2.URL(location)
    except httpx2.InvalidURL:
        url = httpx2.URL("")
    # Read as it will be asked for, so that nobody can mean another host by it than the one that was looked at.
    if url.scheme == "https" and url.port in (None, 443) and not url.userinfo and _is_storage(url.host, url.path):
        return str(url)
    raise MediaForbidden("it was sent on to a place that is none of Twilio's")


def _is_storage(host: str, path: str) -> bool:
    return _STORAGE.fullmatch(host) is not None or (
        host == "s3-external-1.amazonaws.com" and path.startswith("/media.twiliocdn.com/")
    )
