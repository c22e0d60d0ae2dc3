"""A promised text, carried out: one call to the provider, and what its outcome means."""

import random
import time
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, select

from inbox.messaging import claims, delivery, media, media_addresses, messages, turns
from inbox.messaging.messages import Message
from inbox.messaging.turns import Turn
from inbox.provisioning import credentials
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.columns import Id, new_id
from inbox.storage.database import Tenant
from inbox.storage.jobs import Postponed
from inbox.storage.rows import Row
from inbox.storage.tables import company_numbers, conversations
from inbox.storage.tables import messages as messages_table
from inbox.storage.vault import Vault
from providers import contract
from providers.contract import DeliveryStatus, OutgoingSms
from providers.twilio.client import TwilioClient, TwilioTransport
from providers.twilio.errors import NOT_REACHED

# With the pauses below: about ten minutes.
MOST_TRIES = 24
LONGEST_PAUSE = 30.0
LONGEST_NAMED_PAUSE = 900.0
"""The longest that a provider may ask us to wait, in seconds; then it is asked again."""

VALID_SECONDS = 14_400
"""A text that could not be sent for so long is not sent any more: no outage of a day texts people at night."""
LEAST_VALID_SECONDS = 60
# https://www.twilio.com/docs/api/errors/30036
TOO_LATE = 30036

# A worker that slept meanwhile must not send what another one may have given up: see LEASE_SECONDS in worker.py.
HELD_SECONDS = 20.0


# The text with what its sending takes, in one trip; built once, as it runs for every text.
_PROMISED = (
    select(
        messages_table,
        conversations.c.candidate_number,
        conversations.c.opted_out_at,
        conversations.c.company_number_id,
        company_numbers.c.number.label("company_number"),
        company_numbers.c.provider_account_id.label("number_account_id"),
    )
    .join(
        conversations,
        and_(
            conversations.c.organisation_id == messages_table.c.organisation_id,
            conversations.c.id == messages_table.c.conversation_id,
        ),
    )
    .join(
        company_numbers,
        and_(
            company_numbers.c.organisation_id == conversations.c.organisation_id,
            company_numbers.c.id == conversations.c.company_number_id,
        ),
    )
    .where(
        messages_table.c.organisation_id == bindparam("organisation"),
        messages_table.c.id == bindparam("message", type_=Id()),
    )
)


@dataclass(frozen=True, slots=True)
class Line:
    """What a worker sends with: the process's one transport, the vault and the public URL for reports."""

    transport: TwilioTransport
    vault: Vault
    public_url: str


async def send_now(tenant: Tenant, line: Line, message_id: str, tries: int) -> float | Postponed | None:
    """Carry out the promise; seconds after which to try again, None when there is nothing left to do.

    No transaction is open during the call. Whatever is uncertain afterwards becomes `unknown` and is not sent again
    before the provider was asked (`confirming`): a second text is worse than a question. One that is unknown does
    not hold up those that follow.
    """
    found = await tenant.fetch_one(_PROMISED, {"organisation": tenant.organisation_id, "message": message_id})
    if found is None or found.status != DeliveryStatus.QUEUED:
        await claims.give_up(tenant, message_id)
        return None
    message = messages.message_of(found)
    turn = await turns.of(tenant, message, found.company_number_id)
    if turn.seconds:
        return Postponed(turn.seconds)
    valid = _valid_seconds(message, turn)
    account = await credentials.find(tenant, line.vault, found.number_account_id)
    began, claim = time.monotonic(), new_id()
    if not await claims.claim(tenant, message_id, claim, send_after=turn.at):
        return None
    if found.opted_out_at is not None or valid == 0:
        await claims.fail(tenant, message_id, claim, delivery.OPTED_OUT if valid else TOO_LATE)
        return None
    if time.monotonic() - began > HELD_SECONDS:
        await claims.release(tenant, message_id, claim)
        return 0.0
    client = TwilioClient(line.transport, account.account_sid, account.auth_token)
    pictures = await _addresses(tenant, line, message, valid)
    sms = _sms(found, message, account, line, valid, pictures)
    return await _hand_over(tenant, client, sms, claim, tries, promised=message.segments)


async def _hand_over(
    tenant: Tenant, client: TwilioClient, sms: OutgoingSms, claim: str, tries: int, *, promised: int
) -> float | None:
    try:
        accepted = await client.send(sms)
    except (contract.Throttled, contract.NotReached) as error:
        if tries < MOST_TRIES:
            await claims.release(tenant, sms.message_id, claim)
            return _pause(error, tries)
        await claims.fail(tenant, sms.message_id, claim, error.code or NOT_REACHED)
    except contract.Refused as error:
        await claims.fail(tenant, sms.message_id, claim, error.code)
    except contract.Unconfirmed:
        await claims.doubt(tenant, sms.message_id, claim)
    else:
        await claims.accept(tenant, sms.message_id, claim, accepted, promised=promised)
    return None


def _pause(error: contract.ProviderError, tries: int) -> float:
    """Seconds until the next try: as many as the provider named, else ever more, and not all texts at once."""
    if isinstance(error, contract.Throttled) and error.retry_after is not None:
        return min(error.retry_after, LONGEST_NAMED_PAUSE)
    return float(min(LONGEST_PAUSE, 2.0**tries)) * random.uniform(0.9, 1.1)  # noqa: S311 - no secret


def _valid_seconds(message: Message, turn: Turn) -> int:
    """How long the provider may still hold it; 0 when it is too late to send it at all."""
    left = VALID_SECONDS - int((turn.now - message.queued_at).total_seconds())
    return max(left, LEAST_VALID_SECONDS) if left > 0 else 0


async def _addresses(tenant: Tenant, line: Line, message: Message, seconds: int) -> tuple[str, ...]:
    """Where the provider fetches its pictures while it may still send it."""
    carried = await media.of_messages(tenant, [message])
    return tuple(
        media_addresses.address(line.public_url, line.vault, tenant, one.id, seconds=seconds)
        for one in carried.get(message.id, ())
    )


def _sms(
    found: Row,
    message: Message,
    account: ProviderAccount,
    line: Line,
    valid_seconds: int,
    media_urls: tuple[str, ...],
) -> OutgoingSms:
    report = f"{line.public_url}{account.status_path}?m={message.id}"
    if message.attempt > 1:
        report += f"&attempt={message.attempt}"
    return OutgoingSms(
        message_id=message.id,
        sender=found.company_number,
        recipient=found.candidate_number,
        body=message.body,
        status_url=report,
        validity_seconds=valid_seconds,
        media_urls=media_urls,
    )
