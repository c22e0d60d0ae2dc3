"""Who opted out stays opted out when they are erased: the number is forgotten, and known again when it comes back."""

from collections.abc import Collection

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from inbox.errors import Unavailable
from inbox.storage import number_hashes
from inbox.storage.database import Tenant
from inbox.storage.tables import kept_stops, opt_outs


async def keep(tenant: Tenant, numbers: Collection[str]) -> None:
    """Turn the opt-outs of these numbers (E.164) into hashes, in the transaction that forgets the numbers.

    Raises Unavailable where there is no key to hash with.
    """
    for number in sorted(numbers):
        rows = await tenant.fetch_all(
            delete(opt_outs)
            .where(opt_outs.c.organisation_id == tenant.organisation_id, opt_outs.c.number == number)
            .returning(opt_outs)
        )
        hashes = number_hashes.of(tenant.database.number_keys, tenant.organisation_id, number)
        if rows and not hashes:
            raise Unavailable("This needs the keys in INBOX_VAULT_KEYS.")
        for row in rows:
            await tenant.execute(
                insert(kept_stops)
                .values(
                    organisation_id=tenant.organisation_id,
                    company_number_id=row.company_number_id,
                    number_hash=hashes[0],
                    keyword="" if row.presumed else row.keyword[:40],
                    presumed=row.presumed,
                    at=row.at,
                )
                .on_conflict_do_nothing(index_elements=["organisation_id", "number_hash", "company_number_id"])
            )


async def recall(tenant: Tenant, number: str) -> None:
    """A conversation with `number` is opened: whoever had opted out before still has. In that transaction."""
    hashes = number_hashes.of(tenant.database.number_keys, tenant.organisation_id, number)
    if not hashes:
        return
    rows = await tenant.fetch_all(
        delete(kept_stops)
        .where(kept_stops.c.organisation_id == tenant.organisation_id, kept_stops.c.number_hash.in_(hashes))
        .returning(kept_stops)
    )
    for row in rows:
        await tenant.execute(
            insert(opt_outs)
            .values(
                organisation_id=tenant.organisation_id,
                company_number_id=row.company_number_id,
                number=number,
                keyword=row.keyword,
                presumed=row.presumed,
                at=row.at,
            )
            .on_conflict_do_nothing(index_elements=["organisation_id", "company_number_id", "number"])
        )
