"""Two candidates who are one person: found, shown side by side, and made one."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import user_names
from inbox.accounts.roles import Act
from inbox.candidates import choices, duplicates, people, profiles
from inbox.candidates.choices import Choice
from inbox.candidates.profiles import Profile
from inbox.errors import Changed, Invalid, NotAllowed
from inbox.languages import _
from inbox.messaging import merge_records, merging
from inbox.messaging.merge_records import KEPT_DAYS
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, note, who
from inbox.web.forms import Form

ADDRESS = "/candidates/duplicates"
FIELDS = {
    "name": _("Name"),
    "number": _("Phone"),
    "email": _("Email"),
    "stage": _("Stage"),
    "job": _("Job"),
    "city": _("City"),
    "consent": _("Consent"),
    "owner_id": _("Owner"),
}


def whole(request: Request) -> Who:
    """Who asks; raises NotAllowed for somebody who does not see all that would be merged."""
    me = who(request)
    if me.user.own_only:
        raise NotAllowed
    return me


@allowed(Act.MANAGE_CANDIDATES)
async def index(request: Request) -> Response:
    """Who is likely to be one person."""
    tenant = whole(request).tenant
    found, merged = await duplicates.find(tenant), await merge_records.latest(tenant)
    return await pages.page(request, "merging/index.html", nav="candidates", found=found, merged=merged)


@allowed(Act.MANAGE_CANDIDATES)
async def preview(request: Request) -> Response:
    """Both side by side, when the address says `with` whom; else whom `q` may mean."""
    me, other_id = whole(request), choices.as_id(request.query_params.get("with"))
    return await (_compare(request, me, other_id) if other_id else _choose(request, me))


@allowed(Act.MANAGE_CANDIDATES)
async def merge(request: Request) -> Response:
    """Make one of them, with the facts that were chosen; 409 and both again when one was changed meanwhile."""
    me, form, stays_id = whole(request), await forms.read(request), _id(request)
    other_id = choices.as_id(form.raw("with"))
    stays, goes = await profiles.find(me.tenant, stays_id), await profiles.find(me.tenant, other_id)
    chosen = _chosen(form, stays, goes)
    try:
        async with me.tenant.transaction():
            marks = (form.raw("mark"), form.raw("other_mark"))
            await merging.merge(me.tenant, me.user, stays_id, other_id, chosen, marks=marks)
            said = _("merged candidate %(goes)s into candidate %(stays)s", goes=other_id, stays=stays_id)
            await note(me, "candidate", said)
    except (Changed, Invalid) as error:
        status = 409 if isinstance(error, Changed) else 422
        return await _compare(request, me, other_id, status=status, notice=error.sentence)
    return RedirectResponse(f"/candidates/{stays_id}", status_code=303)


def _id(request: Request) -> str:
    return str(request.path_params["candidate_id"])


def _chosen(form: Form, stays: Profile, goes: Profile) -> Profile:
    """The facts of the one or of the other, as the form says; what only one of them has is kept."""
    facts = {}
    for name in FIELDS:
        here, there = getattr(stays, name), getattr(goes, name)
        facts[name] = (there if form.raw(name) == "other" else here) or here or there
    return Profile(**facts)


async def _choose(request: Request, me: Who) -> Response:
    q = request.query_params.get("q", "").replace("\x00", "")[:200]
    found = await people.page(me.tenant, Choice(q=q)) if q.strip() else None
    candidate = await people.find(me.tenant, _id(request))
    others = [one for one in found.rows if one.id != candidate.id] if found else []
    return await pages.page(
        request,
        "merging/choose.html",
        nav="candidates",
        candidate=candidate,
        q=q,
        others=others,
        merged=await merge_records.latest(me.tenant, candidate.id),
    )


async def _compare(
    request: Request, me: Who, other_id: str, *, status: int = 200, notice: str | None = None
) -> Response:
    candidate, other = await people.find(me.tenant, _id(request)), await people.find(me.tenant, other_id)
    here, there = await profiles.find(me.tenant, candidate.id), await profiles.find(me.tenant, other.id)
    names = await user_names.of(me.tenant, {one for one in (here.owner_id, there.owner_id) if one})
    facts = [
        (name, words, *(names.get(one, one) if name == "owner_id" else one for one in pair))
        for name, words in FIELDS.items()
        if any(pair := (asdict(here)[name], asdict(there)[name]))
    ]
    return await pages.page(
        request,
        "merging/compare.html",
        status=status,
        nav="candidates",
        candidate=candidate,
        other=other,
        facts=facts,
        marks=(here.mark, there.mark),
        notice=notice,
        kept_days=KEPT_DAYS,
    )
