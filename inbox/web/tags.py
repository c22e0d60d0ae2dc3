"""Tags: how many candidates have each, another name, one in the place of another, and deleting one."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.candidates import choices, labels
from inbox.candidates.choices import Choice
from inbox.candidates.labels import Label
from inbox.errors import Invalid
from inbox.languages import _
from inbox.messaging import label_changes, tag_merging
from inbox.messaging.label_changes import Change
from inbox.web import forms, pages
from inbox.web.access import allowed, note, who

ADDRESS = "/candidates/tags"


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """All that somebody has, by name."""
    tags = await labels.all_of(who(request).tenant, "tag", most=None)
    return await pages.page(request, "tags/index.html", nav="candidates", tags=tags)


@allowed(Act.MANAGE_CANDIDATES)
async def edit(request: Request) -> Response:
    """One of them, to be given another name or to be deleted."""
    return await _form(request, await _asked_for(request))


@allowed(Act.MANAGE_CANDIDATES)
async def rename(request: Request) -> Response:
    """Another name; 422 with the sentence when it cannot be one, and with the way to merge when another tag has it."""
    me, name, tag = who(request), (await forms.read(request)).raw("name"), await _asked_for(request)
    try:
        async with me.tenant.transaction():
            renamed = await labels.rename(me.tenant, tag.id, name)
            await note(me, "candidate", _("renamed the tag “%(old)s” to “%(new)s”", old=tag.name, new=renamed.name))
    except Invalid as error:
        other = await labels.named(me.tenant, "tag", name)
        return await _form(request, tag, status=422, name=name, error=error.fields["name"], other=other)
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.MANAGE_CANDIDATES)
async def merge(request: Request) -> Response:
    """Give its candidates the tag `into` instead."""
    me, form, tag = who(request), await forms.read(request), await _asked_for(request)
    target = await labels.find(me.tenant, choices.as_id(form.raw("into")), kind="tag")
    if target.id == tag.id:
        return await _form(request, tag)
    async with me.tenant.transaction():
        await tag_merging.hand_over_workflows(me.tenant, tag, target)
        await note(me, "candidate", _("merged the tag “%(old)s” into “%(new)s”", old=tag.name, new=target.name))
        change = await label_changes.begin(
            me.tenant, me.user, "merge", "tag", target.name, chosen=None, choice=Choice(tag=tag.id)
        )
    return _told(change)


@allowed(Act.MANAGE_CANDIDATES)
async def delete(request: Request) -> Response:
    """Take it from everybody, which can be undone."""
    me, tag = who(request), await _asked_for(request)
    async with me.tenant.transaction():
        await note(me, "candidate", _("deleted the tag “%(name)s”", name=tag.name))
        change = await label_changes.begin(
            me.tenant, me.user, "remove", "tag", tag.name, chosen=None, choice=Choice(tag=tag.id)
        )
    return _told(change)


async def _asked_for(request: Request) -> Label:
    return await labels.find(who(request).tenant, str(request.path_params["label_id"]), kind="tag")


def _told(change: Change) -> Response:
    """To the candidates, where it is said how far it has come."""
    return RedirectResponse(f"/candidates?changed={change.id}", status_code=303)


async def _form(
    request: Request,
    tag: Label,
    *,
    status: int = 200,
    name: str | None = None,
    error: str | None = None,
    other: Label | None = None,
) -> Response:
    return await pages.page(
        request,
        "tags/edit.html",
        status=status,
        nav="candidates",
        tag=tag,
        typed=tag.name if name is None else name,
        error=error,
        other=other if other and other.id != tag.id else None,
    )
