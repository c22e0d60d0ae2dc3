"""The steps of a campaign from one state to the next: sent, paused, resumed, canceled; each is taken by one only."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import update

from inbox.automation import campaigns
from inbox.automation.campaigns import SEND, State, is_campaign
from inbox.errors import Refused
from inbox.languages import _
from inbox.messaging import permission
from inbox.storage import events, jobs
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import campaigns as table


async def send(tenant: Tenant, campaign_id: str, *, delay_seconds: float = 0.0, at: datetime | None = None) -> None:
    """Begin now, or at a moment (UTC) that is so many seconds away. Raises Refused unless it is ready."""
    async with tenant.transaction():
        await _has_sender(tenant, campaign_id)
        if at is None:
            await step(tenant, campaign_id, ["ready"], "sending", begun_at=db_now())
        else:
            await step(tenant, campaign_id, ["ready"], "scheduled", send_at=at)
        await jobs.enqueue(tenant, SEND, campaign_id, delay_seconds=delay_seconds)


async def pause(tenant: Tenant, campaign_id: str) -> None:
    """Hand out no more texts for now; a scheduled one waits for a person again. Raises Refused."""
    async with tenant.transaction():
        if not await moved(tenant, campaign_id, ["scheduled"], "ready", send_at=None):
            await step(tenant, campaign_id, ["sending"], "paused")


async def resume(tenant: Tenant, campaign_id: str) -> None:
    """Go on where it was paused, or stopped for want of segments. Raises Refused."""
    async with tenant.transaction():
        await _has_sender(tenant, campaign_id)
        await step(tenant, campaign_id, ["paused", "stopped"], "sending")
        await jobs.enqueue(tenant, SEND, campaign_id)


async def cancel(tenant: Tenant, campaign_id: str) -> None:
    """Never hand out the rest. Raises Refused when there is nothing to cancel."""
    open_ones: list[State] = ["draft", "gathering", "ready", "scheduled", "sending", "paused", "stopped"]
    await step(tenant, campaign_id, open_ones, "canceled", ended_at=db_now())


async def _has_sender(tenant: Tenant, campaign_id: str) -> None:
    campaign = await campaigns.find(tenant, campaign_id)
    await permission.sender(tenant, company_id=campaign.company_id)


async def step(tenant: Tenant, campaign_id: str, before: Sequence[State], after: State, **values: Any) -> None:
    """Go from one of these states to another. Raises Refused when it is in none of them by now."""
    if not await moved(tenant, campaign_id, before, after, **values):
        raise Refused(_("This campaign has gone on meanwhile. See below where it stands."))


async def moved(tenant: Tenant, campaign_id: str, before: Sequence[State], after: State, **values: Any) -> bool:
    """Go from one of these states to another; whether it was in one of them. Holds it until the commit."""
    async with tenant.transaction():
        row = await tenant.fetch_one(
            update(table)
            .where(is_campaign(tenant, campaign_id), table.c.state.in_(before))
            .values(state=after, **values)
            .returning(table.c.id)
        )
        if row is not None:
            await tell(tenant, campaign_id)
    return row is not None


async def tell(tenant: Tenant, campaign_id: str) -> None:
    """Have open pages of this campaign show it as it is now; last in the transaction of what changed."""
    await events.record(tenant, EventKind.CAMPAIGN_CHANGED, message_id=campaign_id)
