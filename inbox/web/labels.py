"""Tags and lists of one candidate, what is suggested while somebody types one, and the panel that shows them."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import choices, labels
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import labelling
from inbox.web import context, forms, pages, way_back
from inbox.web.access import Who, allowed, note, who
from inbox.web.candidates import show_details


@allowed(Act.READ)
async def panel(request: Request) -> Response:
    """What is known of a candidate, as it stands now."""
    return await _panel(request, who(request))


@allowed(Act.MANAGE_CANDIDATES)
async def add(request: Request) -> Response:
    """Give the candidate the tag or list `name`; 422 with the sentence when it cannot be one."""
    me, form = who(request), await forms.read(request)
    kind, name = labels.kind_of(form.raw("kind")), form.raw("name")
    try:
        async with me.tenant.transaction():
            label = await labelling.add(me.tenant, me.user, _candidate_id(request), kind, name)
            given = _("gave candidate %(id)s “%(name)s”", id=_candidate_id(request), name=label.name)
            await note(me, "candidate", given)
    except Invalid as error:
        wrong = {"kind": kind, "name": name, "sentence": error.fields["name"]}
        if pages.is_htmx(request):
            return await _panel(request, me, status=422, wrong=wrong)
        return await show_details(request, _candidate_id(request), status=422, wrong=wrong)
    return await changed(request, me)


@allowed(Act.MANAGE_CANDIDATES)
async def remove(request: Request) -> Response:
    """Take a tag or list from the candidate."""
    me = who(request)
    async with me.tenant.transaction():
        label_id = str(request.path_params["label_id"])
        label = await labelling.remove(me.tenant, me.user, _candidate_id(request), label_id)
        taken = _("took “%(name)s” from candidate %(id)s", name=label.name, id=_candidate_id(request))
        await note(me, "candidate", taken)
    return await changed(request, me)


@allowed(Act.READ)
async def suggestions(request: Request) -> Response:
    """What there is of a `kind` already: tags, lists or jobs."""
    tenant, kind = who(request).tenant, request.query_params.get("kind", "")
    if kind == "job":
        names = list(await choices.jobs(tenant))
    else:
        names = [label.name for label in await labels.all_of(tenant, labels.kind_of(kind))]
    return pages.fragment(request, "candidates/_suggested.html", names=names)


def _candidate_id(request: Request) -> str:
    return str(request.path_params["candidate_id"])


async def changed(request: Request, me: Who) -> Response:
    """The panel for htmx, the page it stood in for a plain form."""
    if pages.is_htmx(request):
        return await _panel(request, me)
    return RedirectResponse(way_back.page_behind(request, request.app.state.settings), status_code=303)


async def _panel(request: Request, me: Who, *, status: int = 200, wrong: dict[str, str] | None = None) -> Response:
    known = await context.of(me.tenant, _candidate_id(request))
    return pages.fragment(request, "candidates/_context.html", status=status, known=known, wrong=wrong)
