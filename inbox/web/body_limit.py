"""A limit for what a request may send."""

import re
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inbox.candidates.import_files import MOST_BYTES as MOST_FILE_BYTES

# The longest text, percent-encoded, with everything Twilio says about it, takes less than half of this.
MOST_BYTES = 64 * 1024
LARGER: Mapping[str, int] = dict.fromkeys(
    ("/candidates/imports", "/campaigns/files", "/settings/history/files"), MOST_FILE_BYTES + MOST_BYTES
)
"""Where files are sent to, and how much they may hold together with their form."""
MOST_WITH_PICTURES = 32 * 1024 * 1024
"""Where pictures are added to a text."""

MOST_DOCUMENT = 6 * 1024 * 1024
"""Where a document for the provider is added."""

_TAKES_DOCUMENTS = re.compile(r"/settings/provisioning/[a-z]{2}/[a-z]{1,16}/documents")
_TAKES_PICTURES = re.compile(r"/(inbox|embed)/c/[0-9a-fA-F-]{36}/(media|messages|scheduled(/[0-9a-fA-F-]{36})?)")


class BodyLimit:
    """Answers 413 to larger requests: at once when they say so, else as soon as they turn out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        most = _most(scope, headers)
        announced = headers.get("Content-Length", "0")
        if not announced.isdecimal() or int(announced) > most:
            raise HTTPException(413)
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(413)
            return message

        await self._app(scope, counted, send)


def _most(scope: Scope, headers: Headers) -> int:
    """More where pictures are taken, of browsers that say where they come from: then the write guard reads nothing."""
    is_form = headers.get("Content-Type", "").startswith("multipart/form-data")
    if is_form and "Origin" in headers and _TAKES_PICTURES.fullmatch(scope["path"]):
        return MOST_WITH_PICTURES
    if is_form and "Origin" in headers and _TAKES_DOCUMENTS.fullmatch(scope["path"]):
        return MOST_DOCUMENT
    return LARGER.get(scope["path"], MOST_BYTES)
