"""Connecting a browser by a code, and tokens that follow one another, on both databases."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox.accounts import bearers, companions, users
from inbox.accounts.companions import Copied, Tokens
from inbox.accounts.users import User
from inbox.errors import NotFound
from inbox.storage import tables
from inbox.storage.columns import db_later
from inbox.storage.database import Tenant

pytestmark = pytest.mark.anyio


async def connected(tenant: Tenant, user: User) -> Tokens:
    tokens = await companions.connect(tenant.database, await companions.new_code(tenant, user), name="Chrome on Linux")
    assert tokens is not None
    return tokens


async def opens(tenant: Tenant, token: str) -> bool:
    return await bearers.find(tenant.database, token) is not None


async def age(tenant: Tenant, **seconds: float) -> None:
    values: Any = {name: db_later(value) for name, value in seconds.items()}
    await tenant.execute(update(tables.companions).values(**values))


async def test_a_code_connects_one_browser_however_it_is_typed(tenant: Tenant, jo: User) -> None:
    code = await companions.new_code(tenant, jo)
    typed = f" {code.lower().replace('-', ' ').replace('1', 'l').replace('0', 'O')} "
    assert await companions.connect(tenant.database, "AAAA-AAAA", name="x") is None
    tokens = await companions.connect(tenant.database, typed, name=" Chrome\x00  on Linux ")
    assert tokens is not None
    assert await companions.connect(tenant.database, code, name="x") is None
    (one,) = await companions.all_of(tenant)
    assert (one.name, one.owner) == ("Chrome on Linux", "Jo Park")
    bearer = await bearers.find(tenant.database, tokens.access)
    assert bearer is not None
    assert (bearer.user, bearer.is_companion) == (jo, True)
    stored = await tenant.fetch_one(select(tables.companions))
    assert not {code, tokens.access, tokens.refresh} & set(map(str, stored._mapping.values()))


async def test_a_code_is_good_for_a_while_only(tenant: Tenant, jo: User) -> None:
    code = await companions.new_code(tenant, jo)
    await age(tenant, expires_at=-1)
    assert await companions.connect(tenant.database, code, name="x") is None
    assert await companions.all_of(tenant) == []


async def test_tokens_follow_one_another(tenant: Tenant, jo: User) -> None:
    first = await connected(tenant, jo)
    second = await companions.refresh(tenant.database, first.refresh)
    assert second is not None
    assert not await opens(tenant, first.access)
    assert await opens(tenant, second.access)
    await age(tenant, access_expires_at=-1)
    assert not await opens(tenant, second.access)
    assert await companions.refresh(tenant.database, second.refresh) is not None


async def test_a_spent_token_ends_every_copy(tenant: Tenant, jo: User) -> None:
    first = await connected(tenant, jo)
    second = await companions.refresh(tenant.database, first.refresh)
    assert second is not None
    assert await opens(tenant, second.access)
    with pytest.raises(Copied):
        await companions.refresh(tenant.database, first.refresh)
    assert not await opens(tenant, second.access)
    assert await companions.refresh(tenant.database, second.refresh) is None
    assert await companions.all_of(tenant) == []


async def test_an_answer_that_was_lost_does_not_disconnect(tenant: Tenant, jo: User) -> None:
    first = await connected(tenant, jo)
    assert await companions.refresh(tenant.database, first.refresh) is not None
    again = await companions.refresh(tenant.database, first.refresh)
    assert again is not None
    assert await opens(tenant, again.access)


async def test_of_two_refreshes_at_the_same_instant_at_most_the_last_answer_is_good(tenant: Tenant, jo: User) -> None:
    first = await connected(tenant, jo)
    both = await asyncio.gather(*(companions.refresh(tenant.database, first.refresh) for _ in range(2)))
    good = [tokens for tokens in both if tokens is not None and await opens(tenant, tokens.access)]
    assert len(good) == 1


async def test_it_ends_with_its_person_and_by_hand(tenant: Tenant, jo: User) -> None:
    tokens = await connected(tenant, jo)
    (one,) = await companions.all_of(tenant, user_id=jo.id)
    with pytest.raises(NotFound):
        await companions.revoke(tenant, one.id, user_id="00000000-0000-7000-8000-000000000000")
    assert await companions.revoke(tenant, one.id, user_id=jo.id) == "Chrome on Linux"
    assert not await opens(tenant, tokens.access)
    assert await companions.refresh(tenant.database, tokens.refresh) is None
    for end in (users.deactivate, lambda tenant, id: users.set_password(tenant, id, "another long password")):
        tokens = await connected(tenant, jo)
        await end(tenant, jo.id)
        assert not await opens(tenant, tokens.access)
        assert await companions.refresh(tenant.database, tokens.refresh) is None
        await tenant.execute(update(tables.users).values(deactivated_at=None))
        assert not await opens(tenant, tokens.access)


async def test_what_is_long_over_is_forgotten(tenant: Tenant, jo: User) -> None:
    await connected(tenant, jo)
    await companions.prune(tenant.database)
    assert len(await companions.all_of(tenant)) == 1
    await age(tenant, revoked_at=-companions.REFRESH_SECONDS - 1)
    await companions.prune(tenant.database)
    assert await tenant.fetch_one(select(tables.companions)) is None
