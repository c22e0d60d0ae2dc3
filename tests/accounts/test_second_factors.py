"""Codes of an app: which count, once each, whoever tries them at once."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from inbox.accounts import factor_mails, recovery_codes, second_factors, users
from inbox.accounts.users import User
from inbox.errors import Invalid, Refused, TooMany
from inbox.storage import tables
from inbox.storage.database import Tenant
from inbox.storage.vault import Vault, VaultError, new_key
from tests.web.codes import code

pytestmark = pytest.mark.anyio

VAULT = Vault([new_key()])
KEY = "k" * 32
NOON = datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)


async def begun(tenant: Tenant, user: User) -> str:
    """The secret of an app that was told, and not confirmed yet."""
    await second_factors.begin(tenant, VAULT, user)
    setup = await second_factors.setup(tenant, VAULT, user)
    assert setup is not None
    return setup.secret


async def switched_on(tenant: Tenant, user: User) -> tuple[User, str, list[str]]:
    secret = await begun(tenant, user)
    async with tenant.transaction():
        codes = await second_factors.confirm(tenant, VAULT, user, code(secret, steps=-1, at=NOON.timestamp()))
    return await users.find(tenant, user.id), secret, codes


async def test_the_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, cut to six digits as authenticator apps show them."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for at, shown in ((59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (20000000000, "353130")):
        with time_machine.travel(at, tick=False):
            assert second_factors._step(secret, shown) == at // 30
            assert code(secret) == shown


@pytest.mark.parametrize(("steps", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_clock_may_be_one_step_off(tenant: Tenant, jo: User, steps: int, counts: bool) -> None:
    secret = await begun(tenant, jo)
    with time_machine.travel(NOON, tick=False):
        shown = code(secret, steps=steps)
        assert await second_factors.is_current(tenant, VAULT, jo.id, shown) is counts


@pytest.mark.both_databases
async def test_a_code_counts_once_however_many_show_it_at_once(tenant: Tenant, jo: User) -> None:
    with time_machine.travel(NOON, tick=False):
        _, secret, _ = await switched_on(tenant, jo)
        shown = code(secret)
        tries = await asyncio.gather(*(second_factors.is_current(tenant, VAULT, jo.id, shown) for _ in range(8)))
        assert sorted(tries) == [False] * 7 + [True]
        assert not await second_factors.is_current(tenant, VAULT, jo.id, code(secret, steps=-1)), (
            "older than a used one"
        )
        assert await second_factors.is_current(tenant, VAULT, jo.id, code(secret, steps=1))


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "١٢٣٤٥٦", "abcdef", "123456\x00", "-12345", "1e5000"])
async def test_what_is_no_code_is_no_code(tenant: Tenant, jo: User, typed: str) -> None:
    await begun(tenant, jo)
    assert not await second_factors.is_current(tenant, VAULT, jo.id, typed)
    assert not await recovery_codes.use_up(tenant, jo.id, typed)


async def test_the_secret_is_sealed_and_opens_for_nobody_else(tenant: Tenant, jo: User) -> None:
    secret = await begun(tenant, jo)
    sealed = await tenant.fetch_val(select(tables.second_factors.c.secret))
    assert secret.encode() not in sealed
    with pytest.raises(VaultError):
        VAULT.open(sealed, bound_to=f"second_factors.secret:{tenant.organisation_id}:{tenant.organisation_id}")


async def test_nothing_is_asked_for_until_a_code_was_shown(tenant: Tenant, jo: User) -> None:
    with pytest.raises(Refused):
        await second_factors.confirm(tenant, VAULT, jo, "123456")
    await begun(tenant, jo)
    with pytest.raises(Invalid):
        await second_factors.confirm(tenant, VAULT, jo, "000000")
    assert not (await users.find(tenant, jo.id)).has_second_factor


async def test_a_secret_that_counts_is_shown_no_more_and_not_replaced(tenant: Tenant, jo: User) -> None:
    with time_machine.travel(NOON, tick=False):
        jo, _, _ = await switched_on(tenant, jo)
    assert await second_factors.setup(tenant, VAULT, jo) is None
    with pytest.raises(Refused):
        await second_factors.begin(tenant, VAULT, jo)


async def test_a_recovery_code_counts_once_is_kept_as_a_hash_and_told_by_mail(tenant: Tenant, jo: User) -> None:
    with time_machine.travel(NOON, tick=False):
        jo, _, codes = await switched_on(tenant, jo)
    assert len({*codes}) == recovery_codes.NUMBER
    kept = {row["code_hash"] for row in await tenant.fetch_all(select(tables.recovery_codes.c.code_hash))}
    assert not any(one.replace("-", "") in hashed for one in codes for hashed in kept)
    await second_factors.prove(tenant, VAULT, KEY, jo, codes[0].lower().replace("-", " "), address="203.0.113.7")
    with pytest.raises(Invalid):
        await second_factors.prove(tenant, VAULT, KEY, jo, codes[0], address="203.0.113.7")
    assert await recovery_codes.left(tenant, jo.id) == recovery_codes.NUMBER - 1
    mailed = await tenant.fetch_one(select(tables.mails))
    assert mailed is not None
    assert mailed["subject"] == "A recovery code was used"
    assert "9 are left" in mailed["paragraphs"]


async def test_codes_are_guessed_at_no_faster_than_passwords(tenant: Tenant, jo: User) -> None:
    with time_machine.travel(NOON, tick=False):
        jo, secret, _ = await switched_on(tenant, jo)
        for _ in range(5):
            with pytest.raises(Invalid):
                await second_factors.prove(tenant, VAULT, KEY, jo, "000000", address="203.0.113.7")
        with pytest.raises(TooMany):
            await second_factors.prove(tenant, VAULT, KEY, jo, code(secret), address="203.0.113.7")
        await second_factors.prove(tenant, VAULT, KEY, jo, code(secret), address="198.51.100.9")


async def test_turned_off_it_leaves_nothing_behind(tenant: Tenant, jo: User) -> None:
    with time_machine.travel(NOON, tick=False):
        jo, _, _ = await switched_on(tenant, jo)
    async with tenant.transaction():
        await second_factors.end(tenant, jo.id)
        await factor_mails.turned_off(tenant, jo)
    assert not (await users.find(tenant, jo.id)).has_second_factor
    for table in (tables.second_factors, tables.recovery_codes):
        assert await tenant.fetch_all(select(table)) == []


async def test_a_code_is_good_for_half_a_minute_around_its_own(tenant: Tenant, jo: User) -> None:
    secret = await begun(tenant, jo)
    shown = code(secret, at=NOON.timestamp())
    with time_machine.travel(NOON + timedelta(seconds=60), tick=False):
        assert not await second_factors.is_current(tenant, VAULT, jo.id, shown)
    with time_machine.travel(NOON + timedelta(seconds=30), tick=False):
        assert await second_factors.is_current(tenant, VAULT, jo.id, shown)
