"""The recipients of a campaign are written down, each with what they get and cost, or why they are left out.

A job, some hundred candidates a transaction; how far it has come is kept with the campaign, so another worker goes on
behind a dead one.
"""

import time
from collections.abc import Collection
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from inbox import clock
from inbox.accounts import companies, users
from inbox.accounts.companies import Company
from inbox.accounts.users import User
from inbox.automation import campaign_files, campaign_reasons, campaign_steps, campaigns, field_values, merge_fields
from inbox.automation.campaigns import Campaign
from inbox.candidates import choices, people
from inbox.candidates.people import Candidate
from inbox.errors import NotFound
from inbox.messaging import timing
from inbox.messaging.blocks import Kind
from inbox.messaging.timing import Addressee
from inbox.provisioning import company_numbers
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import campaign_recipients as table
from inbox.storage.tables import campaigns as campaign_rows
from providers import segments

AT_ONCE = 500
_SECONDS = 10.0
"""After so long the job is given back, so that its lease never ends under it and others have their turn."""


async def gather(tenant: Tenant, job: Job) -> Postponed | None:
    """Go on writing down the recipients of a campaign; None when all are there, or it is not wanted any more."""
    until = time.monotonic() + _SECONDS
    while True:
        try:
            campaign = await campaigns.find(tenant, job.subject)
        except NotFound:
            return None
        if campaign.state != "gathering":
            return None
        await _some(tenant, campaign)
        if time.monotonic() > until:
            return Postponed(0.0)


async def _some(tenant: Tenant, campaign: Campaign) -> None:
    """The next few hundred in one transaction, unless another worker has done them, or somebody has changed it."""
    sender, company = await users.find(tenant, campaign.sender_id), await _company(tenant, campaign)
    found, place, is_last = await _next(tenant, campaign)
    told = [Addressee(one.id, one.number, one.city) for one in found if one.number]
    forecast = await timing.forecast(tenant, told, company, home=sender.zone, now=clock.now())
    agreed = await campaign_reasons.agreed(tenant, found)
    shared = await campaign_reasons.shared_numbers(tenant, campaign, found)
    rows = []
    for candidate in found:
        planned = _planned(campaign, candidate, sender, company, forecast.get(candidate.id), agreed)
        if candidate.number in shared and planned["state"] == "waiting":
            if shared[candidate.number] is None:
                shared[candidate.number] = candidate.id
            else:
                planned |= _left("same_number")
        rows.append(
            {
                "organisation_id": tenant.organisation_id,
                "campaign_id": campaign.id,
                "candidate_id": candidate.id,
                "message_id": new_id(),
                **planned,
            }
        )
    async with tenant.transaction():
        if await _is_same(tenant, campaign, place, is_last=is_last):
            if rows:
                await tenant.execute(insert(table).values(rows).on_conflict_do_nothing())
            await campaign_steps.tell(tenant, campaign.id)


async def _company(tenant: Tenant, campaign: Campaign) -> Company:
    """In whose name it is sent; of a campaign that is older than companies, that of the oldest number."""
    company_id = campaign.company_id or (await company_numbers.first(tenant)).company_id
    return await companies.find(tenant, company_id)


async def _next(tenant: Tenant, campaign: Campaign) -> tuple[list[Candidate], str | None, bool]:
    """The next candidates, the place up to which they reach, and whether they are the last ones."""
    if campaign.file_id is not None:
        lines = await campaign_files.people(tenant, campaign.file_id, AT_ONCE, after=int(campaign.place or 0))
        found = await people.by_ids(tenant, [candidate_id for _line, candidate_id in lines])
        return found, str(lines[-1][0]) if lines else campaign.place, len(lines) < AT_ONCE
    ids = await choices.first(tenant, campaign.choice, AT_ONCE, after=people.place_of(campaign.place))
    found = await people.by_ids(tenant, ids)
    place = people.key_of(found[-1].id, found[-1].sort_name) if found else campaign.place
    return found, place, len(ids) < AT_ONCE


async def _is_same(tenant: Tenant, campaign: Campaign, place: str | None, *, is_last: bool) -> bool:
    query = (
        campaign_rows.update()
        .where(
            campaigns.is_campaign(tenant, campaign.id),
            campaign_rows.c.state == "gathering",
            campaign_rows.c.place.is_not_distinct_from(campaign.place),
            campaign_rows.c.version == campaign.version,
        )
        .values(**({"place": None, "state": "ready", "gathered_at": db_now()} if is_last else {"place": place}))
        .returning(campaign_rows.c.id)
    )
    return await tenant.fetch_one(query) is not None


def _planned(
    campaign: Campaign,
    candidate: Candidate,
    sender: User,
    company: Company,
    forecast: Kind | None,
    agreed: Collection[str],
) -> dict[str, Any]:
    reason, words = _left_out(campaign, candidate, company, agreed), ""
    if reason is None:
        filled = merge_fields.fill(campaign.body, field_values.values_of(candidate, sender, company))
        words, reason = filled.text, campaign_reasons.of_words(filled)
    if reason is not None:
        return _left(reason)
    return {
        "state": "waiting",
        "reason": None,
        "forecast": forecast,
        "segments": segments.measure(words).segments,
    }


def _left(reason: str) -> dict[str, Any]:
    return {"state": "skipped", "reason": reason, "forecast": None, "segments": 0}


def _left_out(campaign: Campaign, candidate: Candidate, company: Company, agreed: Collection[str]) -> str | None:
    if candidate.number is None:
        return "no_number"
    if candidate.dead:
        return "dead_number"
    if candidate.opted_out:
        return "opted_out"
    # Who has written needs none for the company; the rest is decided when it is their turn.
    needs = company.needs_consent and candidate.conversation_id is None and candidate.id not in agreed
    return "no_consent" if needs or campaign_reasons.lacks_consent(campaign, candidate, agreed) else None
