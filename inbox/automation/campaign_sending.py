"""A campaign goes out: a few texts at a time into the outbox, so that Pause and Cancel are at once and no reply waits.

Each recipient's message has had its id since they were written down, so a slice that a dead worker left by half is
found done by the next one, and nobody is texted twice.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox import clock
from inbox.accounts import companies, users
from inbox.automation import campaign_holds, campaign_reasons, campaign_steps, campaigns, merge_fields
from inbox.automation.campaigns import Campaign
from inbox.automation.field_values import values_of
from inbox.billing import balance
from inbox.candidates import numbers, people
from inbox.candidates.people import Candidate
from inbox.errors import NotFound, Refused
from inbox.languages import _, stored
from inbox.messaging import bulk, opening, permission
from inbox.messaging.blocks import Block
from inbox.messaging.bulk import BulkText
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.jobs import Job, Postponed
from inbox.storage.tables import campaign_recipients as table
from inbox.storage.tables import messages
from providers.contract import DeliveryStatus

LEAST_AHEAD = 20
AHEAD_SECONDS = 10
"""So many seconds' worth of texts, at the number's rate, wait in the outbox at most: a reply waits no longer."""
AT_ONCE = 200
LOOK_AGAIN_SECONDS = 0.5


async def carry_on(tenant: Tenant, job: Job) -> Postponed | None:
    """Hand out the next texts of a campaign; None when there is nothing left to do."""
    try:
        campaign = await campaigns.find(tenant, job.subject)
    except NotFound:
        return None
    if campaign.state == "scheduled":
        await campaign_steps.moved(tenant, campaign.id, ["scheduled"], "sending", begun_at=db_now())
        return Postponed(0.0)
    if campaign.state not in ("sending", "paused", "stopped", "canceled"):
        return None
    waiting_in_outbox = await _settle_sent(tenant, campaign)
    if campaign.state != "sending":
        return Postponed(LOOK_AGAIN_SECONDS) if waiting_in_outbox else None
    try:
        number = await permission.sender(tenant, company_id=campaign.company_id)
    except Refused:  # it goes on when somebody resumes it, which says what is missing
        await campaign_steps.moved(tenant, campaign.id, ["sending"], "paused")
        return Postponed(LOOK_AGAIN_SECONDS) if waiting_in_outbox else None
    free = max(LEAST_AHEAD, AHEAD_SECONDS * number.segments_per_second) - waiting_in_outbox
    if free <= 0:
        return Postponed(LOOK_AGAIN_SECONDS)
    rows = await _waiting(tenant, campaign, min(free, AT_ONCE))
    if rows:
        await _hand_out(tenant, campaign, number, rows)
        return Postponed(0.0)
    if waiting_in_outbox:
        return Postponed(LOOK_AGAIN_SECONDS)
    held = await campaign_holds.of(tenant, campaign.id)
    if held is not None:
        return Postponed(held.seconds_left(clock.now()))
    await campaign_steps.moved(tenant, campaign.id, ["sending"], "done", ended_at=db_now())
    return None


async def _settle_sent(tenant: Tenant, campaign: Campaign) -> int:
    """Those whose texts have left the outbox are no longer queued; how many still are."""
    in_outbox = exists().where(
        messages.c.organisation_id == table.c.organisation_id,
        messages.c.id == table.c.message_id,
        messages.c.status == DeliveryStatus.QUEUED,
    )
    queued = [*_of(tenant, campaign), table.c.state == "queued"]
    async with tenant.transaction():
        gone = update(table).where(*queued, ~in_outbox).values(state="sent").returning(table.c.candidate_id)
        if await tenant.fetch_all(gone):
            await campaign_steps.tell(tenant, campaign.id)
    number: int = await tenant.fetch_val(select(func.count()).select_from(table).where(*queued))
    return number


async def _waiting(tenant: Tenant, campaign: Campaign, most: int) -> Sequence[Any]:
    may = or_(table.c.held_until.is_(None), table.c.held_until <= clock.now())
    waiting = [*_of(tenant, campaign), table.c.state == "waiting", may]
    query = select(table.c.candidate_id, table.c.message_id).where(*waiting)
    return await tenant.fetch_all(query.order_by(table.c.candidate_id).limit(most))


async def _hand_out(tenant: Tenant, campaign: Campaign, number: CompanyNumber, rows: Sequence[Any]) -> None:
    found = {one.id: one for one in await people.by_ids(tenant, [row.candidate_id for row in rows])}
    texts, refused = await _texts(tenant, campaign, number, rows, found)
    await _mark(tenant, campaign, refused)
    sender = await users.find(tenant, campaign.sender_id)
    named = {"origin_id": campaign.id, "template_id": campaign.template_id}
    async for batch in bulk.queue(tenant, sender, texts, source="campaign", **named):
        await tenant.execute(
            update(table)
            .where(*_of(tenant, campaign), table.c.message_id.in_([*batch.queued, *batch.known]))
            .values(state="queued")
        )
        unpaid = {message_id for message_id, why in batch.refused.items() if why == balance.NONE_LEFT}
        await _mark(tenant, campaign, {one: why for one, why in batch.refused.items() if one not in unpaid})
        await _hold(tenant, campaign, batch.held)
        if unpaid:  # they wait for a top-up
            await campaign_steps.moved(tenant, campaign.id, ["sending"], "stopped")
            return


async def _texts(
    tenant: Tenant,
    campaign: Campaign,
    number: CompanyNumber,
    rows: Sequence[Any],
    found: Mapping[str, Candidate],
) -> tuple[list[BulkText], dict[str, str]]:
    """The text of each recipient who can still be texted, in a conversation that is opened where there is none.

    And why the others get none, by the ids of their texts: what the review asked may have changed since.
    """
    sender, company = await users.find(tenant, campaign.sender_id), await companies.find(tenant, number.company_id)
    agreed = await campaign_reasons.agreed(tenant, [*found.values()]) if campaign.only_consented else set()
    texts: list[BulkText] = []
    refused: dict[str, str] = {}
    for row in rows:
        candidate = found.get(row.candidate_id)
        if candidate is None or candidate.number is None:
            refused[row.message_id] = _("This candidate cannot be texted any more.")
            continue
        filled = merge_fields.fill(campaign.body, values_of(candidate, sender, company))
        lacks = campaign_reasons.lacks_consent(campaign, candidate, agreed)
        reason = "no_consent" if lacks else campaign_reasons.of_words(filled)
        if reason is not None:
            refused[row.message_id] = campaign_reasons.REASONS[reason]
            continue
        async with tenant.transaction():
            conversation_id = await opening.find_or_open(
                tenant,
                company_id=number.company_id,
                company_number_id=number.id,
                candidate_id=candidate.id,
                candidate_number=candidate.number,
                meant=True,
            )
        texts.append(BulkText(row.message_id, conversation_id, filled.text))
    doubled = await _doubled(tenant, campaign, texts, found.values())
    refused |= dict.fromkeys(doubled, campaign_reasons.REASONS["same_number"])
    return [one for one in texts if one.message_id not in doubled], refused


async def _doubled(
    tenant: Tenant, campaign: Campaign, texts: Sequence[BulkText], candidates: Collection[Candidate]
) -> set[str]:
    """The texts to a phone that gets another one of this campaign: somebody else has come to share the number."""
    if not await numbers.shared(tenant, {one.number for one in candidates if one.number}):
        return set()
    rows = await tenant.fetch_all(
        select(messages.c.id, messages.c.conversation_id).where(
            messages.c.organisation_id == tenant.organisation_id,
            messages.c.conversation_id.in_(sorted({one.conversation_id for one in texts})),
            messages.c.origin_id == campaign.id,
            messages.c.source == "campaign",
        )
    )
    first = {row.conversation_id: row.id for row in rows}
    for one in texts:
        first.setdefault(one.conversation_id, one.message_id)
    return {one.message_id for one in texts if first[one.conversation_id] != one.message_id}


async def _hold(tenant: Tenant, campaign: Campaign, held: Mapping[str, Block]) -> None:
    for message_id, block in held.items():
        await tenant.execute(
            update(table)
            .where(*_of(tenant, campaign), table.c.message_id == message_id)
            .values(held_until=block.until, reason=stored(block.kept))
        )


async def _mark(tenant: Tenant, campaign: Campaign, refused: Mapping[str, str]) -> None:
    for message_id, why in refused.items():
        await tenant.execute(
            update(table)
            .where(*_of(tenant, campaign), table.c.message_id == message_id)
            .values(state="refused", reason=stored(why))
        )


def _of(tenant: Tenant, campaign: Campaign) -> list[ColumnElement[bool]]:
    return [table.c.organisation_id == tenant.organisation_id, table.c.campaign_id == campaign.id]
