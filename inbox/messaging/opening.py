"""Opens the conversation of two numbers, once."""

from sqlalchemy import and_, select, true
from sqlalchemy.dialects.postgresql import insert

from inbox.candidates import numbers
from inbox.errors import NotFound
from inbox.messaging import conversations, kept_stops, opt_outs, searchable
from inbox.storage import events
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations as rows


async def find_or_open(
    tenant: Tenant,
    *,
    company_id: str,
    company_number_id: str,
    candidate_id: str,
    candidate_number: str,
    meant: bool = False,
) -> str:
    """The id of the conversation of these two numbers, opened when there is none; inside a transaction.

    `meant`: this candidate is written to, not whoever has the number; if it was said to be somebody else, it is asked
    again. Two at the same instant get the same one. Its row stays locked until the transaction ends: who waits for it
    writes later, by the clock too.
    """
    same = and_(
        rows.c.organisation_id == tenant.organisation_id,
        rows.c.company_number_id == company_number_id,
        rows.c.candidate_number == candidate_number,
    )
    row = rows.c
    locked = select(row.id, row.candidate_id, row.sharers, row.undecided, row.version).where(same).with_for_update()
    existing = await tenant.fetch_one(locked)
    if existing is not None:
        if meant and existing.sharers > 1 and not existing.undecided and existing.candidate_id != candidate_id:
            await conversations.change(tenant, existing.id, undecided=true(), version=existing.version + 1)
            await events.record(tenant, EventKind.CONVERSATION_CHANGED, conversation_id=existing.id)
        return str(existing.id)
    await tenant.execute(
        insert(rows)
        .values(
            organisation_id=tenant.organisation_id,
            id=new_id(),
            company_id=company_id,
            company_number_id=company_number_id,
            candidate_id=candidate_id,
            candidate_number=candidate_number,
            sharers=numbers.how_many(tenant, candidate_number),
            undecided=numbers.how_many(tenant, candidate_number) > 1,
        )
        .on_conflict_do_nothing(index_elements=["organisation_id", "company_number_id", "candidate_number"])
    )
    opened: str | None = await tenant.fetch_val(locked)
    if opened is None:
        raise NotFound
    await kept_stops.recall(tenant, candidate_number)
    await opt_outs.inherit(tenant, opened, candidate_number)
    await searchable.opened(tenant, opened, candidate_id, candidate_number)
    return opened
