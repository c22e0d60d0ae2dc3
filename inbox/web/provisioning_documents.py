"""Files for the provider: added and removed by admins, saved again by Organisation Admins alone."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.languages import _
from inbox.provisioning import documents
from inbox.web import forms
from inbox.web.access import allowed, note, who
from inbox.web.provisioning import ADDRESS, show_form


@allowed(Act.SETTINGS)
async def add(request: Request) -> Response:
    """Keep a file for an item; 422 with the sentence beside the field."""
    me = who(request)
    _form, files = await forms.read_with_files(request, most_files=1)
    country, item = str(request.path_params["country"]), str(request.path_params["item"])
    name, content = (files[0].name, files[0].content) if files else ("", b"")
    try:
        async with me.tenant.transaction():
            vault = request.app.state.vault
            await documents.add(me.tenant, vault, me.user.name, country, item, name=name, content=content)
            await note(
                me, "settings", _("added a document for %(item)s of %(country)s", item=item, country=country.upper())
            )
    except Invalid as error:
        return await show_form(request, status=422, errors=error.fields)
    return RedirectResponse(f"{ADDRESS}/{country}/{item}", status_code=303)


@allowed(Act.DOCUMENTS)
async def save(request: Request) -> Response:
    """The file itself, which a browser only ever saves."""
    me = who(request)
    one = await documents.find(me.tenant, str(request.path_params["document_id"]))
    content = await documents.content(me.tenant, request.app.state.vault, one.id)
    async with me.tenant.transaction():
        await note(
            me, "settings", _("saved the document %(name)s of %(country)s", name=one.name, country=one.country.upper())
        )
    return Response(
        content,
        headers={
            "Content-Type": one.content_type,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(one.name)}",
            "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )


@allowed(Act.SETTINGS)
async def remove(request: Request) -> Response:
    """It is gone for good."""
    me = who(request)
    one = await documents.find(me.tenant, str(request.path_params["document_id"]))
    async with me.tenant.transaction():
        await documents.remove(me.tenant, one.id)
        await note(
            me,
            "settings",
            _("removed the document %(name)s of %(country)s", name=one.name, country=one.country.upper()),
        )
    return RedirectResponse(f"{ADDRESS}/{one.country}/{one.item}", status_code=303)
