"""What the demo's texts have cost so far, told as it would have happened."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select, update

from inbox.accounts.organisations import OPENING_SEGMENTS
from inbox.storage.database import Tenant
from inbox.storage.tables import messages, segment_balances, segment_log

TOPPED_UP = 4_000


async def tell(tenant: Tenant, *, by: str) -> None:
    """Write the log anew: the opening, a top-up, then a row for each text. In a transaction."""
    texts = await tenant.fetch_all(
        select(messages.c.id, messages.c.at, messages.c.direction, messages.c.segments)
        .where(messages.c.organisation_id == tenant.organisation_id)
        .order_by(messages.c.at, messages.c.id)
    )
    begin: datetime = texts[0].at - timedelta(days=1)
    steps: list[dict[str, Any]] = [
        {"kind": "opening", "segments": OPENING_SEGMENTS, "at": begin, "message_id": None, "author": None},
        {"kind": "top_up", "segments": TOPPED_UP, "at": begin, "message_id": None, "author": by},
    ]
    steps += [
        {
            "kind": "sent" if text.direction == "out" else "received",
            "segments": -text.segments,
            "at": text.at,
            "message_id": text.id,
            "author": None,
        }
        for text in texts
    ]
    left = 0
    await tenant.execute(delete(segment_log).where(segment_log.c.organisation_id == tenant.organisation_id))
    for step in steps:
        left += step["segments"]
        await tenant.execute(insert(segment_log).values(organisation_id=tenant.organisation_id, balance=left, **step))
    await tenant.execute(
        update(segment_balances)
        .where(segment_balances.c.organisation_id == tenant.organisation_id)
        .values(balance=left, topped_to=OPENING_SEGMENTS + TOPPED_UP)
    )
