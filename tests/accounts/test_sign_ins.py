"""Signing in, and how far somebody gets who guesses."""

import asyncio
import time
from datetime import timedelta
from statistics import median

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from inbox import clock
from inbox.accounts import login_failures, sessions, sign_ins, users
from inbox.accounts.users import User
from inbox.errors import Invalid, TooMany
from inbox.storage.database import Tenant
from inbox.storage.tables import login_failures as failures
from inbox.storage.tables import users as user_rows
from tests.people import PASSWORD

pytestmark = pytest.mark.anyio

KEY = "k" * 32
HOME, OFFICE = "203.0.113.7", "198.51.100.9"


async def sign_in(tenant: Tenant, email: str = "jo@acme.test", password: str = PASSWORD, address: str = HOME) -> User:
    """Sign in; raises what the sign-in raises."""
    return await sign_ins.prove(tenant.database, KEY, email, password, address=address)


async def fail(tenant: Tenant, times: int, **given: str) -> None:
    """Fail without the cost of hashing, as far as the limits let it."""
    tried = login_failures.attempt(KEY, given.get("email", "jo@acme.test"), given.get("address", HOME))
    for _ in range(times):
        await login_failures.reserve(tenant.database, tried)


async def pass_time(tenant: Tenant, seconds: float) -> None:
    """Let the failures so far be older by so many seconds."""
    for row in await tenant.fetch_all(select(failures)):
        await tenant.execute(
            update(failures).where(failures.c.id == row["id"]).values(at=row["at"] - timedelta(seconds=seconds))
        )


async def wait_demanded(tenant: Tenant, **given: str) -> int:
    with pytest.raises(TooMany) as raised:
        await sign_in(tenant, **given)
    return raised.value.seconds


async def test_the_right_pair_signs_in_whatever_the_capitals_of_the_email(tenant: Tenant, jo: User) -> None:
    assert await sign_in(tenant, " JO@acme.test") == jo
    cookie = await sessions.start(tenant, jo.id, user_agent="Firefox")
    found = await sign_ins.find(tenant.database, cookie)
    assert found is not None
    assert found.user == jo


async def test_unknown_wrong_and_deactivated_get_the_same_words(tenant: Tenant, jo: User) -> None:
    answers = []
    for email, password in [("nobody@acme.test", PASSWORD), ("jo@acme.test", "wrong"), ("jo@acme.test", "")]:
        with pytest.raises(Invalid) as raised:
            await sign_in(tenant, email, password)
        answers.append(raised.value.fields)
    await users.deactivate(tenant, jo.id)
    with pytest.raises(Invalid) as raised:
        await sign_in(tenant)
    answers.append(raised.value.fields)
    assert answers == [{"password": "Email or password do not match."}] * 4


async def test_an_unknown_email_costs_as_much_work_as_a_wrong_password(tenant: Tenant, jo: User) -> None:
    took: dict[str, list[float]] = {"jo@acme.test": [], "nobody@acme.test": []}
    for _ in range(4):
        for email, times in took.items():
            started = time.perf_counter()
            with pytest.raises(Invalid):
                await sign_in(tenant, email, "wrong")
            times.append(time.perf_counter() - started)
    known, unknown = (median(times) for times in took.values())
    # A look-up without a hash takes some hundredths of it, so wide bounds tell them apart on a busy machine too.
    assert 1 / 3 < unknown / known < 3


async def test_an_outdated_hash_is_renewed_at_sign_in(tenant: Tenant, jo: User) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await tenant.execute(update(user_rows).values(password_hash=weak))
    await sign_in(tenant)
    stored = await tenant.fetch_val(select(user_rows.c.password_hash))
    assert "m=65536" in stored
    assert await sign_in(tenant) == jo


async def test_the_sixth_try_waits_a_minute_even_with_the_right_password(tenant: Tenant, jo: User) -> None:
    await fail(tenant, 5)
    assert 55 <= await wait_demanded(tenant) <= 60
    await pass_time(tenant, 61)
    assert await sign_in(tenant) == jo


async def test_every_further_failure_doubles_the_wait_up_to_an_hour(tenant: Tenant, jo: User) -> None:
    await fail(tenant, 5)
    for minutes in (1, 2, 4, 8, 16, 32, 60, 60):
        assert minutes * 60 - 5 <= await wait_demanded(tenant) <= minutes * 60
        await pass_time(tenant, minutes * 60 + 1)
        await fail(tenant, 1)


async def test_waiting_in_vain_does_not_lengthen_the_wait(tenant: Tenant, jo: User) -> None:
    await fail(tenant, 5)
    first = await wait_demanded(tenant)
    for _ in range(10):
        assert await wait_demanded(tenant) <= first


