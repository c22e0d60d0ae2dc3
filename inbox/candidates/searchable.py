"""Keeps the search document of a candidate in step, in the transaction of what changes."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from inbox.errors import NotFound
from inbox.storage import search_documents
from inbox.storage.database import Tenant
from inbox.storage.tables import candidate_documents, candidate_numbers, candidates


async def changed(tenant: Tenant, candidate_id: str) -> None:
    """A candidate is new, or has another name, e-mail or number. Raises NotFound."""
    row = await tenant.fetch_one(
        select(candidates).where(
            candidates.c.organisation_id == tenant.organisation_id, candidates.c.id == candidate_id
        )
    )
    if row is None:
        raise NotFound
    held = await tenant.fetch_all(
        select(candidate_numbers.c.number)
        .where(
            candidate_numbers.c.organisation_id == tenant.organisation_id,
            candidate_numbers.c.candidate_id == candidate_id,
        )
        .order_by(candidate_numbers.c.number)
    )
    made = search_documents.of_candidate(tenant.organisation_id, row.name, row.email, [one.number for one in held])
    values = {"sort_name": row.sort_name, "words": made.words, "marks": made.marks}
    await tenant.execute(
        insert(candidate_documents)
        .values(organisation_id=tenant.organisation_id, candidate_id=candidate_id, **values)
        .on_conflict_do_update(index_elements=["organisation_id", "candidate_id"], set_=values)
    )
