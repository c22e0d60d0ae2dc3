"""Candidates who were never texted can be removed without a trace."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete

from inbox.storage.database import Tenant
from inbox.storage.tables import (
    candidate_documents,
    candidate_links,
    candidate_numbers,
    candidates,
    export_candidates,
    label_change_members,
    merged_candidates,
)


async def remove(tenant: Tenant, ids: Sequence[str]) -> None:
    """Remove candidates with their numbers and what the search knows of them.

    They must be in no conversation and have no tag and no list.
    """
    if not ids:
        return
    for table, column in (
        (label_change_members, label_change_members.c.candidate_id),
        (candidate_documents, candidate_documents.c.candidate_id),
        (candidate_links, candidate_links.c.candidate_id),
        (candidate_numbers, candidate_numbers.c.candidate_id),
        (export_candidates, export_candidates.c.candidate_id),
        (merged_candidates, merged_candidates.c.candidate_id),
        (candidates, candidates.c.id),
    ):
        whose: Any = table.c.organisation_id == tenant.organisation_id
        await tenant.execute(delete(table).where(whose, column.in_(ids)))
