"""A text to a candidate, promised: stored as queued with the job that will send it (`sending`)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from inbox.accounts.users import User
from inbox.billing import balance
from inbox.errors import Changed, Invalid, Refused, too_long
from inbox.languages import _, gathered
from inbox.messaging import attaching, chatbot_hold, conversations, delivery, media, messages, permission, triggers
from inbox.messaging.blocks import Path
from inbox.messaging.conversations import Conversation
from inbox.messaging.media import Media
from inbox.messaging.messages import Message
from inbox.messaging.reply_claims import claimed_by, tell_claimed
from inbox.storage import events, jobs
from inbox.storage.columns import db_now
from inbox.storage.database import Tenant
from inbox.storage.events import EventKind
from inbox.storage.tables import messages as messages_table
from providers import segments
from providers.contract import DeliveryStatus

# Twilio takes 1,600 characters and refuses more with 21617: https://www.twilio.com/docs/api/errors/21617
MOST_CHARACTERS = 1600
SEND = "send"
MOST_QUOTED = 160
"""Characters of a colleague's text that the reason for a held one repeats."""


async def reply(
    tenant: Tenant,
    user: User,
    conversation_id: str,
    *,
    message_id: str,
    body: str,
    seen: int | None,
    number: str | None = None,
    media_ids: Sequence[str] = (),
    path: Path = "reply",
    reason: str = "",
    template_id: str | None = None,
) -> Message:
    """Promise a text: stored as queued together with its job, in one transaction.

    `message_id` is the writer's UUID for this text: the same again gives the same message. `seen` is the last event
    the writer had on screen, None when it is not known. `media_ids` are the pictures that he has added to it.
    `reason` is why it cannot wait for a better hour, where that is asked; `template_id` what it was written with.
    Raises Invalid (empty, too long, the id was used for other words, a picture is missing), Refused (opted out, cannot
    be texted, no segments left) and Changed (somebody wrote since `seen`).
    """
    body = sendable(body, needed=not media_ids)
    message_id = message_uuid(message_id)
    async with tenant.transaction():
        conversation = await conversations.find(tenant, conversation_id, lock=True)
        already = await _sent_before(tenant, conversation, message_id, body, media_ids)
        if already is not None:
            return already
        override = await permission.check(tenant, user, conversation, path, reason=reason)
        refuse_another_number(conversation, number)
        if media_ids:
            attaching.refuse_if_impossible(conversation)
        carried = await attaching.fitting(tenant, user, conversation.id, media_ids)
        await hold_if_changed(tenant, user, conversation, seen)
        await triggers.touched(tenant, conversation.candidate_id)
        noted = {"override": override, "template_id": template_id}
        seq = await _store_queued(tenant, user, conversation, message_id, body, carried, noted)
        await jobs.enqueue(tenant, SEND, message_id, queue=conversation.id, place=seq)
        return await messages.find(tenant, message_id)


async def queue_again(
    tenant: Tenant,
    conversation: Conversation,
    message: Message,
    *,
    actor_id: str | None,
    forget: bool,
    override: str | None = None,
) -> bool:
    """Back to queued as a new attempt, behind the texts queued meanwhile; False when it has moved on.

    `actor_id` is who asked for it; None: nobody did, and it does not happen twice. With `forget` reports on earlier
    attempts change nothing any more; else one that tells of success still stops the new one. Last in a transaction
    that holds the conversation. What a person asked for costs once more; raises Refused when no segments are left.
    """
    attempt = message.attempt + 1
    values: dict[str, Any] = {"requeued": actor_id is None}
    if forget:
        values["since_attempt"] = attempt
    if actor_id is not None:
        values |= {"queued_at": db_now(), "override": override or message.override}
    if (sid := message.provider_message_id) is not None:  # the provider keeps a copy of each, and erasing asks for all
        await delivery.log(tenant, message.id, DeliveryStatus.QUEUED, None, applied=True, provider_message_id=sid)
    row = await tenant.fetch_one(
        messages_table.update()
        .where(
            messages_table.c.organisation_id == tenant.organisation_id,
            messages_table.c.id == message.id,
            messages_table.c.status == message.status,
            messages_table.c.attempt == message.attempt,
        )
        .values(
            status=DeliveryStatus.QUEUED,
            rank=DeliveryStatus.QUEUED.rank,
            error_code=None,
            provider_message_id=None,
            claim=None,
            send_after=None,
            sent_at=None,
            delivered_at=None,
            attempt=attempt,
            **values,
        )
        .returning(messages_table.c.id)
    )
    if row is None:
        return False
    if actor_id is not None:
        await balance.spend(tenant, message.id, message.segments)
    seq = await delivery.changed(
        tenant, conversation, message.id, message.status, DeliveryStatus.QUEUED, actor_id=actor_id
    )
    await jobs.enqueue(tenant, SEND, message.id, queue=conversation.id, place=seq)
    return True


