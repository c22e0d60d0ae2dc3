"""SCIM's door: who asks, how often, whether they may; and every answer, also a refusal, in SCIM's own form."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from json import JSONDecodeError, dumps
from typing import Any, TypeAlias

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts import bearers
from inbox.accounts.bearers import Bearer
from inbox.accounts.directory import Taken
from inbox.accounts.scopes import Scope
from inbox.errors import InboxError, Invalid, NotAllowed, NotFound, Refused, TooMany, Unavailable
from inbox.storage.database import Tenant
from inbox.web.access import tenant_of
from inbox.web.api.rates import Rates

BASE = "/scim/v2"
MOST_A_MINUTE = 600
MOST_STRANGERS = 30
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_TYPES = ("application/scim+json", "application/json")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was let in: in whose name, on what data."""

    request: Request
    bearer: Bearer
    tenant: Tenant

    @property
    def address(self) -> str:
        """Where SCIM is reached, for the places of resources."""
        return f"{self.request.app.state.settings.public_url}{BASE}"

    async def body(self) -> dict[str, Any]:
        """The object that was sent. Raises ScimError."""
        if self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower() not in _TYPES:
            raise ScimError(415, "Send JSON, and say so: Content-Type: application/scim+json.")
        try:
            told = await self.request.json()
        except (JSONDecodeError, UnicodeDecodeError, RecursionError):
            raise ScimError(400, "The body is not JSON.", "invalidSyntax") from None
        if not isinstance(told, dict):
            raise ScimError(400, "The body is no JSON object.", "invalidSyntax")
        return told


Operation: TypeAlias = Callable[[Call], Awaitable[tuple[int, Any]]]


class ScimError(Exception):
    """A refusal in SCIM's own words (RFC 7644, 3.12); `kind` is its scimType."""

    def __init__(self, status: int, detail: str, kind: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind


class Door:
    """Lets requests in; one for the whole of SCIM in a process, as it counts them."""

    def __init__(self) -> None:
        self._rates, self._strangers = Rates(MOST_A_MINUTE), Rates(MOST_STRANGERS)

    def to(self, operation: Operation) -> Callable[[Request], Awaitable[Response]]:
        """The handler of an operation's route."""

        async def answer(request: Request) -> Response:
            try:
                bearer = await self._let_in(request)
                tenant = await tenant_of(request.app.state.database, bearer.user)
                return _json(*await operation(Call(request, bearer, tenant)))
            except ScimError as error:
                return refusal(error.status, error.detail, error.kind)
            except InboxError as error:
                return _refused(error)
            except HTTPException as error:
                return refusal(error.status_code, error.detail)

        return answer

    async def nothing(self, request: Request) -> Response:
        """The answer to an address, or a method, that there is not."""
        return refusal(404, "There is nothing here.")

    async def _let_in(self, request: Request) -> Bearer:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        bearer = None
        if kind.lower() == "bearer" and token.strip():
            bearer = await bearers.find(request.app.state.database, token.strip())
        if bearer is None:
            self._strangers.take(request.client.host if request.client else "")
            raise ScimError(401, "This token is not good, or not any more.")
        self._rates.take(bearer.token_id)
        if Scope.SCIM not in bearer.scopes:
            raise NotAllowed("This token may not do that: it needs the scope scim, of an Organisation Admin.")
        return bearer


def refusal(status: int, detail: str, kind: str = "") -> Response:
    """An error as SCIM has it."""
    told = {"schemas": [_ERROR], "status": str(status), "detail": detail} | ({"scimType": kind} if kind else {})
    answer = _json(status, told)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="scim"'
    return answer


def _refused(error: InboxError) -> Response:
    """In English, as programs log it."""
    match error:
        case Taken():
            return refusal(409, error.sentence, "uniqueness")
        case Invalid():
            return refusal(400, error.sentence, "invalidValue")
        case NotFound():
            return refusal(404, error.sentence)
        case NotAllowed() | Refused():
            return refusal(403, error.sentence)
        case TooMany():
            answer = refusal(429, error.sentence)
            answer.headers["Retry-After"] = str(error.seconds)
            return answer
        case Unavailable():
            return refusal(503, error.sentence)
    return refusal(500, error.sentence)


def _json(status: int, told: Any) -> Response:
    if told is None:
        return Response(status_code=status)
    return Response(dumps(told), status_code=status, media_type="application/scim+json")
