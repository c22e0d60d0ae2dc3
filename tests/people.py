"""An organisation with somebody in it who can sign in."""

from functools import cache

import pytest
from argon2 import PasswordHasher
from sqlalchemy import insert

from inbox.accounts import organisations, users
from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.storage import tables
from inbox.storage.columns import new_id
from inbox.storage.database import Database, Tenant

PASSWORD = "correct horse battery"


@pytest.fixture
async def tenant(database: Database) -> Tenant:
    """A new organisation in Melbourne."""
    organisation = await organisations.create(database, "Acme", time_zone="Australia/Melbourne")
    return Tenant(database, organisation.id)


@pytest.fixture
async def jo(tenant: Tenant) -> User:
    """A recruiter there, whose password is PASSWORD; hashed once for all tests, as it takes its time."""
    user_id = new_id()
    await tenant.execute(
        insert(tables.users).values(
            organisation_id=tenant.organisation_id,
            id=user_id,
            email="jo@acme.test",
            name="Jo Park",
            role=Role.RECRUITER.value,
            password_hash=_hash_of_password(),
        )
    )
    return await users.find(tenant, user_id)


@cache
def _hash_of_password() -> str:
    return PasswordHasher().hash(PASSWORD)
