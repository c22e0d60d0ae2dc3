"""Campaigns: written, looked through, sent at once or later, paused, and what became of them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import cast
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from inbox import clock
from inbox.accounts import users
from inbox.accounts.roles import Act
from inbox.automation import (
    campaign_files,
    campaign_holds,
    campaign_reasons,
    campaign_results,
    campaign_steps,
    campaign_tests,
    campaigns,
)
from inbox.automation.campaign_results import GROUPS, Group
from inbox.automation.campaigns import Campaign
from inbox.billing import balance
from inbox.candidates import choices, labels
from inbox.errors import Invalid, NotFound, Refused
from inbox.languages import _, gathered
from inbox.messaging.blocks import Asked
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.web import exports, forms, moments, odd_characters, pages
from inbox.web.access import Who, allowed, note, who
from providers import phone, segments

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


@dataclass(frozen=True, slots=True)
class Tested:
    """The number of the form that sends a test, and what is wrong with it."""

    number: str
    error: str | None = None
    asks: bool = False
    """Whether it goes out as soon as somebody says why it cannot wait."""


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
        return await _do(request, campaign_steps.send, lambda name: _("sent the campaign “%(name)s”", name=name))
    try:
        at = moments.local(form.raw("at"), _zone(me))
    except Invalid as error:
        return await show_campaign(request, campaign, status=422, error=error.fields["at"], at=form.raw("at"))
    delay = (at - clock.now()).total_seconds()
    later = partial(campaign_steps.send, delay_seconds=delay, at=at)
    return await _do(request, later, lambda name: _("scheduled the campaign “%(name)s”", name=name))


@allowed(Act.SEND_CAMPAIGNS)
async def pause(request: Request) -> Response:
    """Hand out no more texts for now."""
    return await _do(request, campaign_steps.pause, lambda name: _("paused the campaign “%(name)s”", name=name))


@allowed(Act.SEND_CAMPAIGNS)
async def resume(request: Request) -> Response:
    """Go on."""
    return await _do(request, campaign_steps.resume, lambda name: _("went on with the campaign “%(name)s”", name=name))


@allowed(Act.SEND_CAMPAIGNS)
async def cancel(request: Request) -> Response:
    """Never send the rest."""
    return await _do(request, campaign_steps.cancel, lambda name: _("canceled the campaign “%(name)s”", name=name))


@allowed(Act.SEND_CAMPAIGNS)
async def test(request: Request) -> Response:
    """Text what the first recipient would get to the number that was typed; 422 with the sentence beside it."""
    me, campaign, form = who(request), await asked_for(request), await forms.read(request)
    number, reason = form.raw("number"), form.raw("reason")
    try:
        sent = await campaign_tests.send(
            me.tenant, me.user, campaign, number, message_id=form.raw("id") or new_id(), reason=reason
        )
    except (Invalid, Refused) as error:
        sentence = error.fields.get("number", error.sentence) if isinstance(error, Invalid) else error.sentence
        tested = Tested(number, sentence, asks=isinstance(error, Asked))
        return await show_campaign(request, campaign, status=422, tested=tested)
    return RedirectResponse(f"{ADDRESS}/{campaign.id}?tested={sent.conversation_id}", status_code=303)


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
        words=_words(campaign),
        reasons={**campaign_reasons.REASONS, **campaign_reasons.FORECASTS},
    )


@allowed(Act.EXPORT)
async def export(request: Request) -> Response:
    """The people behind a number as a CSV file (RFC 4180)."""
    campaign, query = await asked_for(request), request.query_params
    group = query.get("of", "all") if query.get("of") in GROUPS else "all"
    asked = {"campaign": campaign.id, "group": group, "reason": query.get("reason", "")[:40]}
    return await exports.answer(
        request, "recipients", asked, _("results of the campaign “%(name)s”", name=campaign.name)
    )


async def asked_for(request: Request) -> Campaign:
    """The campaign in the address; raises NotFound, also for that of a company which is not the reader's."""
    me = who(request)
    campaign = await campaigns.find(me.tenant, str(request.path_params["campaign_id"]))
    if not me.sees(campaign.company_id):
        raise NotFound
    return campaign


async def _do(request: Request, act: Callable[[Tenant, str], Awaitable[None]], did: Callable[[str], str]) -> Response:
    """Go one step; 409 with where it stands when somebody was faster."""
    me, campaign = who(request), await asked_for(request)
    try:
        async with me.tenant.transaction():
            await act(me.tenant, campaign.id)
            await note(me, "campaign", did(campaign.name))
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
    tested: Tested | None = None,
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
        whom=await _whom(me.tenant, campaign),
        results=await campaign_results.of(me.tenant, campaign.id),
        held=await campaign_holds.of(me.tenant, campaign.id),
        left=(await balance.find(me.tenant)).left,
        odd=counted.odd_character,
        odd_name=odd_characters.named(counted.odd_character),
        can_be_plain=segments.measure(counted.smart).odd_character is None,
        words=_words(campaign),
        reasons=campaign_reasons.REASONS,
        forecasts=campaign_reasons.FORECASTS,
        notice=notice,
        error=error,
        at=at,
        earliest=moments.typed(clock.now(), _zone(me)),
        zone_of_company=_zone(me),
        tested=tested or Tested(phone.readable(me.user.mobile) if me.user.mobile else ""),
        tested_in=choices.as_id(request.query_params.get("tested")),
        test_id=new_id(),
    )


def _zone(me: Who) -> ZoneInfo:
    """By whose clock a campaign is scheduled: it is the company's, whoever plans it and from wherever."""
    return ZoneInfo(me.organisation.time_zone)


async def _whom(tenant: Tenant, campaign: Campaign) -> str:
    """Whom it is for, in words."""
    choice = campaign.choice
    if campaign.file_id is not None:
        return _("The people of %(name)s", name=(await campaign_files.find(tenant, campaign.file_id)).name)
    named = {
        label.id: label.name
        for kind, chosen in (("tag", choice.tag), ("list", choice.list))
        if chosen
        for label in await labels.all_of(tenant, labels.kind_of(kind), most=None)
    }
    parts = [f"“{choice.q}”" if choice.q else ""]
    gone = _("that is gone")
    parts += [_("tag %(name)s", name=named.get(choice.tag, gone)) if choice.tag else ""]
    parts += [_("list %(name)s", name=named.get(choice.list, gone)) if choice.list else ""]
    parts += [_("stage %(name)s", name=choice.stage) if choice.stage else ""]
    if choice.owner:
        team = {user.id: user.name for user in await users.who_may(tenant, Act.REPLY)}
        parts.append(_("owner %(name)s", name=team.get(choice.owner, _("nobody"))))
    return gathered(filter(None, parts), ", ") or _("Every candidate")


def _words(campaign: Campaign) -> Mapping[Group, str]:
    """What its groups are called: nobody is texted any more by one that was canceled."""
    return GROUP_WORDS if campaign.state != "canceled" else {**GROUP_WORDS, "waiting": _("Not sent (canceled)")}
