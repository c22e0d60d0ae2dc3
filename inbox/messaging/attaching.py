"""Pictures that a writer adds to a text: made anew at once, kept until the text is sent or a day has passed."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from inbox.accounts.users import User
from inbox.errors import Invalid, Refused
from inbox.languages import _, gathered
from inbox.messaging import conversations, media, pictures, scheduled_pictures
from inbox.messaging.conversations import Conversation
from inbox.messaging.media import Media, MediaState
from inbox.messaging.media_kinds import recognized
from inbox.messaging.messages import Message
from inbox.messaging.unfit import Reason, Unfit
from inbox.storage.columns import db_later, new_id
from inbox.storage.database import Database, Tenant
from inbox.storage.tables import media_contents, message_media
from providers import mms

# https://www.twilio.com/docs/messaging/api/media-resource
MOST_PICTURES = 10
MOST_BYTES = 5 * 1024 * 1024
"""Of all pictures of a text together, made anew."""
MOST_RAW_BYTES = 12 * 1024 * 1024
"""Of one picture as it is chosen: cameras make large ones."""
MOST_UNSENT = 30
"""That one writer may have lying in one conversation."""
KEPT_FOR = timedelta(days=1)
_MOST_PRUNED = 1_000

_UNFIT = {
    Reason.PIXELS: _("has too many pixels. Choose a smaller one."),
    Reason.BROKEN: _("is damaged. Choose another one."),
    Reason.HEIC: _("is HEIC, which many phones cannot show. Save it as JPEG and add that."),
}


def refuse_if_impossible(conversation: Conversation) -> None:
    """Raise Refused, with the sentence, when no picture can be sent between these two numbers."""
    sentence = why_not(conversation)
    if sentence is not None:
        raise Refused(sentence)


def why_not(conversation: Conversation) -> str | None:
    """Why no picture can be sent here, as a sentence; None when one can."""
    if mms.can_carry(conversation.company_number, conversation.candidate_number):
        return None
    return _(
        "Pictures cannot be sent to this number: they travel within the US and Canada, and within Australia, only. "
        "Send words instead."
    )


def refuse_too_many(number: int) -> None:
    """Raise Invalid when a text cannot carry so many pictures."""
    if number > MOST_PICTURES:
        raise Invalid(
            {
                "media": _(
                    "%(number)s of %(most)s pictures. Remove %(over)s.",
                    number=number,
                    most=MOST_PICTURES,
                    over=number - MOST_PICTURES,
                )
            }
        )


async def add(tenant: Tenant, user: User, conversation_id: str, *, name: str, raw: bytes) -> Media:
    """Keep a picture for a text that `user` writes; `name` is what its file is called.

    Raises Invalid (no picture, too large), Refused (none can be sent here, too many lie here) and NotFound.
    """
    conversation = await conversations.find(tenant, conversation_id)
    refuse_if_impossible(conversation)
    if await _unsent(tenant, user, conversation.id) >= MOST_UNSENT:
        raise Refused(_("Too many pictures wait here to be sent. Send some, or try again tomorrow."))
    picture = await _picture(name, raw)
    identity = new_id()
    async with tenant.transaction():
        await tenant.execute(
            insert(message_media).values(
                organisation_id=tenant.organisation_id,
                id=identity,
                conversation_id=conversation.id,
                author_id=user.id,
                **media.kept_as(picture),
            )
        )
        contents: dict[media.Form, bytes] = {"whole": picture.whole, "thumbnail": picture.thumbnail}
        await media.keep(tenant, identity, contents)
    return await media.find(tenant, conversation.id, identity)


async def added(tenant: Tenant, user: User, conversation_id: str, ids: Sequence[str]) -> tuple[Media, ...]:
    """Those of `ids` that `user` has added here and not sent, in their order."""
    if not ids:
        return ()
    rows = await tenant.fetch_all(
        select(message_media).where(
            message_media.c.organisation_id == tenant.organisation_id,
            message_media.c.conversation_id == conversation_id,
            message_media.c.author_id == user.id,
            message_media.c.message_id.is_(None),
            message_media.c.scheduled_text_id.is_(None),
            message_media.c.state == MediaState.KEPT,
            message_media.c.id.in_(ids),
        )
    )
    found = {row.id: media.media_of(row) for row in rows}
    return tuple(found[one] for one in ids if one in found)


async def fitting(tenant: Tenant, user: User, conversation_id: str, ids: Sequence[str]) -> tuple[Media, ...]:
    """The pictures of a text that is about to be sent; raises Invalid when they are not there, or are too many."""
    refuse_too_many(len(ids))
    found = await added(tenant, user, conversation_id, ids)
    if len(found) < len(ids):
        raise Invalid({"media": _("A picture is not here any more. Remove it and add it again.")})
    size = sum(one.size for one in found)
    if size > MOST_BYTES:
        of = {"size": f"{size / 2**20:.1f}", "most": MOST_BYTES // 2**20}
        raise Invalid({"media": _("The pictures have %(size)s of %(most)s MB. Remove some.", **of)})
    return found


async def attach(tenant: Tenant, message_id: str, found: Sequence[Media]) -> None:
    """Make them part of a message, in their order; in the transaction that stored it."""
    rows = [
        {
            "organisation": tenant.organisation_id,
            "media": one.id,
            "to_message": message_id,
            "at_position": position,
        }
        for position, one in enumerate(found)
    ]
    if rows:
        await tenant.execute_many(media.ATTACHED, rows)


async def are_those_of(tenant: Tenant, message: Message, ids: Sequence[str]) -> bool:
    """Whether a message carries just these, in this order."""
    carried = await media.of_messages(tenant, [message])
    return [one.id for one in carried.get(message.id, ())] == list(ids)


def ids_of(told: Sequence[str]) -> list[str]:
    """Ids of media as forms tell them, each once; raises Invalid for what is none."""
    try:
        return list(dict.fromkeys(str(UUID(one)) for some in told for one in some.split(",") if one.strip()))
    except ValueError:
        raise Invalid({"media": _("A picture is not known here. Reload the page and add it again.")}) from None


async def prune(database: Database) -> None:
    """Throw away what was added more than a day ago to a text that was never sent."""
    old = (
        message_media.c.message_id.is_(None),
        message_media.c.created_at < db_later(-KEPT_FOR.total_seconds()),
        ~scheduled_pictures.waits(),
    )
    named = select(message_media.c.organisation_id, message_media.c.id).where(*old)
    for row in await database.fetch_all(named.order_by(message_media.c.created_at).limit(_MOST_PRUNED)):
        tenant = Tenant(database, row.organisation_id)
        async with tenant.transaction():
            # It may have been sent a moment ago.
            held = select(message_media.c.id).where(media.is_media(tenant, row.id), *old).with_for_update()
            if await tenant.fetch_val(held) is None:
                continue
            await tenant.execute(
                delete(media_contents).where(
                    media_contents.c.organisation_id == tenant.organisation_id, media_contents.c.media_id == row.id
                )
            )
            await tenant.execute(delete(message_media).where(media.is_media(tenant, row.id)))


async def _unsent(tenant: Tenant, user: User, conversation_id: str) -> int:
    some = (
        select(message_media.c.id)
        .where(
            message_media.c.organisation_id == tenant.organisation_id,
            message_media.c.conversation_id == conversation_id,
            message_media.c.message_id.is_(None),
            message_media.c.scheduled_text_id.is_(None),
            message_media.c.author_id == user.id,
        )
        .limit(MOST_UNSENT)
        .subquery()
    )
    return int(await tenant.fetch_val(select(func.count()).select_from(some)))


async def _picture(name: str, raw: bytes) -> pictures.Picture:
    called = _("“%(name)s”", name=name[:60]) if name else _("The picture")
    if len(raw) > MOST_RAW_BYTES:
        raise Invalid(
            {
                "media": _(
                    "%(what)s is larger than %(number)s MB. Choose a smaller one.",
                    what=called,
                    number=MOST_RAW_BYTES // 2**20,
                )
            }
        )
    try:
        if recognized(raw, "") != "image/*":
            raise Unfit(Reason.KIND)
        return await pictures.remade(raw)
    except Unfit as unfit:
        why = _UNFIT.get(unfit.reason, _("is no picture that can be sent. Choose a JPEG, PNG, GIF or WebP."))
        raise Invalid({"media": gathered((called, why))}) from unfit
