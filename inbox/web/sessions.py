"""Signing in and out."""

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import revoking, sessions, sign_ins
from inbox.errors import Invalid, TooMany
from inbox.languages import _
from inbox.web import access, cookies, forms, revocation, signing_in, visits, way_back

_log = structlog.stdlib.get_logger(__name__)

_SIGNED_OUT = _("You were signed out. Your drafts are still on this computer.")


async def home(request: Request) -> Response:
    """The front door."""
    return RedirectResponse(way_back.HOME, status_code=303)


async def show(request: Request) -> Response:
    """The sign-in page; whoever is signed in already goes where `next` leads."""
    onward = way_back.checked(request.query_params.get("next", ""))
    if await access.signed_in(request) is not None:
        return RedirectResponse(onward, status_code=303)
    had_session = cookies.session_of(request, request.app.state.settings) is not None
    notice = _SIGNED_OUT if had_session or "signed-out" in request.query_params else None
    if "chosen" in request.query_params:
        notice = _("Your password is kept. Sign in with it.")
    if "over" in request.query_params:
        notice = _("That took too long, or too many codes. Sign in again.")
    return _login_page(request, onward, notice=notice)


async def sign_in(request: Request) -> Response:
    """Go on to where `next` leads, or to the second step; otherwise the form again, with the e-mail kept."""
    state, form = request.app.state, await forms.read(request)
    email, onward = form.raw("email").strip(), way_back.checked(form.raw("next"))
    if not email or not form.raw("password"):
        return _login_page(request, onward, status=422, email=email, error=_("Enter your email and password."))
    try:
        user = await sign_ins.prove(
            state.database,
            state.settings.secret_key,
            email,
            form.raw("password"),
            address=request.client.host if request.client else "",
        )
    except Invalid as error:
        _log.warning("sign-in failed")
        return _login_page(request, onward, status=422, email=email, error=error.sentence)
    except TooMany as error:
        _log.warning("sign-in held up", seconds=error.seconds)
        answer = _login_page(request, onward, status=429, email=email, error=error.sentence)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    return await signing_in.go_on(request, user, onward)


async def sign_out(request: Request) -> Response:
    """End this browser's session on the server, and its sockets."""
    me = await access.signed_in(request)
    if me is not None:
        await access.note(me, "session", _("signed out"))
    await signing_in.end_here(request)
    return _signed_out(request)


async def sign_out_everywhere(request: Request) -> Response:
    """End every session of this person, and their sockets."""
    me = await access.signed_in(request)
    if me is not None:
        await revoking.end_companions(me.tenant, me.user.id)
        for session_hash in await sessions.end_all(me.tenant, me.user.id):
            request.app.state.hub.dismiss(revocation.key(session_hash))
        await access.note(me, "session", _("signed out everywhere"))
    return _signed_out(request)


def _signed_out(request: Request) -> Response:
    answer = RedirectResponse("/login?signed-out", status_code=303)
    cookies.delete_session(answer, request.app.state.settings)
    return answer


def _login_page(
    request: Request,
    onward: str,
    *,
    status: int = 200,
    email: str = "",
    error: str | None = None,
    notice: str | None = None,
) -> Response:
    return visits.page(
        request,
        "sessions/login.html",
        status=status,
        email=email,
        error=error,
        notice=notice,
        next=onward,
    )
