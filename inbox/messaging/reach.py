"""How far back an account's texts are ours, how far they have been looked at, and why to look again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, case, select, update
from sqlalchemy.sql.elements import ColumnElement

from inbox.errors import NotFound
from inbox.storage.database import Tenant
from inbox.storage.tables import provider_accounts

Reason = Literal["start", "schedule", "outage", "sweep", "asked"]


@dataclass(frozen=True, slots=True)
class Reach:
    """From when on an account's texts are ours, and how far they have been looked at; times UTC."""

    account_id: str
    account_sid: str
    connected_at: datetime
    synchronize_from: datetime | None
    synchronized_to: datetime | None
    swept_at: datetime | None

    @property
    def floor(self) -> datetime:
        """Nothing older is asked for; providers tell whole seconds."""
        return (self.synchronize_from or self.connected_at).replace(microsecond=0)


async def all_of(tenant: Tenant) -> list[Reach]:
    """That of every account of the organisation, oldest first."""
    rows = await tenant.fetch_all(
        select(provider_accounts)
        .where(provider_accounts.c.organisation_id == tenant.organisation_id)
        .order_by(provider_accounts.c.created_at, provider_accounts.c.id)
    )
    return [_reach(row) for row in rows]


async def find(tenant: Tenant, account_id: str) -> Reach:
    """That of one account; raises NotFound."""
    row = await tenant.fetch_one(select(provider_accounts).where(_is_account(tenant, account_id)))
    if row is None:
        raise NotFound
    return _reach(row)


async def start_from(tenant: Tenant, account_id: str, moment: datetime | None) -> bool:
    """Make texts from `moment` (UTC) on ours, None: from the connection on; whether older ones are to be read now."""
    async with tenant.transaction():
        before = await find(tenant, account_id)
        values: dict[str, Any] = {"synchronize_from": moment}
        reaches_back = (moment or before.connected_at) < before.floor
        if reaches_back:
            values |= {"synchronized_to": None, "swept_at": None}
        await tenant.execute(update(provider_accounts).where(_is_account(tenant, account_id)).values(values))
    return reaches_back


async def advance(tenant: Tenant, known: Reach, *, to: datetime, swept: bool = False) -> None:
    """Everything that came in before `to` (UTC) is here; nothing is said when the date to start from was changed."""
    same = provider_accounts.c.synchronize_from.is_not_distinct_from(known.synchronize_from)
    values: dict[str, Any] = {"synchronized_to": to} | ({"swept_at": to} if swept else {})
    await tenant.execute(update(provider_accounts).where(_is_account(tenant, known.account_id), same).values(values))


async def note_reason(tenant: Tenant, account_id: str, reason: Reason) -> None:
    """Why the next run will be; that a person asked for it outweighs anything else."""
    column = provider_accounts.c.asked_reason
    await tenant.execute(
        update(provider_accounts)
        .where(_is_account(tenant, account_id))
        .values(asked_reason=case((column == "asked", column), else_=reason))
    )


async def take_reason(tenant: Tenant, account_id: str) -> Reason | None:
    """The noted reason, which is thereby answered; None when there is none. In the transaction of the run's begin."""
    reason: Reason | None = await tenant.fetch_val(
        select(provider_accounts.c.asked_reason).where(_is_account(tenant, account_id)).with_for_update()
    )
    await tenant.execute(update(provider_accounts).where(_is_account(tenant, account_id)).values(asked_reason=None))
    return reason


async def is_asked_for(tenant: Tenant, account_id: str) -> bool:
    """Whether somebody waits for another run."""
    return (
        await tenant.fetch_val(select(provider_accounts.c.asked_reason).where(_is_account(tenant, account_id)))
        is not None
    )


def _is_account(tenant: Tenant, account_id: str) -> ColumnElement[bool]:
    return and_(provider_accounts.c.organisation_id == tenant.organisation_id, provider_accounts.c.id == account_id)


def _reach(row: Any) -> Reach:
    return Reach(row.id, row.account_sid, row.created_at, row.synchronize_from, row.synchronized_to, row.swept_at)
