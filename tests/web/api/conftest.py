"""The application over SQLite, and programs that bear tokens of its people."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import update

from inbox.accounts.roles import Role
from inbox.accounts.users import User
from inbox.storage import tables
from tests.web.api.program import Program
from tests.web.house import House, opened


@pytest.fixture
async def house(sqlite_url: str, tmp_path: Path, anyio_backend: str) -> AsyncIterator[House]:
    """How requests are answered is the same on both databases; their statements have tests of their own."""
    async with opened(sqlite_url, tmp_path) as house:
        yield house


@pytest.fixture
async def jo(house: House) -> Program:
    """A program with every scope of a recruiter."""
    return await Program.of(house, house.scene.jo)


async def become(house: House, user: User, role: Role) -> None:
    """Give somebody another role."""
    await house.scene.tenant.execute(update(tables.users).where(tables.users.c.id == user.id).values(role=role.value))
