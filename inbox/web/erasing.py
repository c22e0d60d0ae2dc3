"""A candidate's personal data: what there is, what keeps it, and the way to remove it for good."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import people
from inbox.errors import Invalid, NotFound, Refused
from inbox.languages import _
from inbox.reports import erasing, erasures, retention
from inbox.reports.erasures import Erasure
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, note, who


@allowed(Act.ERASE)
async def show(request: Request) -> Response:
    """What would be removed, or what was."""
    return await _page(request)


@allowed(Act.ERASE)
async def erase(request: Request) -> Response:
    """Remove everything personal; 409 with the reason when that may not be, or not now."""
    me, candidate_id = who(request), _candidate_id(request)
    try:
        async with me.tenant.transaction():
            done = await erasing.erase(me.tenant, candidate_id, actor=me.user.name)
            said = _(
                "removed everything personal of candidate %(id)s: %(texts)s texts, %(files)s files, %(notes)s notes",
                id=candidate_id,
                texts=done.texts,
                files=done.files,
                notes=done.notes,
            )
            await note(me, "erasure", said)
    except Refused as refused:
        return await _page(request, status=409, error=refused.sentence)
    return RedirectResponse(_address(candidate_id), status_code=303)


@allowed(Act.ERASE)
async def hold(request: Request) -> Response:
    """Keep everything, with the reason, or end that."""
    me, candidate_id, form = who(request), _candidate_id(request), await forms.read(request)
    why = form.raw("why") if form.raw("act") == "hold" else None
    try:
        async with me.tenant.transaction():
            await retention.hold(me.tenant, candidate_id, why)
            held = _("put a hold on candidate %(id)s", id=candidate_id)
            ended = _("ended the hold on candidate %(id)s", id=candidate_id)
            await note(me, "erasure", ended if why is None else held)
    except Invalid as invalid:
        return await _page(request, status=422, typed=why or "", wrong=invalid.fields["why"])
    return RedirectResponse(_address(candidate_id), status_code=303)


async def _page(
    request: Request, *, status: int = 200, error: str | None = None, typed: str = "", wrong: str | None = None
) -> Response:
    me, candidate_id = who(request), _candidate_id(request)
    candidate = await people.find(me.tenant, candidate_id)
    done = await _done(me, candidate_id)
    return await pages.page(
        request,
        "candidates/erasure.html",
        status=status,
        nav="candidates",
        candidate=candidate,
        done=done,
        held=await retention.held(me.tenant, candidate_id),
        there=await erasing.extent(me.tenant, candidate_id),
        error=error,
        typed=typed,
        wrong=wrong,
        most_why=retention.MOST_WHY,
        heading=candidate.name if done else _("Personal data of %(name)s", name=candidate.name),
    )


async def _done(me: Who, candidate_id: str) -> Erasure | None:
    try:
        return await erasures.of_candidate(me.tenant, candidate_id)
    except NotFound:
        return None


def _candidate_id(request: Request) -> str:
    return str(request.path_params["candidate_id"])


def _address(candidate_id: str) -> str:
    return f"/candidates/{candidate_id}/erasure"
