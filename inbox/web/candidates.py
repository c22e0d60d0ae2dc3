"""Candidates: the list, the preview over it, and the full profile, both with the thread widget."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.candidates import choices, labels, people
from inbox.candidates.choices import Choice
from inbox.candidates.people import Candidate
from inbox.errors import NotFound, Refused
from inbox.languages import _
from inbox.messaging import company_conversations, label_changes, merging, starting
from inbox.messaging.label_changes import Change
from inbox.web import context, exports, pages
from inbox.web.access import Who, allowed, who
from inbox.web.threads import Thread, open_thread


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """The list by name, narrowed by words, tag, list, stage, owner and "can text", paged by `before`."""
    return await show_list(request, choices.read(request.query_params))


@allowed(Act.EXPORT)
async def export(request: Request) -> Response:
    """The same candidates as a CSV file (RFC 4180)."""
    asked = {name: str(value) for name, value in choices.read(request.query_params).parameters().items()}
    return await exports.answer(request, "candidates", asked, _("candidates"))


async def show_list(
    request: Request, choice: Choice, *, status: int = 200, typed: dict[str, Any] | None = None, error: str = ""
) -> Response:
    """The list of a choice; `typed` is what a form that could not be taken said, with the sentence `error`."""
    me = who(request)
    return await pages.page(
        request,
        "candidates/index.html",
        status=status,
        nav="candidates",
        candidates=await people.page(me.tenant, choice, after=request.query_params.get("before")),
        choice=choice,
        offered={
            "tag": await labels.all_of(me.tenant, "tag"),
            "list": await labels.all_of(me.tenant, "list"),
            "stage": await choices.stages(me.tenant),
            "owner": await users.who_may(me.tenant, Act.REPLY),
        },
        change=await _change(me, request.query_params.get("changed")),
        typed=typed or {"kind": "tag", "name": "", "chosen": (), "everyone": False},
        error=error,
    )


async def _change(me: Who, asked: str | None) -> Change | None:
    """The change that the list has to tell of."""
    try:
        return await label_changes.find(me.tenant, str(UUID(asked))) if asked else None
    except (ValueError, NotFound):
        return None


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """The full profile; `tab=sms` shows the thread. An id that was merged leads to whom it was merged into."""
    try:
        return await _show(request)
    except NotFound:
        return await _led_on(request)


async def _led_on(request: Request) -> Response:
    """To whom the candidate was merged into; raises NotFound."""
    candidate_id = str(request.path_params["candidate_id"])
    successor = await merging.successor(who(request).tenant, candidate_id)
    if successor is None:
        raise NotFound
    return RedirectResponse(str(request.url.path).replace(candidate_id, successor), status_code=303)


async def _show(request: Request) -> Response:
    me, candidate_id = who(request), str(request.path_params["candidate_id"])
    if request.query_params.get("tab") != "sms":
        return await show_details(request, candidate_id)
    candidate = await people.find(me.tenant, candidate_id)
    return await _profile(request, candidate, tab="sms", thread=await _thread(me, candidate))


async def show_details(
    request: Request, candidate_id: str, *, status: int = 200, wrong: dict[str, str] | None = None
) -> Response:
    """The profile with what is known; `wrong` is the tag or list that could not be one, with its sentence."""
    known = await context.of(who(request).tenant, candidate_id)
    return await _profile(request, known.candidate, tab="details", known=known, wrong=wrong, status=status)


async def _profile(request: Request, candidate: Candidate, **more: Any) -> Response:
    return await pages.page(
        request, "candidates/show.html", nav="candidates", **(_NOTHING | {"candidate": candidate} | more)
    )


@allowed(Act.READ)
async def preview(request: Request) -> Response:
    """The preview: a fragment for the dialog over the list, a page of its own as a plain link."""
    try:
        return await _preview(request)
    except NotFound:
        return await _led_on(request)


async def _preview(request: Request) -> Response:
    me, candidate_id = who(request), str(request.path_params["candidate_id"])
    more: dict[str, Any]
    if request.query_params.get("tab") == "sms":
        candidate = await people.find(me.tenant, candidate_id)
        more = {"tab": "sms", "candidate": candidate, "thread": await _thread(me, candidate)}
    else:
        known = await context.of(me.tenant, candidate_id)
        more = {"tab": "details", "candidate": known.candidate, "known": known}
    if pages.target(request) == "sheet-body":
        return pages.fragment(request, "candidates/_card.html", **(_NOTHING | more))
    return await pages.page(request, "candidates/preview.html", nav="candidates", **(_NOTHING | more))


@allowed(Act.REPLY)
async def open_conversation(request: Request) -> Response:
    """Open the conversation with a candidate, from the company's number, and show it in the profile."""
    me = who(request)
    candidate = await people.find(me.tenant, str(request.path_params["candidate_id"]))
    if candidate.number is None:
        raise Refused(_("No mobile number yet. Add one to text this candidate."))
    await starting.open_with(
        me.tenant, me.user, candidate_id=candidate.id, number=candidate.number, company_id=me.company_id
    )
    return RedirectResponse(f"/candidates/{candidate.id}?tab=sms", status_code=303)


# What a profile or preview needs; the open tab fills in its part.
_NOTHING: dict[str, Any] = {
    "known": None,
    "wrong": None,
    "thread": None,
    "embedded": True,
    "text": "",
    "notice": None,
}


async def _thread(me: Who, candidate: Candidate) -> Thread | None:
    found = await company_conversations.shown_for(me.tenant, me.user, candidate, me.company_id)
    return None if found is None else await open_thread(me.tenant, found, me.user.zone)
