"""Candidates: the list, the preview over it, and the full profile, both with the thread widget."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import people
from inbox.candidates.people import Candidate
from inbox.errors import Refused
from inbox.messaging import conversations
from inbox.provisioning import company_numbers
from inbox.web import pages
from inbox.web.access import Who, allowed, who
from inbox.web.threads import Thread, open_thread


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """The list by name, narrowed by `q`, paged by `before`."""
    me, q = who(request), request.query_params.get("q", "").replace("\x00", "")[:200]
    found = await people.page(me.tenant, q=q, after=request.query_params.get("before"))
    return await pages.page(request, "candidates/index.html", nav="candidates", candidates=found, q=q)


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """The full profile; `tab=sms` shows the thread."""
    me = who(request)
    candidate = await people.find(me.tenant, str(request.path_params["candidate_id"]))
    tab = "sms" if request.query_params.get("tab") == "sms" else "details"
    return await pages.page(
        request,
        "candidates/show.html",
        nav="candidates",
        candidate=candidate,
        tab=tab,
        thread=await _thread(me, candidate) if tab == "sms" else None,
        embedded=True,
        text="",
        notice=None,
    )


@allowed(Act.READ)
async def preview(request: Request) -> Response:
    """The preview: a fragment for the dialog over the list, a page of its own as a plain link."""
    me = who(request)
    candidate = await people.find(me.tenant, str(request.path_params["candidate_id"]))
    tab = "sms" if request.query_params.get("tab") == "sms" else "details"
    context: dict[str, Any] = {
        "candidate": candidate,
        "tab": tab,
        "thread": await _thread(me, candidate) if tab == "sms" else None,
        "embedded": True,
        "text": "",
        "notice": None,
    }
    if pages.target(request) == "sheet-body":
        return pages.fragment(request, "candidates/_card.html", **context)
    return await pages.page(request, "candidates/preview.html", nav="candidates", **context)


@allowed(Act.REPLY)
async def open_conversation(request: Request) -> Response:
    """Open the conversation with a candidate, from the company's number, and show it in the profile."""
    me = who(request)
    candidate = await people.find(me.tenant, str(request.path_params["candidate_id"]))
    if candidate.number is None:
        raise Refused("No mobile number yet. Add one to text this candidate.")
    ours = await company_numbers.first(me.tenant)
    async with me.tenant.transaction():
        await conversations.find_or_open(
            me.tenant,
            company_id=ours.company_id,
            company_number_id=ours.id,
            candidate_id=candidate.id,
            candidate_number=candidate.number,
        )
    return RedirectResponse(f"/candidates/{candidate.id}?tab=sms", status_code=303)


async def _thread(me: Who, candidate: Candidate) -> Thread | None:
    if candidate.conversation_id is None:
        return None
    return await open_thread(me.tenant, candidate.conversation_id, me.user.zone)
