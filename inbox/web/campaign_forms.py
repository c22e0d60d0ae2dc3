"""Writing a campaign: whom it is for, and what it says."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.automation import campaign_files, campaigns, merge_fields, message_templates, named_texts
from inbox.automation.campaigns import Campaign
from inbox.candidates import choices, labels
from inbox.candidates.choices import Choice
from inbox.errors import Invalid, NotFound, Refused
from inbox.storage.database import Tenant
from inbox.web import forms, pages
from inbox.web.access import Who, allowed, who
from inbox.web.campaigns import ADDRESS, asked_for, show_campaign
from inbox.web.forms import Form
from providers import segments


@allowed(Act.SEND_CAMPAIGNS)
async def new(request: Request) -> Response:
    """An empty form; the filter of the list of candidates may be given in the address, or `like` another campaign."""
    me, like = who(request), choices.as_id(request.query_params.get("like"))
    if like:
        old = await campaigns.find(me.tenant, like)
        if not me.sees(old.company_id):
            raise NotFound
        typed = {"name": f"{old.name[: named_texts.MOST_NAME - 4]} (2)", **_kept(old)}
        return await _form(request, None, old.choice, typed)
    file_id = choices.as_id(request.query_params.get("file"))
    typed = {"name": "", "body": "", "only_consented": "", "file": file_id}
    typed |= await _template(me, request.query_params.get("template"))
    return await _form(request, None, choices.read(request.query_params), typed)


@allowed(Act.SEND_CAMPAIGNS)
async def create(request: Request) -> Response:
    """Keep a new one and look through its recipients; 422 with the sentences beside the fields."""
    me, form = who(request), await forms.read(request)
    choice, typed = _choice(form), _typed(form)
    try:
        company_id = me.company.id if me.company else None
        template_id = await message_templates.named(me.tenant, me.user, typed["template"])
        values = await _values(me.tenant, typed) | {"company_id": company_id, "template_id": template_id}
        campaign_id = await campaigns.create(me.tenant, me.user, choice=choice, **values)
    except Invalid as error:
        return await _form(request, None, choice, typed, status=422, errors=error.fields)
    return RedirectResponse(f"{ADDRESS}/{campaign_id}", status_code=303)


@allowed(Act.SEND_CAMPAIGNS)
async def edit(request: Request) -> Response:
    """The form with its words; back to where it stands when these can no longer be changed."""
    campaign = await asked_for(request)
    if not campaign.can_change:
        return RedirectResponse(f"{ADDRESS}/{campaign.id}", status_code=303)
    typed = {"name": campaign.name, **_kept(campaign)}
    return await _form(request, campaign, campaign.choice, typed)


@allowed(Act.SEND_CAMPAIGNS)
async def change(request: Request) -> Response:
    """Keep other words or recipients, and look through these again."""
    me, campaign, form = who(request), await asked_for(request), await forms.read(request)
    choice, typed = _choice(form), _typed(form)
    try:
        await campaigns.change(me.tenant, campaign.id, choice=choice, **await _values(me.tenant, typed))
    except Invalid as error:
        return await _form(request, campaign, choice, typed, status=422, errors=error.fields)
    except Refused as error:
        return await show_campaign(request, await asked_for(request), status=409, notice=str(error))
    return RedirectResponse(f"{ADDRESS}/{campaign.id}", status_code=303)


@allowed(Act.SEND_CAMPAIGNS)
async def use_plain_letters(request: Request) -> Response:
    """Write it with letters of which more fit into a segment, where there are such, and look through it again."""
    await forms.read(request)
    me, campaign = who(request), await asked_for(request)
    values = await _values(me.tenant, {"name": campaign.name, **_kept(campaign)})
    values["body"] = segments.measure(campaign.body).smart
    try:
        await campaigns.change(me.tenant, campaign.id, choice=campaign.choice, **values)
    except Refused as error:
        return await show_campaign(request, await asked_for(request), status=409, notice=str(error))
    return RedirectResponse(f"{ADDRESS}/{campaign.id}", status_code=303)


async def _form(
    request: Request,
    campaign: Campaign | None,
    choice: Choice,
    typed: dict[str, str],
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
) -> Response:
    me = who(request)
    return await pages.page(
        request,
        "campaigns/edit.html",
        status=status,
        nav="campaigns",
        campaign=campaign,
        choice=choice,
        typed=typed,
        file=await campaign_files.find(me.tenant, typed["file"]) if choices.as_id(typed["file"]) else None,
        errors={"name": None, "body": None} | (errors or {}),
        fields=merge_fields.FIELDS,
        templates=await message_templates.all_of(me.tenant, me.user, company_id=me.company_id) if not campaign else (),
        offered={
            "list": await labels.all_of(me.tenant, "list", most=None),
            "tag": await labels.all_of(me.tenant, "tag", most=None),
            "stage": await choices.stages(me.tenant),
            "owner": await users.who_may(me.tenant, Act.REPLY),
        },
    )


async def _template(me: Who, asked: str | None) -> dict[str, str]:
    """The words of the message template that the address names, and its id; none of them when there is none."""
    template_id = await message_templates.named(me.tenant, me.user, asked)
    if template_id is None:
        return {"template": ""}
    template = await message_templates.find(me.tenant, me.user, template_id)
    return {"name": template.name, "body": template.body, "template": template.id}


def _choice(form: Form) -> Choice:
    return choices.read({name: form.raw(name) for name in ("q", "tag", "list", "stage", "owner")})


def _typed(form: Form) -> dict[str, str]:
    return {name: form.raw(name) for name in ("name", "body", "only_consented", "template", "file")}


async def _values(tenant: Tenant, typed: dict[str, str]) -> dict[str, Any]:
    """What is kept of the form; raises NotFound for a file that is not there."""
    file_id = choices.as_id(typed["file"])
    file = await campaign_files.find(tenant, file_id) if file_id else None
    return {
        "name": typed["name"],
        "body": typed["body"],
        "only_consented": typed["only_consented"] == "1",
        "file_id": file.id if file else None,
    }


def _kept(campaign: Campaign) -> dict[str, str]:
    """The fields of a campaign beside its name."""
    return {
        "body": campaign.body,
        "only_consented": "1" if campaign.only_consented else "",
        "template": campaign.template_id or "",
        "file": campaign.file_id or "",
    }
