"""Settings > API tokens: keys for programs, and the browsers that Sourcing Companion is connected in."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import api_tokens, companions, scopes
from inbox.accounts.roles import Act
from inbox.accounts.scopes import Scope
from inbox.errors import Invalid
from inbox.languages import _
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/settings/api-tokens"


@allowed(Act.SETTINGS)
async def index(request: Request) -> Response:
    """Every token and every connected browser of the organisation."""
    return await _page(request)


@allowed(Act.SETTINGS)
async def create(request: Request) -> Response:
    """Make a token and show it once; 422 with the sentence beside the field when it cannot be."""
    me, form = who(request), await forms.read(request)
    typed: dict[str, Any] = {"name": form.raw("name"), "wanted": form.every("scopes"), "days": form.raw("days")}
    try:
        async with me.tenant.transaction():
            made, token = await api_tokens.create(me.tenant, me.user, **typed)
            scopes = ", ".join(sorted(made.scopes))
            await note(me, "token", _("made the API token “%(name)s” for %(scopes)s", name=made.name, scopes=scopes))
    except Invalid as error:
        return await _page(request, status=422, typed=typed, errors=error.fields)
    return await pages.page(request, "api_tokens/made.html", nav="settings", made=made, token=token)


@allowed(Act.SETTINGS)
async def revoke(request: Request) -> Response:
    """End a token at once."""
    me = who(request)
    async with me.tenant.transaction():
        gone = await api_tokens.revoke(me.tenant, str(request.path_params["token_id"]))
        await note(me, "token", _("revoked the API token “%(name)s” of %(owner)s", name=gone.name, owner=gone.owner))
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.SETTINGS)
async def disconnect(request: Request) -> Response:
    """Disconnect somebody's Sourcing Companion at once."""
    me = who(request)
    async with me.tenant.transaction():
        name = await companions.revoke(me.tenant, str(request.path_params["companion_id"]))
        await note(me, "token", _("disconnected Sourcing Companion in %(browser)s", browser=name))
    return RedirectResponse(ADDRESS, status_code=303)


async def _page(
    request: Request,
    *,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    me = who(request)
    return await pages.page(
        request,
        "api_tokens/index.html",
        status=status,
        nav="settings",
        tokens=await api_tokens.all_of(me.tenant),
        connected=await companions.all_of(me.tenant),
        offered=scopes.open_to(me.user, Scope),
        lasting=api_tokens.DAYS,
        typed=typed or {"name": "", "wanted": [], "days": "90"},
        errors={"name": None, "scopes": None, "days": None} | (errors or {}),
    )
