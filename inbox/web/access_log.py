"""One log line for each request, under a number that the answer carries too; faults end here."""

import secrets
import time

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inbox.errors import InboxError
from inbox.web import problems

_log = structlog.stdlib.get_logger(__name__)

# Asked every few seconds by machines.
_SILENT = ("/healthz", "/readyz", "/metrics", "/static/")


class AccessLog:
    """Names each request, writes its line without query, body and personal data, and answers what was raised.

    Errors that handlers raise are answered further in; here arrive those of other middleware and the
    unforeseen ones, which become a 500 and a traceback in the log.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = secrets.token_hex(8)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            if scope["type"] == "http":
                await _Exchange(self._app, scope, request_id).run(receive, send)
            else:
                await self._app(scope, receive, send)


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: ASGIApp, scope: Scope, request_id: str) -> None:
        self._app = app
        self._scope = scope
        self._request_id = request_id
        self._status: int | None = None

    async def run(self, receive: Receive, send: Send) -> None:
        started = time.perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", self._request_id.encode())]
            await send(message)

        try:
            await self._answered(receive, noting)
        finally:
            self._write(time.perf_counter() - started)

    async def _answered(self, receive: Receive, send: Send) -> None:
        try:
            await self._app(self._scope, receive, send)
            return
        except ClientDisconnect:
            return
        except (InboxError, HTTPException) as error:
            if self._status is not None:
                raise
            answer = await problems.answer(Request(self._scope), error)
        except Exception:
            if self._status is not None:
                raise  # too late for another answer: the server cuts the line and logs it
            _log.exception("request failed")
            answer = problems.unforeseen(Request(self._scope), self._request_id)
        await answer(self._scope, receive, send)

    def _write(self, seconds: float) -> None:
        path: str = self._scope["path"]
        if path.startswith(_SILENT):
            return
        client = self._scope.get("client")
        _log.info(
            "request",
            method=self._scope["method"],
            path=path,
            status=self._status,
            milliseconds=round(seconds * 1000, 1),
            address=client[0] if client else None,
        )
