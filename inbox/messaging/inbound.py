"""A text from a candidate: stored once, with everything that follows from it, in one transaction."""

from dataclasses import replace

from sqlalchemy import func

from inbox.candidates import people
from inbox.messaging import conversations, messages, opt_outs
from inbox.provisioning import company_numbers
from inbox.provisioning.company_numbers import CompanyNumber
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage import events
from inbox.storage.columns import db_now, new_id
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import conversations as table
from providers.contract import DeliveryStatus, IncomingSms

# No network shows a longer one. What is cut is a broken or malicious call, and even that has to be stored once.
LONGEST_SENDER = 64


class _Repeated(Exception):
    """This text is stored already; rolls back what was begun for it."""


async def receive(tenant: Tenant, account: ProviderAccount, sms: IncomingSms) -> bool:
    """Store a text that came in, once; False when it was stored before.

    The unique key on (organisation, account, provider message id) decides, so that repeats and replays of the
    webhook find it for ever. When this returns the text is committed and will be shown in every open inbox.
    """
    sms = replace(sms, sender=sms.sender[:LONGEST_SENDER])
    try:
        async with tenant.transaction():
            number = await company_numbers.receiving(tenant, account.id, sms.recipient)
            conversation_id = await _conversation(tenant, number, sms.sender)
            await _store(tenant, account, number, conversation_id, sms)
    except _Repeated:
        return False
    return True


async def _conversation(tenant: Tenant, number: CompanyNumber, sender: str) -> str:
    candidate_id = await people.by_number(tenant, sender)
    return await conversations.find_or_open(
        tenant,
        company_id=number.company_id,
        company_number_id=number.id,
        candidate_id=candidate_id,
        candidate_number=sender,
    )


async def _store(
    tenant: Tenant, account: ProviderAccount, number: CompanyNumber, conversation_id: str, sms: IncomingSms
) -> None:
    """Locks are taken in one order everywhere: conversation, message, event counter's row."""
    message_id = new_id()
    at = await conversations.written(
        tenant,
        conversation_id,
        message_id=message_id,
        text=sms.body.strip() or ("Picture" if sms.media else "(empty message)"),
        last_author=None,
        unread=table.c.unread + 1,
        waiting_since=func.coalesce(table.c.waiting_since, db_now()),
    )
    word = opt_outs.keyword(sms)
    if word == "stop":
        await opt_outs.note_stop(tenant, conversation_id, number.id, sms.sender, word=sms.body)
    elif word == "start":
        await opt_outs.note_start(tenant, conversation_id, number.id, sms.sender)
    seq = await events.record(tenant, EventKind.MESSAGE_ADDED, conversation_id=conversation_id, message_id=message_id)
    added = await messages.add(
        tenant,
        id=message_id,
        conversation_id=conversation_id,
        direction="in",
        body=sms.body,
        raw_body=sms.raw_body,
        event={"stop": "opted_out", "start": "opted_in"}.get(word or ""),
        status=DeliveryStatus.RECEIVED,
        rank=DeliveryStatus.RECEIVED.rank,
        segments=sms.segments,
        media_count=len(sms.media),
        provider_account_id=account.id,
        provider_message_id=sms.provider_message_id,
        seq=seq,
        at=at,
    )
    if not added:
        raise _Repeated
