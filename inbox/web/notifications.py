"""The notification centre: what the signed-in user is to look at, newest first."""

from contextlib import suppress

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.errors import Unavailable
from inbox.messaging import notifications
from inbox.web import forms, pages, way_back
from inbox.web.access import allowed, who

ADDRESS = "/notifications"


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """The newest, those before the key `before`, or with `unread=1` only the unread ones."""
    me, unread = who(request), request.query_params.get("unread") == "1"
    found = await notifications.page(me.tenant, me.user, before=request.query_params.get("before"), unread=unread)
    return await pages.page(
        request, "notifications/index.html", nav="notifications", notifications=found, unread=unread
    )


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """To the line that it is about; from now on it is read, unless the database takes nothing at the moment."""
    me = who(request)
    found = await notifications.find(me.tenant, me.user, str(request.path_params["notification_id"]))
    if not found.is_read:
        with suppress(Unavailable):
            await notifications.read(me.tenant, me.user, found.id)
    return RedirectResponse(way_back.checked(found.place), status_code=303)


@allowed(Act.READ)
async def read(request: Request) -> Response:
    """All up to the key `upto` are read."""
    me, form = who(request), await forms.read(request)
    await notifications.read_all(me.tenant, me.user, upto=form.raw("upto"))
    return RedirectResponse(ADDRESS, status_code=303)
