"""Saved views: the present filters of the inbox under a name, opened again by their address."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Invalid
from inbox.messaging import saved_views
from inbox.messaging.saved_views import SavedView
from inbox.messaging.views import View
from inbox.web import forms, pages, views
from inbox.web.access import Who, allowed, who

ADDRESS = "/saved-views"


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """Those of the user and those of everybody; `archived` names one that can be brought back."""
    me, gone = who(request), request.query_params.get("archived")
    return await pages.page(
        request,
        "saved_views/index.html",
        nav="inbox",
        saved=[(one, _view(me, one.query)) for one in await saved_views.all_of(me.tenant, me.user)],
        archived=await saved_views.find(me.tenant, me.user, gone) if gone else None,
    )


@allowed(Act.READ)
async def new(request: Request) -> Response:
    """A form to name the filters of this address."""
    view, _ = views.asked_for(request.query_params, who(request))
    return await _form(request, None, view, name="", shared=False)


@allowed(Act.READ)
async def create(request: Request) -> Response:
    """Keep them and go back to the list; 422 with the sentence beside the field when the name cannot be taken."""
    me, form = who(request), await forms.read(request)
    view, name, shared = _view(me, form.raw("query")), form.raw("name"), form.raw("shared") == "1"
    try:
        saved = await saved_views.create(me.tenant, me.user, view, name=name, shared=shared)
    except Invalid as error:
        return await _form(request, None, view, name=name, shared=shared, error=error.sentence)
    return RedirectResponse(f"/inbox{saved.query}", status_code=303)


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """To the inbox with these filters."""
    return RedirectResponse(f"/inbox{(await _saved(request)).query}", status_code=303)


@allowed(Act.READ)
async def edit(request: Request) -> Response:
    """One of them, to be renamed or removed."""
    saved = await _saved(request)
    return await _form(request, saved, _view(who(request), saved.query), name=saved.name, shared=saved.is_shared)


@allowed(Act.READ)
async def change(request: Request) -> Response:
    """Keep another name, or another circle; 422 with the sentence beside the field when it cannot be."""
    me, saved, form = who(request), await _saved(request), await forms.read(request)
    name, shared = form.raw("name"), form.raw("shared") == "1"
    try:
        await saved_views.rename(me.tenant, me.user, saved.id, name=name, shared=shared)
    except Invalid as error:
        return await _form(request, saved, _view(me, saved.query), name=name, shared=shared, error=error.sentence)
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.READ)
async def archive(request: Request) -> Response:
    """Remove one; the list offers to bring it back."""
    me, saved = who(request), await _saved(request)
    await saved_views.archive(me.tenant, me.user, saved.id)
    return RedirectResponse(f"{ADDRESS}?archived={saved.id}", status_code=303)


@allowed(Act.READ)
async def restore(request: Request) -> Response:
    """Bring one back."""
    me, saved = who(request), await _saved(request)
    await saved_views.restore(me.tenant, me.user, saved.id)
    return RedirectResponse(ADDRESS, status_code=303)


async def _saved(request: Request) -> SavedView:
    me = who(request)
    return await saved_views.find(me.tenant, me.user, str(request.path_params["view_id"]))


def _view(me: Who, query: str) -> View:
    """The view of a query string; what it does not know is left out."""
    view, _ = views.asked_for(dict(parse_qsl(query.removeprefix("?"))), me)
    return view


async def _form(
    request: Request, saved: SavedView | None, view: View, *, name: str, shared: bool, error: str | None = None
) -> Response:
    return await pages.page(
        request,
        "saved_views/edit.html",
        status=422 if error else 200,
        nav="inbox",
        saved=saved,
        view=view,
        typed={"name": name, "shared": shared},
        may_share=who(request).user.may(saved_views.SHARING),
        may_change=saved is None or saved.may_be_changed_by(who(request).user),
        error=error,
    )
