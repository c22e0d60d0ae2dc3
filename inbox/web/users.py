"""Settings > Users: the team, who is in it with which role, and what becomes of the conversations of who leaves."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import companies, inviting, team, time_zones
from inbox.accounts.roles import Act, Role
from inbox.accounts.users import User
from inbox.errors import Invalid, Refused
from inbox.languages import _, gathered, ngettext
from inbox.messaging import handing_over
from inbox.provisioning import company_numbers
from inbox.web import forms, pages, revocation, user_acts, user_companies
from inbox.web.access import Who, allowed, note, who
from inbox.web.forms import Form

ADDRESS = "/settings/users"


@allowed(Act.USERS)
async def index(request: Request) -> Response:
    """The whole team."""
    me = who(request)
    return await pages.page(request, "users/index.html", nav="settings", members=await team.members(me.tenant, me.user))


@allowed(Act.USERS)
async def new(request: Request) -> Response:
    """An empty form."""
    return await _new(request, {"email": "", "name": "", "role": Role.RECRUITER.value, "own_only": ""})


@allowed(Act.USERS)
async def create(request: Request) -> Response:
    """Add somebody, and mail an invitation (`invite`) or show the password once.

    422 with the sentence beside the field when it cannot be.
    """
    me, form = who(request), await forms.read(request)
    typed, password = {name: form.raw(name) for name in ("email", "name", "role")}, ""
    wanted = user_companies.typed(me, form)
    try:
        async with me.tenant.transaction():
            if form.raw("invite"):
                created = await inviting.add(me.tenant, me.user, **typed, organisation=me.organisation.name)
            else:
                created, password = await team.add(me.tenant, me.user, **typed)
            if form.raw("own_only"):
                created = await team.show_only_own(me.tenant, created)
            await team.set_companies(me.tenant, me.user, created.id, wanted)
            await note(me, "user", user_acts.added(created))
    except Invalid as error:
        typed |= {"own_only": form.raw("own_only")}
        return await _new(request, typed, wanted=wanted, status=422, errors=error.fields)
    if not password:
        return RedirectResponse(f"{ADDRESS}/{created.id}?invited", status_code=303)
    return await _password(request, created, password)


@allowed(Act.USERS)
async def invite(request: Request) -> Response:
    """Mail the invitation once more."""
    me, other = who(request), await other_of(request)
    try:
        await inviting.invite(me.tenant, me.user, other.id, me.organisation.name)
    except Refused as error:
        return await edit_page(request, other, status=422, **complaint(error))
    return RedirectResponse(f"{ADDRESS}/{other.id}?invited", status_code=303)


@allowed(Act.USERS)
async def edit(request: Request) -> Response:
    """Somebody's form, and what else can be done."""
    other = await other_of(request)
    sent = _("An invitation is on its way to %(email)s.", email=other.email)
    return await edit_page(request, other, notice=sent if "invited" in request.query_params else None)


@allowed(Act.USERS)
async def change(request: Request) -> Response:
    """Keep another name, role, zone or sight; 422 with the sentence when it cannot be."""
    me, other, form = who(request), await other_of(request), await forms.read(request)
    typed = {name: form.raw(name) for name in ("name", "role", "time_zone", "own_only")}
    wanted = user_companies.typed(me, form)
    try:
        async with me.tenant.transaction():
            now = await team.change(
                me.tenant,
                me.user,
                other.id,
                name=typed["name"],
                role=typed["role"],
                time_zone=typed["time_zone"] or None,
                own_only=bool(typed["own_only"]),
            )
            ended = await user_companies.keep(me, other, wanted)
            await note(me, "user", user_acts.changed(other, now))
    except (Invalid, Refused) as error:
        return await edit_page(request, other, typed=typed, wanted=wanted, status=422, **complaint(error, "role"))
    _dismiss(request, ended)
    if now.own_only != other.own_only:
        # What their open pages show may not be theirs to see: they come back with what is.
        request.app.state.hub.dismiss(f"user:{other.id}")
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.USERS)
async def renew_password(request: Request) -> Response:
    """End every session and show a new password once."""
    me, other = who(request), await other_of(request)
    try:
        async with me.tenant.transaction():
            user, password, ended = await team.renew_password(me.tenant, me.user, other.id)
            await note(me, "user", _("gave %(email)s a new password", email=other.email))
    except Refused as error:
        return await edit_page(request, other, status=422, **complaint(error))
    _dismiss(request, ended)
    return await _password(request, user, password)


