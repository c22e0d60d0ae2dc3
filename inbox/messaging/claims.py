"""A worker's hold on a text: it takes a queued one for sending and settles it, fenced by its claim."""

from collections.abc import Set
from contextlib import nullcontext
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.sql.dml import UpdateBase

from inbox.billing import balance
from inbox.messaging import conversations, delivery
from inbox.messaging.delivery import is_message
from inbox.storage import jobs
from inbox.storage.columns import Id, db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import messages
from providers.contract import AcceptedSms, DeliveryStatus

CONFIRM = "confirm"
CONFIRM_SECONDS = 90.0
"""After a doubt, until the provider is first asked: longer than a request can be under way."""

_NOTHING = nullcontext()
_IN_DOUBT = frozenset({DeliveryStatus.UNKNOWN, DeliveryStatus.UNCONFIRMED, DeliveryStatus.DISCARDED})


async def claim(tenant: Tenant, message_id: str, claim_id: str, *, send_after: datetime | None = None) -> bool:
    """Take a queued text for sending; False when it is not waiting to be sent. `send_after` is its turn (UTC)."""
    values: dict[str, Any] = {"claim": claim_id, "checked_at": None, "send_after": send_after}
    return await _move(tenant, message_id, {DeliveryStatus.QUEUED}, DeliveryStatus.CLAIMED, **values)


async def release(tenant: Tenant, message_id: str, claim_id: str) -> None:
    """Put a claimed text back: the provider never got it."""
    await _move(tenant, message_id, {DeliveryStatus.CLAIMED}, DeliveryStatus.QUEUED, mine=claim_id, claim=None)


async def accept(
    tenant: Tenant, message_id: str, claim_id: str, accepted: AcceptedSms, *, promised: int | None = None
) -> None:
    """The provider took it. A report may have come first; then its status stays, and only the facts are added.

    `promised` are the segments that it cost when it was queued; a different count of the provider's is settled.
    """
    values: dict[str, Any] = {"provider_message_id": accepted.provider_message_id}
    if accepted.segments:
        values["segments"] = accepted.segments
    counted = None if promised is None else accepted.segments
    async with tenant.transaction() if counted and counted != promised else _NOTHING:
        await _accept(tenant, message_id, claim_id, accepted.status, values, promised if counted else None)


async def _accept(
    tenant: Tenant,
    message_id: str,
    claim_id: str,
    told: DeliveryStatus,
    values: dict[str, Any],
    promised: int | None,
) -> None:
    status = told if told.rank >= DeliveryStatus.ACCEPTED.rank else DeliveryStatus.ACCEPTED
    if not await _move(tenant, message_id, {DeliveryStatus.CLAIMED}, status, mine=claim_id, **values):
        if await _settle(tenant, message_id, _IN_DOUBT, status, mine=claim_id, promised=promised, **values):
            return
        await tenant.execute(
            messages.update().where(is_message(tenant, message_id), messages.c.claim == claim_id).values(**values)
        )
    if promised is not None:
        await balance.correct(tenant, message_id, promised=promised, counted=values["segments"])


async def fail(tenant: Tenant, message_id: str, claim_id: str, error_code: int | None) -> None:
    """The provider refused it, or could not be reached for good: it costs nothing."""
    await _settle(
        tenant,
        message_id,
        {DeliveryStatus.CLAIMED},
        DeliveryStatus.FAILED,
        mine=claim_id,
        error_code=error_code,
    )


async def doubt(tenant: Tenant, message_id: str, claim_id: str) -> None:
    """Nobody knows whether the provider took it: the request left us and no answer came. It will be asked."""
    await _settle(tenant, message_id, {DeliveryStatus.CLAIMED}, DeliveryStatus.UNKNOWN, mine=claim_id)


