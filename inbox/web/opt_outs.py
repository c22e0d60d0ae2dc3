"""Opt-outs in other words than STOP: the list of what somebody has to read, and the decision about each."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Changed
from inbox.languages import _
from inbox.messaging import conversations, reviewing
from inbox.web import exports, forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/opt-outs"


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """Those nobody has decided about, oldest first."""
    return await _page(request)


@allowed(Act.EXPORT)
async def export(request: Request) -> Response:
    """Everybody who wants no more texts, as a CSV file (RFC 4180)."""
    return await exports.answer(request, "opt_outs", {}, _("the opt-outs"))


@allowed(Act.REPLY)
async def decide(request: Request) -> Response:
    """It was an opt-out, or it was none. Leads back to where it was asked; 409 when somebody was faster."""
    me, form = who(request), await forms.read(request)
    conversation_id = str(request.path_params["conversation_id"])
    is_one = form.raw("decision") == "confirm"
    act = reviewing.confirm if is_one else reviewing.clear
    candidate_id = (await conversations.find(me.tenant, conversation_id)).candidate_id
    try:
        async with me.tenant.transaction():
            await act(me.tenant, me.user, conversation_id)
            confirmed = _("confirmed the opt-out of candidate %(id)s", id=candidate_id)
            cleared = _("decided that candidate %(id)s has not opted out", id=candidate_id)
            await note(me, "opt_out", confirmed if is_one else cleared)
    except Changed as error:
        return await _page(request, status=409, notice=error.sentence)
    back = ADDRESS if form.raw("from") == "list" else f"/inbox/c/{conversation_id}?tab=shared"
    return RedirectResponse(back, status_code=303)


async def _page(request: Request, *, status: int = 200, notice: str = "") -> Response:
    found, more = await reviewing.waiting(who(request).tenant, after=_moment(request.query_params.get("after", "")))
    return await pages.page(
        request,
        "opt_outs/index.html",
        status=status,
        nav="candidates",
        found=found,
        more=more.isoformat() if more else None,
        notice=notice,
    )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None
