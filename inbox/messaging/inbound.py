"""A text from a candidate: stored once, with everything that follows from it, in one transaction."""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import case, null, select

from inbox.billing import balance
from inbox.candidates import dead_numbers, people
from inbox.messaging import (
    chatbot_hold,
    conversations,
    erased_numbers,
    gone_owners,
    keywords,
    media,
    messages,
    obeying,
    opening,
    opt_outs,
    reviewing,
    triggers,
    withdrawing,
)
from inbox.provisioning import company_numbers
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage import events
from inbox.storage.columns import db_moment, db_now, earlier, new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations as table
from providers.contract import DeliveryStatus, IncomingSms

# No network shows a longer one. What is cut is a broken or malicious call, and even that has to be stored once.
LONGEST_SENDER = 64
# A text that comes later than this after it was sent is said to be late. So is one that others have overtaken.
LATE = timedelta(minutes=5)


class Arrival(Enum):
    """What a text that came in was to us."""

    LIVE = "live"
    """New, and somebody waits for an answer."""
    HISTORY = "history"
    """New here, but from before the account was connected: stored as read."""
    KNOWN = "known"
    """Stored before; nothing was changed."""
    ERASED = "erased"
    """Sent by somebody who was erased since: not stored."""


class _Repeated(Exception):
    """This text is stored already; rolls back what was begun for it."""


class _OfErased(Exception):
    """Who sent this text was erased before it came; rolls back what was begun for it."""

    def __init__(self, number: CompanyNumber, erasure_id: str, at: datetime) -> None:
        self.number = number
        self.erasure_id = erasure_id
        self.at = at


async def receive(
    tenant: Tenant, account: ProviderAccount, sms: IncomingSms, *, received_at: datetime | None = None
) -> bool:
    """Store a text that came in, once; whether it is new and live, so that things may follow from it.

    Nothing may ever follow from a text for which this is False: it was stored before, or it is history. Arguments
    and promises are those of `store`.
    """
    return await store(tenant, account, sms, received_at=received_at) is Arrival.LIVE


async def store(
    tenant: Tenant, account: ProviderAccount, sms: IncomingSms, *, received_at: datetime | None = None
) -> Arrival:
    """Store a text that came in, once.

    The unique key on (organisation, account, provider message id) decides, so that repeats and replays of the
    webhook find it for ever. When this returns the text is committed and will be shown in every open inbox.
    `received_at` (UTC) is when the provider got a text that comes here later: it stands there in its thread, and is
    history when that was before the account was connected here.
    """
    sms = replace(sms, sender=sms.sender[:LONGEST_SENDER])
    arrival = Arrival.HISTORY if _is_history(account, received_at) else Arrival.LIVE
    try:
        async with tenant.transaction():
            number = await company_numbers.receiving(tenant, account.id, sms.recipient)
            if keywords.heard(sms) is not None:
                await opt_outs.hold(tenant, sms.sender)  # it may reach all of them
            conversation_id = await _conversation(tenant, number, sms.sender)
            if received_at is not None:  # behind the conversation's lock, for which an erasure waits, or it for one
                erasure_id = await erased_numbers.erasure_after(tenant, sms.sender, received_at)
                if erasure_id is not None:
                    raise _OfErased(number, erasure_id, received_at)
            await _store(tenant, account, number, conversation_id, sms, arrival, received_at)
    except _Repeated:
        return Arrival.KNOWN
    except _OfErased as gone:
        async with tenant.transaction():
            await opt_outs.hold(tenant, sms.sender)
            await erased_numbers.forget(tenant, gone.number, sms, gone.erasure_id, gone.at)
        return Arrival.ERASED
    return arrival


def shown(sms: IncomingSms) -> str:
    """What stands for a text in the list, also when it has no words."""
    return media.shown(sms.body, sms.media)


def _is_history(account: ProviderAccount, received_at: datetime | None) -> bool:
    # Providers tell whole seconds.
    return received_at is not None and received_at < account.created_at.replace(microsecond=0)


