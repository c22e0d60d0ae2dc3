"""What people do with texts that go out later: write them, change them, send them at once, cancel them.

Everybody who may answer a conversation may do so with every text in it. The conversation is held meanwhile, so the
database decides who was first, also between a person and the clock.
"""

from collections.abc import Sequence
from datetime import datetime

from inbox.accounts.users import User
from inbox.errors import Changed, Invalid, NotFound
from inbox.languages import _
from inbox.messaging import attaching, conversations, messages, outbound, permission, scheduled_texts
from inbox.messaging.conversations import Conversation
from inbox.messaging.messages import Message
from inbox.messaging.scheduled_texts import ScheduledText
from inbox.storage import events
from inbox.storage.database import Tenant

MOST = 20
"""So many wait in one conversation."""


async def schedule(
    tenant: Tenant,
    user: User,
    conversation_id: str,
    *,
    text_id: str,
    body: str,
    send_at: datetime,
    regardless: bool,
    seen: int | None,
    number: str | None = None,
    media_ids: Sequence[str] = (),
    template_id: str | None = None,
) -> ScheduledText:
    """Keep a text for `send_at` (UTC); the same `text_id` again gives the same text.

    Arguments and errors are those of `outbound.reply`: what could not be sent now is not kept for later either.
    `regardless` sends it also when the candidate writes before.
    """
    body, text_id = outbound.sendable(body, needed=not media_ids), outbound.message_uuid(text_id)
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        already = await _already(tenant, conversation, text_id, body)
        if already is not None:
            return already
        await _check(tenant, user, conversation, seen, number)
        if conversation.scheduled >= MOST:
            raise Invalid(
                {"body": _("%(most)s texts are scheduled here already. Cancel one of them first.", most=MOST)}
            )
        if media_ids:
            attaching.refuse_if_impossible(conversation)
        carried = await attaching.fitting(tenant, user, conversation.id, media_ids)
        await scheduled_texts.add(
            tenant,
            user,
            conversation,
            text_id,
            body=body,
            send_at=send_at,
            regardless=regardless,
            carried=carried,
            template_id=template_id,
        )
        return await scheduled_texts.find(tenant, text_id)


async def change(
    tenant: Tenant,
    user: User,
    conversation_id: str,
    text_id: str,
    *,
    body: str,
    send_at: datetime,
    regardless: bool,
    version: int,
    seen: int | None,
    number: str | None = None,
) -> ScheduledText:
    """Give it other words or another time, in the name of `user`; one that was held or stopped waits again.

    `version` is the one that `user` saw. Raises Changed when it was changed, sent or cancelled since, and what
    `schedule` raises. Its pictures stay as they are.
    """
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        text = await _standing(tenant, conversation, text_id)
        body = outbound.sendable(body, needed=not text.media)
        if text.version != version:
            raise await _late(
                tenant, _("%(author)s has changed this text. Look at it, then press Save again.", author=text.author)
            )
        await _check(tenant, user, conversation, seen, number)
        await scheduled_texts.rewrite(tenant, user, text, body=body, send_at=send_at, regardless=regardless)
        return await scheduled_texts.find(tenant, text.id)


async def send_now(tenant: Tenant, user: User, conversation_id: str, text_id: str, *, reason: str = "") -> Message:
    """Send it at once, in the name of `user`, whatever it waits for or was stopped by; again gives the same message.

    Raises Refused when the conversation is blocked, Changed when it was cancelled meanwhile.
    """
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        sent = await _sent(tenant, conversation, text_id)
        if sent is not None:
            return sent
        text = await _standing(tenant, conversation, text_id)
        return await scheduled_texts.send(tenant, user, text, "reply", reason=reason)


async def cancel(tenant: Tenant, user: User, conversation_id: str, text_id: str) -> bool:
    """Throw it away; False when that is done already. Raises Changed when it was sent meanwhile."""
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        if await _sent(tenant, conversation, text_id) is not None:
            raise await _late(tenant, _("This text has gone out meanwhile."))
        try:
            text = await _standing(tenant, conversation, text_id)
        except Changed:
            return False
        await scheduled_texts.remove(tenant, text)
        await scheduled_texts.tell(tenant, conversation.id, user.id)
        return True


async def _already(tenant: Tenant, conversation: Conversation, text_id: str, body: str) -> ScheduledText | None:
    if await messages.by_ids(tenant, [text_id]):
        raise await _late(tenant, _("This text has gone out already."))
    try:
        found = await scheduled_texts.find(tenant, text_id)
    except NotFound:
        return None
    if (found.conversation_id, found.body) != (conversation.id, body):
        raise Invalid(
            {"id": _("This text was scheduled already, with other words. Reload the page to write a new one.")}
        )
    return found


async def _check(tenant: Tenant, user: User, conversation: Conversation, seen: int | None, number: str | None) -> None:
    await permission.check(tenant, user, conversation, "schedule")
    outbound.refuse_another_number(conversation, number)
    await outbound.hold_if_changed(tenant, user, conversation, seen)


async def _standing(tenant: Tenant, conversation: Conversation, text_id: str) -> ScheduledText:
    """The text as it waits here; raises Changed when it does not any more."""
    if await _sent(tenant, conversation, text_id) is not None:
        raise await _late(tenant, _("This text has gone out meanwhile."))
    try:
        text = await scheduled_texts.find(tenant, text_id)
    except NotFound:
        text = None
    if text is None or text.conversation_id != conversation.id:
        raise await _late(tenant, _("This text is not scheduled any more. Somebody has cancelled it."))
    return text


async def _sent(tenant: Tenant, conversation: Conversation, text_id: str) -> Message | None:
    found = await messages.by_ids(tenant, [text_id])
    return found[0] if found and found[0].conversation_id == conversation.id else None


async def _late(tenant: Tenant, sentence: str) -> Changed:
    return Changed(sentence, seen=(await events.head(tenant)).seq)
