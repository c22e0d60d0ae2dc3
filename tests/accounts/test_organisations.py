"""Organisations and their companies."""

import pytest
from sqlalchemy import select

from inbox.accounts import companies, organisations
from inbox.errors import Invalid, NotFound
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import event_counters

pytestmark = pytest.mark.anyio


async def test_an_organisation_starts_with_an_event_log_of_its_own(database: Database) -> None:
    first = await organisations.create(database, "Acme", time_zone="Australia/Melbourne")
    second = await organisations.create(database, "Other", time_zone="Europe/London")
    assert await organisations.find(database, first.id) == first
    rows = await database.fetch_all(select(event_counters).order_by(event_counters.c.organisation_id))
    assert [(row["organisation_id"], row["seq"]) for row in rows] == [(first.id, 0), (second.id, 0)]
    assert len({row["epoch"] for row in rows}) == 2
    assert all(len(row["epoch"]) == 8 for row in rows)


async def test_an_unknown_time_zone_creates_nothing(database: Database) -> None:
    for name in ("Mars/Olympus", "", "../etc/passwd", "Australia"):
        with pytest.raises(Invalid):
            await organisations.create(database, "Acme", time_zone=name)
    with pytest.raises(NotFound):
        await organisations.find(database, 1)


async def test_only_an_organisation_for_demonstrations_is_the_demo(database: Database) -> None:
    await organisations.create(database, "Acme", time_zone="UTC")
    assert await organisations.demo(database) is None
    made = await organisations.create(database, "Demo", time_zone="UTC", is_demo=True)
    assert await organisations.demo(database) == made


async def test_a_name_is_only_needed_to_choose_an_organisation(database: Database) -> None:
    with pytest.raises(Invalid):
        await organisations.first_or_new(database, None)
    acme = await organisations.first_or_new(database, "Acme")
    assert (acme.name, acme.time_zone, acme.is_demo) == ("Acme", "UTC", False)
    assert await organisations.first_or_new(database, "Acme") == acme
    assert await organisations.first_or_new(database, None) == acme
    other = await organisations.first_or_new(database, "Other")
    assert other.id != acme.id
    with pytest.raises(Invalid):
        await organisations.first_or_new(database, None)


async def test_a_company_is_found_by_its_own_organisation_only(tenant: Tenant) -> None:
    with pytest.raises(NotFound):
        await companies.only(tenant)
    company = await companies.create(tenant, "Acme Care")
    await companies.create(tenant, "Acme Build")
    assert company.claims_on_reply
    assert await companies.find(tenant, company.id) == company
    assert await companies.only(tenant) == company
    other = await organisations.create(tenant.database, "Other", time_zone="UTC")
    for wrong in (Tenant(tenant.database, other.id), Tenant(tenant.database, other.id + 1)):
        with pytest.raises(NotFound):
            await companies.find(wrong, company.id)
    with pytest.raises(NotFound):
        await companies.find(tenant, new_id())
