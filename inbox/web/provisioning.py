"""Settings > Provisioning: what each country asks for, how far it is, and what is blocked meanwhile."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Invalid, NotFound, Refused
from inbox.languages import _
from inbox.provisioning import credentials, documents, progress, reviews, submitting
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/settings/provisioning"


@allowed(Act.SETTINGS)
async def index(request: Request) -> Response:
    """Every country's list."""
    return await _lists(request)


@allowed(Act.SETTINGS)
async def send(request: Request) -> Response:
    """Send to Twilio what was brought for a country, or look now how far it is; 422 with what is missing."""
    me = who(request)
    country, kind = str(request.path_params["country"]), str(request.path_params["kind"])
    known = next((one for one in reviews.KINDS.get(country, ()) if one == kind), None)
    if known is None:
        raise NotFound
    try:
        await submitting.check(me.tenant, country, known)
        await _account_is_there(request)
    except Refused as error:
        return await _lists(request, status=422, notices={(country, kind): error.sentence})
    async with me.tenant.transaction():
        await reviews.ask(me.tenant, me.user.id, country, known)
        said = _("asked Twilio for the %(kind)s of %(country)s", kind=kind, country=country.upper())
        await note(me, "settings", said)
    return RedirectResponse(f"{ADDRESS}#{country}-title", status_code=303)


@allowed(Act.SETTINGS)
async def edit(request: Request) -> Response:
    """One item, to be filled in."""
    return await show_form(request)


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
        return await show_form(request, typed=typed, status=422, errors=error.fields)
    return RedirectResponse(ADDRESS, status_code=303)


def _place(request: Request) -> tuple[str, str]:
    return str(request.path_params["country"]), str(request.path_params["item"])


async def _account_is_there(request: Request) -> None:
    try:
        await credentials.first(who(request).tenant, request.app.state.vault)
    except NotFound:
        raise Refused(_("Connect the Twilio account first, under Settings, SMS.")) from None


async def _lists(
    request: Request, *, status: int = 200, notices: Mapping[tuple[str, str], str] | None = None
) -> Response:
    return await pages.page(
        request,
        "provisioning/index.html",
        status=status,
        nav="settings",
        countries=await progress.of(who(request).tenant),
        names=reviews.WORDS,
        notices=notices or {},
    )


async def show_form(
    request: Request,
    *,
    typed: dict[str, str] | None = None,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    """One item with what was typed, and the sentences beside the fields. Raises NotFound."""
    tenant = who(request).tenant
    checklist, standing = await progress.find(tenant, *_place(request))
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
        files=await documents.of_item(tenant, *_place(request)),
        errors=dict.fromkeys([*names, "state", "note", "document"]) | (errors or {}),
    )
