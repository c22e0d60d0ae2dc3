"""How long a text gets at worst: filled in for those of the newest candidates whose names and facts are the longest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from inbox.automation import merge_fields
from inbox.automation.field_values import OF_CANDIDATE
from inbox.storage.database import Tenant
from inbox.storage.tables import candidates
from providers import segments

LOOKED_AT = 1_000
"""So many candidates: enough for the longest names, and filled in within some milliseconds."""


@dataclass(frozen=True, slots=True)
class Longest:
    """What the longest text costs, and whose it is."""

    segments: int
    name: str
    """"" where no name is known."""
    text: str


async def of(tenant: Tenant, body: str, mine: Mapping[str, str | None]) -> Longest | None:
    """The dearest text that `body` becomes, with `mine` for the writer's fields; None when it is the same for all."""
    if not merge_fields.named_in(body) & {*OF_CANDIDATE}:
        return None
    rows = await tenant.fetch_all(
        select(candidates.c.name, candidates.c.job, candidates.c.stage, candidates.c.city)
        .where(candidates.c.organisation_id == tenant.organisation_id, candidates.c.erased_at.is_(None))
        .order_by(candidates.c.id.desc())
        .limit(LOOKED_AT)
    )
    # Plain letters and others are counted differently, so the longest of each has to be measured.
    longest: dict[bool, tuple[str, str]] = {}
    for row in rows:
        text = merge_fields.fill(body, {**mine, **_values(row)}).text
        is_plain = text.isascii()
        if is_plain not in longest or len(text) > len(longest[is_plain][0]):
            longest[is_plain] = (text, row.name or "")
    found = [Longest(segments.measure(text).segments, name, text) for text, name in longest.values()]
    return max(found, key=lambda one: (one.segments, len(one.text)), default=None)


def _values(row: Any) -> dict[str, str | None]:
    first_name = row.name.split()[0] if row.name else None
    return {"first_name": first_name, "name": row.name, "job": row.job, "stage": row.stage, "city": row.city}
