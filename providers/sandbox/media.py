"""Pictures and files as Twilio keeps them: what a phone sent, and what was fetched to be sent."""

from collections import OrderedDict
from dataclasses import dataclass

import aiohttp

MOST_BYTES = 5 * 1024 * 1024
"""https://www.twilio.com/docs/messaging/api/media-resource"""
TYPES = ("image/", "audio/", "video/", "application/pdf", "text/vcard", "text/x-vcard", "text/plain")
"""https://www.twilio.com/docs/messaging/guides/accepted-mime-types"""

NOT_FETCHED = 11200
NOT_TAKEN = 12300

_MOST_KEPT = 500
_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class File:
    """A picture or file with its bytes."""

    content_type: str
    content: bytes


class NotFetched(Exception):
    """Twilio could not get at what it was to send; `code` is its error code."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Files:
    """The newest files by the SIDs of their media; older ones are gone."""

    def __init__(self) -> None:
        self._files: OrderedDict[str, File] = OrderedDict()

    def keep(self, sid: str, file: File) -> None:
        self._files[sid] = file
        if len(self._files) > _MOST_KEPT:
            self._files.popitem(last=False)

    def get(self, sid: str) -> File | None:
        return self._files.get(sid)

    def delete(self, sid: str) -> None:
        self._files.pop(sid, None)


async def fetch(http: aiohttp.ClientSession, url: str) -> File:
    """What lies at a MediaUrl. Raises NotFetched with Twilio's code for why it did not take it."""
    try:
        async with http.get(url, timeout=aiohttp.ClientTimeout(total=_SECONDS)) as response:
            content = b""
            while len(content) <= MOST_BYTES and (more := await response.content.read(MOST_BYTES)):
                content += more
            content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            status = response.status
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise NotFetched(NOT_FETCHED) from error
    if status != 200:
        raise NotFetched(NOT_FETCHED)
    if len(content) > MOST_BYTES or not content_type.startswith(TYPES):
        raise NotFetched(NOT_TAKEN)
    return File(content_type, content)
