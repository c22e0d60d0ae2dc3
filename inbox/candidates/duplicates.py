"""Candidates who are likely to be one person: with one number, or with one e-mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select

from inbox.candidates import people
from inbox.candidates.people import Candidate
from inbox.storage.database import Tenant
from inbox.storage.tables import candidate_numbers, candidates

MOST = 50


@dataclass(frozen=True, slots=True)
class Likely:
    """Two or more candidates who have the number, or the e-mail, `same`."""

    by: Literal["number", "email"]
    same: str
    people: tuple[Candidate, ...]


async def find(tenant: Tenant) -> Sequence[Likely]:
    """Those with one number first, then those with one e-mail; so many at a time."""
    found: dict[tuple[Literal["number", "email"], str], list[str]] = {}
    email = func.lower(candidates.c.email)
    twice = (
        select(email)
        .where(candidates.c.organisation_id == tenant.organisation_id, candidates.c.email.is_not(None))
        .group_by(email)
        .having(func.count() > 1)
        .limit(MOST)
    )
    shared = (
        select(candidate_numbers.c.number)
        .where(candidate_numbers.c.organisation_id == tenant.organisation_id, ~candidate_numbers.c.is_first)
        .limit(MOST)
    )
    held = select(candidate_numbers.c.number, candidate_numbers.c.candidate_id).where(
        candidate_numbers.c.organisation_id == tenant.organisation_id, candidate_numbers.c.number.in_(shared)
    )
    for row in await tenant.fetch_all(held.order_by(candidate_numbers.c.number)):
        found.setdefault(("number", row.number), []).append(row.candidate_id)
    mailed = select(email.label("email"), candidates.c.id).where(
        candidates.c.organisation_id == tenant.organisation_id, email.in_(twice)
    )
    for row in await tenant.fetch_all(mailed.order_by(email, candidates.c.id)):
        found.setdefault(("email", row.email), []).append(row.id)
    known = {one.id: one for one in await people.by_ids(tenant, sorted({id for ids in found.values() for id in ids}))}
    return [Likely(by, same, tuple(known[one] for one in ids if one in known)) for (by, same), ids in found.items()]
