"""The phones page: a person plays the candidates."""

import re
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import jinja2
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from providers.phone import NotAPhoneNumber, readable, to_e164
from providers.sandbox import views
from providers.sandbox.incoming import CandidateText
from providers.sandbox.media import MOST_BYTES, File
from providers.sandbox.outgoing import LONGEST_BODY, MOST_MEDIA
from providers.sandbox.phones import Behaviour
from providers.sandbox.sandbox import Sandbox

_HERE = Path(__file__).parent
_MOST_TEXTS_SHOWN = 100
_E164 = re.compile(r"\+[1-9]\d{4,14}")
_QUICK_TEXTS = ("Sure!", "Who is this?", "STOP", "START")

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}

Handler = Callable[[Request, Sandbox], Awaitable[Response]]


class _NoSuchPhone(LookupError):
    """The path names no phone; the text says so."""


async def phones(_request: Request, sandbox: Sandbox) -> Response:
    return _page(sandbox)


async def phone(request: Request, sandbox: Sandbox) -> Response:
    return _page(sandbox, _number(request, sandbox))


async def add_phone(request: Request, sandbox: Sandbox) -> Response:
    async with request.form() as form:
        typed, label = str(form.get("number", "")), str(form.get("label", "")).strip()[:60]
    try:
        number = to_e164(typed)
    except NotAPhoneNumber as problem:
        return _page(sandbox, status=422, add_error=str(problem), typed=typed, typed_label=label)
    sandbox.phones.keep(number, label)
    sandbox.feed.changed()
    return RedirectResponse(views.href(number), 303)


async def text_company(request: Request, sandbox: Sandbox) -> Response:
    """The candidate of this phone texts; a quick text wins over what is in the box."""
    number = _number(request, sandbox)
    async with request.form() as form:
        body = str(form.get("quick") or form.get("body", ""))
        company = str(form.get("to", ""))
        files = () if form.get("quick") else await _files(form)
    problem = _problem(sandbox, body, files, company)
    if problem:
        return _page(sandbox, number, status=422, text_error=problem, written=body)
    text = CandidateText(sender=number, recipient=company, body=body.replace("\r\n", "\n"), media=files)
    message = sandbox.arrive(text)
    sandbox.tell_app_later(message)
    return RedirectResponse(views.href(number), 303)


async def _files(form: FormData) -> tuple[File, ...]:
    """What was chosen to be sent with a text; an empty choice is posted as a file without a name."""
    chosen = [item for item in form.getlist("media") if isinstance(item, UploadFile) and item.filename]
    return tuple([File(item.content_type or "application/octet-stream", await item.read()) for item in chosen])


def _problem(sandbox: Sandbox, body: str, files: Sequence[File], company: str) -> str:
    if not body.strip() and not files:
        return "Write something first."
    if len(files) > MOST_MEDIA or sum(len(file.content) for file in files) > MOST_BYTES:
        return "A text carries 10 files, together of 5 MB."
    return "" if sandbox.accounts.number(company) else "Choose a company number."


async def file(request: Request, sandbox: Sandbox) -> Response:
    """A picture on a phone; anything else is only ever saved."""
    kept = sandbox.files.get(request.path_params["sid"])
    if kept is None:
        return Response(status_code=404)
    way = "inline" if kept.content_type in views.SHOWN else "attachment"
    headers = {"Content-Type": kept.content_type, "Content-Disposition": way}
    return Response(
        kept.content, headers=_HEADERS | headers | {"Content-Security-Policy": "default-src 'none'; sandbox"}
    )


async def change_behaviour(request: Request, sandbox: Sandbox) -> Response:
    number = _number(request, sandbox)
    async with request.form() as form:
        name = str(form.get("behaviour", ""))
    if name in list(Behaviour):
        sandbox.set_behaviour(number, name)
    return RedirectResponse(views.href(number), 303)


async def events(_request: Request, sandbox: Sandbox) -> Response:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(sandbox.feed.stream(), media_type="text/event-stream", headers=headers)


async def home(_request: Request, _sandbox: Sandbox) -> Response:
    return RedirectResponse("/sandbox/phones", 303)


def routes(sandbox: Sandbox) -> list[Route | Mount]:
    served: list[tuple[str, str, Handler]] = [
        ("/sandbox", "GET", home),
        ("/sandbox/phones", "GET", phones),
        ("/sandbox/phones", "POST", add_phone),
        ("/sandbox/phones/events", "GET", events),
        ("/sandbox/phones/media/{sid}", "GET", file),
        ("/sandbox/phones/{number}", "GET", phone),
        ("/sandbox/phones/{number}/texts", "POST", text_company),
        ("/sandbox/phones/{number}/behaviour", "POST", change_behaviour),
    ]
    return [
        *(Route(path, _endpoint(sandbox, handler), methods=[method]) for path, method, handler in served),
        Mount("/sandbox/static", StaticFiles(directory=_HERE / "static")),
    ]


def _endpoint(sandbox: Sandbox, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request, sandbox)
        except _NoSuchPhone as missing:
            return _page(sandbox, status=404, notice=str(missing))

    return endpoint


def _number(request: Request, sandbox: Sandbox) -> str:
    """The phone of this path: any number in E.164, and whatever else has texted or was texted."""
    number: str = request.path_params["number"]
    if not _E164.fullmatch(number) and not sandbox.messages.with_candidate(number, 1):
        raise _NoSuchPhone(f"There is no phone {number}.")
    return number


def _page(sandbox: Sandbox, number: str = "", *, status: int = 200, **more: Any) -> Response:
    texts = views.texts(sandbox, number) if number else []
    if texts:
        sandbox.phones.saw(number, texts[-1].seq)
    html = _TEMPLATES.get_template("phones.html").render(
        rows=views.rows(sandbox, opened=number),
        phone=sandbox.phones.get(number) if number else None,
        texts=texts,
        companies=sandbox.accounts.numbers(),
        chosen=views.last_company_number(sandbox, number),
        behaviours=list(Behaviour),
        quick_texts=_QUICK_TEXTS,
        longest=LONGEST_BODY,
        **more,
    )
    return HTMLResponse(html, status, _HEADERS)


_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(_HERE / "templates"), autoescape=True, undefined=jinja2.ChainableUndefined
)
_TEMPLATES.filters["readable"] = readable
