"""Campaigns: written, looked through, sent at once or later, paused, and what became of them."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import cast

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox import clock
from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.automation import campaign_gathering, campaign_holds, campaign_results, campaigns
from inbox.automation.campaign_results import GROUPS, Group
from inbox.automation.campaigns import Campaign
from inbox.billing import balance
from inbox.candidates import choices, labels
from inbox.candidates.choices import Choice
from inbox.errors import Invalid, NotFound, Refused
from inbox.languages import _, gathered
from inbox.storage.database import Tenant
from inbox.web import forms, moments, pages
from inbox.web.access import allowed, note, who
from providers import segments

ADDRESS = "/campaigns"
GROUP_WORDS: dict[Group, str] = {
    "all": _("Selected"),
    "skipped": _("Left out"),
    "waiting": _("Not sent yet"),
    "refused": _("Not sent"),
    "queued": _("Queued"),
    "sent": _("Sent"),
    "delivered": _("Delivered"),
    "failed": _("Not delivered"),
    "replied": _("Replied"),
    "opted_out": _("Opted out"),
}


@allowed(Act.READ)
async def index(request: Request) -> Response:
    """All campaigns, newest first."""
    me, before = who(request), choices.as_id(request.query_params.get("before")) or None
    found, more = await campaigns.page(me.tenant, company_id=me.company_id, before=before)
    return await pages.page(request, "campaigns/index.html", nav="campaigns", campaigns=found, more=more)


@allowed(Act.READ)
async def show(request: Request) -> Response:
    """Where it stands, what it costs, and what became of it."""
    return await show_campaign(request, await asked_for(request))


@allowed(Act.SEND_CAMPAIGNS)
async def send(request: Request) -> Response:
    """Send it now, or at the moment that was typed; 422 with the sentence when that is none."""
    me, campaign, form = who(request), await asked_for(request), await forms.read(request)
    if form.raw("when") != "later":
        return await _do(request, campaigns.send, "sent")
    try:
        at = moments.local(form.raw("at"), me.user.zone)
    except Invalid as error:
        return await show_campaign(request, campaign, status=422, error=error.fields["at"], at=form.raw("at"))
    delay = (at - clock.now()).total_seconds()
    later = partial(campaigns.send, delay_seconds=delay, at=at)
    return await _do(request, later, "scheduled")


@allowed(Act.SEND_CAMPAIGNS)
async def pause(request: Request) -> Response:
    """Hand out no more texts for now."""
    return await _do(request, campaigns.pause, "paused")


@allowed(Act.SEND_CAMPAIGNS)
async def resume(request: Request) -> Response:
    """Go on."""
    return await _do(request, campaigns.resume, "went on with")


@allowed(Act.SEND_CAMPAIGNS)
async def cancel(request: Request) -> Response:
    """Never send the rest."""
    return await _do(request, campaigns.cancel, "canceled")


@allowed(Act.READ)
async def recipients(request: Request) -> Response:
    """The people behind a number."""
    me, campaign = who(request), await asked_for(request)
    asked, reason = request.query_params.get("of", "all"), request.query_params.get("reason", "")
    group = cast(Group, asked) if asked in GROUPS else "all"
    after = choices.as_id(request.query_params.get("after")) or None
    found, more = await campaign_results.page(me.tenant, campaign.id, group, reason=reason, after=after)
    return await pages.page(
        request,
        "campaigns/recipients.html",
        nav="campaigns",
        campaign=campaign,
        found=found,
        more=more,
        group=group,
        reason=reason,
        words=GROUP_WORDS,
        reasons=campaign_gathering.REASONS,
    )


async def asked_for(request: Request) -> Campaign:
    """The campaign in the address; raises NotFound, also for that of a company which is not the reader's."""
    me = who(request)
    campaign = await campaigns.find(me.tenant, str(request.path_params["campaign_id"]))
    if not me.sees(campaign.company_id):
        raise NotFound
    return campaign


async def _do(request: Request, act: Callable[[Tenant, str], Awaitable[None]], did: str) -> Response:
    """Go one step; 409 with where it stands when somebody was faster."""
    me, campaign = who(request), await asked_for(request)
    try:
        async with me.tenant.transaction():
            await act(me.tenant, campaign.id)
            await note(me, "campaign", f"{did} the campaign “{campaign.name}”")
    except Refused as error:
        return await show_campaign(request, await asked_for(request), status=409, notice=str(error))
    return RedirectResponse(f"{ADDRESS}/{campaign.id}", status_code=303)


async def show_campaign(
    request: Request,
    campaign: Campaign,
    *,
    status: int = 200,
    notice: str | None = None,
    error: str | None = None,
    at: str = "",
) -> Response:
    """The page of a campaign, with a notice or with the sentence beside the time that was typed."""
    me = who(request)
    counted = segments.measure(campaign.body)
    return await pages.page(
        request,
        "campaigns/show.html",
        status=status,
        nav="campaigns",
        campaign=campaign,
        whom=await _whom(me.tenant, campaign.choice),
        results=await campaign_results.of(me.tenant, campaign.id),
        held=await campaign_holds.of(me.tenant, campaign.id),
        left=(await balance.find(me.tenant)).left,
        odd=counted.odd_character,
        words=GROUP_WORDS,
        reasons=campaign_gathering.REASONS,
        notice=notice,
        error=error,
        at=at,
        earliest=moments.typed(clock.now(), me.user.zone),
    )


async def _whom(tenant: Tenant, choice: Choice) -> str:
    """The choice in words."""
    named = {label.id: label.name for kind in ("tag", "list") for label in await labels.all_of(tenant, kind)}
    parts = [f"“{choice.q}”" if choice.q else ""]
    gone = _("that is gone")
    parts += [_("tag %(name)s", name=named.get(choice.tag, gone)) if choice.tag else ""]
    parts += [_("list %(name)s", name=named.get(choice.list, gone)) if choice.list else ""]
    parts += [_("stage %(name)s", name=choice.stage) if choice.stage else ""]
    if choice.owner:
        team = {user.id: user.name for user in await users.who_may(tenant, Act.REPLY)}
        parts.append(_("owner %(name)s", name=team.get(choice.owner, _("nobody"))))
    return gathered(filter(None, parts), ", ") or _("Every candidate")
