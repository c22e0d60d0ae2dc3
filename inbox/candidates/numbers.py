"""Which candidate a number belongs to; in one organisation each number has one holder.

A candidate may hold several, as texts from an old number are still theirs. The one that came last is the current one.
"""

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import candidate_numbers


async def holder(tenant: Tenant, number: str) -> str | None:
    """The id of the candidate whose number (E.164) this is, or None."""
    found: str | None = await tenant.fetch_val(
        select(candidate_numbers.c.candidate_id).where(
            candidate_numbers.c.organisation_id == tenant.organisation_id, candidate_numbers.c.number == number
        )
    )
    return found


async def take(tenant: Tenant, candidate_id: str, number: str) -> bool:
    """Make the number (E.164) this candidate's; False when somebody holds it already."""
    taken = await tenant.fetch_one(
        insert(candidate_numbers)
        .values(organisation_id=tenant.organisation_id, number=number, candidate_id=candidate_id)
        .on_conflict_do_nothing(index_elements=["organisation_id", "number"])
        .returning(candidate_numbers.c.number)
    )
    return taken is not None


async def current(tenant: Tenant, candidate_id: str) -> str | None:
    """The number (E.164) that this candidate is texted at; None when there is none."""
    found: str | None = await tenant.fetch_val(
        select(candidate_numbers.c.number)
        .where(
            candidate_numbers.c.organisation_id == tenant.organisation_id,
            candidate_numbers.c.candidate_id == candidate_id,
        )
        .order_by(candidate_numbers.c.created_at.desc(), candidate_numbers.c.number)
        .limit(1)
    )
    return found


async def make_current(tenant: Tenant, candidate_id: str, number: str) -> None:
    """Text the candidate at this number (E.164) again, which is one of theirs."""
    await tenant.execute(
        update(candidate_numbers)
        .where(
            candidate_numbers.c.organisation_id == tenant.organisation_id,
            candidate_numbers.c.candidate_id == candidate_id,
            candidate_numbers.c.number == number,
        )
        .values(created_at=db_now())
    )
