"""Writes of programs under a key: the answer is committed with what was done, and a repeated write gets it again."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from inbox.errors import Invalid
from inbox.storage.columns import db_later
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import idempotency_keys as table

KEPT_SECONDS = 24 * 3600
MOST_CHARACTERS = 255


@dataclass(frozen=True, slots=True)
class Kept:
    """What the first write under a key was answered with."""

    status: int
    answer: str


async def claim(tenant: Tenant, caller: str, key: str, fingerprint: str) -> Kept | None:
    """Take a key for the write of this transaction; the answer of the one that had it before, if there was one.

    Two at the same instant meet at the primary key: the second waits for the first and gets its answer. Raises
    Invalid when the key was used for something else.
    """
    taken = await tenant.fetch_val(
        insert(table)
        .values(organisation_id=tenant.organisation_id, caller=caller, key=key, fingerprint=fingerprint)
        .on_conflict_do_nothing(index_elements=["organisation_id", "caller", "key"])
        .returning(table.c.key)
    )
    if taken is not None:
        return None
    row = await tenant.fetch_one(
        select(table.c.fingerprint, table.c.status, table.c.answer).where(_whose(tenant, caller, key))
    )
    if row is None or row.fingerprint != fingerprint:
        raise Invalid({"Idempotency-Key": "This key was used for another request. Use a new one."})
    return Kept(row.status, row.answer)


async def keep(tenant: Tenant, caller: str, key: str, kept: Kept) -> None:
    """The answer of the write that has the key, in its transaction."""
    await tenant.execute(
        update(table).where(_whose(tenant, caller, key)).values(status=kept.status, answer=kept.answer)
    )


async def prune(database: Database) -> None:
    """Forget keys after a day."""
    await database.execute(delete(table).where(table.c.at < db_later(-KEPT_SECONDS)))


def _whose(tenant: Tenant, caller: str, key: str) -> ColumnElement[bool]:
    return and_(
        table.c.organisation_id == tenant.organisation_id,
        table.c.caller == caller,
        table.c.key == key,
    )