def refuse_another_number(conversation: Conversation, number: str | None) -> None:
    """Raise Refused when the writer's page showed another number; None: it is not known."""
    if number is not None and number != conversation.candidate_number:
        raise Refused(_("The number of this candidate has changed. Reload the page before you send."))


async def hold_if_changed(tenant: Tenant, user: User, conversation: Conversation, seen: int | None) -> None:
    """Raise Changed when anybody but `user` wrote after event `seen`; None: it is not known what was on screen."""
    if seen is None:
        return
    newer = await messages.newer_by_others(tenant, conversation.id, seen=seen, than=user.id)
    if newer:
        parts = (_("A new message arrived while you were writing."), _said(newer), _("Read it, then press Send again."))
        raise Changed(gathered(part for part in parts if part), seen=newer[0].seq)


def _said(newer: Sequence[Message]) -> str:
    """What a colleague wrote last of these texts, since it may be the same answer; "" when only the candidate did."""
    said = next((message for message in newer if message.author_id is not None), None)
    if said is None:
        return ""
    words = " ".join(said.body.split())
    quoted = f"{words[:MOST_QUOTED]}…" if len(words) > MOST_QUOTED else words
    return _("%(name)s sent: “%(words)s”", name=said.author, words=quoted)


def sendable(body: str, *, needed: bool = True) -> str:
    """The text as it is sent; raises Invalid when it is empty though `needed`, too long, or cannot be sent."""
    text = body.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text and needed:
        raise Invalid({"body": _("Write something first.")})
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    if length > MOST_CHARACTERS:
        raise Invalid({"body": too_long(length, MOST_CHARACTERS)})
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise Invalid({"body": _("This text holds a character that cannot be sent. Type the last words again.")})
    return text


def message_uuid(text: str) -> str:
    """The id of a message as it is stored; raises Invalid."""
    try:
        return str(UUID(text))
    except ValueError:
        raise Invalid({"id": _("The message needs an id of its own. Reload the page and send again.")}) from None


async def _sent_before(
    tenant: Tenant, conversation: Conversation, message_id: str, body: str, media_ids: Sequence[str]
) -> Message | None:
    found = await messages.by_ids(tenant, [message_id])
    if not found:
        return None
    same = found[0].conversation_id == conversation.id and found[0].direction == "out" and found[0].body == body
    if not same or not await attaching.are_those_of(tenant, found[0], media_ids):
        raise Invalid({"id": _("This message was sent already, with other words. Reload the page to write a new one.")})
    return found[0]


async def _store_queued(
    tenant: Tenant,
    user: User,
    conversation: Conversation,
    message_id: str,
    body: str,
    carried: Sequence[Media],
    noted: Mapping[str, str | None],
) -> int:
    """The number of the event that announces it, which is its place among the texts to this candidate."""
    claimed = await claimed_by(tenant, user, conversation)
    at = await conversations.written(
        tenant,
        conversation.id,
        message_id=message_id,
        text=body or media.words([one.kind for one in carried]),
        last_author=user.first_name,
        unread=0,
        waiting_since=None,
        overdue_at=None,
        **{**conversations.REOPENED, **claimed},
    )
    # However long its words are, a message with pictures is one.
    counted = 1 if carried else segments.measure(body).segments
    await balance.spend(tenant, message_id, counted)
    seq = await events.record(
        tenant,
        EventKind.MESSAGE_ADDED,
        conversation_id=conversation.id,
        message_id=message_id,
        actor_id=user.id,
        assigned=bool(claimed),
    )
    added = await messages.add(
        tenant,
        id=message_id,
        conversation_id=conversation.id,
        direction="out",
        body=body,
        author_id=user.id,
        author=user.name,
        status=DeliveryStatus.QUEUED,
        rank=DeliveryStatus.QUEUED.rank,
        segments=counted,
        media_count=len(carried),
        provider_account_id=conversation.provider_account_id,
        attempt=1,
        job=conversation.job,
        waited_since=conversation.waiting_since,
        seq=seq,
        at=at,
        **noted,
    )
    if not added:
        raise Invalid({"id": _("This message was sent already. Reload the page to write a new one.")})
    await attaching.attach(tenant, message_id, carried)
    if claimed:
        await tell_claimed(tenant, user, conversation.id)
    await chatbot_hold.step_aside(tenant, user, conversation, "replied")
    return seq
