"""Somebody to sign in, and a site to sign in to."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from inbox.accounts import passwords
from inbox.storage.database import Database
from inbox.web import exports
from tests.messaging.scene import other, scene  # noqa: F401
from tests.people import jo, tenant  # noqa: F401
from tests.web.away import beside, far_house, line  # noqa: F401
from tests.web.house import house  # noqa: F401
from tests.web.site import Site, site


@pytest.fixture(scope="package", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hashes that take a moment: how long real ones take is for tests/accounts to look at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield


@pytest.fixture(scope="package", autouse=True)
def _patient_exports() -> Iterator[None]:
    """A small export is answered at once, however busy the machine is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exports, "SECONDS", 60.0)
        yield


@pytest.fixture
def acme(database: Database) -> Site:
    """The small application over a database, once of each kind, under https://inbox.example.com."""
    return site(database)


@pytest.fixture
def bare() -> Site:
    """The same without a database, for what happens before anybody is looked up."""
    return site(Database("sqlite:////nowhere/unused.db"))
