"""Recipients of a campaign who wait for a better hour where they are."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from inbox import clock
from inbox.storage.database import Tenant
from inbox.storage.tables import campaign_recipients as table

MOST_SECONDS = 60.0
"""So soon a campaign looks again: whoever pauses it, or changes the hours, does not wait for the morning."""


@dataclass(frozen=True, slots=True)
class CampaignHold:
    """How many wait, and when (UTC) the first of them may be texted."""

    number: int
    until: datetime

    def seconds_left(self, now: datetime) -> float:
        """Until it is worth looking again."""
        return max(1.0, min(MOST_SECONDS, (self.until - now).total_seconds()))


async def of(tenant: Tenant, campaign_id: str) -> CampaignHold | None:
    """Those of a campaign; None when nobody waits for that."""
    row = await tenant.fetch_one(
        select(func.count().label("number"), func.min(table.c.held_until).label("until")).where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.campaign_id == campaign_id,
            table.c.state == "waiting",
            table.c.held_until > clock.now(),
        )
    )
    return CampaignHold(row.number, row.until) if row is not None and row.number else None
