"""Which candidates a number belongs to. Nearly always it is one; a family or an office may share a phone.

A candidate may hold several, as texts from an old number are still theirs. The one that came last is the current one.
Of those who share a number one is the first, by whom it was known.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, ScalarSelect, and_, delete, func, select, text, true, update
from sqlalchemy.dialects.postgresql import insert

from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import candidate_numbers

FREE: Final[dict[str, Any]] = {"index_elements": ["organisation_id", "number"], "index_where": text("is_first")}
"""What a new first holder of a number may meet, for ON CONFLICT."""


async def holder(tenant: Tenant, number: str) -> str | None:
    """The id of the candidate whose number (E.164) this is, the first of several; None when nobody has it."""
    found: str | None = await tenant.fetch_val(
        select(candidate_numbers.c.candidate_id).where(_is(tenant, number), text("is_first"))
    )
    return found


async def holders(tenant: Tenant, number: str) -> list[str]:
    """The ids of everybody whose number (E.164) this is, the first one first."""
    rows = await tenant.fetch_all(
        select(candidate_numbers.c.candidate_id)
        .where(_is(tenant, number))
        .order_by(candidate_numbers.c.is_first.desc(), candidate_numbers.c.created_at, candidate_numbers.c.candidate_id)
    )
    return [row.candidate_id for row in rows]


async def of_candidate(tenant: Tenant, candidate_id: str) -> list[str]:
    """All numbers (E.164) of a candidate, old ones too."""
    rows = await tenant.fetch_all(
        select(candidate_numbers.c.number).where(
            candidate_numbers.c.organisation_id == tenant.organisation_id,
            candidate_numbers.c.candidate_id == candidate_id,
        )
    )
    return [row.number for row in rows]


async def shared(tenant: Tenant, some: Collection[str]) -> set[str]:
    """Those of these numbers (E.164) that several candidates have."""
    rows = await tenant.fetch_all(
        select(candidate_numbers.c.number)
        .where(
            candidate_numbers.c.organisation_id == tenant.organisation_id,
            candidate_numbers.c.number.in_(sorted(some)),
        )
        .group_by(candidate_numbers.c.number)
        .having(func.count() > 1)
    )
    return {row.number for row in rows}


def how_many(tenant: Tenant, number: str) -> ScalarSelect[int]:
    """How many candidates have this number (E.164), as a part of a statement."""
    return select(func.count()).where(_is(tenant, number)).scalar_subquery()


async def share(tenant: Tenant, candidate_id: str, number: str) -> None:
    """Make a number (E.164) that somebody holds this candidate's too. Who shares it at once waits; in a transaction."""
    await tenant.fetch_val(
        select(candidate_numbers.c.candidate_id).where(_is(tenant, number), text("is_first")).with_for_update()
    )
    await tenant.execute(
        insert(candidate_numbers)
        .values(organisation_id=tenant.organisation_id, number=number, candidate_id=candidate_id, is_first=False)
        .on_conflict_do_nothing(index_elements=["organisation_id", "number", "candidate_id"])
    )


async def drop(tenant: Tenant, candidate_id: str, number: str) -> None:
    """The number (E.164) is not this candidate's any more, but that of the others who have it; in a transaction."""
    left = [one for one in await holders(tenant, number) if one != candidate_id]
    await tenant.execute(
        delete(candidate_numbers).where(_is(tenant, number), candidate_numbers.c.candidate_id == candidate_id)
    )
    if left:
        await tenant.execute(
            update(candidate_numbers)
            .where(_is(tenant, number), candidate_numbers.c.candidate_id == left[0])
            .values(is_first=true())
        )


async def take(tenant: Tenant, candidate_id: str, number: str) -> bool:
    """Make the number (E.164) this candidate's; False when somebody holds it already."""
    taken = await tenant.fetch_one(
        insert(candidate_numbers)
        .values(organisation_id=tenant.organisation_id, number=number, candidate_id=candidate_id)
        .on_conflict_do_nothing(**FREE)
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


def _is(tenant: Tenant, number: str) -> ColumnElement[bool]:
    return and_(candidate_numbers.c.organisation_id == tenant.organisation_id, candidate_numbers.c.number == number)
