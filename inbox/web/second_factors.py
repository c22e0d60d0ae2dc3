"""One's own second factor: set up with an app, its recovery codes, and turned off."""

import io

import segno
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import factor_mails, recovery_codes, second_factors, sessions, sign_ins, user_passwords
from inbox.accounts.roles import Act
from inbox.errors import Invalid, NotFound, Refused, TooMany
from inbox.languages import _
from inbox.web import account, forms, pages, revocation, signing_in, way_back
from inbox.web.access import Who, allowed, note, who

ADDRESS = "/account/second-factor"


@allowed(Act.THREAD, without_second_factor=True)
async def show(request: Request) -> Response:
    """The next step of setting it up; the account where it is on."""
    if who(request).user.has_second_factor:
        return RedirectResponse(account.ADDRESS, status_code=303)
    return await _page(request)


@allowed(Act.THREAD, without_second_factor=True)
async def begin(request: Request) -> Response:
    """Make a secret for an app, in place of one that was not confirmed."""
    me = who(request)
    onward = way_back.checked((await forms.read(request)).raw("next"))
    try:
        await second_factors.begin(me.tenant, request.app.state.vault, me.user)
    except Refused:
        return RedirectResponse(account.ADDRESS, status_code=303)
    return RedirectResponse(way_back.with_next(ADDRESS, onward), status_code=303)


@allowed(Act.THREAD, without_second_factor=True)
async def picture(request: Request) -> Response:
    """What an app's camera reads, while it is set up. Raises NotFound otherwise."""
    me = who(request)
    setup = await second_factors.setup(me.tenant, request.app.state.vault, me.user)
    if setup is None:
        raise NotFound
    drawn = io.BytesIO()
    segno.make(setup.address, error="m", micro=False).save(drawn, kind="svg", scale=5, border=4, light="#fff")
    return Response(drawn.getvalue(), media_type="image/svg+xml")


@allowed(Act.THREAD, without_second_factor=True)
async def confirm(request: Request) -> Response:
    """Turn it on with a code, and show the recovery codes once; every other browser is signed out."""
    me, form = who(request), await forms.read(request)
    try:
        async with me.tenant.transaction():
            codes = await second_factors.confirm(me.tenant, request.app.state.vault, me.user, form.raw("code"))
            await note(me, "user", _("turned two-factor sign-in on"))
            ended = await sessions.end_all(me.tenant, me.user.id)
    except Invalid as error:
        return await _page(request, status=422, error=error.sentence)
    except Refused:
        return RedirectResponse(ADDRESS, status_code=303)
    for session_hash in ended:
        request.app.state.hub.dismiss(revocation.key(session_hash))
    answer = _codes(request, codes, onward=way_back.checked(form.raw("next")), is_new=True)
    await signing_in.begin(request, answer, me.user, is_proven=True)
    return answer


@allowed(Act.THREAD)
async def renew_codes(request: Request) -> Response:
    """New recovery codes in place of the old ones, shown once."""
    me = who(request)
    try:
        await _prove(request, me)
    except (Invalid, TooMany) as error:
        return await _complain(request, error)
    async with me.tenant.transaction():
        codes = await recovery_codes.renew(me.tenant, me.user.id)
        await note(me, "user", _("made new recovery codes"))
    return _codes(request, codes, onward=account.ADDRESS, is_new=False)


@allowed(Act.THREAD)
async def turn_off(request: Request) -> Response:
    """Back to the password alone; the person gets a mail about it."""
    me = who(request)
    try:
        await _prove(request, me)
    except (Invalid, TooMany) as error:
        return await _complain(request, error)
    async with me.tenant.transaction():
        await second_factors.end(me.tenant, me.user.id)
        await factor_mails.turned_off(me.tenant, me.user)
        await note(me, "user", _("turned two-factor sign-in off"))
    return RedirectResponse(f"{account.ADDRESS}?saved=second-factor-off", status_code=303)


async def _prove(request: Request, me: Who) -> None:
    """Raise Invalid when the field `proof` is not the password, or a code of whoever has none; TooMany."""
    state, proof = request.app.state, (await forms.read(request)).raw("proof")
    if not me.user.has_second_factor:
        raise Invalid({"proof": _("Two-factor sign-in is off.")})
    address = request.client.host if request.client else ""
    if not await user_passwords.opens(me.tenant, me.user):
        key = state.settings.secret_key
        return await second_factors.prove(me.tenant, state.vault, key, me.user, proof, address=address)
    try:
        await sign_ins.prove(state.database, state.settings.secret_key, me.user.email, proof, address=address)
    except Invalid:
        raise Invalid({"proof": _("This is not your present password.")}) from None


async def _complain(request: Request, error: Invalid | TooMany) -> Response:
    status = 429 if isinstance(error, TooMany) else 422
    return await account.page(request, status=status, errors={"proof": error.sentence})


def _codes(request: Request, codes: list[str], *, onward: str, is_new: bool) -> Response:
    return pages.bare(request, "second_factors/codes.html", codes=codes, onward=onward, is_new=is_new)


async def _page(request: Request, *, status: int = 200, error: str | None = None) -> Response:
    """Without the frame: what is in it may have to wait until this is done."""
    me = who(request)
    setup = await second_factors.setup(me.tenant, request.app.state.vault, me.user)
    asked = request.query_params.get("next") or (await forms.read(request)).raw("next")
    return pages.bare(
        request,
        "second_factors/set_up.html",
        status=status,
        csrf=me.csrf,
        setup=setup,
        is_needed=me.lacks_second_factor,
        organisation=me.organisation.name,
        error=error,
        next=way_back.checked(asked) if asked else account.ADDRESS,
    )
