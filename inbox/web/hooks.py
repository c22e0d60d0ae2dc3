"""Settings > Webhooks: the addresses of other systems that are told what happens here."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import choices
from inbox.errors import Invalid
from inbox.hooks import deliveries, endpoints, kinds
from inbox.languages import _
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/settings/webhooks"


@allowed(Act.WEBHOOKS)
async def index(request: Request) -> Response:
    """Every endpoint of the organisation."""
    return await _index(request)


@allowed(Act.WEBHOOKS)
async def create(request: Request) -> Response:
    """Add one and show its secret once; 422 with the sentence beside the field when it cannot be."""
    me, typed = who(request), await _typed(request)
    state = request.app.state
    try:
        async with me.tenant.transaction():
            to_private = state.settings.private_webhooks
            made, secret = await endpoints.create(me.tenant, state.vault, **typed, to_private=to_private)
            told = ", ".join(sorted(made.kinds))
            await note(me, "webhook", _("added the webhook to %(host)s for %(kinds)s", host=made.host, kinds=told))
    except Invalid as error:
        return await _index(request, status=422, typed=typed, errors=error.fields)
    return await pages.page(request, "hooks/secret.html", nav="settings", endpoint=made, secret=secret, is_new=True)


@allowed(Act.WEBHOOKS)
async def show(request: Request) -> Response:
    """One endpoint, and what it was told; older than the id `before`, if there is one."""
    return await page(request)


@allowed(Act.WEBHOOKS)
async def change(request: Request) -> Response:
    """Tell it elsewhere, or of other things; 422 with the sentence beside the field."""
    me, typed, endpoint_id = who(request), await _typed(request), id_of(request)
    to_private = request.app.state.settings.private_webhooks
    try:
        async with me.tenant.transaction():
            await endpoints.change(me.tenant, endpoint_id, **typed, to_private=to_private)
            changed = await endpoints.find(me.tenant, endpoint_id)
            told = ", ".join(sorted(changed.kinds))
            await note(me, "webhook", _("has %(host)s told of %(kinds)s", host=changed.host, kinds=told))
    except Invalid as error:
        return await page(request, status=422, typed=typed, errors=error.fields)
    return back_to(endpoint_id)


@allowed(Act.WEBHOOKS)
async def rotate(request: Request) -> Response:
    """Make a new secret and show it once."""
    me, endpoint_id = who(request), id_of(request)
    async with me.tenant.transaction():
        secret = await endpoints.rotate(me.tenant, request.app.state.vault, endpoint_id)
        endpoint = await endpoints.find(me.tenant, endpoint_id)
        await note(me, "webhook", _("renewed the secret of the webhook to %(host)s", host=endpoint.host))
    return await pages.page(
        request, "hooks/secret.html", nav="settings", endpoint=endpoint, secret=secret, is_new=False
    )


@allowed(Act.WEBHOOKS)
async def turn_on(request: Request) -> Response:
    """Tell it again what happens."""
    me, endpoint_id = who(request), id_of(request)
    async with me.tenant.transaction():
        await endpoints.turn_on(me.tenant, endpoint_id)
        endpoint = await endpoints.find(me.tenant, endpoint_id)
        await note(me, "webhook", _("switched on the webhook to %(host)s", host=endpoint.host))
    return back_to(endpoint_id)


@allowed(Act.WEBHOOKS)
async def turn_off(request: Request) -> Response:
    """Tell it nothing more for the present."""
    me, endpoint_id = who(request), id_of(request)
    async with me.tenant.transaction():
        endpoint = await endpoints.find(me.tenant, endpoint_id)
        if await endpoints.turn_off(me.tenant, endpoint_id, "person"):
            await note(me, "webhook", _("switched off the webhook to %(host)s", host=endpoint.host))
    return back_to(endpoint_id)


@allowed(Act.WEBHOOKS)
async def remove(request: Request) -> Response:
    """Forget it, with all that it was told."""
    me = who(request)
    async with me.tenant.transaction():
        gone = await endpoints.remove(me.tenant, id_of(request))
        await note(me, "webhook", _("removed the webhook to %(host)s", host=gone.host))
    return RedirectResponse(ADDRESS, status_code=303)


async def page(
    request: Request,
    *,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    notice: str | None = None,
) -> Response:
    """The page of one endpoint, with what is to be said on it."""
    tenant, endpoint_id = who(request).tenant, id_of(request)
    endpoint = await endpoints.find(tenant, endpoint_id)
    before = choices.as_id(request.query_params.get("before"))
    found, more = await deliveries.page(tenant, endpoint_id, before=before or None)
    return await pages.page(
        request,
        "hooks/show.html",
        status=status,
        nav="settings",
        endpoint=endpoint,
        found=found,
        more=more,
        has_failed=await deliveries.has_failed(tenant, endpoint_id),
        offered=kinds.OFFERED,
        typed=typed or {"url": endpoint.url, "wanted": sorted(endpoint.kinds)},
        errors={"url": None, "kinds": None} | (errors or {}),
        notice=notice,
    )


def id_of(request: Request) -> str:
    """The endpoint that the address names."""
    return str(request.path_params["endpoint_id"])


def back_to(endpoint_id: str) -> Response:
    """To the page of an endpoint."""
    return RedirectResponse(f"{ADDRESS}/{endpoint_id}", status_code=303)


async def _typed(request: Request) -> dict[str, Any]:
    form = await forms.read(request)
    return {"url": form.raw("url"), "wanted": form.every("kinds")}


async def _index(
    request: Request,
    *,
    status: int = 200,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    return await pages.page(
        request,
        "hooks/index.html",
        status=status,
        nav="settings",
        found=await endpoints.all_of(who(request).tenant),
        offered=kinds.OFFERED,
        typed=typed or {"url": "", "wanted": []},
        errors={"url": None, "kinds": None} | (errors or {}),
    )
