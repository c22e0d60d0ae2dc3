"""Numbers of candidates who were erased, as keyed hashes: what was texted before and comes after it is not kept.

It may lie in a spool, or in the provider's list, from which it goes as well.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql

from inbox.messaging import kept_stops, keywords, opt_outs
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.storage import jobs, number_hashes
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import conversations, erased_copies, erasures
from inbox.storage.tables import erased_numbers as table
from inbox.storage.tables import kept_stops as stops
from providers.contract import IncomingSms

DELETE_COPIES = "erase-copies"
"""The job, about an erasure, that has the provider delete what it keeps of it."""


async def note(tenant: Tenant, numbers: Collection[str], erasure_id: str) -> None:
    """These numbers (E.164) are forgotten from now on; in the transaction of the erasure."""
    for number in sorted(numbers):
        for told in _hashes(tenant, number)[:1]:
            row = postgresql.insert(table).values(
                organisation_id=tenant.organisation_id, number_hash=told, erasure_id=erasure_id
            )
            newer = {"erasure_id": erasure_id, "at": db_now()}
            keys = ["organisation_id", "number_hash"]
            await tenant.execute(row.on_conflict_do_update(index_elements=keys, set_=newer))


async def erasure_after(tenant: Tenant, number: str, at: datetime) -> str | None:
    """The erasure that takes a text with this number (E.164) of that moment (UTC) with it; None where none does."""
    found: str | None = await tenant.fetch_val(
        select(table.c.erasure_id)
        .where(
            table.c.organisation_id == tenant.organisation_id,
            table.c.number_hash.in_(_hashes(tenant, number)),
            table.c.at >= at,
        )
        .limit(1)
    )
    return found


async def of_before(tenant: Tenant, texts: Mapping[str, tuple[str, datetime]]) -> set[str]:
    """Of texts by their ids, each with its number (E.164) and moment (UTC), those that an erasure takes with it."""
    hashes = {told: number for number in {number for number, _ in texts.values()} for told in _hashes(tenant, number)}
    rows = await tenant.fetch_all(
        select(table.c.number_hash, table.c.at).where(
            table.c.organisation_id == tenant.organisation_id, table.c.number_hash.in_(sorted(hashes))
        )
    )
    until = {hashes[row.number_hash]: row.at for row in rows}
    return {one for one, (number, at) in texts.items() if number in until and at <= until[number]}


async def forget(tenant: Tenant, number: CompanyNumber, sms: IncomingSms, erasure_id: str, at: datetime) -> None:
    """A text of then is not kept: only that its sender wants no more of them, and the provider deletes its copy."""
    await _hear(tenant, number, sms, at)
    added: str | None = await tenant.fetch_val(
        postgresql.insert(erased_copies)
        .values(
            organisation_id=tenant.organisation_id,
            erasure_id=erasure_id,
            provider_account_id=number.provider_account_id,
            provider_message_id=sms.provider_message_id,
        )
        .on_conflict_do_nothing()
        .returning(erased_copies.c.provider_message_id)
    )
    if added is not None:
        await tenant.execute(
            update(erasures)
            .where(erasures.c.organisation_id == tenant.organisation_id, erasures.c.id == erasure_id)
            .values(copies=erasures.c.copies + 1)
        )
        await jobs.enqueue(tenant, DELETE_COPIES, erasure_id)


async def _hear(tenant: Tenant, number: CompanyNumber, sms: IncomingSms, at: datetime) -> None:
    """STOP is kept as a hash, and holds where the number has texted since; START takes older ones away."""
    word, hashes = keywords.heard(sms), _hashes(tenant, sms.sender)
    if word in (None, "help") or await opt_outs.is_outdated(tenant, number.id, sms.sender, word, at):
        return
    if word == "start":
        older = stops.c.organisation_id == tenant.organisation_id, stops.c.company_number_id == number.id
        await tenant.execute(delete(stops).where(*older, stops.c.number_hash.in_(hashes), stops.c.at < at))
        return
    await tenant.execute(
        postgresql.insert(stops)
        .values(
            organisation_id=tenant.organisation_id,
            company_number_id=number.id,
            number_hash=hashes[0],
            keyword="" if word == "presumed" else sms.body[:40],
            presumed=word == "presumed",
            at=at,
        )
        .on_conflict_do_nothing()
    )
    with_them: Any = await tenant.fetch_val(
        select(func.count()).where(
            conversations.c.organisation_id == tenant.organisation_id, conversations.c.candidate_number == sms.sender
        )
    )
    if with_them:
        await kept_stops.recall(tenant, sms.sender)
        await opt_outs.spread(tenant, sms.sender)


def _hashes(tenant: Tenant, number: str) -> list[str]:
    return number_hashes.of(tenant.database.number_keys, tenant.organisation_id, number)
