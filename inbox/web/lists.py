"""Lists of candidates that are kept by hand: how many are on each, a new one, another name, and deleting one."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import labels
from inbox.errors import Invalid
from inbox.languages import _
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/candidates/lists"


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """All of them by name."""
    return await _index(request)


@allowed(Act.MANAGE_CANDIDATES)
async def create(request: Request) -> Response:
    """Make one without candidates; 422 with the sentence when it cannot be."""
    me, name = who(request), (await forms.read(request)).raw("name")
    try:
        async with me.tenant.transaction():
            made = await labels.create(me.tenant, "list", name)
            await note(me, "candidate", _("made the list “%(name)s”", name=made.name))
    except Invalid as error:
        return await _index(request, status=422, name=name, error=error.fields["name"])
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.MANAGE_CANDIDATES)
async def edit(request: Request) -> Response:
    """One of them, to be given another name or to be deleted."""
    return await _form(request)


@allowed(Act.MANAGE_CANDIDATES)
async def rename(request: Request) -> Response:
    """Another name; 422 with the sentence when it cannot be one."""
    me, name = who(request), (await forms.read(request)).raw("name")
    found = await labels.find(me.tenant, _label_id(request), kind="list")
    try:
        async with me.tenant.transaction():
            now = await labels.rename(me.tenant, found.id, name)
            await note(me, "candidate", _("renamed the list “%(old)s” to “%(new)s”", old=found.name, new=now.name))
    except Invalid as error:
        return await _form(request, status=422, name=name, error=error.fields["name"])
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.MANAGE_CANDIDATES)
async def delete(request: Request) -> Response:
    """Delete one; its candidates stay."""
    me = who(request)
    async with me.tenant.transaction():
        gone = await labels.remove(me.tenant, _label_id(request))
        await note(me, "candidate", _("deleted the list “%(name)s”", name=gone.name))
    return RedirectResponse(ADDRESS, status_code=303)


def _label_id(request: Request) -> str:
    return str(request.path_params["label_id"])


async def _index(request: Request, *, status: int = 200, name: str = "", error: str | None = None) -> Response:
    lists = await labels.all_of(who(request).tenant, "list", most=None)
    return await pages.page(
        request, "lists/index.html", status=status, nav="candidates", lists=lists, typed=name, error=error
    )


async def _form(request: Request, *, status: int = 200, name: str | None = None, error: str | None = None) -> Response:
    found = await labels.find(who(request).tenant, _label_id(request), kind="list")
    return await pages.page(
        request,
        "lists/edit.html",
        status=status,
        nav="candidates",
        list=found,
        typed=found.name if name is None else name,
        error=error,
    )
