"""Message templates: the list, writing one, what became of it, and the picker beside the composer."""

from typing import Any, TypedDict
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox import clock
from inbox.accounts.roles import Act
from inbox.automation import field_values, merge_fields, message_templates, template_usage, template_versions
from inbox.automation.message_templates import MessageTemplate
from inbox.candidates import people
from inbox.errors import Changed, Invalid
from inbox.languages import _
from inbox.messaging import conversations
from inbox.messaging.message_log import Log
from inbox.web import chat_messages, forms, pages, views
from inbox.web.access import Who, allowed, note, who
from inbox.web.forms import Form

ADDRESS = "/message-templates"
YEAR = "year"
EVERY_COMPANY = "1"


class Typed(TypedDict):
    """The fields of the form, as they were typed."""

    name: str
    body: str
    shared: bool
    company_id: str | None


@allowed(Act.REPLY)
async def index(request: Request) -> Response:
    """Those the user may choose from, narrowed by `q`; `archived` names one that can be brought back."""
    me, q = who(request), request.query_params.get("q", "").replace("\x00", "")[:200]
    gone = request.query_params.get("archived")
    found = await message_templates.all_of(me.tenant, me.user, company_id=me.company_id, q=q)
    return await pages.page(
        request,
        "message_templates/index.html",
        nav="campaigns",
        templates=found,
        usage=await template_usage.latest(me.tenant, [one.id for one in found], log_of_year(me)),
        for_whom=for_whom(me),
        archived=await message_templates.find(me.tenant, me.user, gone) if gone else None,
        q=q,
    )


@allowed(Act.REPLY)
async def new(request: Request) -> Response:
    """An empty form."""
    body = request.query_params.get("body", "")
    return await show_form(request, None, name="", body=body, shared=True, company_id=None)


@allowed(Act.REPLY)
async def create(request: Request) -> Response:
    """Keep a new one; 422 with the sentence beside the field when it cannot be."""
    me, form = who(request), await forms.read(request)
    try:
        async with me.tenant.transaction():
            made = await message_templates.create(me.tenant, me.user, **_typed(form, me))
            await note(me, "template", _("made the message template “%(name)s”", name=made.name))
    except Invalid as error:
        return await show_form(request, None, status=422, errors=error.fields, **_typed(form, me))
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.REPLY)
async def edit(request: Request) -> Response:
    """One of them, to be changed."""
    me = who(request)
    found = await message_templates.find(me.tenant, me.user, str(request.path_params["template_id"]))
    return await show_form(request, found, **kept(found))


@allowed(Act.REPLY)
async def change(request: Request) -> Response:
    """Keep other words; 409 with what was typed when somebody else changed it meanwhile."""
    me, form, template_id = who(request), await forms.read(request), str(request.path_params["template_id"])
    version = form.raw("version")
    try:
        async with me.tenant.transaction():
            seen = int(version) if version.isdecimal() else -1
            now = await message_templates.change(me.tenant, me.user, template_id, **_typed(form, me), version=seen)
            await _note_change(me, now)
    except (Invalid, Changed) as error:
        now = await message_templates.find(me.tenant, me.user, template_id)
        if isinstance(error, Changed):
            return await show_form(request, now, status=409, notice=error.sentence, **_typed(form, me))
        return await show_form(request, now, status=422, errors=error.fields, **_typed(form, me))
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.REPLY)
async def archive(request: Request) -> Response:
    """Take one out of use; the list offers to bring it back."""
    me = who(request)
    async with me.tenant.transaction():
        gone = await message_templates.archive(me.tenant, me.user, str(request.path_params["template_id"]))
        await note(me, "template", _("archived the message template “%(name)s”", name=gone.name))
    return RedirectResponse(f"{ADDRESS}?archived={gone.id}", status_code=303)


@allowed(Act.REPLY)
async def restore(request: Request) -> Response:
    """Bring one back."""
    me = who(request)
    async with me.tenant.transaction():
        back = await message_templates.restore(me.tenant, me.user, str(request.path_params["template_id"]))
        await note(me, "template", _("brought the message template “%(name)s” back", name=back.name))
    return RedirectResponse(ADDRESS, status_code=303)


