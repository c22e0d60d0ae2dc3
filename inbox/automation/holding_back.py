"""After an older copy of the database took its place: what it would send may have gone out since it was made.

So nothing of it goes out by itself. Texts that were queued are "Not confirmed", those that were due later and are due
by now stay with the reason, campaigns and workflows are paused: people decide.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from inbox.automation import campaign_steps
from inbox.errors import NotFound
from inbox.languages import _
from inbox.messaging import claims, conversations, scheduled_texts
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import campaigns as campaign_rows
from inbox.storage.tables import messages
from inbox.storage.tables import scheduled_texts as scheduled_rows
from inbox.storage.tables import workflows as workflow_rows
from providers.contract import DeliveryStatus

_QUEUED = (DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED)


@dataclass(frozen=True, slots=True)
class Held:
    """How much waits for people now."""

    texts: int = 0
    scheduled: int = 0
    campaigns: int = 0
    workflows: int = 0

    def __add__(self, other: "Held") -> "Held":
        mine, theirs = (self.texts, self.scheduled), (other.texts, other.scheduled)
        texts, scheduled = (one + more for one, more in zip(mine, theirs, strict=True))
        return Held(texts, scheduled, self.campaigns + other.campaigns, self.workflows + other.workflows)


async def hold_back(tenant: Tenant) -> Held:
    """Have nothing go out that was promised before; doing it again changes nothing more."""
    return Held(
        texts=await _hold_texts(tenant),
        scheduled=await _hold_scheduled(tenant),
        campaigns=await _pause_campaigns(tenant),
        workflows=await _pause_workflows(tenant),
    )


async def _hold_texts(tenant: Tenant) -> int:
    waiting = await tenant.fetch_all(
        select(messages.c.id).where(
            messages.c.organisation_id == tenant.organisation_id, messages.c.status.in_(_QUEUED)
        )
    )
    return sum([await claims.leave_to_people(tenant, row.id) for row in waiting])


async def _hold_scheduled(tenant: Tenant) -> int:
    due = await tenant.fetch_all(
        _of(scheduled_rows, tenant, scheduled_rows.c.stopped_at.is_(None), scheduled_rows.c.send_at <= db_now())
    )
    for row in due:
        async with tenant.transaction():
            try:
                text = await scheduled_texts.find(tenant, row.id)
                await conversations.find(tenant, text.conversation_id, lock=True)
            except NotFound:
                continue
            reason = _("The inbox was restored from a backup, so it may have gone out already.")
            await scheduled_texts.stop(tenant, text, reason)
    return len(due)


async def _pause_campaigns(tenant: Tenant) -> int:
    under_way = await tenant.fetch_all(_of(campaign_rows, tenant, campaign_rows.c.state.in_(["sending", "scheduled"])))
    for row in under_way:
        await campaign_steps.pause(tenant, row.id)
    return len(under_way)


async def _pause_workflows(tenant: Tenant) -> int:
    rows = await tenant.fetch_all(
        update(workflow_rows)
        .where(workflow_rows.c.organisation_id == tenant.organisation_id, workflow_rows.c.state == "active")
        .values(state="paused")
        .returning(workflow_rows.c.id)
    )
    return len(rows)


def _of(table: Any, tenant: Tenant, *which: Any) -> Any:
    return select(table.c.id).where(table.c.organisation_id == tenant.organisation_id, *which)
