"""What each endpoint was told, or is to be told: the log, and telling it again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import delete, insert, select, update

from inbox.errors import NotFound, Refused
from inbox.hooks import endpoints
from inbox.hooks.kinds import Kind
from inbox.languages import _
from inbox.messaging.triggers import HOOK
from inbox.storage import jobs
from inbox.storage.columns import db_later, db_now, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import webhook_deliveries as table
from providers.hooks import Answer

DELIVER = HOOK
"""The kind of the jobs."""
PAGE = 50
KEPT_DAYS = 30
MOST_AGAIN = 5_000
"""Of those that failed, so many are told again at one time."""
_MOST_PRUNED_AT_ONCE = 5_000

WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
State = Literal["waiting", "delivered", "failed"]

_TROUBLES: Mapping[str, str] = {
    "private": _("The name leads into a private network, which we do not reach."),
    "unknown": _("No host of this name is known."),
    "closed": _("Nobody took the connection."),
    "tls": _("The certificate is not good."),
    "slow": _("There was no answer in time."),
    "moved": _("The answer pointed elsewhere, and we do not follow."),
    "answer": _("The answer was none of 200 to 299."),
    "off": _("The endpoint was switched off."),
    "erased": _("What it was about has been erased."),
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one endpoint; times are UTC. `status` and `millis` are those of the last try."""

    id: str
    endpoint_id: str
    kind: Kind
    state: State
    tries: int
    status: int | None
    millis: int | None
    trouble: str | None
    tried_at: datetime | None
    at: datetime
    conversation_id: str | None = None
    message_id: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Why the last try brought nothing, as a sentence; "" when it did or there was none."""
        return _TROUBLES.get(self.trouble or "", "")

    @property
    def is_fresh(self) -> bool:
        """Whether it is told at this moment, for the first time."""
        return self.state == WAITING and not self.tries


async def page(tenant: Tenant, endpoint_id: str, *, before: str | None = None) -> tuple[Sequence[Delivery], str | None]:
    """The newest of an endpoint, or those before an id; the id to ask the next page with."""
    query = _selected(tenant).where(table.c.endpoint_id == endpoint_id).order_by(table.c.id.desc())
    if before:
        query = query.where(table.c.id < before)
    found = [_read(row) for row in await tenant.fetch_all(query.limit(PAGE + 1))]
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


async def find(tenant: Tenant, delivery_id: str) -> Delivery:
    """One of them; raises NotFound."""
    row = await tenant.fetch_one(_selected(tenant).where(table.c.id == delivery_id))
    if row is None:
        raise NotFound
    return _read(row)


async def has_failed(tenant: Tenant, endpoint_id: str) -> bool:
    """Whether there is anything to tell again."""
    return await tenant.fetch_val(_failed(tenant, endpoint_id).limit(1)) is not None


async def promise(tenant: Tenant, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store these, and have each delivered; in a transaction."""
    whose = {"organisation_id": tenant.organisation_id}
    if rows:
        await tenant.execute_many(insert(table), [whose | dict(row) for row in rows])
        await jobs.enqueue_many(tenant, DELIVER, [(row["id"], None, 0) for row in rows])


async def test(tenant: Tenant, endpoint_id: str) -> None:
    """Tell an endpoint something that did not happen. Raises Refused when it is off, NotFound."""
    await _must_be_on(tenant, endpoint_id)
    delivery_id = new_id()
    row = {"id": delivery_id, "endpoint_id": endpoint_id, "kind": Kind.TEST.value, "told": f"test:{delivery_id}"}
    async with tenant.transaction():
        await promise(tenant, [row])


async def again(tenant: Tenant, endpoint_id: str, delivery_id: str) -> None:
    """Tell it once more, whether it was taken or not. Raises Refused when the endpoint is off, NotFound."""
    await _must_be_on(tenant, endpoint_id)
    if (await find(tenant, delivery_id)).endpoint_id != endpoint_id:
        raise NotFound
    await _again(tenant, [delivery_id])


async def all_again(tenant: Tenant, endpoint_id: str) -> int:
    """Tell it whatever it has not taken, the oldest MOST_AGAIN; how many. Raises Refused, NotFound."""
    await _must_be_on(tenant, endpoint_id)
    rows = await tenant.fetch_all(_failed(tenant, endpoint_id).order_by(table.c.id).limit(MOST_AGAIN))
    await _again(tenant, [row.id for row in rows])
    return len(rows)


async def tried(tenant: Tenant, delivery: Delivery, answer: Answer, *, is_last: bool) -> None:
    """Note what came of a try."""
    unsettled = FAILED if is_last else WAITING
    await _change(
        tenant,
        delivery.id,
        state=unsettled if answer.trouble else DELIVERED,
        tries=table.c.tries + 1,
        status=answer.status,
        millis=answer.millis,
        trouble=answer.trouble,
        tried_at=db_now(),
    )


async def drop(tenant: Tenant, delivery: Delivery, trouble: str) -> None:
    """It is not tried, as `trouble` says."""
    await _change(tenant, delivery.id, state=FAILED, trouble=trouble, status=None, millis=None)


async def prune(database: Database, *, keep_days: int = KEPT_DAYS) -> None:
    """Forget what endpoints were told long ago."""
    old = select(table.c.id).where(table.c.at < db_later(-86_400 * keep_days)).limit(_MOST_PRUNED_AT_ONCE)
    while await database.fetch_all(delete(table).where(table.c.id.in_(old)).returning(table.c.id)):
        # Small steps, so that on SQLite other writers get their turn in between.
        continue


async def _must_be_on(tenant: Tenant, endpoint_id: str) -> None:
    if not (await endpoints.find(tenant, endpoint_id)).is_on:
        raise Refused(_("This endpoint is switched off. Switch it on first."))


async def _again(tenant: Tenant, ids: Sequence[str]) -> None:
    async with tenant.transaction():
        await tenant.execute(
            update(table)
            .where(table.c.organisation_id == tenant.organisation_id, table.c.id.in_(ids))
            .values(state=WAITING, tries=0)
        )
        await jobs.enqueue_many(tenant, DELIVER, [(one, None, 0) for one in ids])


async def _change(tenant: Tenant, delivery_id: str, **values: Any) -> None:
    await tenant.execute(
        update(table)
        .where(table.c.organisation_id == tenant.organisation_id, table.c.id == delivery_id)
        .values(**values)
    )


def _failed(tenant: Tenant, endpoint_id: str) -> Any:
    return select(table.c.id).where(
        table.c.organisation_id == tenant.organisation_id, table.c.endpoint_id == endpoint_id, table.c.state == FAILED
    )


def _selected(tenant: Tenant) -> Any:
    return select(table).where(table.c.organisation_id == tenant.organisation_id)


def _read(row: Any) -> Delivery:
    return Delivery(
        id=row.id,
        endpoint_id=row.endpoint_id,
        kind=Kind(row.kind),
        state=row.state,
        tries=row.tries,
        status=row.status,
        millis=row.millis,
        trouble=row.trouble,
        tried_at=row.tried_at,
        at=row.at,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        facts=json.loads(row.facts),
    )
