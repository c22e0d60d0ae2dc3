"""Organisations: whose data it is; no query crosses from one to another."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select

from inbox.accounts import time_zones
from inbox.errors import Invalid, NotFound
from inbox.storage.database import Database
from inbox.storage.tables import event_counters, organisations, segment_balances, segment_log

OPENING_SEGMENTS = 1_000
"""What a new organisation can text with before somebody tops up."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A customer of ours. `time_zone` is a name such as "Australia/Melbourne"."""

    id: int
    name: str
    time_zone: str
    is_demo: bool


async def create(database: Database, name: str, *, time_zone: str, is_demo: bool = False) -> Organisation:
    """A new organisation, with an event log that starts at 0. Raises Invalid for a time zone nobody knows."""
    time_zones.named(time_zone)
    async with database.transaction():
        row = await database.fetch_one(
            insert(organisations).values(name=name, time_zone=time_zone, is_demo=is_demo).returning(organisations)
        )
        created = _read(row)
        await database.execute(insert(event_counters).values(organisation_id=created.id, epoch=secrets.token_hex(4)))
        opening = {"organisation_id": created.id, "balance": OPENING_SEGMENTS}
        await database.execute(insert(segment_balances).values(**opening, topped_to=OPENING_SEGMENTS))
        await database.execute(insert(segment_log).values(**opening, kind="opening", segments=OPENING_SEGMENTS))
    return created


async def find(database: Database, organisation_id: int) -> Organisation:
    """One organisation; raises NotFound."""
    row = await database.fetch_one(select(organisations).where(organisations.c.id == organisation_id))
    if row is None:
        raise NotFound
    return _read(row)


async def demo(database: Database) -> Organisation | None:
    """The organisation made for demonstrations, when this installation has one."""
    row = await database.fetch_one(
        select(organisations).where(organisations.c.is_demo).order_by(organisations.c.id).limit(1)
    )
    return None if row is None else _read(row)


async def first_or_new(database: Database, name: str | None) -> Organisation:
    """The organisation of that name, made when there is none; without a name the only one there is.

    Raises Invalid when it takes a name to know which one is meant.
    """
    try:
        return await named(database, name)
    except NotFound:
        return await create(database, str(name), time_zone="UTC")


async def named(database: Database, name: str | None) -> Organisation:
    """The organisation of that name; without a name the only one there is.

    Raises NotFound, and Invalid when it takes a name to know which one is meant.
    """
    if name is None:
        rows = await database.fetch_all(select(organisations).order_by(organisations.c.id).limit(2))
        if len(rows) == 1:
            return _read(rows[0])
        raise Invalid({"organisation": "Name the organisation with --organisation."})
    row = await database.fetch_one(select(organisations).where(organisations.c.name == name).limit(1))
    if row is None:
        raise NotFound(f"There is no organisation called {name}.")
    return _read(row)


def _read(row: Any) -> Organisation:
    return Organisation(row["id"], row["name"], row["time_zone"], bool(row["is_demo"]))
