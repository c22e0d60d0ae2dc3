"""HTML answers: whole pages with their frame, and fragments for htmx."""

import gzip
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse

from inbox.accounts.roles import Act
from inbox.messaging import filters
from inbox.rendering import render
from inbox.storage import events
from inbox.web import low_balance
from inbox.web.access import Who, reader_of, who

# The same address answers with a page or one of its fragments.
VARY = {"Vary": "HX-Request, HX-Target"}
_VARY_BY_CODING = f"{VARY['Vary']}, Accept-Encoding"
# Takes a millisecond for the longest pages; more would take longer and save little.
_LEVEL = 5


def is_htmx(request: Request) -> bool:
    """Whether htmx asks for a fragment. When it restores a page from the history it wants the whole page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def target(request: Request) -> str:
    """The id of the element that htmx will replace; "" when a whole page is wanted."""
    return request.headers.get("HX-Target", "") if is_htmx(request) else ""


async def page(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A whole page for the signed-in person, in its frame.

    `nav` names the entry of the rail; `banners` may be given, else there is none.
    """
    me = who(request)
    # First, so that the counts are complete up to there at least.
    context["counted_to"] = str(await events.head(me.tenant))
    context["counts"] = await filters.counts(me.tenant, me.user.id, me.company_id)
    banners = await low_balance.banners(me.tenant, me.user) if me.user.may(Act.READ) else ()
    framed = {"nav": "", "banners": banners, **_asked(request), **_common(me), **context}
    return _squeezed(request, render(template, me.user.reader, **framed), status)


def fragment(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A part of a page for the signed-in person."""
    me = who(request)
    text = render(template, me.user.reader, **{**_asked(request), **_common(me), **context})
    return HTMLResponse(text, status_code=status, headers=VARY)


def bare(request: Request, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A page without the frame, for when nobody need be signed in."""
    text = render(template, reader_of(request), status=status, **context)
    return HTMLResponse(text, status_code=status, headers=VARY)


def _squeezed(request: Request, text: str, status: int) -> HTMLResponse:
    """A page at a seventh of its length, for who takes it so.

    What the length then tells of a page that repeats foreign words (BREACH) is of no use: a page is only ever asked
    for by its own site or by a visible navigation, and the form token alone opens nothing for a foreign Origin.
    """
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HTMLResponse(text, status_code=status, headers={"Vary": _VARY_BY_CODING})
    headers = {"Vary": _VARY_BY_CODING, "Content-Encoding": "gzip"}
    return HTMLResponse(gzip.compress(text.encode(), _LEVEL, mtime=0), status_code=status, headers=headers)


def _asked(request: Request) -> dict[str, Any]:
    """The days of the address as they were typed, for the field that says why one cannot be."""
    return {"asked_days": {name: request.query_params.get(name, "")[:20] for name in ("from", "to")}}


def _companies(me: Who) -> dict[str, Any]:
    return {"companies": me.companies, "chosen_company": me.company}


def _common(me: Who) -> dict[str, Any]:
    return {"user": me.user, "organisation": me.organisation, "csrf": me.csrf, **_companies(me)}
