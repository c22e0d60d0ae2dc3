"""Which candidate a number belongs to; in one organisation each number has one holder."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

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
