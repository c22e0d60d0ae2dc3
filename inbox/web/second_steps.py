"""The second step of signing in: a code of the app, or a recovery code."""

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import second_steps
from inbox.errors import Invalid, TooMany
from inbox.web import cookies, forms, signing_in, visits

ADDRESS = signing_in.CODE
_OVER = "/login?over"

_log = structlog.stdlib.get_logger(__name__)


async def show(request: Request) -> Response:
    """The form for a code; whoever has shown no password goes to where it is shown."""
    state, cookie = request.app.state, _cookie(request)
    if await second_steps.find(state.database, cookie) is None:
        return _over(request)
    return visits.page(request, "second_factors/code.html", error=None)


async def check(request: Request) -> Response:
    """Sign in with a right code; 422 with the sentence for a wrong one, 429 when there were too many."""
    state, form = request.app.state, await forms.read(request)
    address = request.client.host if request.client else ""
    try:
        step = await second_steps.show_code(
            state.database, state.vault, state.settings.secret_key, _cookie(request), form.raw("code"), address=address
        )
    except second_steps.Over:
        return _over(request)
    except Invalid as error:
        _log.warning("wrong code")
        return visits.page(request, "second_factors/code.html", status=422, error=error.sentence)
    except TooMany as error:
        _log.warning("code held up", seconds=error.seconds)
        answer = visits.page(request, "second_factors/code.html", status=429, error=error.sentence)
        answer.headers["Retry-After"] = str(error.seconds)
        return answer
    answer = await signing_in.go_on(request, step.user, step.onward, is_proven=True)
    cookies.delete_second_step(answer, state.settings)
    return answer


def _cookie(request: Request) -> str:
    return cookies.second_step_of(request, request.app.state.settings) or ""


def _over(request: Request) -> Response:
    answer = RedirectResponse(_OVER, status_code=303)
    cookies.delete_second_step(answer, request.app.state.settings)
    return answer
