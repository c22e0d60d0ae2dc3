"""The rows of an imported file: what each was to become, and became.

A row is "new" (of somebody nobody knows), "known" or "wrong" until it is reached; then it is "added", "filled" (facts
that were missing are there now) or "left" as it was, and after an undo "removed" or "kept".
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import and_, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.candidates.import_files import Line
from inbox.candidates.import_rows import Planned
from inbox.candidates.profiles import Profile
from inbox.languages import known, stored
from inbox.storage.database import Tenant
from inbox.storage.tables import candidate_import_rows as table
from inbox.storage.tables import candidate_numbers, candidates

AT_ONCE = 200
_NOT_WRONG = ("new", "known", "added", "filled", "left", "removed", "kept")


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row of the file: `profile` when it can be taken, else `sentence`; `filled` names the facts it brought."""

    line: Line
    outcome: str
    profile: Profile | None
    sentence: str | None
    candidate_id: str | None
    filled: tuple[str, ...]


async def keep(tenant: Tenant, import_id: str, plans: Sequence[Planned]) -> None:
    """Put these in the place of the rows that were kept before. In a transaction."""
    await tenant.execute(delete(table).where(_of(tenant, import_id)))
    for begin in range(0, len(plans), AT_ONCE):
        some = plans[begin : begin + AT_ONCE]
        held = await holders(tenant, [plan.profile for plan in some if plan.profile])
        await tenant.execute(insert(table).values([_kept(tenant, import_id, plan, held) for plan in some]))


async def counts(tenant: Tenant, import_id: str) -> dict[str, int]:
    """How many rows stand at each outcome."""
    found = await tenant.fetch_all(
        select(table.c.outcome, func.count().label("number")).where(_of(tenant, import_id)).group_by(table.c.outcome)
    )
    return {row.outcome: row.number for row in found}


async def first(
    tenant: Tenant, import_id: str, outcomes: Sequence[str] = _NOT_WRONG, *, most: int | None = AT_ONCE
) -> list[ImportedRow]:
    """The first rows of the file that stand at one of these outcomes; without `most` all of them."""
    query = select(table).where(_of(tenant, import_id), table.c.outcome.in_(outcomes)).order_by(table.c.line)
    return [_row(row) for row in await tenant.fetch_all(query.limit(most) if most else query)]


async def lines(tenant: Tenant, import_id: str) -> list[Line]:
    """Every row of the file as it was read."""
    return [row.line for row in await first(tenant, import_id, (*_NOT_WRONG, "wrong"), most=None)]


async def settle(
    tenant: Tenant,
    import_id: str,
    numbers: Sequence[int],
    outcome: str,
    *,
    candidate_id: str | None = None,
    filled: Sequence[str] = (),
) -> None:
    """The rows of these lines have been reached."""
    values: dict[str, Any] = {"outcome": outcome}
    if candidate_id is not None:
        values |= {"candidate_id": candidate_id, "filled": ",".join(filled)}
    await tenant.execute(update(table).where(_of(tenant, import_id), table.c.line.in_(numbers)).values(**values))


async def holders(tenant: Tenant, wanted: Sequence[Profile]) -> dict[str, str]:
    """Who these profiles are of, as far as somebody is here: candidates' ids by number, without one by e-mail."""
    numbers = [profile.number for profile in wanted if profile.number]
    emails = [profile.email.casefold() for profile in wanted if profile.email and not profile.number]
    found: dict[str, str] = {}
    if numbers:
        held = await tenant.fetch_all(
            select(candidate_numbers.c.number, candidate_numbers.c.candidate_id, candidates.c.name)
            .join(
                candidates,
                and_(
                    candidates.c.organisation_id == candidate_numbers.c.organisation_id,
                    candidates.c.id == candidate_numbers.c.candidate_id,
                ),
            )
            .where(
                candidate_numbers.c.organisation_id == tenant.organisation_id, candidate_numbers.c.number.in_(numbers)
            )
            .order_by(candidate_numbers.c.is_first)
        )
        found |= {row.number: row.candidate_id for row in held}
        # Of several with one number the one who is called so.
        names = {profile.number: (profile.name or "").casefold() for profile in wanted}
        found |= {row.number: row.candidate_id for row in held if (row.name or "").casefold() == names[row.number]}
    if emails:
        email = func.lower(candidates.c.email)
        held = await tenant.fetch_all(
            select(email.label("email"), candidates.c.id)
            .where(candidates.c.organisation_id == tenant.organisation_id, email.in_(emails))
            .order_by(candidates.c.id.desc())  # of two the one who came first
        )
        found |= {row.email: row.id for row in held}
    return found


def key_of(profile: Profile) -> str:
    """What `holders` names the candidate of this profile by."""
    return profile.number or (profile.email or "").casefold()


def _of(tenant: Tenant, import_id: str) -> ColumnElement[bool]:
    return and_(table.c.organisation_id == tenant.organisation_id, table.c.import_id == import_id)


def _kept(tenant: Tenant, import_id: str, plan: Planned, held: Mapping[str, str]) -> dict[str, Any]:
    profile = plan.profile
    known = held.get(key_of(profile)) if profile else None
    return {
        "organisation_id": tenant.organisation_id,
        "import_id": import_id,
        "line": plan.line.number,
        "cells": json.dumps(plan.line.cells, ensure_ascii=False),
        "profile": json.dumps(asdict(profile), ensure_ascii=False) if profile else None,
        "sentence": stored(plan.sentence) if plan.sentence else None,
        "outcome": "wrong" if profile is None else "known" if known else "new",
        "candidate_id": known,
    }


def _row(row: Any) -> ImportedRow:
    return ImportedRow(
        line=Line(row.line, tuple(json.loads(row.cells))),
        outcome=row.outcome,
        profile=Profile(**json.loads(row.profile)) if row.profile else None,
        sentence=known(row.sentence) if row.sentence else None,
        candidate_id=row.candidate_id,
        filled=tuple(filter(None, row.filled.split(","))),
    )
