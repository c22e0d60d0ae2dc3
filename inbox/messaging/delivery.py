"""How far a text has come: every word of the provider is logged, a status is only replaced by a higher one."""

from typing import Any

from sqlalchemy import Select, select

from inbox.messaging import conversations, opt_outs
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage import events
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations as conversations_table
from inbox.storage.tables import message_status_log, messages
from providers.contract import AcceptedSms, DeliveryReport, DeliveryStatus

# The recipient texted STOP: https://www.twilio.com/docs/api/errors/21610
OPTED_OUT = 21610


async def record(tenant: Tenant, account: ProviderAccount, report: DeliveryReport, *, attempt: int = 1) -> bool:
    """Take the provider's report on a text; True when it told something new.

    Reports come late, twice and out of order. Our own message id in the report finds the message even before its
    provider id is stored; a report on an earlier attempt is logged and changes nothing.
    """
    found = await tenant.fetch_one(_reported(tenant, account, report))
    if found is None:
        return False
    async with tenant.transaction():
        conversation = await conversations.find(tenant, found.conversation_id, lock=True)
        applied = report.status is not None and await _advance(
            tenant,
            found.id,
            report.status,
            attempt=attempt if report.message_id else None,
            error_code=report.error_code,
            provider_message_id=report.provider_message_id,
        )
        await _log(tenant, found.id, report.raw_status, report.error_code, applied=applied)
        if applied and report.status is not None:
            await _announce(tenant, conversation, found.id, report.status, report.error_code)
    return applied


async def claim(tenant: Tenant, message_id: str, claim_id: str) -> bool:
    """Take a queued text for sending; False when it is not waiting to be sent."""
    return await _move(tenant, message_id, {DeliveryStatus.QUEUED}, DeliveryStatus.CLAIMED, claim=claim_id)


async def release(tenant: Tenant, message_id: str, claim_id: str) -> None:
    """Put a claimed text back: the provider never got it."""
    await _move(tenant, message_id, {DeliveryStatus.CLAIMED}, DeliveryStatus.QUEUED, mine=claim_id, claim=None)


async def accept(tenant: Tenant, message_id: str, claim_id: str, accepted: AcceptedSms) -> None:
    """The provider took it. A report may have come first; then its status stays, and only the facts are added."""
    values: dict[str, Any] = {"provider_message_id": accepted.provider_message_id}
    if accepted.segments:
        values["segments"] = accepted.segments
    status = accepted.status if accepted.status.rank >= DeliveryStatus.ACCEPTED.rank else DeliveryStatus.ACCEPTED
    uncertain = {DeliveryStatus.CLAIMED, DeliveryStatus.UNKNOWN}
    if await _move(tenant, message_id, uncertain, status, mine=claim_id, **values):
        return
    await tenant.execute(
        messages.update().where(_is(tenant, message_id), messages.c.claim == claim_id).values(**values)
    )


async def fail(tenant: Tenant, message_id: str, claim_id: str, error_code: int | None) -> None:
    """The provider refused it, or could not be reached for good."""
    await _settle(tenant, message_id, claim_id, DeliveryStatus.FAILED, error_code)


async def doubt(tenant: Tenant, message_id: str, claim_id: str) -> None:
    """Nobody knows whether the provider took it: the request left us and no answer came."""
    await _settle(tenant, message_id, claim_id, DeliveryStatus.UNKNOWN, None)


async def give_up_claim(tenant: Tenant, message_id: str) -> None:
    """A worker died holding this text; whether it was sent is not known."""
    claimed_by = await tenant.fetch_val(
        select(messages.c.claim).where(_is(tenant, message_id), messages.c.status == DeliveryStatus.CLAIMED)
    )
    if claimed_by is not None:
        await doubt(tenant, message_id, claimed_by)