async def test_failures_are_forgotten_after_a_day_and_after_signing_in(tenant: Tenant, jo: User) -> None:
    await fail(tenant, 4)
    await sign_in(tenant)
    await fail(tenant, 5)
    await wait_demanded(tenant)
    await pass_time(tenant, 24 * 3600)
    await fail(tenant, 4)
    await sign_in(tenant)


async def test_the_victim_of_guessing_still_signs_in_from_another_address(tenant: Tenant, jo: User) -> None:
    await fail(tenant, 5)
    for _ in range(200):
        with pytest.raises(TooMany):
            await fail(tenant, 1)
    assert await sign_in(tenant, address=OFFICE) == jo


async def test_a_victims_sign_in_does_not_set_the_guesser_free(tenant: Tenant, jo: User) -> None:
    await fail(tenant, 5)
    await sign_in(tenant, address=OFFICE)
    assert await wait_demanded(tenant) > 0


async def test_many_addresses_together_cannot_go_on_guessing(tenant: Tenant, jo: User) -> None:
    for guesser in range(10):
        await fail(tenant, 5, address=f"192.0.2.{guesser}")
    assert 55 <= await wait_demanded(tenant, address=OFFICE) <= 60
    await pass_time(tenant, 61)
    assert await sign_in(tenant, address=OFFICE) == jo


async def test_a_victims_sign_in_gives_many_addresses_no_further_guesses(tenant: Tenant, jo: User) -> None:
    for guesser in range(9):
        await fail(tenant, 5, address=f"192.0.2.{guesser}")
    await sign_in(tenant, address=OFFICE)
    await fail(tenant, 5, address="192.0.2.9")
    assert await wait_demanded(tenant, address="192.0.2.10") > 0


async def test_an_address_fails_twenty_times_a_minute_whatever_the_emails(tenant: Tenant, jo: User) -> None:
    for number in range(20):
        await fail(tenant, 1, email=f"{number}@acme.test")
    assert 50 <= await wait_demanded(tenant) <= 60
    assert await sign_in(tenant, address=OFFICE) == jo
    await pass_time(tenant, 61)
    assert await sign_in(tenant) == jo


async def test_an_own_account_does_not_buy_more_guesses_at_others(tenant: Tenant, jo: User) -> None:
    for number in range(19):
        await fail(tenant, 1, email=f"{number}@acme.test")
    await sign_in(tenant)
    await fail(tenant, 1, email="victim@acme.test")
    assert await wait_demanded(tenant) > 0


async def test_an_unknown_email_is_limited_like_a_known_one(tenant: Tenant, jo: User) -> None:
    await fail(tenant, 5, email="nobody@acme.test")
    assert await wait_demanded(tenant, email="Nobody@ACME.test", password="wrong") > 0


async def test_a_thousand_guesses_at_once_get_no_further_than_five(tenant: Tenant, jo: User) -> None:
    tried = login_failures.attempt(KEY, "jo@acme.test", HOME)

    async def guess() -> bool:
        try:
            await login_failures.reserve(tenant.database, tried)
        except TooMany:
            return False
        return True

    for _ in range(10):
        passed = await asyncio.gather(*(guess() for _ in range(100)))
        assert sum(passed) in (0, 5)
    counted = await tenant.fetch_val(select(func.count()).select_from(failures).where(failures.c.subject == tried.here))
    assert counted == 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9"),
        ("203.0.113.7", "::ffff:203.0.113.7"),
        ("fe80::1%eth0", "fe80::2"),
        ("", "not an address"),
    ],
)
def test_addresses_that_one_person_can_change_at_will_count_as_one(one: str, other: str) -> None:
    assert login_failures.attempt(KEY, "jo@acme.test", one) == login_failures.attempt(KEY, "jo@acme.test", other)


async def test_the_table_holds_no_email(tenant: Tenant, jo: User) -> None:
    await fail(tenant, 2)
    subjects = {row["subject"] for row in await tenant.fetch_all(select(failures.c.subject))}
    assert len(subjects) == 3
    assert not any("jo" in subject or "acme" in subject for subject in subjects)
    assert all(len(subject) <= 80 for subject in subjects)
    other_key = login_failures.attempt("z" * 32, "jo@acme.test", HOME)
    assert subjects.isdisjoint({other_key.here, other_key.everywhere})


async def test_old_failures_are_pruned(tenant: Tenant) -> None:
    await fail(tenant, 2)
    await tenant.execute(update(failures).values(at=clock.now() - timedelta(hours=25)))
    await fail(tenant, 1)
    await login_failures.prune(tenant.database)
    assert len(await tenant.fetch_all(select(failures))) == 3
