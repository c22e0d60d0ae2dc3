"""What every way of signing in ends with: a session under a new id, after a second factor where there is one."""

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import second_steps, sessions
from inbox.accounts.users import User
from inbox.languages import _
from inbox.storage import audit
from inbox.storage.database import Tenant
from inbox.web import cookies, revocation

CODE = "/login/code"

_log = structlog.stdlib.get_logger(__name__)


async def go_on(request: Request, user: User, onward: str, *, is_proven: bool = False) -> Response:
    """Sign `user` in and go to `onward`; to the page for a code first, unless a second factor was shown already."""
    state = request.app.state
    tenant = Tenant(state.database, user.organisation_id)
    if user.has_second_factor and not is_proven:
        await end_here(request)
        answer = RedirectResponse(CODE, status_code=303)
        cookies.set_second_step(answer, await second_steps.begin(tenant, user.id, onward=onward), state.settings)
        cookies.delete_session(answer, state.settings)
        return answer
    answer = RedirectResponse(onward, status_code=303)
    await begin(request, answer, user, is_proven=is_proven)
    await audit.record(tenant, user.id, user.name, "session", _("signed in"))
    return answer


async def begin(request: Request, answer: Response, user: User, *, is_proven: bool) -> None:
    """A new session in this browser, in place of the one that it had."""
    state = request.app.state
    await end_here(request)
    agent = request.headers.get("User-Agent", "")
    tenant = Tenant(state.database, user.organisation_id)
    cookie = await sessions.start(tenant, user.id, user_agent=agent, is_proven=is_proven)
    cookies.set_session(answer, cookie, state.settings)
    _log.info("signed in", user=user.id)


async def end_here(request: Request) -> None:
    """End this browser's session on the server, and its sockets."""
    state = request.app.state
    cookie = cookies.session_of(request, state.settings)
    if cookie is None:
        return
    session_hash = sessions.hash_of(cookie)
    if await sessions.end(state.database, session_hash):
        state.hub.dismiss(revocation.key(session_hash))