async def _settle(
    tenant: Tenant, message_id: str, claim_id: str, status: DeliveryStatus, error_code: int | None
) -> None:
    conversation_id = await tenant.fetch_val(select(messages.c.conversation_id).where(_is(tenant, message_id)))
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        moved = await _move(tenant, message_id, {DeliveryStatus.CLAIMED}, status, mine=claim_id, error_code=error_code)
        if moved:
            await _log(tenant, message_id, status, error_code, applied=True)
            await _announce(tenant, conversation, message_id, status, error_code)


async def _announce(
    tenant: Tenant,
    conversation: conversations.Conversation,
    message_id: str,
    status: DeliveryStatus,
    error_code: int | None,
) -> None:
    """What a new status means for the conversation, and its event. Inside the caller's transaction."""
    if status.is_failure:
        # Whoever closed it did not know: the text waits for somebody's decision.
        values = {**conversations.REOPENED, "failed": conversations_table.c.failed + 1}
        await conversations.change(tenant, conversation.id, **values)
    if error_code == OPTED_OUT:
        await opt_outs.note_stop(
            tenant,
            conversation.id,
            conversation.company_number_id,
            conversation.candidate_number,
            word=str(OPTED_OUT),
        )
    in_list = status.is_failure or error_code == OPTED_OUT
    kind = EventKind.CONVERSATION_CHANGED if in_list else EventKind.MESSAGE_CHANGED
    await events.record(tenant, kind, conversation_id=conversation.id, message_id=message_id)


async def _advance(
    tenant: Tenant,
    message_id: str,
    status: DeliveryStatus,
    *,
    attempt: int | None,
    error_code: int | None,
    provider_message_id: str,
) -> bool:
    """Replace the status by a higher one; False when it already stands as high, or as failed: nothing undoes that."""
    query = messages.update().where(
        _is(tenant, message_id),
        messages.c.rank < status.rank,
        messages.c.status.not_in([failure for failure in DeliveryStatus if failure.is_failure]),
    )
    if attempt is not None:
        query = query.where(messages.c.attempt == attempt)
    row = await tenant.fetch_one(
        query.values(
            status=status,
            rank=status.rank,
            error_code=error_code,
            provider_message_id=provider_message_id,
            **_moments(status),
        ).returning(messages.c.id)
    )
    return row is not None


async def _move(
    tenant: Tenant,
    message_id: str,
    only_from: set[DeliveryStatus],
    to: DeliveryStatus,
    *,
    mine: str | None = None,
    **values: Any,
) -> bool:
    """One step of our own worker, fenced by its claim `mine`."""
    query = messages.update().where(_is(tenant, message_id), messages.c.status.in_(sorted(only_from)))
    if mine is not None:
        query = query.where(messages.c.claim == mine)
    row = await tenant.fetch_one(
        query.values(status=to, rank=to.rank, **_moments(to), **values).returning(messages.c.id)
    )
    return row is not None


async def _log(tenant: Tenant, message_id: str, status: str, error_code: int | None, *, applied: bool) -> None:
    await tenant.execute(
        message_status_log.insert().values(
            organisation_id=tenant.organisation_id,
            message_id=message_id,
            status=str(status)[:32],
            error_code=error_code or 0,
            applied=applied,
        )
    )


def _moments(status: DeliveryStatus) -> dict[str, Any]:
    if status is DeliveryStatus.SENT:
        return {"sent_at": db_now()}
    return {"delivered_at": db_now()} if status is DeliveryStatus.DELIVERED else {}


def _reported(tenant: Tenant, account: ProviderAccount, report: DeliveryReport) -> Select[Any]:
    query = select(messages.c.id, messages.c.conversation_id).where(
        messages.c.organisation_id == tenant.organisation_id,
        messages.c.provider_account_id == account.id,
        messages.c.direction == "out",
    )
    if report.message_id is not None:
        return query.where(messages.c.id == report.message_id)
    return query.where(messages.c.provider_message_id == report.provider_message_id)


def _is(tenant: Tenant, message_id: str) -> Any:
    return (messages.c.organisation_id == tenant.organisation_id) & (messages.c.id == message_id)
