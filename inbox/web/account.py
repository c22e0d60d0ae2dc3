"""One's own account: name, time zone, password."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import passwords, reading, recovery_codes, sign_ins, team, time_zones, user_passwords, users
from inbox.accounts.roles import Act
from inbox.errors import Invalid, TooMany
from inbox.languages import _
from inbox.provisioning import company_numbers
from inbox.web import forms, pages, revocation, signing_in, user_acts
from inbox.web.access import Who, allowed, note, who
from inbox.web.reading import offered
from providers import phone

ADDRESS = "/account"


@allowed(Act.THREAD)
async def show(request: Request) -> Response:
    """The account as it stands."""
    saved = {
        "profile": _("Saved."),
        "password": _("Your password is changed. Every other browser was signed out."),
        "second-factor-off": _("Two-factor sign-in is off."),
    }
    return await page(request, notice=saved.get(request.query_params.get("saved", "")))


@allowed(Act.THREAD)
async def change(request: Request) -> Response:
    """Keep another name or zone."""
    me, form = who(request), await forms.read(request)
    typed = {name: form.raw(name) for name in ("name", "time_zone", "mails", "mobile")}
    try:
        mobile = phone.to_e164(typed["mobile"], await company_numbers.region(me.tenant)) if typed["mobile"] else None
        async with me.tenant.transaction():
            await team.change_own(
                me.tenant,
                me.user,
                name=typed["name"],
                time_zone=typed["time_zone"] or None,
                mails=bool(typed["mails"]),
                mobile=mobile,
            )
            await note(me, "user", user_acts.changed_own(me.user, await users.find(me.tenant, me.user.id)))
    except Invalid as error:
        return await page(request, typed=typed, status=422, errors=error.fields)
    except phone.NotAPhoneNumber as error:
        mobile_is = _(error.message, typed=error.typed)
        return await page(request, typed=typed, status=422, errors={"mobile": mobile_is})
    return RedirectResponse(f"{ADDRESS}?saved=profile", status_code=303)


@allowed(Act.THREAD)
async def change_password(request: Request) -> Response:
    """Keep a new password when the present one is right; every session ends, and a new one begins here."""
    me, form = who(request), await forms.read(request)
    try:
        _check_new(form.raw("new"))
        await _prove(request, me, form.raw("current"))
    except (Invalid, TooMany) as error:
        fields = error.fields if isinstance(error, Invalid) else {"current": error.sentence}
        return await page(request, status=422 if isinstance(error, Invalid) else 429, errors=fields)
    async with me.tenant.transaction():
        ended = await users.set_password(me.tenant, me.user.id, form.raw("new"))
        await note(me, "user", _("changed their own password"))
    for session_hash in ended:
        request.app.state.hub.dismiss(revocation.key(session_hash))
    answer = RedirectResponse(f"{ADDRESS}?saved=password", status_code=303)
    await signing_in.begin(request, answer, me.user, is_proven=me.is_proven)
    return answer


def _check_new(password: str) -> None:
    try:
        passwords.check(password)
    except Invalid as error:
        raise Invalid({"new": error.sentence}) from error


async def _prove(request: Request, me: Who, password: str) -> None:
    """Raise Invalid when this is not the present password, TooMany when too many were tried."""
    state = request.app.state
    try:
        await sign_ins.prove(
            state.database,
            state.settings.secret_key,
            me.user.email,
            password,
            address=request.client.host if request.client else "",
        )
    except Invalid:
        raise Invalid({"current": _("This is not your present password.")}) from None


async def page(
    request: Request,
    *,
    typed: dict[str, str] | None = None,
    status: int = 200,
    errors: dict[str, str] | None = None,
    notice: str | None = None,
) -> Response:
    """The whole account, with what is to be said beside its fields."""
    me = who(request)
    own_zone = "" if me.user.zone.key == me.organisation.time_zone else me.user.zone.key
    return await pages.page(
        request,
        "account/show.html",
        status=status,
        nav="account",
        typed=typed
        or {"name": me.user.name, "time_zone": own_zone, "mails": me.user.mails, "mobile": me.user.mobile or ""},
        zones=time_zones.names(),
        errors={"name": None, "mobile": None, "time_zone": None, "current": None, "new": None} | (errors or {}),
        has_password=await user_passwords.opens(me.tenant, me.user),
        codes_left=await recovery_codes.left(me.tenant, me.user.id),
        notice=notice,
        chosen=await reading.own(me.tenant, me.user.id),
        usual={name: str(value) for name, value in asdict(await reading.of_organisation(me.tenant)).items()},
        offered=offered(me.user.reader),
    )
