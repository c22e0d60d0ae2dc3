"""How far a text has come: every word of the provider is logged, a status is only replaced by a higher one."""

from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, bindparam, case, select
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ColumnElement

from inbox.messaging import conversations, gone_owners, opt_outs
from inbox.messaging.conversations import Conversation
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage import events, jobs
from inbox.storage.columns import Id, db_now
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations as conversations_table
from inbox.storage.tables import message_status_log, messages
from providers.contract import DeliveryReport, DeliveryStatus

_STANDING = select(messages.c.status).where(
    messages.c.organisation_id == bindparam("organisation"), messages.c.id == bindparam("message", type_=Id())
)
_LOGGED = message_status_log.insert().values(
    organisation_id=bindparam("organisation"),
    message_id=bindparam("message", type_=Id()),
    status=bindparam("new_status"),
    error_code=bindparam("new_error"),
    applied=bindparam("new_applied"),
    provider_message_id=bindparam("new_sid", type_=message_status_log.c.provider_message_id.type),
)
COPY_TOLD = "copy-told"
"""A report on an erased text may have told of a copy that the provider was not yet asked to delete."""
# The recipient texted STOP: https://www.twilio.com/docs/api/errors/21610
OPTED_OUT = 21610


async def record(
    tenant: Tenant, account: ProviderAccount, report: DeliveryReport, *, attempt: int = 1, segments: int | None = None
) -> bool:
    """Take the provider's report on a text; True when it told something new.

    Reports come late, twice and out of order. Our own message id in the report finds the message even before its
    provider id is stored; `attempt` is the one that the report is on. `segments` are those that will be billed.
    """
    found = await tenant.fetch_one(_reported(tenant, account, report))
    if found is None:
        return False
    async with tenant.transaction():
        conversation = await conversations.find(tenant, found.conversation_id, lock=True)
        before = await status_of(tenant, found.id)
        values = {"provider_message_id": report.provider_message_id, "error_code": report.error_code}
        if segments:
            values["segments"] = segments
        on = attempt if report.message_id else None
        applied = report.status is not None and await _advance(tenant, found.id, report.status, attempt=on, **values)
        sid, known = report.provider_message_id, found.provider_message_id
        await log(tenant, found.id, report.raw_status, report.error_code, applied=applied, provider_message_id=sid)
        if known != sid and found.erased:
            await jobs.enqueue(tenant, COPY_TOLD, found.id)
        elif known not in (None, sid):  # the provider has a copy of another attempt as well
            await log(tenant, found.id, before, None, applied=False, provider_message_id=known)
        if applied and report.status is not None:
            await changed(tenant, conversation, found.id, before, report.status, error_code=report.error_code)
    return applied


async def status_of(tenant: Tenant, message_id: str) -> DeliveryStatus:
    """Where a text stands. While its conversation is locked, no settled status changes."""
    values = {"organisation": tenant.organisation_id, "message": message_id}
    return DeliveryStatus(await tenant.fetch_val(_STANDING, values))


async def changed(
    tenant: Tenant,
    conversation: Conversation,
    message_id: str,
    before: DeliveryStatus,
    after: DeliveryStatus,
    *,
    error_code: int | None = None,
    actor_id: str | None = None,
) -> int:
    """What a new status means for the conversation, and the number of its event.

    Last inside the transaction that changed it and holds the conversation.
    """
    # Of a conversation that was emptied nothing is left to decide.
    moved = _counters(before, after) if conversation.erased_at is None else {}
    if moved:
        if after.is_failure or after is DeliveryStatus.UNCONFIRMED:
            moved |= conversations.AWAKE  # whoever closed it did not know: the text waits for somebody's decision
        await conversations.change(tenant, conversation.id, **moved)
    gone = await gone_owners.release(tenant, conversation.id) if "closed_at" in moved else None
    if error_code == OPTED_OUT:
        await opt_outs.note_stop(
            tenant,
            conversation.id,
            conversation.company_number_id,
            conversation.candidate_number,
            word=str(OPTED_OUT),
        )
        await jobs.enqueue(tenant, opt_outs.SPREAD, conversation.id)
    in_list = moved or error_code == OPTED_OUT
    kind = EventKind.CONVERSATION_CHANGED if in_list else EventKind.MESSAGE_CHANGED
    seq = await events.record(tenant, kind, conversation_id=conversation.id, message_id=message_id, actor_id=actor_id)
    await gone_owners.tell(tenant, conversation.id, gone)
    return seq


