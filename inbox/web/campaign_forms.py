"""Writing a campaign: whom it is for, and what it says."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.automation import campaign_words, campaigns, merge_fields
from inbox.automation.campaigns import Campaign
from inbox.candidates import choices, labels
from inbox.candidates.choices import Choice
from inbox.errors import Invalid, NotFound, Refused
from inbox.web import forms, pages
from inbox.web.access import allowed, who
from inbox.web.campaigns import ADDRESS, asked_for, show_campaign
from inbox.web.forms import Form


@allowed(Act.SEND_CAMPAIGNS)
async def new(request: Request) -> Response:
    """An empty form; the filter of the list of candidates may be given in the address, or `like` another campaign."""
    me, like = who(request), choices.as_id(request.query_params.get("like"))
    if like:
        old = await campaigns.find(me.tenant, like)
        if not me.sees(old.company_id):
            raise NotFound
        typed = {"name": f"{old.name} again"[: campaign_words.MOST_NAME], "body": old.body}
        return await _form(request, None, old.choice, typed | _consent(old.only_consented))
    return await _form(
        request, None, choices.read(request.query_params), {"name": "", "body": "", "only_consented": ""}
    )


@allowed(Act.SEND_CAMPAIGNS)
async def create(request: Request) -> Response:
    """Keep a new one and look through its recipients; 422 with the sentences beside the fields."""
    me, form = who(request), await forms.read(request)
    choice, typed = _choice(form), _typed(form)
    try:
        company_id = me.company.id if me.company else None
        campaign_id = await campaigns.create(me.tenant, me.user, choice=choice, company_id=company_id, **_values(typed))
    except Invalid as error:
        return await _form(request, None, choice, typed, status=422, errors=error.fields)
    return RedirectResponse(f"{ADDRESS}/{campaign_id}", status_code=303)


@allowed(Act.SEND_CAMPAIGNS)
async def edit(request: Request) -> Response:
    """The form with its words; back to where it stands when these can no longer be changed."""
    campaign = await asked_for(request)
    if not campaign.can_change:
        return RedirectResponse(f"{ADDRESS}/{campaign.id}", status_code=303)
    typed = {"name": campaign.name, "body": campaign.body} | _consent(campaign.only_consented)
    return await _form(request, campaign, campaign.choice, typed)


@allowed(Act.SEND_CAMPAIGNS)
async def change(request: Request) -> Response:
    """Keep other words or recipients, and look through these again."""
    me, campaign, form = who(request), await asked_for(request), await forms.read(request)
    choice, typed = _choice(form), _typed(form)
    try:
        await campaigns.change(me.tenant, campaign.id, choice=choice, **_values(typed))
    except Invalid as error:
        return await _form(request, campaign, choice, typed, status=422, errors=error.fields)
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
        errors={"name": None, "body": None} | (errors or {}),
        fields=merge_fields.FIELDS,
        offered={
            "list": await labels.all_of(me.tenant, "list"),
            "tag": await labels.all_of(me.tenant, "tag"),
            "stage": await choices.stages(me.tenant),
            "owner": await users.who_may(me.tenant, Act.REPLY),
        },
    )


def _choice(form: Form) -> Choice:
    return choices.read({name: form.raw(name) for name in ("q", "tag", "list", "stage", "owner")})


def _typed(form: Form) -> dict[str, str]:
    return {name: form.raw(name) for name in ("name", "body", "only_consented")}


def _values(typed: dict[str, str]) -> dict[str, Any]:
    return {"name": typed["name"], "body": typed["body"], "only_consented": typed["only_consented"] == "1"}


def _consent(wanted: bool) -> dict[str, str]:
    return {"only_consented": "1" if wanted else ""}
