"""Settings > Users: letting somebody sign in again, and without a code that they cannot make."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import team
from inbox.accounts.roles import Act
from inbox.errors import Refused
from inbox.languages import _
from inbox.web import users
from inbox.web.access import allowed, note, who


@allowed(Act.USERS)
async def reset_second_factor(request: Request) -> Response:
    """Ask for no code any more of somebody who cannot make one."""
    me, other = who(request), await users.other_of(request)
    try:
        async with me.tenant.transaction():
            await team.reset_second_factor(me.tenant, me.user, other.id)
            await note(me, "user", _("reset the two-factor sign-in of %(email)s", email=other.email))
    except Refused as error:
        return await users.edit_page(request, other, status=422, **users.complaint(error))
    notice = _("%(name)s signs in with the password alone, and was told so by mail.", name=other.name)
    return await users.edit_page(request, await users.other_of(request), notice=notice)


@allowed(Act.USERS)
async def reactivate(request: Request) -> Response:
    """Let somebody in again."""
    me, other = who(request), await users.other_of(request)
    async with me.tenant.transaction():
        await team.reactivate(me.tenant, me.user, other.id)
        await note(me, "user", _("let %(email)s in again", email=other.email))
    return RedirectResponse(f"{users.ADDRESS}/{other.id}", status_code=303)
