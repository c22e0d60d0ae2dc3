"""Whose conversation one is, and which one a company has with a candidate."""

from sqlalchemy import select

from inbox.storage.database import Tenant
from inbox.storage.sight import seen
from inbox.storage.tables import conversations


async def company_of(tenant: Tenant, conversation_id: str) -> str | None:
    """The id of the company whose conversation it is; None when it is not there."""
    found: str | None = await tenant.fetch_val(
        select(conversations.c.company_id).where(
            conversations.c.organisation_id == tenant.organisation_id, conversations.c.id == conversation_id
        )
    )
    return found


async def of_candidate(tenant: Tenant, candidate_id: str, company_id: str) -> str | None:
    """The id of the conversation in which a company last wrote with a candidate; None when there is none."""
    found: str | None = await tenant.fetch_val(
        select(conversations.c.id)
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.candidate_id == candidate_id,
            conversations.c.company_id == company_id,
            *seen(tenant),
        )
        .order_by(conversations.c.last_message_at.desc().nulls_last(), conversations.c.id.desc())
        .limit(1)
    )
    return found
