"""Message templates: the list, writing one, and the picker beside the composer."""

from typing import TypedDict

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts.roles import Act
from inbox.automation import merge_fields, message_templates
from inbox.automation.message_templates import MessageTemplate
from inbox.candidates import people
from inbox.errors import Changed, Invalid
from inbox.messaging import conversations
from inbox.web import forms, pages
from inbox.web.access import allowed, who
from inbox.web.forms import Form
from providers import segments

ADDRESS = "/message-templates"
# An example to read a template with: nobody real.
EXAMPLE = {
    "first_name": "Maya",
    "name": "Maya Chen",
    "job": "Registered Nurse",
    "stage": "Interview",
    "city": "Geelong",
}


class Typed(TypedDict):
    """The fields of the form, as they were typed."""

    name: str
    body: str
    shared: bool


@allowed(Act.REPLY)
async def index(request: Request) -> Response:
    """Those the user may choose from, narrowed by `q`; `archived` names one that can be brought back."""
    me, q = who(request), request.query_params.get("q", "").replace("\x00", "")[:200]
    gone = request.query_params.get("archived")
    return await pages.page(
        request,
        "message_templates/index.html",
        nav="campaigns",
        templates=await message_templates.all_of(me.tenant, me.user, q=q),
        archived=await message_templates.find(me.tenant, me.user, gone) if gone else None,
        q=q,
    )


@allowed(Act.REPLY)
async def new(request: Request) -> Response:
    """An empty form."""
    return await _form(request, None, name="", body=request.query_params.get("body", ""), shared=True)


@allowed(Act.REPLY)
async def create(request: Request) -> Response:
    """Keep a new one; 422 with the sentence beside the field when it cannot be."""
    me, form = who(request), await forms.read(request)
    try:
        await message_templates.create(me.tenant, me.user, **_typed(form))
    except Invalid as error:
        return await _form(request, None, status=422, errors=error.fields, **_typed(form))
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.REPLY)
async def edit(request: Request) -> Response:
    """One of them, to be changed."""
    me = who(request)
    found = await message_templates.find(me.tenant, me.user, str(request.path_params["template_id"]))
    return await _form(request, found, name=found.name, body=found.body, shared=found.is_shared)


@allowed(Act.REPLY)
async def change(request: Request) -> Response:
    """Keep other words; 409 with what was typed when somebody else changed it meanwhile."""
    me, form, template_id = who(request), await forms.read(request), str(request.path_params["template_id"])
    version = form.raw("version")
    try:
        await message_templates.change(
            me.tenant, me.user, template_id, **_typed(form), version=int(version) if version.isdecimal() else -1
        )
    except (Invalid, Changed) as error:
        now = await message_templates.find(me.tenant, me.user, template_id)
        if isinstance(error, Changed):
            return await _form(request, now, status=409, notice=error.sentence, **_typed(form))
        return await _form(request, now, status=422, errors=error.fields, **_typed(form))
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.REPLY)
async def archive(request: Request) -> Response:
    """Take one out of use; the list offers to bring it back."""
    me = who(request)
    gone = await message_templates.archive(me.tenant, me.user, str(request.path_params["template_id"]))
    return RedirectResponse(f"{ADDRESS}?archived={gone.id}", status_code=303)


@allowed(Act.REPLY)
async def restore(request: Request) -> Response:
    """Bring one back."""
    me = who(request)
    await message_templates.restore(me.tenant, me.user, str(request.path_params["template_id"]))
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.REPLY)
async def preview(request: Request) -> Response:
    """How the typed words read with everything known, with nothing known, and what they cost."""
    me, form = who(request), await forms.read(request)
    body = form.raw("body").strip()
    mine = {"my_first_name": me.user.first_name, "my_name": me.user.name, "company": me.organisation.name}
    known, bare = merge_fields.fill(body, EXAMPLE | mine), merge_fields.fill(body, mine)
    return pages.fragment(
        request,
        "message_templates/_preview.html",
        complaint=merge_fields.complaint(body) if body else None,
        known=known,
        bare=bare,
        segments=max(segments.measure(filled.text).segments for filled in (known, bare)) if body else 0,
    )


@allowed(Act.REPLY)
async def picker(request: Request) -> Response:
    """Those that `q` fits, filled in for the candidate of a conversation."""
    me, q = who(request), request.query_params.get("q", "").replace("\x00", "")[:200]
    conversation = await conversations.find(me.tenant, str(request.path_params["conversation_id"]))
    candidate = await people.find(me.tenant, conversation.candidate_id)
    values = await message_templates.values_for(me.tenant, me.user, candidate, conversation)
    found = await message_templates.all_of(me.tenant, me.user, q=q, most=message_templates.PICKED)
    picked = [(template, merge_fields.fill(template.body, values)) for template in found]
    return pages.fragment(request, "message_templates/_picked.html", picked=picked, q=q)


async def _form(
    request: Request,
    template: MessageTemplate | None,
    *,
    name: str,
    body: str,
    shared: bool,
    status: int = 200,
    errors: dict[str, str] | None = None,
    notice: str | None = None,
) -> Response:
    return await pages.page(
        request,
        "message_templates/edit.html",
        status=status,
        nav="campaigns",
        existing=template,
        fields=merge_fields.FIELDS,
        typed={"name": name, "body": body, "shared": shared},
        errors={"name": None, "body": None} | (errors or {}),
        notice=notice,
    )


def _typed(form: Form) -> Typed:
    return {"name": form.raw("name"), "body": form.raw("body"), "shared": form.raw("shared") == "1"}
