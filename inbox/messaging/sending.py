"""A promised text, carried out: one call to the provider, and what its outcome means."""

from dataclasses import dataclass

from inbox.messaging import conversations, delivery, messages
from inbox.messaging.conversations import Conversation
from inbox.messaging.messages import Message
from inbox.provisioning import credentials
from inbox.provisioning.credentials import ProviderAccount
from inbox.storage.columns import new_id
from inbox.storage.database import Tenant
from inbox.storage.vault import Vault
from providers import contract
from providers.contract import OutgoingSms
from providers.twilio.client import TwilioClient, TwilioTransport

MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """What a worker sends with: the process's one transport, the vault and the public URL for reports."""

    transport: TwilioTransport
    vault: Vault
    public_url: str


async def send_now(tenant: Tenant, line: Line, message_id: str, tries: int) -> float | None:
    """Carry out the promise; seconds after which to try again, None when there is nothing left to do.

    No transaction is open during the call. Whatever is uncertain afterwards becomes `unknown` and is never sent
    again by itself: a second text is worse than a question.
    """
    claim = new_id()
    if not await delivery.claim(tenant, message_id, claim):
        await delivery.give_up_claim(tenant, message_id)
        return None
    message = await messages.find(tenant, message_id)
    conversation = await conversations.find(tenant, message.conversation_id)
    if conversation.opted_out_at is not None:
        await delivery.fail(tenant, message_id, claim, delivery.OPTED_OUT)
        return None
    account = await credentials.find(tenant, line.vault, conversation.provider_account_id)
    client = TwilioClient(line.transport, account.account_sid, account.auth_token)
    try:
        accepted = await client.send(_sms(conversation, message, account, line.public_url))
    except (contract.Throttled, contract.NotReached) as error:
        if tries >= MOST_TRIES:
            await delivery.fail(tenant, message_id, claim, error.code)
            return None
        await delivery.release(tenant, message_id, claim)
        return getattr(error, "retry_after", None) or 2.0**tries
    except contract.Refused as error:
        await delivery.fail(tenant, message_id, claim, error.code)
    except contract.Unconfirmed:
        await delivery.doubt(tenant, message_id, claim)
    else:
        await delivery.accept(tenant, message_id, claim, accepted)
    return None


def _sms(conversation: Conversation, message: Message, account: ProviderAccount, public_url: str) -> OutgoingSms:
    report = f"{public_url}{account.status_path}?m={message.id}"
    if message.attempt > 1:
        report += f"&attempt={message.attempt}"
    return OutgoingSms(
        message_id=message.id,
        sender=conversation.company_number,
        recipient=conversation.candidate_number,
        body=message.body,
        status_url=report,
    )
