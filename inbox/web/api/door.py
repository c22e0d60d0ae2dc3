"""The API's door: who asks, how often, whether they may, and what they said; then the operation, and its answer."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts import bearers
from inbox.accounts.bearers import Bearer
from inbox.errors import InboxError, Invalid, NotAllowed, TooMany
from inbox.storage import idempotency
from inbox.storage.idempotency import Kept
from inbox.web import problems
from inbox.web.access import OWNER, tenant_of
from inbox.web.api.operations import Call, Operation, complaint
from inbox.web.api.rates import Rate, Rates

MOST_A_MINUTE = 600
"""Requests with one token."""
MOST_STRANGERS = 30
"""Requests without a good token, from one address."""

_UNAUTHORISED = "This token is not good, or not any more. Make a new one, or connect again."


class Door:
    """Lets requests in; one for the whole API of a process, as it counts them."""

    def __init__(self, *, most: int = MOST_A_MINUTE, most_strangers: int = MOST_STRANGERS) -> None:
        self._rates = Rates(most)
        self._strangers = Rates(most_strangers)

    def to(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        """The handler of an operation's route."""

        async def answer(request: Request) -> Response:
            rate: Rate | None = None
            try:
                bearer, rate = await self._let_in(request, operation)
                _check_scope(operation, bearer)
                seen = await tenant_of(request.app.state.database, bearer.user) if bearer else None
                call = Call(request, bearer, seen, await _body(request, operation), _query(request, operation))
                given = await _done(operation, call)
            except (InboxError, HTTPException) as error:
                given = await problems.answer(request, error)
                if isinstance(error, TooMany):
                    rate = self._rates.full()
            given.headers.update(rate.headers if rate else {})
            return given

        return answer

    async def _let_in(self, request: Request, operation: Operation) -> tuple[Bearer | None, Rate]:
        """Who asks, as their token says. Raises HTTPException 401, and TooMany."""
        address = request.client.host if request.client else ""
        if not operation.needs_token:
            return None, self._strangers.take(address)
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        bearer = None
        if kind.lower() == "bearer" and token.strip():
            bearer = await bearers.find(request.app.state.database, token.strip())
        if bearer is None:
            self._strangers.take(address)
            raise HTTPException(401, _UNAUTHORISED, {"WWW-Authenticate": 'Bearer realm="api"'})
        request.scope[OWNER] = bearer.reader
        return bearer, self._rates.take(bearer.token_id)


def _check_scope(operation: Operation, bearer: Bearer | None) -> None:
    scope = operation.scope
    if bearer is not None and scope is not None and scope not in bearer.scopes:
        raise NotAllowed(f"This token may not do that: it needs the scope {scope}, and a role that includes it.")


async def _body(request: Request, operation: Operation) -> Any:
    if operation.takes is None:
        return None
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415, "Send JSON, and say so: Content-Type: application/json.")
    try:
        return msgspec.json.decode(await request.body(), type=operation.takes)
    except msgspec.ValidationError as error:
        raise Invalid(complaint(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise HTTPException(400, "The body is not JSON.") from None


def _query(request: Request, operation: Operation) -> Any:
    try:
        return msgspec.convert(dict(request.query_params), operation.asks, strict=False)
    except msgspec.ValidationError as error:
        raise Invalid(complaint(error)) from None


async def _done(operation: Operation, call: Call[Any, Any]) -> Response:
    key = call.request.headers.get("Idempotency-Key", "")
    if not operation.is_write or not key or call.bearer is None:
        return _answer(call.request, operation, await operation.call(call))
    if len(key) > idempotency.MOST_CHARACTERS or not key.isascii() or not key.isprintable():
        raise Invalid({"Idempotency-Key": f"A key has at most {idempotency.MOST_CHARACTERS} printable characters."})
    asked = (operation.method, call.request.url.path, msgspec.json.encode(call.body).decode())
    fingerprint = sha256("\n".join(asked).encode()).hexdigest()
    async with call.tenant.transaction():
        kept = await idempotency.claim(call.tenant, call.me.token_id, key, fingerprint)
        if kept is not None:
            return _json(kept.answer.encode(), kept.status, {"Idempotency-Replayed": "true"})
        answer = _answer(call.request, operation, await operation.call(call))
        stored = Kept(answer.status_code, bytes(answer.body).decode())
        await idempotency.keep(call.tenant, call.me.token_id, key, stored)
    return answer


def _answer(request: Request, operation: Operation, told: Any) -> Response:
    """What the operation tells, as JSON; of what is read nothing again while it is the same."""
    if told is None:
        return Response(status_code=operation.status)
    content = msgspec.json.encode(told)
    if operation.is_write:
        return _json(content, operation.status)
    mark = f'"{sha256(content).hexdigest()[:32]}"'
    if mark in request.headers.get("If-None-Match", ""):
        return Response(status_code=304, headers={"ETag": mark})
    return _json(content, operation.status, {"ETag": mark})


def _json(content: bytes, status: int, headers: dict[str, str] | None = None) -> Response:
    if not content:
        return Response(status_code=status, headers=headers)
    return Response(content, status_code=status, headers=headers, media_type="application/json")
