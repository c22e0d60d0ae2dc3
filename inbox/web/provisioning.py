"""Settings > Provisioning: what each country asks for, how far it is, and what is blocked meanwhile."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.languages import _
from inbox.provisioning import progress
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/settings/provisioning"


@allowed(Act.SETTINGS)
async def index(request: Request) -> Response:
    """Every country's list."""
    countries = await progress.of(who(request).tenant)
    return await pages.page(request, "provisioning/index.html", nav="settings", countries=countries)


@allowed(Act.SETTINGS)
async def edit(request: Request) -> Response:
    """One item, to be filled in."""
    return await _form(request)


@allowed(Act.SETTINGS)
async def keep(request: Request) -> Response:
    """Keep what was brought; 422 with the sentences beside the fields."""
    me, form = who(request), await forms.read(request)
    checklist, standing = await progress.find(me.tenant, *_place(request))
    facts = {field.name: form.raw(field.name) for field in standing.item.fields}
    typed = {**facts, "state": form.raw("state"), "note": form.raw("note")}
    try:
        async with me.tenant.transaction():
            await progress.keep(
                me.tenant,
                me.user.name,
                checklist.country,
                standing.item.key,
                facts=facts,
                state=typed["state"],
                note=typed["note"],
            )
            said = _("kept %(item)s of %(country)s", item=standing.item.title, country=checklist.name)
            await note(me, "settings", said)
    except Invalid as error:
        return await _form(request, typed=typed, status=422, errors=error.fields)
    return RedirectResponse(ADDRESS, status_code=303)


def _place(request: Request) -> tuple[str, str]:
    return str(request.path_params["country"]), str(request.path_params["item"])


async def _form(
    request: Request,
    *,
    typed: dict[str, str] | None = None,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    checklist, standing = await progress.find(who(request).tenant, *_place(request))
    names = [field.name for field in standing.item.fields]
    known = {name: standing.facts.get(name, "") for name in names}
    known |= {"state": standing.state if standing.state in progress.CHOSEN else "saved", "note": standing.note}
    return await pages.page(
        request,
        "provisioning/edit.html",
        status=status,
        nav="settings",
        checklist=checklist,
        standing=standing,
        states=progress.CHOSEN,
        typed=typed or known,
        errors=dict.fromkeys([*names, "state", "note"]) | (errors or {}),
    )
