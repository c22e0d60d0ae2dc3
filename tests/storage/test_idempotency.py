"""Writes under a key on both databases."""

import asyncio

import pytest

from inbox.accounts import organisations
from inbox.errors import Invalid
from inbox.storage import idempotency
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.idempotency import Kept

pytestmark = pytest.mark.anyio


async def test_of_writes_at_the_same_instant_one_is_done_and_the_others_get_its_answer(database: Database) -> None:
    tenant = Tenant(database, (await organisations.create(database, "Acme", time_zone="UTC")).id)
    caller, done = new_id(), []

    async def write(number: int) -> str:
        async with tenant.transaction():
            kept = await idempotency.claim(tenant, caller, "a key", "a fingerprint")
            if kept is not None:
                return kept.answer
            done.append(number)
            await idempotency.keep(tenant, caller, "a key", Kept(201, f"done by {number}"))
            return f"done by {number}"

    answers = set(await asyncio.gather(*map(write, range(5))))
    assert answers == {f"done by {number}" for number in done}
    assert len(done) == 1
    with pytest.raises(Invalid):
        async with tenant.transaction():
            await idempotency.claim(tenant, caller, "a key", "another")
    await idempotency.prune(database)
    async with tenant.transaction():
        assert await idempotency.claim(tenant, caller, "a key", "a fingerprint") is not None
