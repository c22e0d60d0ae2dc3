"""The ledger of consents: of one candidate, a new row of it, and all of it as a file."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import consents, people
from inbox.candidates.consents import SOURCES
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import agreeing
from inbox.web import exports, forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/consents"


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """What is known of a candidate's consent, newest first."""
    return await _page(request)


@allowed(Act.MANAGE_CANDIDATES)
async def write_down(request: Request) -> Response:
    """Add a row; 422 with what was typed and the sentence beside it when it cannot be one."""
    me, form, candidate_id = who(request), await forms.read(request), str(request.path_params["candidate_id"])
    given, words = form.raw("given") != "0", form.raw("words")
    try:
        async with me.tenant.transaction():
            await agreeing.write_down(me.tenant, me.user, candidate_id, given=given, words=words)
            was_given = _("wrote down that consent of candidate %(id)s was given", id=candidate_id)
            was_taken = _("wrote down that consent of candidate %(id)s was taken back", id=candidate_id)
            await note(me, "consent", was_given if given else was_taken)
    except Invalid as error:
        return await _page(request, status=422, words=words, given=given, error=error.fields["words"])
    return RedirectResponse(f"/candidates/{candidate_id}/consents", status_code=303)


@allowed(Act.EXPORT)
async def export(request: Request) -> Response:
    """The whole ledger as a CSV file (RFC 4180), oldest first."""
    return await exports.answer(request, "consents", {}, _("the ledger of consents"))


async def _page(
    request: Request, *, status: int = 200, words: str = "", given: bool = True, error: str = ""
) -> Response:
    tenant, candidate_id = who(request).tenant, str(request.path_params["candidate_id"])
    return await pages.page(
        request,
        "consents/index.html",
        status=status,
        nav="candidates",
        candidate=await people.find(tenant, candidate_id),
        found=await consents.of_candidate(tenant, candidate_id),
        sources=SOURCES,
        most=consents.MOST_WORDS,
        words=words,
        given=given,
        error=error,
    )
