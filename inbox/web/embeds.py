"""Settings > Embeds: which pages of other systems may show a thread, and the keys that let their users in."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.embeds import keys, origins
from inbox.errors import Invalid
from inbox.languages import _
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who
from inbox.web.embed_examples import examples

ADDRESS = "/settings/embeds"


@allowed(Act.EMBEDS)
async def index(request: Request) -> Response:
    """The origins, the keys, and what to put into a page."""
    return await _page(request)


@allowed(Act.EMBEDS)
async def add_origin(request: Request) -> Response:
    """Let the thread stand on pages of one more origin; 422 with the sentence beside the field."""
    me, typed = who(request), (await forms.read(request)).raw("origin")
    try:
        async with me.tenant.transaction():
            origin = await origins.add(me.tenant, typed)
            await note(me, "embed", _("lets the thread stand in pages of %(origin)s", origin=origin))
    except Invalid as error:
        return await _page(request, status=422, typed=typed, errors=error.fields)
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.EMBEDS)
async def remove_origin(request: Request) -> Response:
    """Let it stand there no more."""
    me, origin = who(request), (await forms.read(request)).raw("origin")
    async with me.tenant.transaction():
        await origins.remove(me.tenant, origin)
        await note(me, "embed", _("lets the thread stand in pages of %(origin)s no more", origin=origin))
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.EMBEDS)
async def make_key(request: Request) -> Response:
    """Make a key and show its secret once; 422 when there are two."""
    me, state = who(request), request.app.state
    try:
        async with me.tenant.transaction():
            made, secret = await keys.create(me.tenant, state.vault)
            await note(me, "embed", _("made the embed key %(id)s", id=made.id))
    except Invalid as error:
        return await _page(request, status=422, errors=error.fields)
    return await pages.page(request, "embeds/key.html", nav="settings", key=made, secret=secret)


@allowed(Act.EMBEDS)
async def revoke_key(request: Request) -> Response:
    """End a key at once, and every widget that it let in."""
    me, key_id = who(request), str(request.path_params["key_id"])
    async with me.tenant.transaction():
        await keys.revoke(me.tenant, key_id)
        await note(me, "embed", _("revoked the embed key %(id)s", id=key_id))
    return RedirectResponse(ADDRESS, status_code=303)


async def _page(
    request: Request, *, status: int = 200, typed: str = "", errors: dict[str, str] | None = None
) -> Response:
    me, settings = who(request), request.app.state.settings
    made = await keys.all_of(me.tenant)
    return await pages.page(
        request,
        "embeds/index.html",
        status=status,
        nav="settings",
        origins=await origins.all_of(me.tenant),
        keys=made,
        most_keys=keys.MOST,
        examples=examples(settings.embeds_at, made[0].id if made else None),
        typed=typed,
        errors={"origin": None, "key": None} | (errors or {}),
    )
