"""How people read: language, days and hours as each of them has chosen, else as their organisation has."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, func, select, update

from inbox.errors import Invalid
from inbox.languages import _, dates
from inbox.languages.readers import LANGUAGES, Reader
from inbox.storage.database import Tenant
from inbox.storage.tables import organisations, users

FIELDS = ("language", "dates", "hours")


def columns() -> list[ColumnElement[Any]]:
    """What `reader` needs, in a query of users with their organisations."""
    return [func.coalesce(users.c[name], organisations.c[name]).label(name) for name in FIELDS]


def reader(row: Any, zone: str) -> Reader:
    """The reader of a row with `columns`. A language that is not there any more reads English."""
    language = row["language"] if row["language"] in LANGUAGES else "en"
    return Reader(zone, language, row["dates"], row["hours"])


async def own(tenant: Tenant, user_id: str) -> Mapping[str, str]:
    """What somebody has chosen, by field; "" where it is as the organisation has it."""
    row: Any = await tenant.fetch_one(
        select(*(users.c[name] for name in FIELDS)).where(
            users.c.organisation_id == tenant.organisation_id, users.c.id == user_id
        )
    )
    return {name: str(row[name] or "") for name in FIELDS}


async def of_organisation(tenant: Tenant) -> Reader:
    """How the organisation reads, whoever has chosen nothing else."""
    row: Any = await tenant.fetch_one(select(organisations).where(organisations.c.id == tenant.organisation_id))
    return reader(row, row["time_zone"])


async def choose(tenant: Tenant, user_id: str, chosen: Mapping[str, str]) -> None:
    """Keep one's own choice, "" for as the organisation has it; raises Invalid."""
    await tenant.execute(
        update(users)
        .where(users.c.organisation_id == tenant.organisation_id, users.c.id == user_id)
        .values(**_checked(chosen, needed=False))
    )


async def choose_for_organisation(tenant: Tenant, chosen: Mapping[str, str]) -> None:
    """Keep the organisation's choice; raises Invalid."""
    await tenant.execute(
        update(organisations)
        .where(organisations.c.id == tenant.organisation_id)
        .values(**_checked(chosen, needed=True))
    )


def _checked(chosen: Mapping[str, str], *, needed: bool) -> dict[str, str | int | None]:
    offered = {"language": list(LANGUAGES), "dates": list(dates.STYLES), "hours": [str(hours) for hours in dates.HOURS]}
    wrong = {
        name: _("Choose one of these.")
        for name, values in offered.items()
        if chosen[name] not in values and (needed or chosen[name])
    }
    if wrong:
        raise Invalid(wrong)
    kept: dict[str, str | int | None] = {name: chosen[name] or None for name in FIELDS}
    return kept | {"hours": int(chosen["hours"]) if chosen["hours"] else None}
