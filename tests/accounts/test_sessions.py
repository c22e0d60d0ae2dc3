"""Sessions: whose they are, how long they last, how they end."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from inbox import clock
from inbox.accounts import sessions, sign_ins, users
from inbox.accounts.users import User
from inbox.storage.database import Tenant
from inbox.storage.tables import sessions as rows

pytestmark = pytest.mark.anyio


async def in_the_past(tenant: Tenant, cookie: str, **columns: timedelta) -> None:
    """Move times of a session back, instead of waiting."""
    values = {name: clock.now() - ago for name, ago in columns.items()}
    await tenant.execute(update(rows).where(rows.c.id_hash == sessions.hash_of(cookie)).values(**values))


async def row_of(tenant: Tenant, cookie: str) -> Any:
    return await tenant.fetch_one(select(rows).where(rows.c.id_hash == sessions.hash_of(cookie)))


async def test_a_session_is_found_by_its_cookie_with_user_and_organisation(tenant: Tenant, jo: User) -> None:
    cookie = await sessions.start(tenant, jo.id, user_agent="Firefox")
    found = await sign_ins.find(tenant.database, cookie)
    assert found is not None
    assert found.user == jo
    assert (found.organisation.id, found.organisation.name) == (tenant.organisation_id, "Acme")
    assert found.organisation.time_zone == "Australia/Melbourne"
    assert found.session_hash == sessions.hash_of(cookie)


async def test_stored_ids_are_hashes_that_open_nothing(tenant: Tenant, jo: User) -> None:
    cookie = await sessions.start(tenant, jo.id)
    stored = (await row_of(tenant, cookie))["id_hash"]
    assert cookie not in repr([tuple(row) for row in await tenant.fetch_all(select(rows))])
    assert await sign_ins.find(tenant.database, stored) is None


async def test_cookies_hold_256_random_bits(tenant: Tenant, jo: User) -> None:
    made = {await sessions.start(tenant, jo.id) for _ in range(20)}
    assert len(made) == 20
    assert all(len(cookie) == 43 for cookie in made)


@pytest.mark.parametrize("cookie", ["", "x", "ünknown", "\ud800", "a" * 5000, "' or 1=1 --"])
async def test_a_cookie_of_nobody_finds_nobody(tenant: Tenant, jo: User, cookie: str) -> None:
    assert await sign_ins.find(tenant.database, cookie) is None


async def test_a_session_ends_after_twelve_idle_hours(tenant: Tenant, jo: User) -> None:
    cookie = await sessions.start(tenant, jo.id)
    await in_the_past(tenant, cookie, last_seen_at=timedelta(hours=11, minutes=59))
    assert await sign_ins.find(tenant.database, cookie) is not None
    await in_the_past(tenant, cookie, last_seen_at=timedelta(hours=12, seconds=1))
    assert await sign_ins.find(tenant.database, cookie) is None


async def test_a_session_ends_after_fourteen_days_however_busy(tenant: Tenant, jo: User) -> None:
    cookie = await sessions.start(tenant, jo.id)
    row = await row_of(tenant, cookie)
    assert row["expires_at"] - row["created_at"] == timedelta(days=14)
    await in_the_past(tenant, cookie, expires_at=timedelta(seconds=1))
    assert await sign_ins.find(tenant.database, cookie) is None


async def test_use_is_noted_at_most_once_a_minute(tenant: Tenant, jo: User) -> None:
    cookie = await sessions.start(tenant, jo.id)
    await in_the_past(tenant, cookie, last_seen_at=timedelta(seconds=50))
    before = (await row_of(tenant, cookie))["last_seen_at"]
    await sign_ins.find(tenant.database, cookie)
    assert (await row_of(tenant, cookie))["last_seen_at"] == before
    await in_the_past(tenant, cookie, last_seen_at=timedelta(seconds=61))
    await sign_ins.find(tenant.database, cookie)
    assert (await row_of(tenant, cookie))["last_seen_at"] > before


async def test_an_ended_session_is_over_and_ends_once(tenant: Tenant, jo: User) -> None:
    cookie = await sessions.start(tenant, jo.id)
    assert await sessions.end(tenant.database, sessions.hash_of(cookie)) is True
    assert await sign_ins.find(tenant.database, cookie) is None
    assert await sessions.end(tenant.database, sessions.hash_of(cookie)) is False
    assert await sessions.end(tenant.database, "unknown") is False


async def test_all_sessions_of_a_user_end_and_nobody_elses(tenant: Tenant, jo: User) -> None:
    kim = await users.create(tenant, email="kim@acme.test", name="Kim Lee", role=jo.role, password="another password")
    mine = [await sessions.start(tenant, jo.id) for _ in range(3)]
    others = await sessions.start(tenant, kim.id)
    await sessions.end(tenant.database, sessions.hash_of(mine[0]))
    assert set(await sessions.end_all(tenant, jo.id)) == {sessions.hash_of(cookie) for cookie in mine[1:]}
    assert [await sign_ins.find(tenant.database, cookie) for cookie in mine] == [None, None, None]
    assert await sign_ins.find(tenant.database, others) is not None


async def test_a_deactivated_user_is_out_at_once_on_every_device(tenant: Tenant, jo: User) -> None:
    cookies = [await sessions.start(tenant, jo.id) for _ in range(2)]
    hashes = {sessions.hash_of(cookie) for cookie in cookies}
    assert set(await sessions.alive(tenant.database, hashes)) == hashes
    assert set(await users.deactivate(tenant, jo.id)) == hashes
    assert [await sign_ins.find(tenant.database, cookie) for cookie in cookies] == [None, None]
    assert set(await sessions.alive(tenant.database, hashes)) == set()
    assert (await users.find(tenant, jo.id)).deactivated
    assert await users.deactivate(tenant, jo.id) == []


async def test_a_session_begun_while_the_user_is_shut_out_opens_nothing(tenant: Tenant, jo: User) -> None:
    await users.deactivate(tenant, jo.id)
    cookie = await sessions.start(tenant, jo.id)
    assert await sign_ins.find(tenant.database, cookie) is None
    assert set(await sessions.alive(tenant.database, [sessions.hash_of(cookie)])) == set()


async def test_another_password_ends_the_sessions_of_the_old_one(tenant: Tenant, jo: User) -> None:
    cookie = await sessions.start(tenant, jo.id)
    assert await users.set_password(tenant, jo.id, "another password") == [sessions.hash_of(cookie)]
    assert await sign_ins.find(tenant.database, cookie) is None


async def test_only_living_sessions_are_alive(tenant: Tenant, jo: User) -> None:
    fresh, idle, old, ended = [await sessions.start(tenant, jo.id) for _ in range(4)]
    await in_the_past(tenant, idle, last_seen_at=timedelta(hours=13))
    await in_the_past(tenant, old, expires_at=timedelta(seconds=1))
    await sessions.end(tenant.database, sessions.hash_of(ended))
    asked = [sessions.hash_of(cookie) for cookie in (fresh, idle, old, ended)]
    assert set(await sessions.alive(tenant.database, [*asked, "unknown"])) == {sessions.hash_of(fresh)}
    assert set(await sessions.alive(tenant.database, [])) == set()


async def test_sessions_over_for_a_month_are_forgotten(tenant: Tenant, jo: User) -> None:
    fresh, just_ended, long_ended, long_expired = [await sessions.start(tenant, jo.id) for _ in range(4)]
    await in_the_past(tenant, just_ended, ended_at=timedelta(days=29))
    await in_the_past(tenant, long_ended, ended_at=timedelta(days=31))
    await in_the_past(tenant, long_expired, expires_at=timedelta(days=31))
    await sessions.prune(tenant.database)
    kept = {row["id_hash"] for row in await tenant.fetch_all(select(rows.c.id_hash))}
    assert kept == {sessions.hash_of(fresh), sessions.hash_of(just_ended)}


async def test_a_long_or_odd_user_agent_does_no_harm(tenant: Tenant, jo: User) -> None:
    cookie = await sessions.start(tenant, jo.id, user_agent="\x00" + "x" * 10_000)
    assert (await row_of(tenant, cookie))["user_agent"] == "x" * 300
