"""A text of which nobody knows whether it went out: Twilio's own list is asked, then a person.

Both looks lie at least 90 and 150 s after the claim, so a text is sent twice only when the provider hides one that it
accepted from its list for longer.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from inbox.messaging import claims, conversations, delivery, messages, outbound
from inbox.messaging.conversations import Conversation
from inbox.messaging.delivery import is_message
from inbox.messaging.messages import Message
from inbox.messaging.sending import Line
from inbox.provisioning import credentials
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.tables import messages as messages_table
from providers.contract import DeliveryReport, DeliveryStatus, ListedSms, ProviderError
from providers.smart_encoding import smart_encoded
from providers.twilio.client import TwilioClient

LOOK_AGAIN_SECONDS = 60.0
MOST_LOOKS = 10
"""At a list that cannot be read; with the pauses between them about ten minutes."""
LONGEST_PAUSE = 90.0
LIST_SECONDS = 40.0
"""How long a look may take: no longer than a worker's lease."""
MOST_LISTED = 1_000

# The provider's clock and ours, its whole seconds, and the time that a request may be under way.
_BEFORE, _AFTER = timedelta(seconds=6), timedelta(seconds=61)
# Further off it may still be ours, when one of the clocks is wrong; a person can tell.
_FAR = timedelta(seconds=120)

WITHOUT_ID = (
    DeliveryStatus.CLAIMED,
    DeliveryStatus.UNKNOWN,
    DeliveryStatus.UNCONFIRMED,
    DeliveryStatus.DISCARDED,
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A text in doubt, when it was claimed and what was done about it; times in UTC."""

    message: Message
    conversation: Conversation
    claimed_at: datetime
    is_second_look: bool
    was_requeued: bool


async def confirm(tenant: Tenant, line: Line, message_id: str, tries: int) -> float | None:
    """Find out whether a text in doubt went out; seconds until the next look, None when there is nothing left to do."""
    doubt = await _doubt(tenant, message_id)
    if doubt is None:
        return None
    account = await credentials.find(tenant, line.vault, doubt.conversation.provider_account_id)
    client = TwilioClient(line.transport, account.account_sid, account.auth_token)
    try:
        async with asyncio.timeout(LIST_SECONDS):
            found = await _candidates(tenant, client, account, doubt)
    except (ProviderError, TimeoutError):
        if tries < MOST_LOOKS:
            return float(min(LONGEST_PAUSE, 5 * 2.0**tries))
        await claims.leave_unconfirmed(tenant, message_id)
        return None
    if not found:
        return await _not_listed(tenant, doubt)
    if await _is_certain(tenant, doubt, found):
        await _adopt(tenant, account, doubt.message, found[0])
    else:
        await claims.leave_unconfirmed(tenant, message_id)
    return None


async def _doubt(tenant: Tenant, message_id: str) -> Doubt | None:
    """None when a report has settled it."""
    row = await tenant.fetch_one(
        select(messages_table.c.claimed_at, messages_table.c.checked_at, messages_table.c.requeued).where(
            is_message(tenant, message_id), messages_table.c.status == DeliveryStatus.UNKNOWN
        )
    )
    if row is None:
        return None
    message = await messages.find(tenant, message_id)
    return Doubt(
        message=message,
        conversation=await conversations.find(tenant, message.conversation_id),
        claimed_at=row.claimed_at,
        is_second_look=row.checked_at is not None,
        was_requeued=bool(row.requeued),
    )


async def _candidates(
    tenant: Tenant, client: TwilioClient, account: ProviderAccount, doubt: Doubt
) -> Sequence[ListedSms]:
    """What the provider took at about that time, with these words, and what is no other text of ours."""
    found = []
    # No filter by date: the provider's is the time of sending, which a waiting text does not have yet.
    listed = client.list_messages(
        recipient=doubt.conversation.candidate_number, sender=doubt.conversation.company_number, limit=MOST_LISTED
    )
    async with aclosing(listed) as newest_first:
        async for sms in newest_first:
            if sms.created_at < doubt.claimed_at - _FAR:
                break
            is_near = sms.created_at <= doubt.claimed_at + _FAR
            if is_near and sms.direction == "outbound" and are_same(sms.body, doubt.message.body):
                found.append(sms)
    taken = await _known_ids(tenant, account, [sms.provider_message_id for sms in found])
    return [sms for sms in found if sms.provider_message_id not in taken]


async def _known_ids(tenant: Tenant, account: ProviderAccount, ids: list[str]) -> set[str]:
    rows = await tenant.fetch_all(
        select(messages_table.c.provider_message_id).where(
            messages_table.c.organisation_id == tenant.organisation_id,
            messages_table.c.provider_account_id == account.id,
            messages_table.c.provider_message_id.in_(ids),
        )
    )
    return {row.provider_message_id for row in rows}


async def _is_certain(tenant: Tenant, doubt: Doubt, found: Sequence[ListedSms]) -> bool:
    """Whether it is the only one, of the right time, and no twin of this text is in doubt too."""
    if len(found) > 1 or not doubt.claimed_at - _BEFORE <= found[0].created_at <= doubt.claimed_at + _AFTER:
        return False
    others = await tenant.fetch_all(
        select(messages_table.c.body).where(
            messages_table.c.organisation_id == tenant.organisation_id,
            messages_table.c.conversation_id == doubt.conversation.id,
            messages_table.c.id != doubt.message.id,
            messages_table.c.status.in_(WITHOUT_ID),
            messages_table.c.claimed_at.between(doubt.claimed_at - _FAR, doubt.claimed_at + _FAR),
        )
    )
    return not any(are_same(row.body, doubt.message.body) for row in others)


async def _not_listed(tenant: Tenant, doubt: Doubt) -> float | None:
    """The first time look again, the second time send it once more, and after that ask a person."""
    if not doubt.is_second_look:
        await tenant.execute(
            messages_table.update()
            .where(is_message(tenant, doubt.message.id), messages_table.c.status == DeliveryStatus.UNKNOWN)
            .values(checked_at=db_now())
        )
        return LOOK_AGAIN_SECONDS
    if doubt.was_requeued:
        await claims.leave_unconfirmed(tenant, doubt.message.id)
        return None
    async with tenant.transaction():
        conversation = await conversations.find(tenant, doubt.conversation.id, lock=True)
        await outbound.queue_again(tenant, conversation, doubt.message, actor_id=None, forget=False)
    return None


async def _adopt(tenant: Tenant, account: ProviderAccount, message: Message, sms: ListedSms) -> None:
    status = sms.status if sms.status.rank >= DeliveryStatus.ACCEPTED.rank else DeliveryStatus.ACCEPTED
    report = DeliveryReport(
        provider_message_id=sms.provider_message_id,
        account_id=account.account_sid,
        status=status,
        raw_status=status,
        message_id=message.id,
        error_code=sms.error_code,
    )
    await delivery.record(tenant, account, report, attempt=message.attempt, segments=sms.segments)


def are_same(one: str, other: str) -> bool:
    """Whether two texts are the same once sent: smart encoding replaces characters, blanks are not reliable."""
    return smart_encoded(one).split() == smart_encoded(other).split()