async def give_up(tenant: Tenant, message_id: str) -> None:
    """A worker died holding this text; whether it was sent is not known."""
    claimed_by = await tenant.fetch_val(
        select(messages.c.claim).where(is_message(tenant, message_id), messages.c.status == DeliveryStatus.CLAIMED)
    )
    if claimed_by is not None:
        await doubt(tenant, message_id, claimed_by)


async def leave_unconfirmed(tenant: Tenant, message_id: str) -> None:
    """The provider cannot tell either whether it took it: a person has to decide."""
    await _settle(tenant, message_id, {DeliveryStatus.UNKNOWN}, DeliveryStatus.UNCONFIRMED)


async def leave_to_people(tenant: Tenant, message_id: str) -> bool:
    """Nobody can tell whether a text that waits was sent: a person has to decide; False when it waits no more."""
    waiting = {DeliveryStatus.QUEUED, DeliveryStatus.CLAIMED}
    return await _settle(tenant, message_id, waiting, DeliveryStatus.UNCONFIRMED)


async def _settle(
    tenant: Tenant,
    message_id: str,
    only_from: Set[DeliveryStatus],
    to: DeliveryStatus,
    *,
    mine: str | None = None,
    promised: int | None = None,
    **values: Any,
) -> bool:
    """A step that others see: it is billed, logged, counted and announced."""
    conversation_id = await tenant.fetch_val(select(messages.c.conversation_id).where(is_message(tenant, message_id)))
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        before = await delivery.status_of(tenant, message_id)
        if not await _move(tenant, message_id, only_from, to, mine=mine, **values):
            return False
        await _bill(tenant, message_id, to, promised, values.get("segments"))
        if to is DeliveryStatus.UNKNOWN:
            await jobs.enqueue(tenant, CONFIRM, message_id, delay_seconds=CONFIRM_SECONDS)
        error_code = values.get("error_code")
        await delivery.log(tenant, message_id, to, error_code, applied=True)
        await delivery.changed(tenant, conversation, message_id, before, to, error_code=error_code)
        return True


async def _bill(tenant: Tenant, message_id: str, to: DeliveryStatus, promised: int | None, counted: int | None) -> None:
    """What the provider never took costs nothing; what it took costs what it counted."""
    if to is DeliveryStatus.FAILED:
        segments = await tenant.fetch_val(select(messages.c.segments).where(is_message(tenant, message_id)))
        await balance.give_back(tenant, message_id, segments)
    elif promised is not None and counted is not None:
        await balance.correct(tenant, message_id, promised=promised, counted=counted)


async def _move(
    tenant: Tenant,
    message_id: str,
    only_from: Set[DeliveryStatus],
    to: DeliveryStatus,
    *,
    mine: str | None = None,
    **values: Any,
) -> bool:
    """One step of our own worker, fenced by its claim `mine`."""
    step = _step(tuple(sorted(only_from)), to, tuple(values), is_fenced=mine is not None)
    given = {"organisation": tenant.organisation_id, "message": message_id}
    given |= {f"new_{name}": value for name, value in values.items()} | ({} if mine is None else {"mine": mine})
    return await tenant.fetch_one(step, given) is not None


@cache
def _step(
    only_from: tuple[DeliveryStatus, ...], to: DeliveryStatus, columns: tuple[str, ...], *, is_fenced: bool
) -> UpdateBase:
    """The statement of a step, built once: there are few of them, and each is made for every text."""
    query = messages.update().where(
        messages.c.organisation_id == bindparam("organisation"),
        messages.c.id == bindparam("message", type_=Id()),
        messages.c.status.in_(only_from),
    )
    if is_fenced:
        mine = bindparam("mine", type_=Id())
        query = query.where(messages.c.claim == mine)
    if to is DeliveryStatus.CLAIMED:
        query = query.values(claimed_at=db_now())
    new = {name: bindparam(f"new_{name}", type_=messages.c[name].type) for name in columns}
    return query.values(**delivery.standing(to), **new).returning(messages.c.id)
