"""Choosing a password without the old one: asking for a link by mail, and the page that the link leads to."""

import structlog
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import inviting, login_failures, password_links
from inbox.accounts.mailing import PASSWORD_PATH
from inbox.accounts.users import normal_email
from inbox.errors import InboxError, Invalid, Refused, TooMany
from inbox.languages import _
from inbox.storage import audit
from inbox.storage.database import Database, Tenant
from inbox.web import forms, revocation, visits

ADDRESS = "/login/forgotten"
CHOOSE = PASSWORD_PATH

_log = structlog.stdlib.get_logger(__name__)


async def show(request: Request) -> Response:
    """The form that asks for an e-mail."""
    return _page(request, "sessions/forgotten.html", email=request.query_params.get("email", ""), done=False)


async def ask(request: Request) -> Response:
    """Mail a link, if anybody signs in with this e-mail: the answer is the same if nobody does."""
    state, email = request.app.state, normal_email((await forms.read(request)).raw("email"))
    if "@" not in email:
        error = _("Enter the email you sign in with.")
        return _page(request, "sessions/forgotten.html", status=422, email=email, done=False, error=error)
    address = request.client.host if request.client else ""
    try:
        # Counted as attempts of their own, which hold up nobody who signs in.
        tried = login_failures.attempt(state.settings.secret_key, f"forgotten {email}", address)
        await login_failures.reserve(state.database, tried)
    except TooMany as error:
        words = _("Too many mails were asked for. Wait a while, and look among your unwanted mail.")
        answer = _page(request, "sessions/forgotten.html", status=429, email=email, done=False, error=words)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    answer = _page(request, "sessions/forgotten.html", email=email, done=True)
    answer.background = BackgroundTask(_mail, state.database, email)
    return answer


async def open_link(request: Request) -> Response:
    """The form for a password; looking at it uses nothing up, as mail programs look as well."""
    token = request.query_params.get("token", "")
    bearer = await password_links.bearer(request.app.state.database, token)
    return _choice(request, token, email=bearer.email if bearer else None, status=200 if bearer else 410)


async def choose(request: Request) -> Response:
    """Keep the password; every session of its owner ends."""
    state, form = request.app.state, await forms.read(request)
    token = form.raw("token")
    try:
        user, ended = await inviting.choose(state.database, token, form.raw("new"))
    except Invalid as error:
        bearer = await password_links.bearer(state.database, token)
        return _choice(request, token, email=bearer.email if bearer else None, status=422, error=error.fields["new"])
    except Refused:
        return _choice(request, token, email=None, status=410)
    for session_hash in ended:
        state.hub.dismiss(revocation.key(session_hash))
    tenant = Tenant(state.database, user.organisation_id)
    await audit.record(tenant, user.id, user.name, "user", _("chose a password by a mailed link"))
    return RedirectResponse("/login?chosen", status_code=303)


async def _mail(database: Database, email: str) -> None:
    """After the answer, so that how long it takes tells nothing."""
    try:
        await inviting.forgot(database, email)
    except InboxError as error:
        _log.warning("a link could not be mailed", reason=error.sentence)


def _choice(request: Request, token: str, *, email: str | None, status: int, error: str | None = None) -> Response:
    return _page(request, "sessions/choose.html", status=status, token=token, email=email, error=error)


def _page(
    request: Request, template: str, *, status: int = 200, error: str | None = None, **context: object
) -> Response:
    return visits.page(request, template, status=status, error=error, **context)
