"""Campaigns: the list, one with its figures, what it says and to whom, and its buttons."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, Struct, UnsetType

from inbox import clock
from inbox.accounts.scopes import Scope
from inbox.automation import campaign_results, campaign_steps, campaigns, message_templates
from inbox.candidates import choices
from inbox.errors import Invalid, NotFound
from inbox.languages import _
from inbox.storage import audit
from inbox.web.api.campaign_recipients import Recipients, choice_of
from inbox.web.api.chosen_company import company_of
from inbox.web.api.operations import Call, Cursor, Input, Line, Nothing, Operation, Page, Text
from inbox.web.api.shown_campaign import Campaign, shown

_MOST_SECONDS = 366 * 86_400


class Figures(Struct):
    """How many candidates are in each group; `skipped_why` are those left out, by the reason's code."""

    selected: int
    skipped: int
    waiting: int
    refused: int
    queued: int
    sent: int
    delivered: int
    failed: int
    replied: int
    opted_out: int
    segments: int
    skipped_why: dict[str, int]


class CampaignWithFigures(Struct):
    """A campaign, and what became of it."""

    campaign: Campaign
    figures: Figures


class Filter(Input):
    """Of a company (its id, by default the first one of `/me`)."""

    company: Line | None = None
    cursor: Cursor | None = None


class NewCampaign(Input):
    """What it is called, what it says, and to whom; `only_consented` leaves out whose consent is not known.

    It is of a company (its id, by default the first one of `/me`); `template_id` counts it with a message template.
    """

    name: Line
    body: Text
    recipients: Recipients
    only_consented: bool = False
    company: Line | None = None
    template_id: UUID | None = None


class ChangedCampaign(Input):
    """Only the fields that are there are changed; recipients as a whole."""

    name: Line | UnsetType = UNSET
    body: Text | UnsetType = UNSET
    recipients: Recipients | UnsetType = UNSET
    only_consented: bool | UnsetType = UNSET


class Sending(Input):
    """When to begin (with a time zone, at most a year from now); at once without."""

    send_at: datetime | None = None


async def index(call: Call[None, Filter]) -> Page[Campaign]:
    """The newest first."""
    company_id = await company_of(call, call.query.company)
    found, more = await campaigns.page(call.tenant, company_id=company_id, before=_id_of(call.query.cursor))
    return Page([shown(one) for one in found], more)


async def show(call: Call[None, Nothing]) -> CampaignWithFigures:
    """One campaign, with how many candidates are in each group by now."""
    campaign = await _found(call)
    results = await campaign_results.of(call.tenant, campaign.id)
    counts = {"selected" if group == "all" else group: number for group, number in results.counts.items()}
    figures = Figures(**counts, segments=results.segments, skipped_why=dict(results.skipped))
    return CampaignWithFigures(shown(campaign), figures)


async def create(call: Call[NewCampaign, Nothing]) -> Campaign:
    """Write a campaign. Its recipients are looked through at once; nobody is texted before it is sent."""
    told, tenant = call.body, call.tenant
    template_id = str(told.template_id) if told.template_id else None
    if template_id is not None:
        await message_templates.find(tenant, call.me.user, template_id)
    campaign_id = await campaigns.create(
        tenant,
        call.me.user,
        name=told.name,
        body=told.body,
        choice=await choice_of(call, told.recipients),
        only_consented=told.only_consented,
        company_id=await company_of(call, told.company),
        template_id=template_id,
    )
    return shown(await campaigns.find(tenant, campaign_id))


async def change(call: Call[ChangedCampaign, Nothing]) -> Campaign:
    """Change a campaign; its recipients are looked through again. Refused (422) once it is on its way."""
    told, before = call.body, await _found(call)
    await campaigns.change(
        call.tenant,
        before.id,
        name=before.name if told.name is UNSET else told.name,
        body=before.body if told.body is UNSET else told.body,
        choice=before.choice if isinstance(told.recipients, UnsetType) else await choice_of(call, told.recipients),
        only_consented=before.only_consented if told.only_consented is UNSET else told.only_consented,
        file_id=before.file_id if isinstance(told.recipients, UnsetType) else None,
    )
    return shown(await _found(call))


