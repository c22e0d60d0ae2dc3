"""What follows from a candidate's other name or job: lists and threads show it, and searches and filters find it."""

from sqlalchemy import select

from inbox.candidates.profiles import Profile
from inbox.messaging import searchable, triggers
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations


async def renamed(
    tenant: Tenant, candidate_id: str, before: Profile, after: Profile, *, actor_id: str | None, begins: bool = True
) -> None:
    """Tell of what else is known of the candidate in their conversations, and those workflows that wait for a stage.

    Last in the transaction.

    `actor_id` is the person who did it; None for an import. With `begins` workflows begin that wait for the stage.
    """
    if before == after:
        return
    if before.stage != after.stage:
        await triggers.stage_changed(tenant, candidate_id, after.stage if begins else None)
    theirs = await tenant.fetch_all(
        select(conversations.c.id, conversations.c.candidate_number).where(
            conversations.c.organisation_id == tenant.organisation_id, conversations.c.candidate_id == candidate_id
        )
    )
    for row in theirs if before.name != after.name else ():
        await searchable.renamed(
            tenant, row.id, before.name or row.candidate_number, after.name or row.candidate_number
        )
    if theirs and before.job != after.job:
        await searchable.has_job(tenant, [row.id for row in theirs], before.job, after.job)
    for row in theirs:
        await events.record(tenant, EventKind.CANDIDATE_CHANGED, conversation_id=row.id, actor_id=actor_id)
