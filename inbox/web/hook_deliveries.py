"""What an endpoint is told by hand: a test, and what it has not taken once more."""

from starlette.requests import Request
from starlette.responses import Response

from inbox.accounts.roles import Act
from inbox.errors import Refused
from inbox.hooks import deliveries
from inbox.languages import _
from inbox.web import hooks
from inbox.web.access import allowed, note, who


@allowed(Act.WEBHOOKS)
async def test(request: Request) -> Response:
    """Send a test; 422 with the sentence when the endpoint is off."""
    try:
        await deliveries.test(who(request).tenant, hooks.id_of(request))
    except Refused as error:
        return await hooks.page(request, status=422, notice=error.sentence)
    return hooks.back_to(hooks.id_of(request))


@allowed(Act.WEBHOOKS)
async def again(request: Request) -> Response:
    """Send one delivery once more."""
    try:
        await deliveries.again(who(request).tenant, hooks.id_of(request), str(request.path_params["delivery_id"]))
    except Refused as error:
        return await hooks.page(request, status=422, notice=error.sentence)
    return hooks.back_to(hooks.id_of(request))


@allowed(Act.WEBHOOKS)
async def all_again(request: Request) -> Response:
    """Send whatever has failed once more."""
    me, endpoint_id = who(request), hooks.id_of(request)
    try:
        async with me.tenant.transaction():
            number = await deliveries.all_again(me.tenant, endpoint_id)
            await note(me, "webhook", _("had %(number)s failed webhooks sent again", number=number))
    except Refused as error:
        return await hooks.page(request, status=422, notice=error.sentence)
    return hooks.back_to(endpoint_id)