async def _conversation(tenant: Tenant, number: CompanyNumber, sender: str) -> str:
    candidate_id = await people.by_number(tenant, sender)
    return await opening.find_or_open(
        tenant,
        company_id=number.company_id,
        company_number_id=number.id,
        candidate_id=candidate_id,
        candidate_number=sender,
    )


async def _store(
    tenant: Tenant,
    account: ProviderAccount,
    number: CompanyNumber,
    conversation_id: str,
    sms: IncomingSms,
    arrival: Arrival,
    received_at: datetime | None,
) -> None:
    """Locks are taken in one order everywhere: conversation, message, jobs, balance, event counter's row."""
    message_id = new_id()
    at = await conversations.written(
        tenant,
        conversation_id,
        message_id=message_id,
        text=shown(sms),
        last_author=None,
        at=received_at,
        **(_waits(number, sms, received_at) if arrival is Arrival.LIVE else {}),
    )
    gone = await gone_owners.release(tenant, conversation_id) if arrival is Arrival.LIVE else None
    is_late = received_at is not None and arrival is Arrival.LIVE
    recovered_at = await _told_late(tenant, conversation_id, message_id, at) if is_late else None
    obeyed = await obeying.obey(
        tenant,
        conversation_id,
        number,
        sms,
        at,
        came_late=received_at is not None,
        is_history=arrival is Arrival.HISTORY,
    )
    if arrival is Arrival.LIVE:
        await dead_numbers.clear(tenant, sms.sender)
        await triggers.texted(tenant, conversation_id, message_id, with_chatbot=number.purpose == "chatbot")
        await balance.receive(tenant, message_id, sms.segments)
    seq = await events.record(tenant, EventKind.MESSAGE_ADDED, conversation_id=conversation_id, message_id=message_id)
    added = await messages.add(
        tenant,
        id=message_id,
        conversation_id=conversation_id,
        direction="in",
        body=sms.body,
        raw_body=sms.raw_body,
        event=obeyed.event,
        status=DeliveryStatus.RECEIVED,
        rank=DeliveryStatus.RECEIVED.rank,
        segments=sms.segments,
        media_count=len(sms.media),
        provider_account_id=account.id,
        provider_message_id=sms.provider_message_id,
        recovered_at=recovered_at,
        seq=seq,
        at=at,
    )
    if not added:
        raise _Repeated
    await media.tell_of(tenant, conversation_id, message_id, sms.media)
    if arrival is Arrival.LIVE and number.purpose == "chatbot":
        await triggers.chatbot_texted(tenant, conversation_id, message_id, place=seq)
    if obeyed.withdrawn is not None:
        await withdrawing.tell(tenant, obeyed.withdrawn)
    if obeyed.to_review:
        await reviewing.ask(tenant, conversation_id, message_id)
    await gone_owners.tell(tenant, conversation_id, gone)


def _waits(number: CompanyNumber, sms: IncomingSms, received_at: datetime | None) -> dict[str, Any]:
    """What a live text changes: somebody waits, but where the chatbot or the provider answers, or nobody may."""
    if keywords.is_answered_by_provider(sms):
        return {**conversations.AWAKE}
    since = earlier(table.c.waiting_since, db_moment(received_at))
    waits = {"unread": table.c.unread + 1, "waiting_since": case((opt_outs.CERTAIN, null()), else_=since)}
    return {**conversations.AWAKE, **(chatbot_hold.unless_held(waits) if number.purpose == "chatbot" else waits)}


async def _told_late(tenant: Tenant, conversation_id: str, message_id: str, at: datetime) -> datetime | None:
    """The present moment (UTC) for a text that readers should know to be late; None for one that is nearly in time."""
    stands = await tenant.fetch_one(
        select(db_now().label("now"), table.c.last_message_id).where(
            table.c.organisation_id == tenant.organisation_id, table.c.id == conversation_id
        )
    )
    if stands is None or (stands.last_message_id == message_id and stands.now - at < LATE):
        return None
    now: datetime = stands.now
    return now