@allowed(Act.USERS)
async def hand_over(request: Request) -> Response:
    """Give all open conversations to a colleague, or to nobody; with `deactivate` shut the person out as well."""
    me, other, form = who(request), await other_of(request), await forms.read(request)
    try:
        assignee = await _assignee(me, other, form)
        if form.raw("deactivate"):
            async with me.tenant.transaction():
                ended = await team.deactivate(me.tenant, me.user, other.id)
                await company_numbers.take_back(me.tenant, other.id)
                await note(me, "user", _("shut %(email)s out", email=other.email))
            _dismiss(request, ended)
        given = await handing_over.hand_over(me.tenant, me.user, other.id, assignee)
        await note(me, "user", user_acts.handed_over(other, given, _name(assignee)))
    except (Invalid, Refused) as error:
        return await edit_page(request, other, status=422, **complaint(error))
    whom = _name(assignee)
    notice = ngettext(
        "%(num)s conversation handed over to %(name)s.",
        "%(num)s conversations handed over to %(name)s.",
        given,
        name=whom,
    )
    if form.raw("deactivate"):
        notice = gathered((_("%(name)s cannot sign in any more.", name=other.name), notice))
    return await edit_page(request, await other_of(request), notice=notice)


async def other_of(request: Request) -> User:
    """Whom the page is about; raises NotFound, NotAllowed."""
    me = who(request)
    return await team.manageable(me.tenant, me.user, str(request.path_params["user_id"]))


async def _assignee(me: Who, other: User, form: Form) -> User | None:
    wanted = form.raw("assignee")
    if not wanted:
        return None
    colleagues = {user.id: user for user in await user_companies.heirs(me, other)}
    if wanted not in colleagues:
        raise Invalid({"assignee": _("This person cannot be given conversations. Choose somebody else.")})
    return colleagues[wanted]


def _name(assignee: User | None) -> str:
    return assignee.name if assignee else _("Shared")


def _dismiss(request: Request, session_hashes: list[str]) -> None:
    for session_hash in session_hashes:
        request.app.state.hub.dismiss(revocation.key(session_hash))


def complaint(error: Invalid | Refused, field: str = "assignee") -> dict[str, Any]:
    """What is said beside the fields; a refusal beside this one."""
    return {"errors": error.fields if isinstance(error, Invalid) else {field: error.sentence}}


async def _new(request: Request, typed: dict[str, str], *, status: int = 200, **wrong: Any) -> Response:
    """The form; `wrong` are the companies that were ticked (`wanted`), and the `errors`."""
    return await pages.page(
        request,
        "users/new.html",
        status=status,
        nav="settings",
        typed=typed,
        roles=team.roles_given_by(who(request).user),
        wanted=wrong.get("wanted"),
        errors={"email": None, "name": None, "role": None, "companies": None} | wrong.get("errors", {}),
    )


async def edit_page(
    request: Request,
    other: User,
    *,
    typed: dict[str, str] | None = None,
    wanted: list[str] | None = None,
    status: int = 200,
    errors: dict[str, str] | None = None,
    notice: str | None = None,
) -> Response:
    """Somebody's form, with what is to be said beside its fields."""
    me = who(request)
    if typed is None and not other.every_company:
        wanted = [company.id for company in await companies.of(me.tenant, other)]
    own_zone = "" if other.zone.key == me.organisation.time_zone else other.zone.key
    standing = {"name": other.name, "role": other.role.value, "time_zone": own_zone}
    colleagues = [user for user in await user_companies.heirs(me, other) if user.id != other.id]
    return await pages.page(
        request,
        "users/edit.html",
        status=status,
        nav="settings",
        other=other,
        typed=typed or standing | {"own_only": "1" if other.own_only else ""},
        roles=team.roles_given_by(me.user),
        zones=time_zones.names(),
        colleagues=colleagues,
        open_conversations=await handing_over.how_many(me.tenant, other.id),
        wanted=wanted,
        errors=dict.fromkeys(["name", "role", "time_zone", "assignee", "companies"]) | (errors or {}),
        notice=notice,
    )


async def _password(request: Request, user: User, password: str) -> Response:
    return await pages.page(request, "users/password.html", nav="settings", other=user, password=password)