async def send(call: Call[Sending, Nothing]) -> Campaign:
    """Send a campaign that is ready, now or later; it is refused (422) in any other state."""
    campaign, at, delay = await _found(call), call.body.send_at, 0.0
    if at is not None:
        delay = (at - clock.now()).total_seconds() if at.tzinfo else -1.0
        if not 0 < delay <= _MOST_SECONDS:
            raise Invalid({"send_at": _("Choose a time in the year to come.")})
    async with call.tenant.transaction():
        await campaign_steps.send(call.tenant, campaign.id, delay_seconds=delay, at=at)
        sent = _("sent the campaign “%(name)s”", name=campaign.name)
        scheduled = _("scheduled the campaign “%(name)s”", name=campaign.name)
        await _note(call, scheduled if at else sent)
    return shown(await _found(call))


async def pause(call: Call[None, Nothing]) -> Campaign:
    """Hand out no more texts for now; a scheduled one is ready again. Refused (422) where nothing is being sent."""
    campaign = await _found(call)
    async with call.tenant.transaction():
        await campaign_steps.pause(call.tenant, campaign.id)
        await _note(call, _("paused the campaign “%(name)s”", name=campaign.name))
    return shown(await _found(call))


async def resume(call: Call[None, Nothing]) -> Campaign:
    """Go on with a paused campaign. Refused (422) in any other state."""
    campaign = await _found(call)
    async with call.tenant.transaction():
        await campaign_steps.resume(call.tenant, campaign.id)
        await _note(call, _("went on with the campaign “%(name)s”", name=campaign.name))
    return shown(await _found(call))


async def _found(call: Call[Any, Any]) -> campaigns.Campaign:
    """The campaign of the address, of a company in which the token's owner works; raises NotFound."""
    campaign = await campaigns.find(call.tenant, call.id("campaign_id"))
    only_in = call.tenant.only_in
    if only_in is not None and campaign.company_id is not None and campaign.company_id not in only_in:
        raise NotFound
    return campaign


async def _note(call: Call[Any, Any], did: str) -> None:
    await audit.record(call.tenant, call.me.user.id, call.me.user.name, "campaign", did)


def _id_of(cursor: str | None) -> str | None:
    return choices.as_id(cursor) or None


_PATH = "/campaigns/{campaign_id}"
OPERATIONS = (
    Operation(
        "GET",
        "/campaigns",
        "Campaigns, the newest first",
        index,
        Page[Campaign],
        scope=Scope.CAMPAIGNS_READ,
        asks=Filter,
    ),
    Operation(
        "POST",
        "/campaigns",
        "Write a campaign",
        create,
        Campaign,
        status=201,
        scope=Scope.CAMPAIGNS_WRITE,
        takes=NewCampaign,
        refusals=(404,),
    ),
    Operation(
        "PATCH", _PATH, "Change a campaign", change, Campaign, scope=Scope.CAMPAIGNS_WRITE, takes=ChangedCampaign
    ),
    Operation("GET", _PATH, "One campaign with its figures", show, CampaignWithFigures, scope=Scope.CAMPAIGNS_READ),
    Operation(
        "POST",
        f"{_PATH}/send",
        "Send a campaign that is ready",
        send,
        Campaign,
        scope=Scope.CAMPAIGNS_SEND,
        takes=Sending,
    ),
    Operation("POST", f"{_PATH}/pause", "Pause a campaign", pause, Campaign, scope=Scope.CAMPAIGNS_SEND),
    Operation("POST", f"{_PATH}/resume", "Go on with a campaign", resume, Campaign, scope=Scope.CAMPAIGNS_SEND),
)
