"""What went wrong, as an answer: a page, a fragment for htmx or JSON; the one place where errors get a status."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ExceptionHandler

from inbox import errors
from inbox.errors import InboxError
from inbox.languages import _
from inbox.languages.readers import ENGLISH
from inbox.languages.sentences import said
from inbox.messaging.blocks import Asked
from inbox.web import pages, way_back
from inbox.web.access import EMBEDS, OWNER, NotSignedIn, SecondFactorFirst, reader_of, signed_in

_STATUSES: tuple[tuple[type[InboxError], int], ...] = (
    (NotSignedIn, 401),
    (SecondFactorFirst, 403),
    (errors.NotFound, 404),
    (errors.NotAllowed, 403),
    (errors.Invalid, 422),
    (errors.Refused, 422),
    (errors.Changed, 409),
    (errors.TooMany, 429),
    (errors.Uncertain, 504),
    (errors.Unavailable, 503),
)

_TITLES = {
    401: _("Sign in first"),
    403: _("Not allowed"),
    404: _("Nothing here"),
    405: _("Not possible here"),
    409: _("It changed meanwhile"),
    413: _("Too large"),
    422: _("Not possible now"),
    429: _("Too many attempts"),
    500: _("This did not work"),
    503: _("Not available at the moment"),
    504: _("Not known yet"),
}

# For what Starlette itself raises, whose own words are for developers.
_SENTENCES = {
    404: errors.NotFound().sentence,
    405: _("This address does not take such a request."),
    413: _("What was sent is larger than we take."),
}

_RETRY_SECONDS = 5
_SET_UP = "/account/second-factor"


@dataclass(frozen=True, slots=True)
class Problem:
    """What an answer tells: a status, a sentence fit for people, and what programs may want beside it."""

    status: int
    sentence: str
    headers: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The sentence in three words."""
        return _TITLES.get(self.status) or HTTPStatus(self.status).phrase


def exception_handlers() -> dict[Any, ExceptionHandler]:
    """For `Starlette(exception_handlers=...)`: everything but the unforeseen, which `access_log.py` catches."""
    return {InboxError: answer, HTTPException: answer}


async def answer(request: Request, error: Exception) -> Response:
    """The answer to an InboxError or an HTTPException; anything else, and errors of sockets, go on up."""
    if request.scope["type"] != "http":
        raise error
    if isinstance(error, NotSignedIn):
        return _elsewhere_first(request, error, way_back.to_login(request, request.app.state.settings), 401)
    if isinstance(error, SecondFactorFirst):
        wanted = way_back.page_wanted(request, request.app.state.settings)
        return _elsewhere_first(request, error, way_back.with_next(_SET_UP, wanted), 403)
    if isinstance(error, InboxError):
        return _shown(request, _of_ours(error))
    if isinstance(error, HTTPException):
        if error.status_code == 404:
            with suppress(InboxError):  # only to know in which language to say it
                await signed_in(request)
        return _shown(request, _of_starlette(error))
    raise error


def unforeseen(request: Request, request_id: str) -> Response:
    """The answer to a fault of ours. It tells nothing but the number under which the log has it."""
    sentence = _(
        "The fault is ours, and it is in our log under %(request_id)s. Trying again may help.", request_id=request_id
    )
    return _shown(request, Problem(500, sentence, details={"request_id": request_id}))


def _of_ours(error: InboxError) -> Problem:
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), 500)
    match error:
        case errors.Invalid():
            return Problem(status, error.sentence, details={"fields": error.fields})
        case Asked():
            return Problem(status, error.sentence, details={"asks": "reason"})
        case errors.Changed():
            return Problem(status, error.sentence, {"X-Seen": str(error.seen)}, {"seen": error.seen})
        case errors.TooMany():
            return Problem(status, error.sentence, {"Retry-After": str(error.seconds)})
        case errors.Unavailable() if status == 503:
            return Problem(status, error.sentence, {"Retry-After": str(_RETRY_SECONDS)})
    return Problem(status, error.sentence)


def _of_starlette(error: HTTPException) -> Problem:
    sentence = _SENTENCES.get(error.status_code, error.detail)
    return Problem(error.status_code, sentence, dict(error.headers or {}))


def _elsewhere_first(request: Request, error: InboxError, address: str, status: int) -> Response:
    """To a page that comes before the one that was asked for."""
    if _wants_json(request):
        return _as_json(request, Problem(status, error.sentence))
    if request.scope["path"].startswith(EMBEDS):
        return _shown(request, Problem(401, _("This widget has run out. It asks for a new token.")))
    if pages.is_htmx(request):
        # htmx would put the page of a redirect into the target; this header makes the browser go there.
        sentence = said(error.sentence, reader_of(request))
        return PlainTextResponse(sentence, status_code=status, headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)


def _shown(request: Request, problem: Problem) -> Response:
    if _wants_json(request):
        return _as_json(request, problem)
    if pages.is_htmx(request):
        return _as_fragment(request, problem)
    find, comes_back = (way_back.page_wanted, True) if problem.status == 503 else (way_back.page_behind, False)
    answer = pages.bare(
        request,
        "problems/problem.html",
        status=problem.status,
        title=problem.title,
        sentence=problem.sentence,
        back=find(request, request.app.state.settings),
        comes_back=comes_back,
    )
    answer.headers.update(problem.headers)
    return answer


def _as_fragment(request: Request, problem: Problem) -> Response:
    """Nothing for the target, so that no pane is replaced by a sentence; 409 and 422 speak beside the composer."""
    headers = {**problem.headers, **pages.VARY, "HX-Reswap": "none"}
    if problem.status not in {409, 422}:
        sentence = said(problem.sentence, reader_of(request))
        return PlainTextResponse(sentence, status_code=problem.status, headers=headers)
    notice = pages.bare(request, "threads/_notice.html", status=problem.status, notice=problem.sentence)
    notice.headers.update(headers)
    return notice


def _as_json(request: Request, problem: Problem) -> Response:
    """RFC 9457; in English for programs, which look at the words or log them, unless they show them to their owner."""
    is_program = request.scope["path"].startswith("/api/")
    reader = request.scope.get(OWNER, ENGLISH) if is_program else reader_of(request)
    details = dict(problem.details)
    if "fields" in details:
        details["fields"] = {name: said(sentence, reader) for name, sentence in details["fields"].items()}
    content = {
        "type": "about:blank",
        "title": said(problem.title, reader),
        "status": problem.status,
        "detail": said(problem.sentence, reader),
        **details,
    }
    return JSONResponse(
        content,
        status_code=problem.status,
        headers=dict(problem.headers),
        media_type="application/problem+json",
    )


def _wants_json(request: Request) -> bool:
    if request.scope["path"].startswith("/api/"):
        return True
    accepted = request.headers.get("Accept", "")
    return "json" in accepted and "text/html" not in accepted
