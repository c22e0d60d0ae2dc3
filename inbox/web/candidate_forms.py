"""Adding a candidate and changing one."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.candidates import people, profiles
from inbox.candidates.people import Candidate
from inbox.candidates.profiles import NumberTaken, Profile
from inbox.errors import Changed, Invalid, NotFound
from inbox.languages import _
from inbox.messaging import renaming, shared_numbers
from inbox.provisioning import company_numbers
from inbox.storage.database import Tenant
from inbox.web import candidate_acts, forms, pages
from inbox.web.access import allowed, note, who
from inbox.web.forms import Form
from providers import phone

FIELDS = tuple(Profile.__slots__)


@allowed(Act.MANAGE_CANDIDATES)
async def new(request: Request) -> Response:
    """An empty form; `name` and `number` may be given in the address."""
    typed = {name: request.query_params.get(name, "").replace("\x00", "")[:200] for name in ("name", "number")}
    return await _form(request, None, _blank() | typed | {"owner_id": who(request).user.id})


@allowed(Act.MANAGE_CANDIDATES)
async def create(request: Request) -> Response:
    """Keep a new candidate; 422 with the sentences beside the fields when it cannot be."""
    me, form = who(request), await forms.read(request)
    typed = _typed(form)
    try:
        await _check_owner(me.tenant, typed)
        profile = profiles.checked(typed, region=await company_numbers.region(me.tenant))
        async with me.tenant.transaction():
            shares = form.raw("shares") == profile.number
            candidate_id = await profiles.add(me.tenant, profile, by=me.user.name, shares=shares)
            if shares and profile.number:
                await shared_numbers.share(me.tenant, candidate_id, profile.number, actor_id=me.user.id)
            await note(me, "candidate", candidate_acts.added(candidate_id))
    except Invalid as error:
        return await _form(request, None, typed, status=422, error=error)
    return RedirectResponse(f"/candidates/{candidate_id}", status_code=303)


@allowed(Act.MANAGE_CANDIDATES)
async def edit(request: Request) -> Response:
    """The form with what is known."""
    tenant, candidate_id = who(request).tenant, str(request.path_params["candidate_id"])
    profile = await profiles.find(tenant, candidate_id)
    return await _form(request, await people.find(tenant, candidate_id), _known(profile), mark=profile.mark)


@allowed(Act.MANAGE_CANDIDATES)
async def change(request: Request) -> Response:
    """Keep what was changed; 409 with what was typed when somebody else changed it meanwhile."""
    me, form, candidate_id = who(request), await forms.read(request), str(request.path_params["candidate_id"])
    typed = _typed(form)
    try:
        await _check_owner(me.tenant, typed)
        profile = profiles.checked(typed, region=await company_numbers.region(me.tenant))
        async with me.tenant.transaction():
            shares = form.raw("shares") == profile.number
            before = await profiles.change(
                me.tenant, candidate_id, profile, mark=form.raw("mark"), by=me.user.name, shares=shares
            )
            if shares and profile.number:
                await shared_numbers.share(me.tenant, candidate_id, profile.number, actor_id=me.user.id)
            await renaming.renamed(me.tenant, candidate_id, before, profile, actor_id=me.user.id)
            await note(me, "candidate", candidate_acts.changed(candidate_id, before, profile))
    except Invalid as error:
        return await _again(request, candidate_id, typed, status=422, mark=form.raw("mark"), error=error)
    except Changed as error:
        now = await profiles.find(me.tenant, candidate_id)
        return await _again(request, candidate_id, typed, status=409, mark=now.mark, notice=error.sentence, now=now)
    return RedirectResponse(f"/candidates/{candidate_id}", status_code=303)


async def _again(request: Request, candidate_id: str, typed: dict[str, str], **context: Any) -> Response:
    candidate = await people.find(who(request).tenant, candidate_id)
    return await _form(request, candidate, typed, **context)


async def _form(
    request: Request,
    candidate: Candidate | None,
    typed: dict[str, str],
    *,
    status: int = 200,
    mark: str = "",
    error: Invalid | None = None,
    notice: str | None = None,
    now: Profile | None = None,
) -> Response:
    tenant = who(request).tenant
    differs = [(name, value) for name, value in (_known(now) if now else {}).items() if value != typed[name]]
    return await pages.page(
        request,
        "candidates/edit.html",
        status=status,
        nav="candidates",
        candidate=candidate,
        typed=typed,
        mark=mark,
        errors=dict.fromkeys(FIELDS) | (error.fields if error else {}),
        holder=error.holder if isinstance(error, NumberTaken) else None,
        notice=notice,
        differs=[(name, value) for name, value in differs if name != "owner_id"],
        team=await users.who_may(tenant, Act.REPLY),
    )


async def _check_owner(tenant: Tenant, typed: dict[str, str]) -> None:
    """Raise Invalid when nobody of this organisation has the owner's id."""
    if not typed["owner_id"]:
        return
    try:
        await users.find(tenant, str(UUID(typed["owner_id"])))
    except (ValueError, NotFound):
        raise Invalid({"owner_id": _("This person is not here any more. Choose somebody else.")}) from None


def _typed(form: Form) -> dict[str, str]:
    return {name: form.raw(name) for name in FIELDS}


def _known(profile: Profile) -> dict[str, str]:
    known = {name: value or "" for name, value in asdict(profile).items()}
    return known | {"number": phone.readable(known["number"])}


def _blank() -> dict[str, str]:
    return dict.fromkeys(FIELDS, "")
