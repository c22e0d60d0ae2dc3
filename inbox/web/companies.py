"""Choosing the company whose pages are shown, and Settings > Companies: which there are."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import companies, sessions
from inbox.accounts.companies import Company
from inbox.accounts.roles import Act
from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.provisioning import company_numbers
from inbox.web import forms, pages, way_back
from inbox.web.access import allowed, note, who

ADDRESS = "/settings/companies"
CHOOSE = "/company"


@allowed(Act.READ)
async def choose(request: Request) -> Response:
    """The pages of this browser are of another company from now on; back to the list that was shown, but of that one.

    A window whose address names a company stays with it.
    """
    me, wanted = who(request), (await forms.read(request)).raw("company")
    if wanted not in {company.id for company in me.companies}:
        raise NotFound
    await sessions.choose_company(me.tenant.database, me.session_hash, wanted)
    return RedirectResponse(_list_behind(request), status_code=303)


@allowed(Act.COMPANIES)
async def index(request: Request) -> Response:
    """All companies with their numbers."""
    return await _page(request, {})


@allowed(Act.COMPANIES)
async def create(request: Request) -> Response:
    """Add one; 422 with the sentence beside the field when it cannot be called so."""
    me, typed = who(request), (await forms.read(request)).raw("name")
    try:
        name = companies.checked_name(typed)
        async with me.tenant.transaction():
            await companies.create(me.tenant, name)
            await note(me, "settings", _("added the company %(name)s", name=name))
    except Invalid as error:
        return await _page(request, {"new": (typed, error.sentence)}, status=422)
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.COMPANIES)
async def rename(request: Request) -> Response:
    """Give one another name; 422 with the sentence beside its field."""
    me, typed = who(request), (await forms.read(request)).raw("name")
    company = await companies.find(me.tenant, str(request.path_params["company_id"]))
    try:
        name = companies.checked_name(typed)
        async with me.tenant.transaction():
            await companies.change(me.tenant, company.id, name=name)
            await note(me, "settings", _("renamed the company %(old)s to %(new)s", old=company.name, new=name))
    except Invalid as error:
        return await _page(request, {company.id: (typed, error.sentence)}, status=422)
    return RedirectResponse(ADDRESS, status_code=303)


async def _page(request: Request, wrong: dict[str, tuple[str, str]], *, status: int = 200) -> Response:
    """`wrong` is what was typed and the sentence about it, by the id of the company, or under "new"."""
    me = who(request)
    found: list[Company] = await companies.of(me.tenant, me.user)
    numbers = await company_numbers.all_of(me.tenant)
    return await pages.page(
        request,
        "settings/companies.html",
        status=status,
        nav="settings",
        found=[(one, [number for number in numbers if number.company_id == one.id]) for one in found],
        wrong=wrong,
    )


def _list_behind(request: Request) -> str:
    """The page that the choice was made on, without filters; where it was of one thing, the inbox."""
    path = way_back.page_behind(request, request.app.state.settings).partition("?")[0]
    return way_back.HOME if any(map(_is_id, path.split("/"))) else path


def _is_id(part: str) -> bool:
    try:
        UUID(part)
    except ValueError:
        return False
    return True
