"""What a person decides about a text that failed or was not confirmed. The first to decide wins."""

from inbox.accounts import users
from inbox.accounts.users import User
from inbox.errors import Changed, NotFound, Refused
from inbox.languages import _
from inbox.messaging import conversations, delivery, messages, outbound, permission
from inbox.messaging.conversations import Conversation
from inbox.messaging.delivery import is_message
from inbox.messaging.messages import Message
from inbox.storage import events
from inbox.storage.database import Tenant
from inbox.storage.tables import messages as messages_table
from providers.contract import DeliveryStatus

# Whoever acted on it before is not the reason why a press came too late.
_JUST_NOW_SECONDS = 60.0


async def retry(tenant: Tenant, user: User, conversation_id: str, message_id: str, *, reason: str = "") -> Message:
    """Send a text again, as a new attempt of the same message; one's own second press changes nothing.

    When it was not confirmed, it may have arrived: a report that says so still stops the new attempt. Raises Refused
    when the conversation is blocked, NotFound for a message of another conversation and Changed when somebody else
    or a report was faster.
    """
    async with tenant.transaction():
        conversation, message = await _outbound(tenant, conversation_id, message_id)
        if message.is_history:
            raise Refused(_("This text is from before. Write a new one."))
        override = await permission.check(tenant, user, conversation, "retry", reason=reason)
        if not message.status.is_failure and message.status is not DeliveryStatus.UNCONFIRMED:
            return await _too_late(tenant, user, message, is_done=message.status is not DeliveryStatus.DISCARDED)
        forget = message.status.is_failure
        await outbound.queue_again(tenant, conversation, message, actor_id=user.id, forget=forget, override=override)
        return await messages.find(tenant, message.id)


async def discard(tenant: Tenant, user: User, conversation_id: str, message_id: str) -> Message:
    """Leave a text at that which was not confirmed; a later report still tells what became of it.

    Raises NotFound for a message of another conversation and Changed when somebody else or a report was faster.
    """
    async with tenant.transaction():
        conversation, message = await _outbound(tenant, conversation_id, message_id)
        if message.status is not DeliveryStatus.UNCONFIRMED:
            return await _too_late(tenant, user, message, is_done=message.status is DeliveryStatus.DISCARDED)
        discarded = DeliveryStatus.DISCARDED
        await tenant.execute(
            messages_table.update()
            .where(is_message(tenant, message.id), messages_table.c.status == DeliveryStatus.UNCONFIRMED)
            .values(**delivery.standing(discarded))
        )
        await delivery.changed(tenant, conversation, message.id, message.status, discarded, actor_id=user.id)
        return await messages.find(tenant, message.id)


async def _outbound(tenant: Tenant, conversation_id: str, message_id: str) -> tuple[Conversation, Message]:
    conversation = await conversations.find(tenant, conversation_id, lock=True)
    message = await messages.find(tenant, outbound.message_uuid(message_id))
    if message.conversation_id != conversation.id or message.direction != "out":
        raise NotFound
    return conversation, message


async def _too_late(tenant: Tenant, user: User, message: Message, *, is_done: bool) -> Message:
    """The message as it stands when the user did this himself a moment ago; else Changed, with who did what."""
    actor = await events.newest_actor(tenant, message.id, after=message.seq, within_seconds=_JUST_NOW_SECONDS)
    if actor == user.id and is_done:
        return message
    if actor is None:
        sentence = _("There is news of this text. Look at it before you decide.")
    else:
        is_discarded = message.status is DeliveryStatus.DISCARDED
        if actor == user.id:
            sentence = (
                _("You have already discarded this text.")
                if is_discarded
                else _("You have already sent this text again.")
            )
        else:
            name = (await users.find(tenant, actor)).first_name
            sentence = (
                _("%(name)s has already discarded this text.", name=name)
                if is_discarded
                else _("%(name)s has already sent this text again.", name=name)
            )
    raise Changed(sentence, seen=message.seq)
