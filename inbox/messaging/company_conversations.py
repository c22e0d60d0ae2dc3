"""Whose conversation one is, and which one a company has with a candidate."""

from sqlalchemy import select

from inbox.accounts.users import User
from inbox.candidates.people import Candidate
from inbox.messaging import shared_numbers
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


async def latest(tenant: Tenant, candidate_id: str) -> str | None:
    """The id of the company that last wrote with a candidate, of those that may be seen; None when none did."""
    found: str | None = await tenant.fetch_val(
        select(conversations.c.company_id)
        .where(
            conversations.c.organisation_id == tenant.organisation_id,
            conversations.c.candidate_id == candidate_id,
            *seen(tenant),
        )
        .order_by(conversations.c.last_message_at.desc().nulls_last(), conversations.c.id.desc())
        .limit(1)
    )
    return found


async def shown_for(tenant: Tenant, user: User, candidate: Candidate, company_id: str | None) -> str | None:
    """The id of the conversation that a candidate's page shows this user, in a company; None when there is none."""
    if company_id is None:
        return None
    found = await of_candidate(tenant, candidate.id, company_id)
    if found is None and candidate.number is not None and not user.own_only:
        # Whoever shares the number: the texts may be theirs.
        found = await shared_numbers.undecided_with(tenant, candidate.number)
    return found