@allowed(Act.REPLY)
async def take_back(request: Request) -> Response:
    """Give it earlier words again; 409 or 422 with the sentence when that cannot be."""
    me, version = who(request), int(request.path_params["version"])
    template = await message_templates.find(me.tenant, me.user, str(request.path_params["template_id"]))
    try:
        async with me.tenant.transaction():
            await _note_change(me, await template_versions.take_back(me.tenant, me.user, template, version))
    except Changed as error:
        return await show_form(request, template, status=409, notice=error.sentence, **kept(template))
    except Invalid as error:
        return await show_form(request, template, status=422, errors=error.fields, **kept(template))
    return RedirectResponse(f"{ADDRESS}/{template.id}", status_code=303)


async def _note_change(me: Who, template: MessageTemplate) -> None:
    await note(me, "template", _("changed the message template “%(name)s”", name=template.name))


@allowed(Act.REPLY)
async def picker(request: Request) -> Response:
    """Those that `q` fits, filled in for the candidate of a conversation."""
    me, q = who(request), request.query_params.get("q", "").replace("\x00", "")[:200]
    conversation = await conversations.find(me.tenant, str(request.path_params["conversation_id"]))
    candidate = await people.find(me.tenant, conversation.candidate_id)
    values = await field_values.values_for(me.tenant, me.user, candidate, conversation)
    found = await message_templates.all_of(
        me.tenant, me.user, company_id=conversation.company_id, q=q, most=message_templates.PICKED
    )
    picked = [(template, merge_fields.fill(template.body, values)) for template in found]
    return pages.fragment(request, "message_templates/_picked.html", picked=picked, q=q)


async def show_form(
    request: Request,
    template: MessageTemplate | None,
    *,
    name: str,
    body: str,
    shared: bool,
    company_id: str | None,
    status: int = 200,
    errors: dict[str, str] | None = None,
    notice: str | None = None,
) -> Response:
    """The page of a template, with what was typed and the sentences beside it."""
    me = who(request)
    return await pages.page(
        request,
        "message_templates/edit.html",
        status=status,
        nav="campaigns",
        existing=template,
        fields=merge_fields.FIELDS,
        typed={"name": name, "body": body, "for": "" if not shared else company_id or EVERY_COMPANY},
        for_whom=for_whom(me),
        errors={"name": None, "body": None} | (errors or {}),
        notice=notice,
        versions=await template_versions.of(me.tenant, template) if template else (),
        used=await _used(me, template) if template else None,
    )


def kept(template: MessageTemplate) -> Typed:
    """The fields of a form as they are stored."""
    return {
        "name": template.name,
        "body": template.body,
        "shared": template.is_shared,
        "company_id": template.company_id,
    }


def for_whom(me: Who) -> dict[str, str]:
    """Whom a template may be for, by the value of the form's field; companies are named where there are several."""
    companies = {one.id: one.name for one in me.companies} if len(me.companies) > 1 else {}
    return {EVERY_COMPANY: _("Everybody"), **companies, "": _("Only you")}


def log_of_year(me: Who, template_id: str = "") -> Log:
    """The texts that usage is counted of: those of the chosen company in the last year."""
    view, _errors = views.asked_for({"range": YEAR}, me)
    start, end = view.bounds(clock.now())
    return Log(start=start, end=end, company_id=view.company_id, template_id=template_id)


async def _used(me: Who, template: MessageTemplate) -> dict[str, Any]:
    """How often it was used, the outcomes, and the address of the list behind each number."""
    log = log_of_year(me, template.id)
    latest = (await template_usage.latest(me.tenant, [template.id], log)).get(template.id)
    address = f"{chat_messages.ADDRESS}?{urlencode({'range': YEAR, 'template': template.id})}"
    counted = await template_usage.outcomes_of(me.tenant, log) if latest else {}
    outcomes = [(chat_messages.OUTCOMES[one], number, f"{address}&state={one}") for one, number in counted.items()]
    return {"latest": latest, "address": address, "outcomes": outcomes}


def _typed(form: Form, me: Who) -> Typed:
    """What was typed; a company that the user does not work in stands for every one."""
    meant = form.raw("shared")
    company_id = meant if meant in {one.id for one in me.companies} else None
    return {"name": form.raw("name"), "body": form.raw("body"), "shared": bool(meant), "company_id": company_id}
