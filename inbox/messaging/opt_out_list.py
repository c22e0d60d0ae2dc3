"""Everybody who wants no more texts, by number: the provider's words, and what was taken for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select, tuple_

from inbox.messaging.conversations import named
from inbox.storage.database import Tenant
from inbox.storage.sight import seen
from inbox.storage.tables import candidates, company_numbers, conversations
from inbox.storage.tables import opt_outs as table


@dataclass(frozen=True, slots=True)
class OptOut:
    """A number that a company number may not text; `presumed`: said in other words, and nobody has decided yet."""

    number: str
    company_number: str
    candidate_id: str | None
    name: str
    word: str
    presumed: bool
    at: datetime


async def page(tenant: Tenant, *, after: str | None = None, most: int) -> tuple[Sequence[OptOut], str | None]:
    """Those behind the key `after`, of conversations that may be seen, and the key of the next ones."""
    query = (
        select(
            table,
            company_numbers.c.number.label("company_number"),
            conversations.c.candidate_id,
            named.label("name"),
        )
        .select_from(table)
        .join(
            company_numbers,
            and_(
                company_numbers.c.organisation_id == table.c.organisation_id,
                company_numbers.c.id == table.c.company_number_id,
            ),
        )
        .join(
            conversations,
            and_(
                conversations.c.organisation_id == table.c.organisation_id,
                conversations.c.company_number_id == table.c.company_number_id,
                conversations.c.candidate_number == table.c.number,
            ),
        )
        .join(
            candidates,
            and_(
                candidates.c.organisation_id == conversations.c.organisation_id,
                candidates.c.id == conversations.c.candidate_id,
            ),
        )
        .where(table.c.organisation_id == tenant.organisation_id, *seen(tenant))
        .order_by(table.c.company_number_id, table.c.number)
        .limit(most + 1)
    )
    if after is not None:
        number_id, _slash, number = after.partition("/")
        query = query.where(tuple_(table.c.company_number_id, table.c.number) > (number_id, number))
    rows = await tenant.fetch_all(query)
    found = [
        OptOut(
            row.number, row.company_number, row.candidate_id, row.name or "", row.keyword, bool(row.presumed), row.at
        )
        for row in rows[:most]
    ]
    last = rows[most - 1] if len(rows) > most else None
    return found, f"{last.company_number_id}/{last.number}" if last else None
