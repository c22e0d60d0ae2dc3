"""Connect Sourcing Companion: a code for a browser, and the browsers in which it is connected."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import companions
from inbox.accounts.roles import Act
from inbox.languages import _
from inbox.web import pages
from inbox.web.access import allowed, note, who

ADDRESS = "/companion"


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """How to connect one, and those that are connected."""
    return await _page(request, None)


@allowed(Act.READ)
async def new_code(request: Request) -> Response:
    """A code, shown once."""
    me = who(request)
    return await _page(request, await companions.new_code(me.tenant, me.user))


@allowed(Act.READ)
async def disconnect(request: Request) -> Response:
    """Disconnect one of one's own."""
    me = who(request)
    async with me.tenant.transaction():
        name = await companions.revoke(me.tenant, str(request.path_params["companion_id"]), user_id=me.user.id)
        await note(me, "token", _("disconnected Sourcing Companion in %(browser)s", browser=name))
    return RedirectResponse(ADDRESS, status_code=303)


async def _page(request: Request, code: str | None) -> Response:
    me = who(request)
    return await pages.page(
        request,
        "companions/index.html",
        nav="account",
        code=code,
        minutes=companions.CODE_SECONDS // 60,
        server=request.app.state.settings.public_url,
        connected=await companions.all_of(me.tenant, user_id=me.user.id),
    )
