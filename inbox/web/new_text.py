"""A first text to somebody: found by name, number or e-mail, or a number that nobody has yet."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import numbers, people
from inbox.candidates.choices import Choice
from inbox.errors import Refused
from inbox.languages import _
from inbox.messaging import starting
from inbox.provisioning import company_numbers
from inbox.storage.database import Tenant
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, who
from providers import phone


@allowed(Act.REPLY)
async def find(request: Request) -> Response:
    """Whom `q` may mean."""
    return await _page(request, request.query_params.get("q", "").replace("\x00", "")[:200])


@allowed(Act.REPLY)
async def to_candidate(request: Request) -> Response:
    """Open the conversation with a candidate in the inbox."""
    me = who(request)
    candidate = await people.find(me.tenant, str(request.path_params["candidate_id"]))
    if candidate.number is None:
        raise Refused(_("No mobile number yet. Add one to text this candidate."))
    return await _opened(me, candidate.id, candidate.number)


@allowed(Act.REPLY)
async def to_number(request: Request) -> Response:
    """Open the conversation with a number in the inbox; whoever holds it, or somebody new. 422 when it is none."""
    me, typed = who(request), (await forms.read(request)).raw("number")
    try:
        number = phone.to_e164(typed, await company_numbers.region(me.tenant))
    except phone.NotAPhoneNumber as error:
        return await _page(request, typed, status=422, error=_(error.message, typed=error.typed))
    if await company_numbers.by_number(me.tenant, number) is not None:
        return await _page(request, typed, status=422, error=_("This is a number of your own company."))
    return await _opened(me, await people.by_number(me.tenant, number), number)


async def _opened(me: Who, candidate_id: str, number: str) -> Response:
    conversation_id = await starting.open_with(
        me.tenant, me.user, candidate_id=candidate_id, number=number, company_id=me.company_id
    )
    return RedirectResponse(f"/inbox/c/{conversation_id}?tab=shared", status_code=303)


async def _page(request: Request, q: str, *, status: int = 200, error: str | None = None) -> Response:
    tenant = who(request).tenant
    found = await people.page(tenant, Choice(q=q)) if q.strip() else None
    return await pages.page(
        request,
        "inbox/new_text.html",
        status=status,
        nav="inbox",
        q=q,
        candidates=found.rows if found else (),
        stranger=await _stranger(tenant, q),
        error=error,
    )


async def _stranger(tenant: Tenant, q: str) -> str | None:
    """The number (E.164) that was typed when nobody holds it."""
    try:
        number = phone.to_e164(q, await company_numbers.region(tenant))
    except phone.NotAPhoneNumber:
        return None
    return number if await numbers.holder(tenant, number) is None else None
