"""What follows from a candidate's other name: lists and threads show it, and the search finds it."""

from sqlalchemy import select

from inbox.candidates.profiles import Profile
from inbox.messaging import searchable
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations


async def renamed(tenant: Tenant, candidate_id: str, before: Profile, after: Profile, *, actor_id: str | None) -> None:
    """Tell of the candidate's other name in each of their conversations. Last in the transaction that changed it.

    `actor_id` is the person who did it; None for an import.
    """
    if before.name == after.name:
        return
    theirs = await tenant.fetch_all(
        select(conversations.c.id, conversations.c.candidate_number).where(
            conversations.c.organisation_id == tenant.organisation_id, conversations.c.candidate_id == candidate_id
        )
    )
    for row in theirs:
        await searchable.renamed(
            tenant, row.id, before.name or row.candidate_number, after.name or row.candidate_number
        )
    for row in theirs:
        await events.record(tenant, EventKind.CANDIDATE_CHANGED, conversation_id=row.id, actor_id=actor_id)
