"""Settings > Users, Account: the number of somebody's own that they text from, in place of the company's."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import team
from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.languages import _
from inbox.provisioning import company_numbers
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who
from inbox.web.company_settings import NotAsWritten, checked, owner


@allowed(Act.USERS)
async def show(request: Request) -> Response:
    """The number as it stands in the chosen company."""
    notice = _("Saved.") if "saved" in request.query_params else None
    return await _page(request, notice=notice)


@allowed(Act.USERS)
async def save(request: Request) -> Response:
    """Keep another one, or with an empty field none; 422 with the sentence beside the field."""
    me, typed = who(request), (await forms.read(request)).raw("number").strip()
    other = await team.manageable(me.tenant, me.user, str(request.path_params["user_id"]))
    try:
        number = checked(typed, await company_numbers.region(me.tenant)) if typed else ""
        account = await owner(request, me, number) if number else None
        async with me.tenant.transaction():
            if account is None:
                await company_numbers.take_back(me.tenant, other.id, company_id=me.company_id)
            else:
                where = {"company_id": me.company_id, "provider_account_id": account.id}
                await company_numbers.give(me.tenant, other.id, number=number, **where)
            texts_from = number or _("the number of the company")
            said = _("made %(number)s what %(email)s texts from", number=texts_from, email=other.email)
            await note(me, "user", said)
    except Invalid as error:
        better = error.number if isinstance(error, NotAsWritten) else ""
        return await _page(request, status=422, wrong=(typed, error.fields["number"], better))
    return RedirectResponse(f"/settings/users/{other.id}/number?saved", status_code=303)


async def _page(
    request: Request, *, status: int = 200, wrong: tuple[str, str, str] | None = None, notice: str | None = None
) -> Response:
    """`wrong` is what was typed, the sentence about it, and how it is written, if it is one."""
    me = who(request)
    other = await team.manageable(me.tenant, me.user, str(request.path_params["user_id"]))
    own = await company_numbers.own_of(me.tenant, other.id, me.company_id)
    typed, sentence, better = wrong or (own.number if own else "", "", "")
    return await pages.page(
        request,
        "users/number.html",
        status=status,
        nav="settings",
        other=other,
        typed=typed,
        sentence=sentence,
        better=better,
        notice=notice,
    )
