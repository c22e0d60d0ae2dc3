"""The write guard: nothing is changed on behalf of another site's page."""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inbox.accounts import sessions
from inbox.config import Settings
from inbox.errors import NotAllowed
from inbox.languages import _
from inbox.web import cookies, csrf
from inbox.web.access import EMBEDS

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGNING_IN = frozenset({"/login", "/login/code", "/login/forgotten", "/login/password", "/login/sso"})
"""Forms for people of whom there is no session yet."""
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_REFUSAL = _("This did not come from a page of ours, or the page is out of date. Reload it and try again.")


class WriteGuard:
    """Refuses a write unless no header says it came from elsewhere and something says it came from us.

    From elsewhere: a `Sec-Fetch-Site` other than same-origin or none, an `Origin` that is not ours ("null" is
    nobody's). From us: our exact `Origin`, or the session's token in the field `csrf` or in `X-CSRF-Token`.

    Exempt are webhooks, which carry a signature, and the API and SCIM, which take a token: none looks at a cookie.
    Widgets bear a session in a header that no other page can send; they have to come from nowhere else. Exempt is also
    signing in without any of those headers: it is no browser then, and nobody can make it send anything.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _READING and not _knows_no_cookie(scope):
            receive = await self._vetted(scope, receive)
        await self._app(scope, receive, send)

    async def _vetted(self, scope: Scope, receive: Receive) -> Receive:
        """What the application is to receive from; raises NotAllowed."""
        headers = Headers(scope=scope)
        origins, sites = headers.getlist("Origin"), headers.getlist("Sec-Fetch-Site")
        if scope["path"].startswith(EMBEDS):
            if not set(origins) <= self._settings.embed_origins or not set(sites) <= {"same-origin", "none"}:
                raise NotAllowed(_REFUSAL)
            return receive
        if not set(origins) <= self._settings.origins or not set(sites) <= {"same-origin", "none"}:
            raise NotAllowed(_REFUSAL)
        if origins or (scope["path"] in _SIGNING_IN and not sites):
            return receive
        given = headers.get("X-CSRF-Token")
        if given is None and headers.get("Content-Type", "").startswith(_FORMS):
            given, receive = await _posted_token(scope, receive)
        if given is None or not self._is_genuine(Request(scope), given):
            raise NotAllowed(_REFUSAL)
        return receive

    def _is_genuine(self, request: Request, given: str) -> bool:
        key = self._settings.secret_key
        if request.scope["path"] in _SIGNING_IN:
            visit = cookies.visit_of(request, self._settings)
            return visit is not None and csrf.is_same(given, csrf.of_visit(key, visit))
        session = cookies.session_of(request, self._settings)
        return session is not None and csrf.is_same(given, csrf.of_session(key, sessions.hash_of(session)))


def _knows_no_cookie(scope: Scope) -> bool:
    path: str = scope["path"]
    return path.startswith(("/hooks/", "/api/", "/scim/"))


async def _posted_token(scope: Scope, receive: Receive) -> tuple[str | None, Receive]:
    """The field `csrf`, and a way to receive the body, which has been read here, once more."""
    body = await Request(scope, receive).body()
    async with Request(scope, _from_the_start(body, receive)).form() as form:
        token = form.get("csrf")
    return token if isinstance(token, str) else None, _from_the_start(body, receive)


def _from_the_start(body: bytes, receive: Receive) -> Receive:
    is_told = False

    async def again() -> Message:
        nonlocal is_told
        if is_told:
            return await receive()
        is_told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again
