"""What follows when an older copy of the database has taken its place.

Its past is another one, what it would send may have gone out, and whoever was erased since is in it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from inbox.automation.holding_back import Held, hold_back
from inbox.errors import NotFound, Refused
from inbox.reports import erasing, retention
from inbox.storage import events
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import candidates, organisations


@dataclass(slots=True)
class Outcome:
    """What waits for people, how many were erased again, and of whom that could not be done, with the reason."""

    held: Held = field(default_factory=Held)
    erased: int = 0
    left: list[tuple[str, str]] = field(default_factory=list)


async def begin_anew(database: Database, erased: Sequence[str] = ()) -> Outcome:
    """Have every open page load anew and nothing go out by itself, and erase these candidates again."""
    outcome = Outcome()
    await events.begin_anew(database)
    for row in await database.fetch_all(select(organisations.c.id).order_by(organisations.c.id)):
        outcome.held += await hold_back(Tenant(database, row.id))
    for candidate_id in dict.fromkeys(erased):
        await _erase_again(database, candidate_id, outcome)
    return outcome


async def _erase_again(database: Database, candidate_id: str, outcome: Outcome) -> None:
    """One who came into being after the copy was made is not in it, and one is in one organisation alone."""
    organisation_id = await database.fetch_val(
        select(candidates.c.organisation_id).where(candidates.c.id == candidate_id).limit(1)
    )
    if organisation_id is None:
        return
    tenant = Tenant(database, organisation_id)
    try:
        await retention.hold(tenant, candidate_id, None)  # it was lifted before they were erased
        await erasing.erase(tenant, candidate_id, actor="the operator")
        outcome.erased += 1
    except (NotFound, Refused) as error:
        outcome.left.append((candidate_id, error.sentence))