async def log(
    tenant: Tenant,
    message_id: str,
    status: str,
    error_code: int | None,
    *,
    applied: bool,
    provider_message_id: str | None = None,
) -> None:
    """Keep a word on a text; `applied` says whether it changed anything, the provider's id which attempt it is on."""
    values = {"new_status": str(status)[:32], "new_error": error_code or 0, "new_applied": applied}
    values["new_sid"] = provider_message_id
    await tenant.execute(_LOGGED, {"organisation": tenant.organisation_id, "message": message_id, **values})


def standing(status: DeliveryStatus) -> dict[str, Any]:
    """The columns of a message that say that it has come so far."""
    values: dict[str, Any] = {"status": status, "rank": status.rank}
    if status is DeliveryStatus.SENT:
        values["sent_at"] = db_now()
    if status is DeliveryStatus.DELIVERED:
        values["delivered_at"] = db_now()
    return values


def is_message(tenant: Tenant, message_id: str) -> ColumnElement[bool]:
    """The condition that finds one message of the organisation."""
    return (messages.c.organisation_id == tenant.organisation_id) & (messages.c.id == message_id)


async def _advance(
    tenant: Tenant, message_id: str, status: DeliveryStatus, *, attempt: int | None, **values: Any
) -> bool:
    """Replace the status by a higher one; False when it already stands as high, or as failed: nothing undoes that.

    What an earlier attempt brought about counts from `since_attempt` on, as the text may have arrived. That one of
    them failed is no news: another one is on its way.
    """
    step = _step(status, tuple(values), names_attempt=attempt is not None)
    given = {f"new_{name}": value for name, value in values.items()}
    if attempt is not None:
        given["on_attempt"] = attempt
    row = await tenant.fetch_one(step, {"organisation": tenant.organisation_id, "message": message_id, **given})
    return row is not None


@cache
def _step(status: DeliveryStatus, columns: tuple[str, ...], *, names_attempt: bool) -> UpdateBase:
    """The statement that replaces a lower status, built once."""
    query = messages.update().where(
        messages.c.organisation_id == bindparam("organisation"),
        messages.c.id == bindparam("message", type_=Id()),
        messages.c.rank < status.rank,
        messages.c.status.not_in([failure for failure in DeliveryStatus if failure.is_failure]),
    )
    if names_attempt:
        first = messages.c.attempt if status.is_failure else messages.c.since_attempt
        query = query.where(first <= bindparam("on_attempt", type_=Integer()))
    new = {name: bindparam(f"new_{name}", type_=messages.c[name].type) for name in columns}
    return query.values(**standing(status), **new).returning(messages.c.id)


def _counters(before: DeliveryStatus, after: DeliveryStatus) -> dict[str, Any]:
    """Those counters of a conversation that a change of one of its texts moves."""
    unconfirmed = int(after is DeliveryStatus.UNCONFIRMED) - int(before is DeliveryStatus.UNCONFIRMED)
    failed = unconfirmed + int(after.is_failure) - int(before.is_failure)
    steps = {"failed": failed, "unconfirmed": unconfirmed}
    return {name: _moved(conversations_table.c[name], step) for name, step in steps.items() if step}


def _moved(counter: ColumnElement[int], step: int) -> ColumnElement[int]:
    return case((counter + step > 0, counter + step), else_=0)


def _reported(tenant: Tenant, account: ProviderAccount, report: DeliveryReport) -> Select[Any]:
    columns = messages.c.id, messages.c.conversation_id, messages.c.provider_message_id, messages.c.erased
    query = select(*columns).where(
        messages.c.organisation_id == tenant.organisation_id,
        messages.c.provider_account_id == account.id,
        messages.c.direction == "out",
    )
    if report.message_id is not None:
        return query.where(messages.c.id == report.message_id)
    return query.where(messages.c.provider_message_id == report.provider_message_id)
